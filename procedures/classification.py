"""Where a procedure belongs: its field, whom it is for, on which occasion of life it is needed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from portal.changes import Visible, VisibleQuerySet
from portal.text import NFCCharField, NFCTextField, slugify


class HeadingQuerySet(VisibleQuerySet):
    def named(self, name: str) -> Any:
        """The entry of this name whatever its capitals, made when it is new."""
        return self.filter(name__iexact=name).first() or self.create(name=name)


class Heading(Visible):
    """A name that lists are filtered by; `slug` is what stands in the address."""

    name = NFCCharField("tên", max_length=200, unique=True)
    slug = models.SlugField("địa chỉ", max_length=140, unique=True, blank=True, help_text="Để trống: lấy từ tên.")
    position = models.PositiveIntegerField("thứ tự", default=0)
    parameter = ""  # of the list's address

    objects = HeadingQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_addressed", condition=~Q(slug="") & ~Q(name=""))
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('procedures:index')}?{self.parameter}={self.slug}"

    def clean(self) -> None:
        super().clean()
        self.slug = self.slug or self._free_slug()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or self._free_slug()
        super().save(*args, **kwargs)

    def _free_slug(self) -> str:
        """Two names may differ by tones only."""
        stem = slugify(self.name) or "muc"
        taken = set(type(self).objects.filter(slug__startswith=stem).values_list("slug", flat=True))
        number, slug = 1, stem
        while slug in taken:
            number += 1
            slug = f"{stem}-{number}"
        return slug


class Field(Heading):
    class Icon(models.TextChoices):
        MEDAL = "medal", "Huân chương"
        BRIEFCASE = "briefcase", "Cặp"
        CARE = "care", "Bàn tay, trái tim"
        KITE = "kite", "Diều"
        GEAR = "gear", "Bánh răng"
        CONTRACT = "contract", "Hợp đồng"

    description = NFCTextField("giới thiệu", max_length=300, blank=True, help_text="Vài việc tiêu biểu, một dòng.")
    icon = models.CharField("biểu tượng", max_length=10, choices=Icon, blank=True)
    on_front_page = models.BooleanField("hiện ở trang chủ", default=False)
    parameter = "linh-vuc"

    class Meta(Heading.Meta):
        verbose_name = "lĩnh vực"
        verbose_name_plural = "lĩnh vực"


class Audience(Heading):
    parameter = "doi-tuong"

    class Meta(Heading.Meta):
        verbose_name = "đối tượng thực hiện"
        verbose_name_plural = "đối tượng thực hiện"


class LifeEvent(Heading):
    """An occasion in life, as citizens think of it: a birth, losing work, a death in the family."""

    parameter = "su-kien"

    class Meta(Heading.Meta):
        verbose_name = "sự kiện trong đời"
        verbose_name_plural = "sự kiện trong đời"
