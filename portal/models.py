"""The nouns every page needs: who we are, menu, links, pages, notices, visits.

Django looks for models here, so those of the other modules are named here too.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from tree_queries.models import OrderableTreeNode
from tree_queries.query import TreeQuerySet

from portal.addresses import Redirect, validate_address
from portal.broken_links import CheckedLink
from portal.changes import Change, Visible, VisibleQuerySet, until_change
from portal.organisation import Agency, Official, Unit
from portal.pending import PendingVersion
from portal.pictures import Picture
from portal.presence import Presence
from portal.publishing import Publishable, PublishableQuerySet
from portal.readership import Readership
from portal.searches import SearchCount
from portal.sharing import ShareLink
from portal.synonyms import Synonym
from portal.text import NFCCharField, NFCTextField
from portal.trash import Deleted
from portal.working_days import SwappedDay

__all__ = ["Agency", "Change", "CheckedLink", "Official", "Picture", "Readership", "Redirect", "SwappedDay", "Unit"]
__all__ += ["Deleted", "PendingVersion", "Presence", "SearchCount", "ShareLink", "Synonym"]


class SiteIdentity(Visible):
    """Whose portal this is. One row: departments merge and are renamed, so nothing of it stands in code."""

    parent_name = NFCCharField("cơ quan chủ quản", max_length=200, blank=True)
    name = NFCCharField("tên cơ quan", max_length=200)
    short_name = NFCCharField("tên ngắn", max_length=100, blank=True, help_text="Đứng sau tiêu đề mỗi trang.")
    emblem = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="biểu trưng"
    )
    slogan = NFCTextField("lời chào trang chủ", blank=True, help_text="Mỗi dòng một ý, tối đa ba dòng.")
    address = NFCCharField("địa chỉ", max_length=300, blank=True)
    phone = models.CharField("điện thoại", max_length=50, blank=True)
    fax = models.CharField("fax", max_length=50, blank=True)
    email = models.EmailField("thư điện tử", blank=True)
    hotline = models.CharField("đường dây nóng", max_length=50, blank=True)
    hotline_hours = NFCCharField("giờ trực đường dây nóng", max_length=200, blank=True)
    second_hotline = models.CharField("số nóng thứ hai", max_length=50, blank=True)
    second_hotline_note = NFCCharField("số nóng thứ hai dùng cho", max_length=200, blank=True)
    office_hours = NFCCharField("giờ làm việc", max_length=200, blank=True)
    reception = NFCCharField("lịch tiếp công dân", max_length=200, blank=True)
    responsible = NFCCharField("chịu trách nhiệm nội dung", max_length=200, blank=True)
    popular_searches = NFCTextField("từ khóa hay tìm", blank=True, help_text="Mỗi dòng một từ khóa, hiện ở trang chủ.")
    visits_before = models.PositiveBigIntegerField(
        "lượt truy cập trước đó", default=1_631_529, help_text="Số đếm của trang cũ; bộ đếm chạy tiếp từ số này."
    )

    class Meta:
        verbose_name = verbose_name_plural = "thông tin cơ quan"
        constraints = [models.CheckConstraint(name="portal_siteidentity_single", condition=Q(pk=1))]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)

    @classmethod
    def current(cls) -> "SiteIdentity":
        """The one row, kept until something changes; an unsaved one with a neutral name before staff entered it."""
        return _identity()


@until_change
def _identity() -> SiteIdentity:
    return SiteIdentity.objects.select_related("emblem").first() or SiteIdentity(pk=1, name="Cổng thông tin điện tử")


class MenuItemQuerySet(VisibleQuerySet, TreeQuerySet):
    pass


class MenuItem(OrderableTreeNode, Visible):
    """An entry of the main menu, bound to a page or to an address. Two levels."""

    label = NFCCharField("nhãn", max_length=60)
    page = models.ForeignKey("portal.Page", models.CASCADE, null=True, blank=True, verbose_name="trang giới thiệu")
    url = models.CharField("địa chỉ", max_length=300, blank=True, validators=[validate_address])

    objects = MenuItemQuerySet.as_manager()

    class Meta(OrderableTreeNode.Meta):
        verbose_name = "mục danh mục"
        verbose_name_plural = "danh mục chính"
        constraints = [
            models.CheckConstraint(
                name="portal_menuitem_one_target",
                condition=Q(page__isnull=True) & ~Q(url="") | Q(page__isnull=False) & Q(url=""),
                violation_error_message="Chọn một trang hoặc nhập một địa chỉ, không cả hai.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return self.page.get_absolute_url() if self.page else self.url


class WebsiteLink(Visible):
    """A site of another agency that we link to (duty: Decree 42/2022/NĐ-CP, article 7)."""

    group = NFCCharField("nhóm", max_length=60, help_text="Ví dụ: Trung ương, Trong tỉnh.")
    name = NFCCharField("tên", max_length=150)
    url = models.CharField("địa chỉ", max_length=300, validators=[validate_address])
    logo = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="biểu trưng"
    )
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "liên kết website"
        verbose_name_plural = "liên kết website"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Notice(Visible):
    """An alert on every page from one moment to another."""

    class Level(models.TextChoices):
        INFO = "info", "Thông báo"
        URGENT = "urgent", "Khẩn"

    text = NFCCharField("nội dung", max_length=300)
    url = models.CharField("địa chỉ xem thêm", max_length=300, blank=True, validators=[validate_address])
    link_label = NFCCharField("chữ của liên kết", max_length=60, blank=True, default="Xem chi tiết")
    level = models.CharField("mức", max_length=10, choices=Level, default=Level.INFO)
    starts_at = models.DateTimeField("hiện từ", default=timezone.now)
    ends_at = models.DateTimeField("đến")

    class Meta:
        verbose_name = "thông báo chung"
        verbose_name_plural = "thông báo chung"
        ordering = ["-level", "-starts_at"]
        constraints = [
            models.CheckConstraint(
                name="portal_notice_ends_later",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="Thời điểm kết thúc phải sau thời điểm bắt đầu.",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_current(self) -> bool:
        return self.starts_at <= timezone.now() < self.ends_at


class PageQuerySet(PublishableQuerySet, TreeQuerySet):
    pass


class Page(Publishable, OrderableTreeNode):
    """A standing page: functions, structure, leaders, contacts, accessibility statement …"""

    search_label = "Giới thiệu"

    class Block(models.TextChoices):
        CHART = "chart", "Sơ đồ tổ chức"
        LEADERS = "leaders", "Danh sách lãnh đạo"
        CONTACTS = "contacts", "Đầu mối liên hệ"

    path = models.CharField("đường dẫn", max_length=500, unique=True, editable=False)
    block = models.CharField("phần dưới nội dung", max_length=10, choices=Block, blank=True)

    objects = PageQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "trang"
        verbose_name_plural = "trang giới thiệu"
        ordering = ["position", "pk"]

    def get_absolute_url(self) -> str:
        return reverse("page", args=[self.path])

    def addresses(self) -> models.QuerySet:
        return super().addresses().filter(parent=self.parent_id)

    def fill_in(self) -> None:
        super().fill_in()
        self.path = f"{self.parent.path}/{self.slug}" if self.parent else self.slug

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The addresses of the pages below follow."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            for child in self.children.exclude(path__startswith=f"{self.path}/"):
                child.save()


class VisitHour(models.Model):
    """Visits that began in one hour. No identity, only numbers; kept for ever."""

    hour = models.DateTimeField("giờ", primary_key=True)
    visits = models.PositiveIntegerField("lượt", default=0)
    minutes = ArrayField(models.PositiveIntegerField(), size=60, verbose_name="lượt từng phút")  # for "being read now"

    class Meta:
        verbose_name = verbose_name_plural = "lượt truy cập theo giờ"

    def __str__(self) -> str:
        return f"{self.hour:%d/%m/%Y %H:00}: {self.visits}"
