"""The public list and page, the drafts open for comment, the list as a table to take away."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from legal_docs import diagram, history, provisions
from legal_docs.filters import NAMES, Filters
from legal_docs.groups import RelationGroups
from legal_docs.legislation import legislation
from legal_docs.models import Document, DocumentFile, DocumentType
from legal_docs.sheet import sheet
from portal import readership
from portal.media import inert, stored
from portal.paging import PagedList
from portal.spreadsheets import csv_response
from portal.structured_data import absolute
from portal.views import Crumbs, PublicPage, PublishableDetail

INDEX = "Văn bản pháp quy"
_FILES = Prefetch("files", DocumentFile.objects.defer("text"))


def open_drafts() -> QuerySet:
    """Drafts whose time for comments has begun and not ended, those that end first at the top."""
    today = timezone.localdate()
    drafts = Document.objects.published().filter(is_draft=True, consultation_opens__lte=today)
    still = Q(consultation_closes=None) | Q(consultation_closes__gte=today)
    return drafts.filter(still).for_list().order_by(F("consultation_closes").asc(nulls_last=True), "pk")


class DocumentList(PublicPage, PagedList):
    template_name = "legal_docs/document_list.html"
    paginate_by = 20
    kept = (*NAMES, "trang")
    title = INDEX
    description = "Văn bản của Trung ương và của tỉnh, kèm tình trạng hiệu lực tính đến ngày ông/bà chọn."

    def get_queryset(self) -> QuerySet:
        self.filters = Filters(self.request.GET)
        return self.filters.in_order().prefetch_related(_FILES)

    def canonical(self) -> str:
        page = self.request.GET.get("trang", "")
        query = self.filters.query(**({"trang": page} if page.isdigit() and page != "1" else {}))
        return absolute(self.request.path) + (f"?{query}" if query else "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.filters.query()
        return super().get_context_data(
            filters=self.filters,
            chips=self.filters.chips(),
            drafts=list(open_drafts()[:5]),
            feed_url=reverse("legal_docs:feed") + (f"?{query}" if query else ""),
            csv_url=reverse("legal_docs:csv") + (f"?{query}" if query else ""),
            **kwargs,
        )


class DraftList(PublicPage, TemplateView):
    template_name = "legal_docs/draft_list.html"
    title = "Dự thảo lấy ý kiến"
    description = "Dự thảo văn bản đang lấy ý kiến người dân, và kết quả tiếp thu của những lần đã kết thúc."

    def crumbs(self) -> Crumbs:
        return [(INDEX, reverse("legal_docs:index")), (self.title, None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        drafts = Document.objects.published().filter(is_draft=True)
        shown = drafts.select_related("doc_type", "issuer", "drafting_agency", "became__doc_type").defer("body")
        running = set(open_drafts().values_list("pk", flat=True))
        found = list(shown.order_by("-consultation_closes", "-pk")[:200])
        return super().get_context_data(
            running=[draft for draft in reversed(found) if draft.pk in running],
            ended=[draft for draft in found if draft.pk not in running],
            **kwargs,
        )


class DocumentDetail(PublishableDetail):
    """A document as it applies on `?ngay=`, today by default."""

    model = Document
    template_name = "legal_docs/document_detail.html"
    kept = ("ngay",)

    def get_queryset(self) -> QuerySet:
        self.today = timezone.localdate()
        self.day = _day(self.request) or self.today
        found = super().get_queryset().select_related("doc_type", "issuer", "drafting_agency", "became__doc_type")
        found = found.select_related("reviewing_agency")
        address = {"doc_type__slug": self.kwargs["doc_type"], "year": self.kwargs["year"]}
        return found.filter(is_stub=False, **address).with_status(self.day)

    def get_title(self) -> str:
        document = self.object
        return f"{document.name}: {document.title}" if document.number else document.title

    def crumbs(self) -> Crumbs:
        kind = self.object.doc_type
        index = reverse("legal_docs:index")
        return [(INDEX, index), (kind.name, f"{index}?loai={kind.slug}"), (self.object.number or "Dự thảo", None)]

    def structured_data(self) -> list[dict[str, Any]]:
        return [*PublicPage.structured_data(self), legislation(self.object, self.related.outgoing, self.files)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        document = self.object
        self.related = RelationGroups(document, self.day)
        self.files = list(document.files.defer("text"))
        groups = self.related.groups()
        return super().get_context_data(
            day=self.day,
            is_today=self.day == self.today,
            today=self.today,
            validity=document.status_on(self.day),
            reasons=history.reasons(document, self.related.incoming, self.day),
            amendments=history.amendments(self.related.incoming, self.day),
            events=history.events(document, self.related.incoming),
            groups=groups,
            diagram=diagram.layout(document, groups),
            outline=provisions.outline(document.body),
            pieces=sheet(document, self.related.incoming, self.day),
            files=self.files,
            issuances=list(document.issuances.select_related("agency")),
            subjects=list(document.fields.all()),
            consultation_open=_is_open(document, self.today),
            readers=readership.figures(document),
            **kwargs,
        )


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("ngay", ""))
    except ValueError:
        return None


def _is_open(document: Document, today: date) -> bool:
    opens, closes = document.consultation_opens, document.consultation_closes
    return bool(document.is_draft and opens and opens <= today and (closes is None or closes >= today))


def to_list(request: HttpRequest, doc_type: str, year: int | None = None) -> HttpResponse:
    """A shortened address ("/van-ban/nghi-dinh/2020/") leads to the list of what lies under it."""
    get_object_or_404(DocumentType, slug=doc_type)
    return redirect(f"{reverse('legal_docs:index')}?loai={doc_type}" + (f"&nam={year}" if year else ""))


@require_safe
def take_file(request: HttpRequest, pk: int) -> FileResponse:
    """A file of a document that citizens may read, under its own name; the taking is counted."""
    file = get_object_or_404(DocumentFile.objects.filter(document__in=Document.objects.readable()).defer("text"), pk=pk)
    response = inert(stored(file.file.name), file.download_name)
    response["Cache-Control"] = "private, max-age=3600"  # a shared copy would not be counted
    readership.note(request, Document(pk=file.document_id), readership.DOWNLOADS)
    return response


def download(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The filtered list, all of it, as CSV."""
    filters = Filters(request.GET)
    header = ["Số ký hiệu", "Loại văn bản", "Trích yếu", "Cơ quan ban hành", "Ngày ban hành", "Có hiệu lực từ"]
    header += ["Hết hiệu lực từ", f"Tình trạng tính đến {filters.day:%d/%m/%Y}", "Địa chỉ"]

    def rows() -> Iterator[list[Any]]:
        for document in filters.in_order().iterator(chunk_size=1000):
            days = [document.issued_on, document.effective_from, document.effective_to]
            yield [
                *(document.number, document.doc_type.name, document.title, document.issuer or ""),
                *(f"{day:%d/%m/%Y}" if day else "" for day in days),
                document.status_on(filters.day).label,
                absolute(document.get_absolute_url()),
            ]

    return csv_response("van-ban.csv", header, rows())
