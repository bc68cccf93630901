"""Policies: who is entitled to what, on which conditions, and the procedure that leads there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.addresses import Redirect
from portal.attachments import Attachment
from portal.changes import Visible
from portal.legal_bases import LegalBasis
from portal.outline import outline, sections
from portal.passages import Facets, Passage
from portal.publishing import Publishable, PublishableQuerySet
from portal.richtext import plain
from portal.text import NFCCharField, NFCTextField, slugify


class Topic(Visible):
    name = NFCCharField("tên", max_length=150, unique=True)
    slug = models.SlugField("địa chỉ", max_length=140, unique=True, blank=True, help_text="Để trống: lấy từ tên.")
    description = NFCTextField("giới thiệu", max_length=300, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "nhóm chính sách"
        verbose_name_plural = "nhóm chính sách"
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(name="policies_topic_addressed", condition=~Q(slug="") & ~Q(name=""))]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("policies:topic", args=[self.slug])

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or slugify(self.name)
        before = type(self).objects.filter(pk=self.pk).first() if self.pk else None
        super().save(*args, **kwargs)
        if before:
            Redirect.leave(before.get_absolute_url(), self.get_absolute_url())


class PolicyQuerySet(PublishableQuerySet):
    def for_list(self) -> "PolicyQuerySet":
        return super().for_list().select_related("topic").defer("benefits", "conditions", "contents")

    def for_search(self) -> "PolicyQuerySet":
        return self.select_related("topic").prefetch_related("files")


class Policy(Publishable):
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="policies", verbose_name="nhóm")
    audience = NFCTextField("ai được hưởng", blank=True, help_text="Mỗi dòng một nhóm người.")
    benefits = NFCTextField("được hưởng những gì", blank=True, help_text="Mỗi dòng một quyền lợi, kèm mức.")
    conditions = NFCTextField("điều kiện", blank=True, help_text="Mỗi dòng một điều kiện.")
    procedures = models.ManyToManyField(
        "procedures.Procedure", blank=True, related_name="policies", verbose_name="thủ tục để được hưởng"
    )
    search_label = "Chính sách"
    contents = models.JSONField("mục lục", default=list, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "chính sách"
        verbose_name_plural = "chính sách"
        constraints = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(fields=["slug"], name="policies_policy_slug"),
        ]
        indexes = [
            *Publishable.Meta.indexes,
            # Serves the list and feed of one topic, newest first.
            models.Index(fields=["topic", "-published_at", "-id"], name="policies_policy_by_topic"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("policies:policy", args=[self.topic.slug, self.slug])

    def passages(self) -> Iterator[Passage]:
        yield Passage("", self.title, f"{self.summary}\n{self.audience}", weight=0.5)
        lists = [
            ("ai-duoc-huong", "audience"),
            ("muc-huong", "benefits"),
            ("dieu-kien", "conditions"),
        ]
        for anchor, name in lists:
            if text := getattr(self, name):
                yield Passage(anchor, self._meta.get_field(name).verbose_name.capitalize(), text)
        for anchor, heading, html in sections(self.body):
            if text := plain(html):
                yield Passage(anchor, heading or self.title, text)
        yield from self.file_passages()

    def search_line(self) -> str:
        return self.topic.name

    def facets(self) -> Facets:
        return replace(super().facets(), fields=(self.topic.name,))

    def fill_in(self) -> None:
        super().fill_in()
        self.contents = outline(self.body)


class PolicyBasis(LegalBasis):
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="legal_bases", verbose_name="chính sách")
    document = models.ForeignKey(
        "legal_docs.Document",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="based_policies",
        verbose_name="văn bản trên cổng",
        help_text="Để trống: tự tìm theo số ký hiệu.",
    )


class PolicyFile(Attachment):
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="files", verbose_name="chính sách")
