"""What every content type shares: who may see it, from when to when, who changed it.

*Scheduled* is `published` with a future `published_at`: derived, never stored, so nothing has to run on time.
"""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from portal import pictures
from portal.addresses import Redirect
from portal.changes import Visible, VisibleQuerySet
from portal.passages import Searchable
from portal.pictures import Picture
from portal.richtext import RichTextField, plain
from portal.text import NFCCharField, NFCTextField, slugify
from portal.workflow import LIVE, RULES, Staged, Status, person


class StaleObject(Exception):
    """Somebody else saved the object after this copy of it was read."""


class PublishableQuerySet(VisibleQuerySet):
    def published(self, at: datetime | None = None) -> "PublishableQuerySet":
        """What a citizen may see at a moment (now by default). The only definition of it."""
        at = at or timezone.now()
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        return self.filter(unexpired, status=Status.PUBLISHED, published_at__lte=at)

    def readable(self, at: datetime | None = None) -> "PublishableQuerySet":
        """What answers at its own address: the published, and the withdrawn with their notice."""
        now = at or timezone.now()
        return self.published(now) | self.filter(status=Status.WITHDRAWN, published_at__lte=now)

    def for_list(self) -> "PublishableQuerySet":
        """What a list shows and links to, in one query; bodies stay in the database."""
        return self.select_related("cover").defer("body", "change_notes")

    def for_search(self) -> "PublishableQuerySet":
        """What facets() and passages() need, in few queries."""
        return self

    def matching(self, words: str) -> "PublishableQuerySet":
        """Items with every word in title or summary: the plain filter the search engine falls back on."""
        found = self
        for word in words.split()[:10]:
            found = found.filter(Q(title__icontains=word) | Q(summary__icontains=word))
        return found


class Version(models.Model):
    """What each version in the history keeps beside the fields: gallery, files and other rows (portal.snapshots)."""

    kept = models.JSONField("các phần kèm theo", null=True, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True


class Publishable(Searchable, Staged, Visible):
    """A content type with a page of its own. Subclasses add fields and write `class Meta(Publishable.Meta)`."""

    title = NFCCharField("tiêu đề", max_length=400)
    slug = models.SlugField(
        "địa chỉ",
        max_length=140,
        blank=True,
        help_text="Để trống: lấy từ tiêu đề. Đổi địa chỉ thì địa chỉ cũ tự chuyển.",
    )
    summary = NFCTextField(
        "tóm tắt", max_length=1000, blank=True, help_text="Một, hai câu hiện ở danh sách và đầu bài."
    )
    body = RichTextField("nội dung", blank=True)
    cover = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="ảnh đại diện"
    )
    review_by = models.DateField("cần xem lại trước ngày", null=True, blank=True)
    change_notes = NFCTextField(
        "ghi chú cập nhật",
        blank=True,
        help_text="Hiện cho người đọc. Mỗi dòng một lần sửa: “23/11/2026: bổ sung lịch”.",
    )
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)
    updated_at = models.DateTimeField("sửa lúc", auto_now=True)
    created_by = person("người tạo")
    updated_by = person("người sửa")
    version = models.PositiveIntegerField("phiên bản", default=1, editable=False)

    followed_singly = True
    objects = PublishableQuerySet.as_manager()
    history = HistoricalRecords(
        inherit=True, bases=[Version], verbose_name="phiên bản", verbose_name_plural="các phiên bản"
    )

    class Meta:
        abstract = True
        ordering = ["-published_at", "-pk"]
        default_permissions = ("add", "change", "delete", "view", "edit", "publish", "force_publish")
        constraints = RULES
        indexes = [
            # Serves published() in date order: every list, feed and the sitemap.
            models.Index(
                fields=["-published_at", "-id"],
                include=["expires_at"],  # so that page 5 000 of a list is found without reading the articles before
                name="%(app_label)s_%(class)s_newest",
                condition=Q(status=Status.PUBLISHED),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        """The same rule as published(), for one object in memory."""
        now = timezone.now()
        started = self.published_at is not None and self.published_at <= now
        return self.status == Status.PUBLISHED and started and (self.expires_at is None or self.expires_at > now)

    @property
    def description(self) -> str:
        """For search engines and shared links."""
        return self.summary or plain(self.body)[:200] or self.title

    @property
    def outdated(self) -> str:
        """Why nobody should be sent here any more, in words; empty for what holds. Subclasses add reasons."""
        if self.is_withdrawn:
            return "đã bị rút"
        return "" if self.is_published or self.is_scheduled else "chưa đăng hoặc đã hết hạn hiện"

    def addresses(self) -> models.QuerySet:
        """The objects among which this one's slug must be the only one of its kind."""
        return type(self)._base_manager.exclude(pk=self.pk)

    def fill_in(self) -> None:
        """What can be derived from the rest: slug, moments of publication and withdrawal, pictures in the text."""
        if not self.slug:
            self.slug = self._free_slug()
        self.note_times()
        self.body = pictures.dress(self.body)

    def clean(self) -> None:
        super().clean()
        self.fill_in()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises StaleObject when another save came between reading this object and now, ValidationError on a move
        from one stage to another that there is not."""
        self.fill_in()
        with transaction.atomic():
            before = type(self)._base_manager.select_for_update().filter(pk=self.pk).first() if self.pk else None
            if before and before.version != self.version:
                raise StaleObject(f"{self} was saved by somebody else")
            if before:
                self.refuse_move_from(before)
                self.version += 1
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at"}
            super().save(*args, **kwargs)
            if before and before.status in LIVE:
                Redirect.leave(before.get_absolute_url(), self.get_absolute_url())

    def slug_stem(self) -> str:
        """What an address is made of when staff leave it to us."""
        return slugify(self.title)

    def _free_slug(self) -> str:
        stem = self.slug_stem() or "muc"
        taken = set(self.addresses().filter(slug__startswith=stem).values_list("slug", flat=True))
        number, slug = 1, stem
        while slug in taken:
            number += 1
            slug = f"{stem}-{number}"
        return slug


def content_types() -> list[type[Publishable]]:
    """Every content type of every installed app."""
    return [model for model in apps.get_models() if issubclass(model, Publishable)]
