"""News: articles in categories, with a gallery and files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from tree_queries.models import OrderableTreeNode
from tree_queries.query import TreeQuerySet

from portal.addresses import Redirect, validate_address
from portal.attachments import Attachment
from portal.changes import Visible, VisibleQuerySet
from portal.passages import Facets, Passage
from portal.pictures import Picture
from portal.publishing import Publishable, PublishableQuerySet
from portal.richtext import plain
from portal.text import NFCCharField, NFCTextField, slugify
from portal.workflow import Status

RESERVED = {"luu-tru"}  # addresses of this app beside its categories


class CategoryQuerySet(VisibleQuerySet, TreeQuerySet):
    pass


class Category(OrderableTreeNode, Visible):
    name = NFCCharField("tên", max_length=100)
    slug = models.SlugField("địa chỉ", max_length=100, unique=True, blank=True, help_text="Để trống: lấy từ tên.")
    description = NFCTextField("giới thiệu", blank=True, max_length=500)

    objects = CategoryQuerySet.as_manager()

    class Meta(OrderableTreeNode.Meta):
        verbose_name = "chuyên mục"
        verbose_name_plural = "chuyên mục"
        constraints = [
            models.CheckConstraint(
                name="news_category_free_address",
                condition=~Q(slug__in=sorted(RESERVED)) & ~Q(slug=""),
                violation_error_message="Địa chỉ này dành cho kho lưu trữ, hãy chọn địa chỉ khác.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return _address("category", self.slug)

    def address_of(self, slug: str) -> str:
        return f"{self.get_absolute_url()}{slug}/"

    def feed_url(self) -> str:
        return _address("category-feed", self.slug)

    def clean(self) -> None:
        super().clean()
        self.slug = self.slug or slugify(self.name, 100)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or slugify(self.name, 100)
        before = type(self).objects.filter(pk=self.pk).first() if self.pk else None
        super().save(*args, **kwargs)
        if before:
            Redirect.leave(before.get_absolute_url(), self.get_absolute_url())


@lru_cache(1024)
def _address(name: str, slug: str) -> str:
    return reverse(f"news:{name}", args=[slug])


class ArticleQuerySet(PublishableQuerySet):
    def for_list(self) -> "ArticleQuerySet":
        return super().for_list().select_related("category")

    def for_search(self) -> "ArticleQuerySet":
        return self.select_related("category").prefetch_related("photos__picture", "files")

    def in_month(self, start: datetime, end: datetime) -> "ArticleQuerySet":
        return self.filter(published_at__gte=start, published_at__lt=end)


class Article(Publishable):
    category = models.ForeignKey(Category, models.PROTECT, related_name="articles", verbose_name="chuyên mục")
    author_name = NFCCharField("tác giả", max_length=150, blank=True)
    source_name = NFCCharField("nguồn", max_length=200, blank=True, help_text="Nếu bài lấy từ nơi khác.")
    source_url = models.CharField("địa chỉ nguồn", max_length=500, blank=True, validators=[validate_address])
    featured = models.BooleanField("bài nổi bật", default=False, help_text="Đứng đầu trang chủ.")
    search_label = "Tin tức"
    import_key = models.CharField("mã nhập", max_length=100, blank=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "bài viết"
        verbose_name_plural = "bài viết"
        constraints = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(fields=["slug"], name="news_article_slug"),
            models.UniqueConstraint(
                fields=["import_key"], name="news_article_imported_once", condition=~Q(import_key="")
            ),
        ]
        indexes = [
            *Publishable.Meta.indexes,
            # Serves the list, feed and neighbours of one category, newest first.
            models.Index(fields=["category", "-published_at", "-id"], name="news_article_by_category"),
            # Serves the lead story of the home page.
            models.Index(
                fields=["-published_at", "-id"],
                name="news_article_featured",
                condition=Q(status=Status.PUBLISHED, featured=True),
            ),
        ]

    def passages(self) -> Iterator[Passage]:
        captions = "\n".join(photo.caption_text for photo in self.photos.all())
        yield Passage("", self.title, f"{self.summary}\n{plain(self.body)}\n{captions}")
        yield from self.file_passages()

    def search_line(self) -> str:
        return self.category.name

    def facets(self) -> Facets:
        return replace(super().facets(), fields=(self.category.name,), ages=True)

    def get_absolute_url(self) -> str:
        # Below its category; a page shows dozens of these, and finding each by name takes long.
        return self.category.address_of(self.slug)


class ArticlePhoto(Visible):
    """A picture of an article's gallery."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="photos", verbose_name="bài viết")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="+", verbose_name="ảnh")
    caption = NFCCharField("chú thích", max_length=500, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "ảnh trong bài"
        verbose_name_plural = "ảnh trong bài"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.caption_text

    @property
    def caption_text(self) -> str:
        return self.caption or self.picture.caption


class ArticleFile(Attachment):
    article = models.ForeignKey(Article, models.CASCADE, related_name="files", verbose_name="bài viết")
