"""Who works here: the units of the department, its leaders and contact officers. And the agencies around it."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from portal.changes import Visible, VisibleQuerySet
from portal.pictures import Picture
from portal.text import NFCCharField, NFCTextField, slugify


class Unit(Visible):
    """A division or affiliate of the department, as the organisation chart shows it."""

    class Group(models.TextChoices):
        DIVISION = "division", "Phòng chuyên môn"
        AFFILIATE = "affiliate", "Đơn vị trực thuộc"

    name = NFCCharField("tên", max_length=200)
    group = models.CharField("nhóm", max_length=10, choices=Group, default=Group.DIVISION)
    duties = NFCTextField("nhiệm vụ", blank=True)
    address = NFCCharField("địa chỉ", max_length=300, blank=True)
    phone = models.CharField("điện thoại", max_length=50, blank=True)
    email = models.EmailField("thư điện tử", blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "phòng, đơn vị"
        verbose_name_plural = "phòng, đơn vị"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Official(Visible):
    """A leader or contact officer: name, post, phone, e-mail (duty: Decree 42/2022/NĐ-CP, article 4)."""

    name = NFCCharField("họ và tên", max_length=100)
    post = NFCCharField("chức vụ", max_length=150)
    portfolio = NFCCharField("phụ trách", max_length=300, blank=True)
    unit = models.ForeignKey(
        Unit, models.SET_NULL, null=True, blank=True, related_name="officials", verbose_name="phòng, đơn vị"
    )
    phone = models.CharField("điện thoại", max_length=50, blank=True)
    email = models.EmailField("thư điện tử", blank=True)
    picture = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="ảnh")
    is_leader = models.BooleanField("lãnh đạo Sở", default=False)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "cán bộ"
        verbose_name_plural = "lãnh đạo, đầu mối liên hệ"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.post}"


class AgencyQuerySet(VisibleQuerySet):
    def named(self, name: str) -> "Agency":
        """The agency of this name whatever its capitals and marks, made when it is new."""
        slug = slugify(name, 140)
        return self.get_or_create(slug=slug, defaults={"name": name})[0]


class Agency(Visible):
    """A body that issues documents or handles procedures. They merge and are renamed; documents keep the old name."""

    name = NFCCharField("tên", max_length=250)
    short_name = NFCCharField("tên ngắn", max_length=60, blank=True, help_text="Ví dụ: UBND tỉnh, Bộ LĐTBXH.")
    slug = models.SlugField("địa chỉ", max_length=140, unique=True, blank=True, help_text="Để trống: lấy từ tên.")
    successor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="predecessors", verbose_name="nay là"
    )
    position = models.PositiveIntegerField("thứ tự", default=0)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = "cơ quan"
        verbose_name_plural = "cơ quan"
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                name="portal_agency_not_its_own_successor",
                condition=Q(successor__isnull=True) | ~Q(successor=F("pk")),
                violation_error_message="Cơ quan không thể kế thừa chính nó.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def brief(self) -> str:
        return self.short_name or self.name

    def clean(self) -> None:
        super().clean()
        self.slug = self.slug or slugify(self.name, 140)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or slugify(self.name, 140)
        super().save(*args, **kwargs)
