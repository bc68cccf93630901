"""The admin of a content type: preview before saving, conflicts shown, who did what noted."""

from copy import copy
from typing import Any

from django.contrib import admin, messages
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import resolve
from django.utils.html import format_html
from simple_history.admin import SimpleHistoryAdmin

from portal.attachment_admin import AttachmentForm
from portal.desk import advice
from portal.forms import PublishableForm
from portal.headers import WITH_EDITOR
from portal.publishing import Publishable
from portal.workflow import Status


class PublishableAdmin(SimpleHistoryAdmin):
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
        publishing = ["status", "published_at", "expires_at"]
        withdrawal = ["withdrawal_reason", "successor_url"] if obj and obj.published_at else []
        return [
            (None, {"fields": [*self.main_fields, "read_version"]}),
            ("Đăng bài", {"fields": [*publishing, *withdrawal]}),
            ("Thêm", {"fields": ["slug", "review_by", "change_notes"], "classes": ["collapse"]}),
        ]

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Publishable | None:
        found = super().get_object(request, object_id, from_field)
        if found and request.method == "POST" and transaction.get_connection().in_atomic_block:
            # From here to the end of the request nobody else can save it, so the comparison of versions holds.
            self.model._base_manager.select_for_update().get(pk=found.pk)
            found.refresh_from_db()
        return found

    def has_change_permission(self, request: HttpRequest, obj: Publishable | None = None) -> bool:
        """What citizens see already is changed by those who may publish."""
        allowed = super().has_change_permission(request, obj)
        if obj is not None and obj.status in (Status.PUBLISHED, Status.WITHDRAWN):
            return allowed and request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")
        return allowed

    @admin.display(description="trạng thái", ordering="status")
    def state(self, item: Publishable) -> str:
        label, kind = item.get_status_display(), item.status
        if item.is_scheduled:
            label, kind = "Hẹn giờ đăng", "scheduled"
        elif item.status == Status.PUBLISHED and not item.is_published:
            label, kind = "Hết hạn hiện", "expired"
        return format_html('<span class="state state-{}">{}</span>', kind, label)

    def save_model(self, request: HttpRequest, obj: Publishable, form: ModelForm, change: bool) -> None:
        obj.updated_by = request.user
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request.saved = form.instance
        advice.tell(request, form)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if request.method == "POST" and "_preview" in request.POST:
            return self._preview(request, object_id, form_url)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        response["Content-Security-Policy"] = WITH_EDITOR
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        """Restoring is changing, of the item as it stands today; the package asks only for the right to view."""
        if request.method == "POST" and not self.has_change_permission(request, self.get_object(request, object_id)):
            raise PermissionDenied
        with transaction.atomic():
            response = super().history_form_view(request, object_id, version_id, extra_context)
        response["Content-Security-Policy"] = WITH_EDITOR
        return response

    def _preview(self, request: HttpRequest, object_id: str | None, form_url: str) -> HttpResponse:
        """The public page of what stands in the form: saved, rendered by its own view, and rolled back."""
        kept, request._messages = request._messages, default_storage(request)
        try:
            with transaction.atomic():
                answer = super().changeform_view(request, object_id, form_url)
                item = getattr(request, "saved", None)
                if item is None:
                    context = {**self.admin_site.each_context(request), "errors": answer.context_data.get("errors", "")}
                    return render(request, "admin/preview_refused.html", context)
                page = self._public_page(request, item)
                transaction.set_rollback(True)
                return page
        finally:
            request._messages = kept

    def _public_page(self, request: HttpRequest, item: Publishable) -> HttpResponse:
        reading = copy(request)
        reading.method, reading.GET, reading.unsaved = "GET", QueryDict(), True
        reading.path = reading.path_info = item.get_absolute_url()
        view = resolve(reading.path)
        return view.func(reading, *view.args, **view.kwargs).render()

    def response_post_save_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        self._say_when(request, obj)
        return super().response_post_save_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Model) -> HttpResponse:
        self._say_when(request, obj)
        return super().response_post_save_add(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        for formset in context["inline_admin_formsets"] if context["errors"] else []:
            for form in formset.formset.forms:
                if isinstance(form, AttachmentForm):
                    form.keep()
        return super().render_change_form(request, context, *args, **kwargs)

    def _say_when(self, request: HttpRequest, item: Publishable) -> None:
        if item.is_scheduled:
            messages.info(request, f"Bài sẽ tự hiện lúc {item.published_at.astimezone():%H:%M ngày %d/%m/%Y}.")
