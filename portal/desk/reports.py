"""Reports on all content together: who wrote how much, what grows old, which links are broken. Each also as CSV."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.broken_links import CheckedLink, broken
from portal.desk.together import item, items, kinds
from portal.publishing import Publishable
from portal.spreadsheets import csv_response
from portal.workflow import Status, name_of

PER_PAGE = 100
OLD = timedelta(days=365)


@dataclass
class Report:
    """`rows` are tuples of words; a pair (words, address) becomes a link. A queryset is read page by page."""

    name: str
    title: str
    about: str
    header: list[str]
    rows: Any

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.GET.get("dang") == "csv":
            return csv_response(f"{self.name}.csv", self.header, _plain(self.rows))
        page = Paginator(self.rows, PER_PAGE).get_page(request.GET.get("trang"))
        context = {**admin.site.each_context(request), "title": self.title, "report": self, "page_obj": page}
        return render(request, "admin/report.html", context)


def _plain(rows: Iterable[tuple]) -> Iterator[list[Any]]:
    for row in rows:
        yield [cell[0] if isinstance(cell, tuple) else cell for cell in row]


class _Shown:
    """A queryset whose rows are made ready to be read only when their page is asked for."""

    def __init__(self, found: QuerySet, show: Any) -> None:
        self.found, self.show = found, show

    def __len__(self) -> int:
        return self.found.count()

    def __getitem__(self, part: slice) -> list[tuple]:
        return [self.show(row) for row in self.found[part]]

    def __iter__(self) -> Iterator[tuple]:
        return (self.show(row) for row in self.found.iterator())


def _models(request: HttpRequest) -> list[type[Publishable]]:
    if models := kinds(request.user, "view"):
        return models
    raise PermissionDenied


def index(request: HttpRequest) -> HttpResponse:
    _models(request)
    return render(request, "admin/reports.html", {**admin.site.each_context(request), "title": "Báo cáo"})


def by_author(request: HttpRequest) -> HttpResponse:
    """Items first published in each month, by who made them. One query for each kind of content."""
    counted: dict[tuple[date, str, int | None], int] = {}
    once_public = Q(status__in=[Status.PUBLISHED, Status.WITHDRAWN], published_at__isnull=False)
    for model in _models(request):
        months = model._base_manager.filter(once_public).annotate(month=TruncMonth("published_at")).order_by()
        for month, author, many in months.values_list("month", "created_by").annotate(Count("pk")):
            counted[month, str(model._meta.verbose_name), author] = many
    people = get_user_model().objects.in_bulk({author for _, _, author in counted if author})
    names = {pk: name_of(user) for pk, user in people.items()}
    latest = sorted(counted.items(), key=lambda entry: entry[0][:2], reverse=True)
    rows = [(f"{month:%m/%Y}", names.get(who, "(không rõ)"), kind, many) for (month, kind, who), many in latest]
    about = "Số mục đăng lần đầu trong từng tháng, theo người tạo. Mục nhập từ nơi khác không rõ người tạo."
    header = ["tháng", "người tạo", "loại", "số mục"]
    return Report("noi-dung-theo-nguoi", "Nội dung theo người và tháng", about, header, rows).answer(request)


def ageing(request: HttpRequest) -> HttpResponse:
    """What citizens read and nobody has changed for a year, oldest first."""
    now = timezone.now()
    live = Q(status=Status.PUBLISHED, published_at__lte=now, updated_at__lt=now - OLD)

    def show(row: tuple) -> tuple:
        each = item(*row)
        return each.day, each.kind, (each.title, each.url)

    found = _Shown(items(_models(request), live, "updated_at"), show)
    about = f"Đang đăng mà {OLD.days} ngày qua không ai sửa, cũ nhất đứng đầu. Hãy xem từng mục còn đúng không."
    header = ["sửa lần cuối", "loại", "tiêu đề"]
    return Report("noi-dung-lau-khong-sua", "Nội dung lâu không sửa", about, header, found).answer(request)


def broken_links(request: HttpRequest) -> HttpResponse:
    _models(request)

    def show(link: CheckedLink) -> tuple:
        place = (link.places or [{"title": "", "url": ""}])[0]
        more = f" (và {len(link.uses) - 1} nơi khác)" if len(link.uses) > 1 else ""
        since = f"{timezone.localtime(link.failing_since):%d/%m/%Y}"
        return link.address, link.problem, since, (f"{place['title']}{more}", place["url"])

    about = "Liên kết trong nội dung đang đăng mà người đọc không mở được, theo lần kiểm tra hằng tuần gần nhất."
    header = ["địa chỉ", "vấn đề", "hỏng từ ngày", "nằm trong"]
    return Report("lien-ket-hong", "Liên kết hỏng", about, header, _Shown(broken(), show)).answer(request)
