"""Lists of procedures and online services, and the page of one procedure."""

import io
from datetime import date
from typing import Any

import segno
from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from portal.models import SiteIdentity
from portal.paging import PagedList
from portal.spreadsheets import csv_response
from portal.structured_data import breadcrumbs
from portal.views import Crumbs, PublicPage, PublishableDetail
from procedures import reading
from procedures.filters import NAMES, ORDERS, Filters, letters, often_viewed
from procedures.models import AnnouncementDecision, DecisionEntry, OnlineLevel, Procedure, SubmissionMethod
from procedures.structured_data import service

INDEX = "Thủ tục hành chính"
ONLINE = "Dịch vụ công trực tuyến"
_FIRST_METHODS = Prefetch("methods", SubmissionMethod.objects.only("procedure", "duration_value", "duration_unit"))


class ProcedureList(PublicPage, PagedList):
    template_name = "procedures/procedure_list.html"
    paginate_by = 20
    kept = (*NAMES, "trang")
    title = INDEX
    description = "Mỗi thủ tục: ông/bà cần giấy tờ gì, nộp ở đâu, bao lâu có kết quả, hết bao nhiêu tiền."
    address = "procedures:index"

    def everything(self) -> QuerySet:
        return Procedure.objects.published()

    def get_queryset(self) -> QuerySet:
        self.filters = Filters.read(self.request.GET)
        return self.filters.apply(self.everything()).for_list().prefetch_related(_FIRST_METHODS)

    def canonical(self) -> str:
        page = self.request.GET.get("trang", "")
        query = self.filters.address(trang=page if page.isdigit() and page != "1" else "")
        return settings.SITE_URL + self.request.path + (query if query != "?" else "")

    def often(self) -> list[Procedure]:
        return often_viewed()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.filters.address()
        return super().get_context_data(
            filters=self.filters,
            chips=self.filters.chips(),
            groups=self.filters.groups(),
            letters=[(letter, self.filters.address(chu=letter)) for letter in letters()],
            orders=[(name, label, self.filters.address(xep=name)) for name, label in ORDERS.items()],
            often=[] if query != "?" or self.request.GET.get("trang") else self.often(),
            feed_url=reverse("procedures:feed") + (query if query != "?" else ""),
            csv_url=reverse("procedures:csv") + (query if query != "?" else ""),
            all_url=reverse(self.address),
            **kwargs,
        )


class OnlineServices(ProcedureList):
    title = ONLINE
    description = (
        "Những thủ tục ông/bà nộp hồ sơ được trên mạng, trọn vẹn hoặc một phần. Nộp ở Cổng Dịch vụ công quốc gia."
    )
    address = "procedures:online"

    def everything(self) -> QuerySet:
        return super().everything().exclude(online_level=OnlineLevel.INFORMATION)

    def often(self) -> list[Procedure]:
        return []


class ProcedureDetail(PublishableDetail):
    model = Procedure
    template_name = "procedures/procedure_detail.html"
    slug_field = slug_url_kwarg = "code"
    kept = ("truong-hop", "nop")

    def get_queryset(self) -> QuerySet:
        return reading.with_details(super().get_queryset().defer("parts"))

    def get_description(self) -> str:
        return (
            self.object.summary or f"{self.object.title}: giấy tờ cần có, nơi nộp, thời hạn giải quyết, phí và lệ phí."
        )

    def crumbs(self) -> Crumbs:
        field = self.object.field
        return [(INDEX, reverse("procedures:index")), (field.name, field.get_absolute_url()), (self.object.title, None)]

    def structured_data(self) -> list[dict[str, Any]]:
        return [breadcrumbs(self.trail, self.request.path), service(self.object, self.methods, self.site)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        procedure, today = self.object, timezone.localdate()
        self.site = SiteIdentity.current()
        self.methods = list(procedure.methods.all())
        fees, files = list(procedure.fees.all()), list(procedure.files.defer("text"))
        items = list(procedure.dossier_items.select_related("group", "form").defer("form__text"))
        bases = list(procedure.legal_bases.with_status(today))
        agencies = reading.agencies(procedure)
        choices, groups = reading.cases(items, self.request.GET.get("truong-hop", ""))
        applied_on = self._applied_on()
        return super().get_context_data(
            force=procedure.force_on(today),
            facts=reading.facts(procedure, self.methods, fees, procedure.result_rows),
            ways=reading.ways(self.methods, fees),
            general_fees=[fee for fee in fees if fee.method_id is None] if not self.methods else [],
            steps=list(procedure.steps.all()),
            case_choices=choices,
            dossier=groups,
            due=reading.due_dates(self.methods, applied_on or today),
            asked=applied_on,
            forms=reading.forms(items, files),
            samples={file.pk: file for file in files},
            bases=bases,
            gone=[basis for basis in bases if basis.is_gone(today)],
            agencies=agencies,
            ours=reading.is_ours(agencies, self.site.name),
            related=list(procedure.related.published().only("title", "code")),
            short_address=settings.SITE_URL.split("://", 1)[1] + procedure.get_absolute_url(),
            **kwargs,
        )

    def _applied_on(self) -> date | None:
        """The day in ?nop=; what is no day of these decades is passed over."""
        try:
            day = parse_date(self.request.GET.get("nop", ""))
        except ValueError:
            return None
        return day if day and abs(day.year - timezone.localdate().year) <= 5 else None


class DecisionList(PublicPage, PagedList):
    template_name = "procedures/decision_list.html"
    paginate_by = 20
    kept = ("trang",)
    title = "Quyết định công bố thủ tục hành chính"
    queryset = AnnouncementDecision.objects.select_related("agency")

    def crumbs(self) -> Crumbs:
        return [(INDEX, reverse("procedures:index")), (self.title, None)]


class DecisionDetail(PublicPage, DetailView):
    """A decision with its lists; of our procedures those that are published."""

    model = AnnouncementDecision
    template_name = "procedures/decision_detail.html"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related("agency")

    def get_title(self) -> str:
        return f"Quyết định {self.object.number}"

    def get_description(self) -> str:
        return self.object.abstract

    def crumbs(self) -> Crumbs:
        above = [(INDEX, reverse("procedures:index")), (DecisionList.title, reverse("procedures:decisions"))]
        return [*above, (self.get_title(), None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        readable = Procedure.objects.readable().only("title", "code")
        entries = list(self.object.entries.prefetch_related(Prefetch("procedure", readable)))
        shown = [entry for entry in entries if entry.procedure or entry.name]
        lists = [(label, [e for e in shown if e.change == change]) for change, label in DecisionEntry.Change.choices]
        listed = {entry.procedure_id for entry in entries}
        others = self.object.procedures.published().only("title", "code", "decision").exclude(pk__in=listed)
        return super().get_context_data(
            lists=[(label, rows) for label, rows in lists if rows],
            others=list(others),
            files=list(self.object.files.defer("text")),
            **kwargs,
        )


@require_safe
def qr_code(request: HttpRequest, code: str) -> HttpResponse:
    """The page's own address, for the telephone of whoever holds the paper."""
    procedure = get_object_or_404(Procedure.objects.readable().only("code"), code=code)
    image = io.BytesIO()
    segno.make(settings.SITE_URL + procedure.get_absolute_url(), error="m", micro=False).save(
        image, kind="svg", scale=4, border=2, xmldecl=False, omitsize=True
    )
    return HttpResponse(image.getvalue(), content_type="image/svg+xml")


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The filtered list as CSV."""
    found = Filters.read(request.GET).apply(Procedure.objects.published()).for_list().prefetch_related(_FIRST_METHODS)
    rows = (
        [
            procedure.code,
            procedure.title,
            procedure.field.name,
            ", ".join(procedure.get_levels()),
            procedure.get_online_level_display(),
            next((method.duration for method in procedure.methods.all() if method.duration), ""),
            procedure.force.label,
            settings.SITE_URL + procedure.get_absolute_url(),
        ]
        for procedure in found
    )
    header = ["mã", "tên thủ tục", "lĩnh vực", "cấp", "mức độ trực tuyến", "thời hạn", "hiệu lực", "địa chỉ"]
    return csv_response("thu-tuc-hanh-chinh.csv", header, rows)
