"""How staff keep procedures: everything of one on one screen, the incomplete first in their own list."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from import_export.admin import ImportExportMixin

from portal.columns import FORMATS
from portal.editorial.attachment_admin import AttachmentInline
from portal.editorial.deleting import UndoableDelete
from portal.editorial.editing import PublishableAdmin
from portal.editorial.forms import PublishableForm
from portal.editorial.rows import InOrder
from portal.workflow import Status
from procedures import sheet
from procedures.models import (
    AnnouncementDecision,
    Audience,
    DecisionEntry,
    DecisionFile,
    DossierGroup,
    DossierItem,
    Fee,
    Field,
    Level,
    LifeEvent,
    Procedure,
    ProcedureBasis,
    ProcedureFile,
    Question,
    Result,
    Step,
    SubmissionMethod,
)
from procedures.reports import report_urls
from procedures.tables import ProcedureTable


class Rows(InOrder, admin.TabularInline):
    """Rows of one kind; choices among the procedure's own rows offer no other procedure's."""

    own: dict[str, type[Model]] = {}

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        self.parent = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.own:
            rows = self.own[db_field.name].objects
            kwargs["queryset"] = rows.filter(procedure=self.parent) if self.parent else rows.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 3
        return field


class Steps(Rows):
    model = Step
    fields = ["position", "title", "actor", "body", "case"]


class Methods(Rows):
    model = SubmissionMethod
    fields = ["position", "channel", "duration_value", "duration_unit", "duration_note", "description"]


class Fees(Rows):
    model = Fee
    own = {"method": SubmissionMethod}
    fields = ["method", "kind", "amount", "currency", "amount_text", "condition", "exemptions"]


class Cases(Rows):
    model = DossierGroup
    fields = ["position", "case", "alternative"]


class Papers(Rows):
    model = DossierItem
    own = {"group": DossierGroup, "form": ProcedureFile}
    fields = ["position", "group", "name", "note", "originals", "copies", "form", "form_name"]


class Bases(Rows):
    model = ProcedureBasis
    fields = ["position", "number", "name", "issued_on", "issuer", "document"]
    raw_id_fields = ["document"]


class Results(Rows):
    model = Result
    own = {"sample": ProcedureFile}
    fields = ["position", "name", "code", "sample"]


class Questions(Rows):
    model = Question
    fields = ["position", "question", "answer"]


class Files(AttachmentInline):
    model = ProcedureFile


class ProcedureForm(PublishableForm):
    levels = forms.MultipleChoiceField(
        label="Cấp thực hiện", choices=Level.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


@admin.register(Procedure)
class ProcedureAdmin(ImportExportMixin, PublishableAdmin):
    form = ProcedureForm
    resource_classes = [ProcedureTable]
    formats = FORMATS
    import_export_change_list_template = "admin/procedure_change_list.html"
    list_display = ["title", "state", "code", "filled", "updated_at"]
    list_filter = ["status", "field", "online_level", "completeness"]
    list_select_related = ["field"]
    search_fields = ["title", "code", "summary"]
    autocomplete_fields = ["cover", "decision", "abolished_by", "delegated_agency"]
    # The pop-up list, because the admin's field with suggestions for several values has no label for a screen reader.
    raw_id_fields = ["related", "implementing_agencies", "competent_agencies", "coordinating_agencies"]
    inlines = [Steps, Methods, Fees, Cases, Papers, Files, Results, Bases, Questions]
    changed_together = ["field"]
    main_fields = [
        *("title", "code", "field", "summary", "levels", "audiences", "life_events", "procedure_type"),
        *("online_level", "apply_url", "conditions", "no_conditions", "no_forms", "number_of_sets", "keywords", "body"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        main, publishing, _ = super().get_fieldsets(request, obj)
        agencies = ["implementing_agencies", "competent_agencies", "delegated_agency", "coordinating_agencies"]
        force = ["decision", "announced_on", "effective_from", "abolished_on", "abolished_by"]
        notes = ["steps_note", "methods_note", "dossier_note", "legal_note", "related", "related_note"]
        return [
            main,
            publishing,
            ("Cơ quan, nơi tiếp nhận", {"fields": [*agencies, "reception_address"], "classes": ["collapse"]}),
            ("Công bố và hiệu lực", {"fields": force, "classes": ["collapse"]}),
            ("Ghi chú, liên quan", {"fields": notes, "classes": ["collapse"]}),
            ("Thêm", {"fields": ["cover", "review_by", "change_notes"], "classes": ["collapse"]}),
        ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("audiences", "life_events"):
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="đầy đủ", ordering="completeness")
    def filled(self, procedure: Procedure) -> str:
        missing = ", ".join(sheet.names(procedure.missing))
        return f"{procedure.completeness}%" + (f", thiếu {missing}" if missing else "")

    def get_urls(self) -> list:
        return [*report_urls(self.admin_site), *super().get_urls()]

    def settle(self, request: HttpRequest, item: Procedure, target: str | None) -> str | None:
        """Only now are all parts there: the sheet follows, and what is too incomplete waits for review."""
        sheet.measure(item)
        if sheet.may_be_public(item) or Status.PUBLISHED not in (target, item.status):
            return target
        missing = ", ".join(sheet.names(item.missing))
        if target != Status.PUBLISHED:
            messages.warning(request, f"Thủ tục đang đăng nhưng còn thiếu: {missing}.")
            return target
        messages.error(
            request,
            f"Chưa đăng được: mới đủ {item.completeness}%, cần {settings.PROCEDURE_COMPLETENESS}%. "
            f"Còn thiếu: {missing}. Bài đã lưu và đang chờ duyệt.",
        )
        return Status.REVIEW

    def keep_rows(self, item: Procedure) -> None:
        super().keep_rows(item)
        sheet.refresh(item)


class HeadingAdmin(UndoableDelete):
    search_fields = ["name"]
    list_display = ["name", "slug", "position"]


admin.site.register([Field, Audience, LifeEvent], HeadingAdmin)


class Entries(InOrder, admin.TabularInline):
    model = DecisionEntry
    autocomplete_fields = ["procedure"]
    fields = ["change", "procedure", "code", "name", "position"]


class DecisionFiles(InOrder, admin.TabularInline):
    model = DecisionFile
    fields = ["file", "title", "position"]


@admin.register(AnnouncementDecision)
class DecisionAdmin(UndoableDelete):
    list_display = ["number", "issued_on", "effective_from", "agency"]
    list_select_related = ["agency"]
    search_fields = ["number", "abstract"]
    autocomplete_fields = ["agency"]
    inlines = [Entries, DecisionFiles]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.instance.carry_out()
