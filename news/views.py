"""Lists, archive and articles."""

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from news import reading
from news.models import Article, ArticleQuerySet, Category
from portal.changes import until_change
from portal.paging import PagedList
from portal.views import Crumbs, PublicPage, PublishableDetail

INDEX = "Tin tức"


@until_change
def months_with_articles() -> list[tuple[int, list[tuple[str, str]]]]:
    """Each year that has articles, newest first, with its months, newest first: (value, words) of an <option>."""
    months = Article.objects.published().annotate(month=TruncMonth("published_at")).values("month")
    counted = months.annotate(count=Count("pk")).order_by("-month").values_list("month", "count")
    options = [(start.year, (f"{start:%Y-%m}", f"{start:%m/%Y} ({count} bài)")) for start, count in counted]
    return [(year, [option for _, option in group]) for year, group in groupby(options, key=itemgetter(0))]


@until_change
def categories() -> list[Category]:
    return list(Category.objects.with_tree_fields())


class ArticleList(PublicPage, PagedList):
    template_name = "news/article_list.html"
    paginate_by = 12
    kept = ("trang",)
    title = INDEX
    description = "Tin hoạt động của Sở và của ngành trong tỉnh."
    category: Category | None = None

    def get_queryset(self) -> ArticleQuerySet:
        return Article.objects.published().for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        feed = self.category.feed_url() if self.category else reverse("news:feed")
        return super().get_context_data(
            category=self.category,
            categories=categories(),
            months=months_with_articles(),
            feed_url=feed,
            feed_title=self.get_title(),
            **kwargs,
        )


class CategoryList(ArticleList):
    def get_queryset(self) -> ArticleQuerySet:
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"])
        below = Q(category=self.category) | Q(category__parent=self.category)
        return super().get_queryset().filter(below)

    def get_title(self) -> str:
        return self.category.name

    def get_description(self) -> str:
        return self.category.description

    def crumbs(self) -> Crumbs:
        return [(INDEX, reverse("news:index")), (self.category.name, None)]


class Archive(ArticleList):
    template_name = "news/article_archive.html"

    def get_queryset(self) -> ArticleQuerySet:
        try:
            self.start = timezone.make_aware(datetime(self.kwargs["year"], self.kwargs["month"], 1))
            after = divmod(self.start.year * 12 + self.start.month, 12)
            end = timezone.make_aware(datetime(after[0], after[1] + 1, 1))
        except (ValueError, OverflowError) as impossible:
            raise Http404("no such month") from impossible
        return super().get_queryset().in_month(self.start, end)

    def get_title(self) -> str:
        return f"Tin tháng {self.start.month}/{self.start.year}"

    def crumbs(self) -> Crumbs:
        return [(INDEX, reverse("news:index")), (self.get_title(), None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(month=self.start, chosen_month=f"{self.start:%Y-%m}", **kwargs)


def find_month(request: HttpRequest) -> HttpResponse:
    """The form beside the list: ?thang=2018-01 leads to the archive of that month."""
    try:
        month = datetime.strptime(request.GET.get("thang", ""), "%Y-%m")
    except ValueError as malformed:
        raise BadRequest("thang is YYYY-MM") from malformed
    return redirect("news:archive", year=month.year, month=month.month)


class ArticleDetail(PublishableDetail):
    model = Article
    template_name = "news/article_detail.html"
    kind = "NewsArticle"

    def get_queryset(self) -> ArticleQuerySet:
        return super().get_queryset().select_related("category")

    def get_object(self, queryset: ArticleQuerySet | None = None) -> Article:
        if self.may_preview():
            return super().get_object(queryset)
        if article := reading.readable(self.kwargs["slug"]):
            return article
        raise Http404("no such article")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        # An article has one address; it moves with its category.
        if self.object.category.slug != kwargs["category"]:
            return HttpResponsePermanentRedirect(self.object.get_absolute_url())
        return self.render_to_response(self.get_context_data(object=self.object))

    def crumbs(self) -> Crumbs:
        category = self.object.category
        return [(INDEX, reverse("news:index")), (category.name, category.get_absolute_url()), (self.object.title, None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        older, newer, related = reading.around(self.object)
        photos = reading.photos(self.object)
        return super().get_context_data(
            photos=photos,
            # A cover that is a photo of the gallery is not shown twice.
            cover_above=self.object.cover_id not in {photo.picture_id for photo in photos},
            files=reading.files(self.object),
            previous=older,
            next=newer,
            related=related,
            **kwargs,
        )
