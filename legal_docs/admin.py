"""How staff enter legal documents, tie them together, and are told what does not agree."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin

from legal_docs import contradictions, suggestions
from legal_docs.forms import DocumentForm
from legal_docs.models import Document, DocumentFile, DocumentType, Field, Issuance, Relation
from legal_docs.spreadsheets import DocumentResource
from portal.admin import OrderedAdmin
from portal.columns import FORMATS
from portal.editorial.attachment_admin import AttachmentInline
from portal.editorial.editing import PublishableAdmin
from portal.editorial.rows import InOrder
from portal.workflow import LIVE, Status


class IssuanceInline(InOrder, admin.TabularInline):
    model = Issuance
    autocomplete_fields = ["agency"]
    fields = ["agency", "signer", "signer_post", "position"]


class FileInline(AttachmentInline):
    model = DocumentFile
    fields = ["file", "title", "role", "position", "kept"]


class RelationInline(admin.StackedInline):
    model = Relation
    extra = 0
    fields = [("kind", "target"), ("provisions", "source_provisions"), ("effective_on", "effective_until"), "note"]
    fk_name = "source"
    autocomplete_fields = ["target"]
    verbose_name_plural = "văn bản này tác động đến"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("source__doc_type", "target__doc_type")


class IncomingInline(RelationInline):
    fk_name = "target"
    fields = [("kind", "source"), ("provisions", "source_provisions"), ("effective_on", "effective_until"), "note"]
    autocomplete_fields = ["source"]
    verbose_name_plural = "văn bản tác động đến văn bản này"


@admin.register(Document)
class DocumentAdmin(ImportExportMixin, PublishableAdmin):
    form = DocumentForm
    resource_classes = [DocumentResource]
    formats = FORMATS
    change_form_template = "admin/document_change_form.html"
    export_template_name = "admin/document_export.html"
    import_export_change_list_template = "admin/document_change_list.html"
    list_display = ["number_or_name", "title", "state", "validity_today", "issued_on"]
    list_filter = ["status", "is_stub", "is_draft", "doc_type"]
    list_select_related = ["doc_type"]
    search_fields = ["number", "number_normalised", "title"]
    ordering = [F("issued_on").desc(nulls_last=True), "-pk"]
    date_hierarchy = "issued_on"
    autocomplete_fields = ["issuer", "drafting_agency", "reviewing_agency", "became", "cover"]
    inlines = [FileInline, RelationInline, IncomingInline, IssuanceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_status()

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        _, publishing, more = super().get_fieldsets(request, obj)
        who = [("number", "doc_type"), "title", ("issuer", "issued_on"), ("signer", "signer_post")]
        when = [("effective_from", "effective_to"), ("expired_part", "expiry_reason")]
        text = ["upload", "body", *(["replace_body"] if obj and obj.body else []), "fields", "read_version"]
        stated = [("stated_validity", "stated_from"), ("gazette_number", "gazette_date"), ("nature", "scope")]
        other = [*stated, "locality", "applicability", "source", "source_url", "summary"]
        draft = ["is_draft", ("consultation_opens", "consultation_closes"), ("drafting_agency", "reviewing_agency")]
        folded = {"classes": ["collapse"]}
        return [
            (None, {"fields": [*who, *when, *text]}),
            publishing,
            ("Thuộc tính khác", {"fields": other, **folded}),
            ("Dự thảo lấy ý kiến", {"fields": [*draft, "outcome", "became"], **folded}),
            more,
        ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick: the double list and the search box of the admin have no names for a screen reader."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple(), **kwargs)

    @admin.display(description="số ký hiệu", ordering="number_normalised")
    def number_or_name(self, document: Document) -> str:
        return document.number or "(không số)"

    @admin.display(description="hiệu lực hôm nay", ordering="validity")
    def validity_today(self, document: Document) -> str:
        if document.is_draft:
            return "Dự thảo"
        return "Chỉ biết tên" if document.is_stub else document.status_on().label

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        if form.attachment:
            form.attachment.document = form.instance
            form.attachment.save()
        super().save_related(request, form, formsets, change)
        for note in form.notes:
            messages.info(request, note)
        for told in contradictions.of(form.instance):
            messages.warning(request, f"Mâu thuẫn: {told}")

    def settle(self, request: HttpRequest, item: Document, target: str | None) -> str | None:
        """What is on its way to the readers is more than a name."""
        item.is_stub = item.is_stub and (target or item.status) == Status.DRAFT
        return super().settle(request, item, target)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        document = kwargs.get("obj")
        if document:
            context["suggestions"] = suggestions.open_for(document)
            bases = [suggestion for suggestion in context["suggestions"] if suggestion.kind == "based_on"]
            context["many_bases"] = len(bases) > 1
            context["contradictions"] = contradictions.of(document)
            context["accept_url"] = reverse("admin:legal_docs_document_accept", args=[document.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list:
        guard = self.admin_site.admin_view
        return [
            path("mau-thuan/", guard(self.report), name="legal_docs_document_report"),
            path("<int:pk>/goi-y/", guard(require_POST(self.accept)), name="legal_docs_document_accept"),
            *super().get_urls(),
        ]

    def accept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes over one suggestion, or with `goi-y=*` every legal basis."""
        document = get_object_or_404(Document, pk=pk)
        live = document.status in LIVE  # a suggestion is written at once, so readers would see it
        if not self.has_change_permission(request, document) or (live and not document.may(request.user, "publish")):
            raise PermissionDenied
        wanted = request.POST.get("goi-y", "")
        for suggestion in suggestions.open_for(document):
            if wanted in (suggestion.token, f"*{suggestion.kind}"):
                suggestions.accept(document, suggestion)
                messages.success(request, format_html("Đã ghi: {}.", suggestion.label))
        for told in contradictions.of(document):
            messages.warning(request, f"Mâu thuẫn: {told}")
        return redirect("admin:legal_docs_document_change", pk)

    def report(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Văn bản có mâu thuẫn", "opts": self.opts}
        return TemplateResponse(request, "admin/contradictions.html", {**context, "found": contradictions.report()})


@admin.register(DocumentType, Field)
class TermAdmin(OrderedAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
