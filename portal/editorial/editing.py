"""The admin of a content type: buttons that say what they do, a working copy of what is live, who did what noted."""

import json
import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from portal import snapshots
from portal.desk import advice
from portal.editorial import notifications
from portal.editorial.attachment_admin import AttachmentForm
from portal.editorial.bulk_changes import BulkChanges
from portal.editorial.buttons import SAID, buttons
from portal.editorial.deleting import UndoableDelete
from portal.editorial.forms import PublishableForm
from portal.editorial.history import History
from portal.editorial.moving import Moving
from portal.editorial.previewing import Previewing
from portal.editorial.working_copies import WorkingCopies
from portal.headers import WITH_EDITOR
from portal.pending import PendingVersion
from portal.presence import Presence
from portal.publishing import Publishable
from portal.richtext import RichTextField
from portal.templatetags.portal import richtext
from portal.workflow import LIVE, Status


class PublishableAdmin(WorkingCopies, Moving, BulkChanges, Previewing, UndoableDelete, History):
    """Subclasses name their `main_fields`; the rest is the same for every type."""

    form = PublishableForm
    change_form_template = "admin/publishable_change_form.html"
    main_fields: list[str] = ["title", "summary", "body", "cover"]
    list_filter = ["status"]
    search_fields = ["title", "summary"]
    autocomplete_fields = ["cover"]
    date_hierarchy = None
    list_per_page = 50
    save_on_top = True

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        return [
            (None, {"fields": [*self.main_fields, "read_version"]}),
            ("Đăng bài", {"fields": ["published_at", "expires_at"]}),
            ("Thêm", {"fields": ["slug", "review_by", "change_notes"], "classes": ["collapse"]}),
        ]

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(pending_status=PendingVersion.statuses(self.model))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Publishable | None:
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and transaction.get_connection().in_atomic_block:
            # From here to the end of the request nobody else can save it, so the comparison of versions holds.
            self.model._base_manager.select_for_update().get(pk=found.pk)
            found.refresh_from_db()
        if found:
            found.pending = getattr(request, "pending", None)
        return found

    def relations(self) -> snapshots.Relations:
        """The rows that are edited together with an item."""
        return [
            (inline.model, _get_foreign_key(self.model, inline.model, inline.fk_name).name) for inline in self.inlines
        ]

    def has_change_permission(self, request: HttpRequest, obj: Publishable | None = None) -> bool:
        """Writers change what is theirs until they submit it; what readers see is changed in a working copy."""
        allowed = super().has_change_permission(request, obj)
        if obj is None or not allowed or obj.may(request.user, "edit", "publish"):
            return allowed
        waits = self.waiting_status(obj) == Status.REVIEW
        return obj.created_by_id == request.user.pk and not waits

    def waiting_status(self, item: Publishable) -> str:
        """Of the working copy of what is live, else of the item."""
        if item.status not in LIVE:
            return item.status
        if hasattr(item, "pending_status"):
            return item.pending_status or Status.DRAFT
        pending = PendingVersion.of(item)
        return pending.status if pending else Status.DRAFT

    @admin.display(description="trạng thái", ordering="status")
    def state(self, item: Publishable) -> str:
        label, kind = item.get_status_display(), item.status
        if item.is_scheduled:
            label, kind = "Hẹn giờ đăng", "scheduled"
        elif item.status == Status.PUBLISHED and not item.is_published:
            label, kind = "Hết hạn hiện", "expired"
        copy = {Status.DRAFT: "có bản sửa", Status.REVIEW: "bản sửa chờ duyệt"}.get(item.pending_status)
        extra = format_html(' <span class="state state-review">{}</span>', copy) if copy else ""
        return format_html('<span class="state state-{}">{}</span>{}', kind, label, extra)

    def save_model(self, request: HttpRequest, obj: Publishable, form: ModelForm, change: bool) -> None:
        """The words; the version for the history is written once gallery, files and status are there too."""
        obj.updated_by = request.user
        if not change:
            obj.created_by = request.user
        obj.skip_history_when_saving = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        item = form.instance
        wanted = None if item.status in LIVE else form.target
        target = self.settle(request, item, wanted)
        item._change_reason = SAID.get(form.act, "") if target == wanted else ""
        if target:
            item.enter(target, request.user, form.remark)
        del item.skip_history_when_saving
        item.save()
        self.keep_rows(item)
        request.saved = form
        advice.tell(request, form)

    def construct_change_message(
        self, request: HttpRequest, form: ModelForm, formsets: list, add: bool = False
    ) -> list | str:
        """The button that was pressed, and the rows of one kind counted, not each named."""
        changes: dict[tuple, dict] = {}
        for change in super().construct_change_message(request, form, formsets, add):
            ((what, told),) = change.items()
            same = changes.setdefault((what, told.get("name")), {what: {**told, "count": 0}})
            same[what]["count"] += 1
        for change in changes.values():
            ((what, told),) = change.items()
            count = told.pop("count")
            if "object" in told and (count > 1 or not told["object"]):
                told["object"] = f"{count} mục"
        words = LogEntry(change_message=json.dumps(list(changes.values()))).get_change_message()
        pressed = SAID.get(form.act, "")
        return f"{pressed}. {words if changes else ''}".strip() if pressed else list(changes.values())

    def settle(self, request: HttpRequest, item: Publishable, target: str | None) -> str | None:
        """What follows from the rows, now that they are saved. Returns the status that may be entered."""
        return target

    def keep_rows(self, item: Publishable) -> None:
        """The version just written keeps gallery, files and relations too."""
        many = {
            field.name: list(getattr(item, field.name).values_list("pk", flat=True))
            for field in item._meta.many_to_many
        }
        kept = {"rows": snapshots.rows_of(item, self.relations()), "many": many}
        latest = item.history.order_by("-history_date", "-history_id").values("pk")[:1]
        item.history.model.objects.filter(pk__in=latest).update(kept=kept)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        item = super().get_object(request, object_id) if object_id else None
        if request.method == "POST" and "_preview" in request.POST:
            return self.preview(request, item, object_id, form_url)
        if item is not None and request.method == "GET":
            request.others = Presence.note(item, request.user)
        if item is not None and item.status in LIVE:
            response = self.working_copy(request, item, object_id, form_url, extra_context)
        else:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        response["Content-Security-Policy"] = WITH_EDITOR
        self._tell_browser(request, response)
        return response

    def _tell_browser(self, request: HttpRequest, response: HttpResponse) -> None:
        """Which of the texts it keeps while somebody writes has arrived (static/admin/writing.js)."""
        mark = request.POST.get("autosave", "")
        if getattr(request, "saved", None) and _MARK.fullmatch(mark):
            response.set_cookie("da-luu", mark, 24 * 3600, path=reverse("admin:index"), samesite="Lax")

    def response_add(
        self, request: HttpRequest, obj: Publishable, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._after_save(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Publishable) -> HttpResponse:
        return self._after_save(request, obj) or super().response_change(request, obj)

    def _after_save(self, request: HttpRequest, obj: Publishable) -> HttpResponse | None:
        """Saving stays on the page, as writing goes on; a step to the next stage leads back to the list."""
        form = request.saved
        if "_popup" in request.POST:
            return None
        if obj.status != (form.target or obj.status):  # settle() said why
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)
        if form.target is None:
            messages.success(request, f"Đã lưu “{obj}”.")
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", obj.pk)
        messages.success(request, f"{SAID[form.act]}: {obj}")
        notifications.tell(form.act, obj, request.user, form.remark)
        if obj.is_scheduled:
            messages.info(request, f"Bài sẽ tự hiện lúc {obj.published_at.astimezone():%H:%M ngày %d/%m/%Y}.")
        return self.response_post_save_change(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        item = kwargs.get("obj")
        pending = getattr(item, "pending", None)
        changes = self.has_change_permission(request, item) if item else self.has_add_permission(request)
        context["buttons"] = buttons(item or self.model(), pending, request.user, changes)
        context["item"], context["pending"] = item, pending
        for field in item._meta.fields if item and not changes else []:
            if isinstance(field, RichTextField):  # to be read, not to be decoded
                setattr(item, field.name, richtext(getattr(item, field.name).replace("\n", " ")))
        context["others"] = getattr(request, "others", [])
        for formset in context["inline_admin_formsets"] if context["errors"] else []:
            for form in formset.formset.forms:
                if isinstance(form, AttachmentForm):
                    form.keep()
        return super().render_change_form(request, context, *args, **kwargs)


_MARK = re.compile(r"[0-9a-z-]{1,40}")
