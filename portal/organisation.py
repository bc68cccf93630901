"""Who works here: the units of the department, its leaders and contact officers."""

from django.db import models

from portal.changes import Visible
from portal.pictures import Picture
from portal.text import NFCCharField, NFCTextField


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
