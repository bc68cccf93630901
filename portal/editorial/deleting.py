"""Deleting in the admin: says what would break, and goes to the bin, from which it can be taken back."""

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.deletion import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from portal.models import Deleted, MenuItem
from portal.publishing import Publishable, content_types
from portal.trash import collect
from portal.workflow import LIVE


class UndoableDelete(admin.ModelAdmin):
    delete_confirmation_template = "admin/delete_with_consequences.html"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Writers throw away what is theirs and was never public; what readers know, those who publish."""
        allowed = super().has_delete_permission(request, obj)
        if not allowed or not isinstance(obj, Publishable):
            return allowed
        if obj.status in LIVE:
            return obj.may(request.user, "publish")
        return obj.created_by_id == request.user.pk or obj.may(request.user, "edit", "publish")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        item = self.get_object(request, object_id)
        broken = consequences(item) if item and request.method == "GET" else []
        return super().delete_view(request, object_id, {"broken": broken, **(extra_context or {})})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict[str, int], set, list]:
        """What goes with the items is counted, not listed: links between two items have no name of their own."""
        _, counts, lacking, protected = super().get_deleted_objects(objs, request)
        links = {str(m._meta.verbose_name_plural) for m in apps.get_models(True) if m._meta.auto_created}
        counts = {kind: count for kind, count in counts.items() if str(kind) not in links}
        return [str(item) for item in objs], counts, lacking, protected

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._throw_away(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for item in queryset:
            self._throw_away(request, item)

    def _throw_away(self, request: HttpRequest, item: Model) -> None:
        Deleted.throw_away(item, request.user)
        bin_url = reverse("trash")
        messages.info(request, format_html('“{}” ở trong <a href="{}">thùng rác</a> 30 ngày.', item, bin_url))


def consequences(item: Model) -> list[tuple[str, str]]:
    """What would lead nowhere, or lose a reference, were the item deleted: (what, address in the admin)."""
    found = [(row, "mất liên kết tới mục này") for row in _referring(item)]
    url = getattr(item, "get_absolute_url", str)()
    if isinstance(item, Publishable) and url:
        found += [(row, "có liên kết tới trang này trong nội dung") for row in _linking(url)]
        found += [(row, "dẫn tới trang này") for row in MenuItem.objects.filter(url=url)]
    told = {(row._meta.label, row.pk): (f"{capfirst(row._meta.verbose_name)}: {row}, {why}", row) for row, why in found}
    return [(words, _edit_url(row)) for words, row in told.values()]


def _referring(item: Model) -> list[Model]:
    try:
        collector = collect(item)
    except (ProtectedError, RestrictedError):
        return []  # the page names these itself
    return [row for groups in collector.field_updates.values() for group in groups for row in group]


def _linking(url: str) -> list[Model]:
    here = Q(body__contains=f'href="{url}"') | Q(successor_url=url)
    return [item for model in content_types() for item in model.objects.filter(here).defer("body")[:20]]


def _edit_url(row: Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def trash(request: HttpRequest) -> HttpResponse:
    """What was deleted in the last thirty days: one's own, or everybody's for those who may see the bin."""
    rows = Deleted.current()
    if not request.user.has_perm("portal.view_deleted"):
        rows = rows.filter(deleted_by=request.user)
    if request.method == "POST":
        key = request.POST.get("muc", "")
        return _put_back(request, get_object_or_404(rows, pk=int(key) if key.isascii() and key.isdigit() else 0))
    context = {**admin.site.each_context(request), "title": "Thùng rác", "rows": rows.defer("rows", "links")[:500]}
    return TemplateResponse(request, "admin/trash.html", context)


def _put_back(request: HttpRequest, row: Deleted) -> HttpResponse:
    meta = apps.get_model(row.model)._meta
    if not request.user.has_perm(f"{meta.app_label}.add_{meta.model_name}"):
        raise PermissionDenied
    try:
        item = row.put_back(request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("trash")
    messages.success(request, f"Đã khôi phục: {item}")
    return redirect(_edit_url(item) or "trash")
