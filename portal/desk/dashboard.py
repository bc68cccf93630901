"""The admin's first page: what waits for whom. Apps add their own panels in a module `dashboard`, found at start-up.

Every panel shows at most ROWS rows, each in a query or two for all kinds of content together.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from portal.broken_links import broken
from portal.desk.together import item, items, kinds
from portal.models import PendingVersion, VisitHour
from portal.publishing import Publishable, content_types
from portal.templatetags.portal import number
from portal.workflow import Status

ROWS = 6
REVIEW_SOON = timedelta(days=14)


@dataclass
class Panel:
    """One box. `rows` are (words, address, note); without rows, `empty` is said instead."""

    title: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    total: int | None = None
    empty: str = ""
    more: str = ""  # address of the complete list, with its name
    more_label: str = "Xem tất cả"
    urgent: bool = False


Maker = Callable[[HttpRequest], Panel | None]
_makers: list[tuple[int, Maker]] = []


def panel(order: int) -> Callable[[Maker], Maker]:
    """Registers a panel; smaller numbers stand first. The function answers None for those it is not meant for."""

    def register(maker: Maker) -> Maker:
        _makers.append((order, maker))
        return maker

    return register


def panels(request: HttpRequest) -> list[Panel]:
    return [made for _, maker in sorted(_makers, key=lambda each: each[0]) if (made := maker(request))]


def beginnings(user: AbstractBaseUser) -> list[tuple[str, str]]:
    """What the user may write, with the address where it begins. Pages of the kernel come last: they change least."""
    models = sorted(kinds(user, "add"), key=lambda model: model._meta.app_label == "portal")
    return [
        (f"{capfirst(model._meta.verbose_name)} mới", reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_add"))
        for model in models
    ]


def reviewed_by(user: AbstractBaseUser) -> list[type[Publishable]]:
    """The types of which the user approves what waits, or reads it first and may hand it back."""
    return [model for model in content_types() if model().may(user, "edit", "publish")]


def of_all(models: list[type[Publishable]], condition: Q, when: str, newest: bool = False) -> dict[str, Any]:
    """Rows and total of a panel for all these types together. Two queries."""
    found = items(models, condition, when)
    first = [item(*row) for row in (found.reverse() if newest else found)[:ROWS]]
    rows = [(each.title, each.url, f"{each.kind}, {each.day}") for each in first]
    return {"rows": rows, "total": found.count()}


@panel(10)
def waiting_for_me(request: HttpRequest) -> Panel | None:
    """Whoever submitted an item does not approve it, so it is not listed for them unless they may force it."""
    if not (models := reviewed_by(request.user)):
        return None
    others = Q(status=Status.REVIEW) & ~Q(submitted_by=request.user)
    wanted = Q(status=Status.REVIEW) if request.user.is_superuser else others
    found = of_all(models, wanted, "submitted_at")
    title = "Chờ tôi duyệt" if kinds(request.user, "publish") else "Chờ duyệt, tôi đọc trước"
    return Panel(title, **found, empty="Không có mục nào chờ duyệt.", urgent=found["total"] > 0)


@panel(15)
def waiting_copies(request: HttpRequest) -> Panel | None:
    """New versions of what readers see."""
    labels = [model._meta.label_lower for model in reviewed_by(request.user)]
    if not labels:
        return None
    copies = PendingVersion.objects.filter(model__in=labels, status=Status.REVIEW).order_by("submitted_at")
    if not request.user.is_superuser:
        copies = copies.exclude(submitted_by=request.user)
    rows, total = _shown(copies)
    return Panel("Bản sửa chờ duyệt", rows, total, "Không có bản sửa nào chờ duyệt.", urgent=total > 0)


def _shown(copies: QuerySet[PendingVersion]) -> tuple[list[tuple[str, str, str]], int]:
    """The first rows, and how many there are."""
    return [_copy(copy) for copy in copies[:ROWS]], copies.count()


def _copy(copy: PendingVersion) -> tuple[str, str, str]:
    made = item(copy.model, copy.object_id, str(copy), copy.submitted_at or copy.updated_at)
    return made.title, made.url, f"{made.kind}, {made.day}"


@panel(17)
def handed_back(request: HttpRequest) -> Panel | None:
    """What a reviewer sent back to the user with a remark: items and working copies."""
    back = ~Q(remark="") & Q(status=Status.DRAFT, created_by=request.user)
    copies, many = _shown(PendingVersion.objects.filter(back).order_by("-updated_at"))
    found = of_all(content_types(), back, "updated_at", newest=True)
    rows, total = copies + found["rows"], many + found["total"]
    return Panel("Bị trả lại, chờ tôi sửa", rows[:ROWS], total, urgent=True) if total else None


@panel(18)
def my_copies(request: HttpRequest) -> Panel | None:
    copies = PendingVersion.objects.filter(created_by=request.user, status=Status.DRAFT, remark="")
    rows, total = _shown(copies.order_by("-updated_at"))
    return Panel("Bản sửa tôi chưa gửi", rows, total) if rows else None


@panel(20)
def my_drafts(request: HttpRequest) -> Panel | None:
    if not (models := kinds(request.user, "change")):
        return None
    mine = Q(created_by=request.user, status=Status.DRAFT, remark="")
    found = of_all(models, mine, "updated_at", newest=True)
    return Panel("Bản nháp của tôi", **found, empty="Ông/bà không có bản nháp nào.")


@panel(30)
def scheduled(request: HttpRequest) -> Panel | None:
    if not (models := kinds(request.user, "view")):
        return None
    found = of_all(models, Q(status=Status.PUBLISHED, published_at__gt=timezone.now()), "published_at")
    return Panel("Hẹn giờ đăng", **found, empty="Không có mục nào hẹn giờ.")


@panel(40)
def due_for_review(request: HttpRequest) -> Panel | None:
    if not (models := kinds(request.user, "change")):
        return None
    soon = timezone.localdate() + REVIEW_SOON
    found = of_all(models, Q(status=Status.PUBLISHED, review_by__lte=soon), "review_by")
    return Panel("Đến hạn xem lại", **found, empty="Không có mục nào đến hạn trong hai tuần tới.")


@panel(70)
def broken_links(request: HttpRequest) -> Panel | None:
    if not kinds(request.user, "view"):
        return None
    links = broken()
    more = reverse("broken-links")
    rows = [(link.address, link.places[0]["url"] if link.places else more, link.problem) for link in links[:ROWS]]
    return Panel("Liên kết hỏng", rows, links.count(), "Lần kiểm tra gần nhất không thấy liên kết hỏng.", more)


@panel(80)
def visits_of_the_week(request: HttpRequest) -> Panel:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    week, before = today - timedelta(days=6), today - timedelta(days=13)
    counted = VisitHour.objects.aggregate(
        week=Sum("visits", filter=Q(hour__gte=week)), before=Sum("visits", filter=Q(hour__gte=before, hour__lt=week))
    )
    told = f"{number(counted['week'])} lượt trong bảy ngày qua, bảy ngày trước đó {number(counted['before'])} lượt."
    page = {"more": reverse("statistics"), "more_label": "Xem thống kê"}
    return Panel("Lượt truy cập trong tuần", empty=told, **page)


@panel(90)
def last_backup(request: HttpRequest) -> Panel | None:
    """From the marker the backup command leaves: {"at": ISO 8601 moment, "file": name}."""
    if not request.user.has_perm("auth.change_user"):
        return None
    try:
        marker: dict[str, Any] = json.loads((settings.VAR / "backups" / "last.json").read_text())
        at = datetime.fromisoformat(marker["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return Panel("Sao lưu", empty="Chưa có bản sao lưu.", urgent=True)
    at = timezone.localtime(at if timezone.is_aware(at) else timezone.make_aware(at))
    days = (timezone.localdate() - at.date()).days
    told = f"Bản gần nhất: {at:%H:%M ngày %d/%m/%Y}" + (f", đã {days} ngày." if days > 1 else ".")
    return Panel("Sao lưu", empty=told, urgent=days > 7)
