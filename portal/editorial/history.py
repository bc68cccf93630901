"""Every version of an item: who, when, why, what changed word by word, and the way back."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from simple_history.admin import SimpleHistoryAdmin

from portal import comparing, snapshots
from portal.editorial.buttons import buttons
from portal.pending import PendingVersion
from portal.publishing import Publishable
from portal.workflow import LIVE, STAGE, TIMES

_AFTER_COMPARING = {"submit", "publish", "discard"}  # what takes no more words


class History(SimpleHistoryAdmin):
    """The part of a content type's admin that keeps and shows its versions."""

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_pending"
        view = self.admin_site.admin_view(self.pending_view)
        return [path("<path:object_id>/ban-sua/", view, name=name), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        item = self._item(request, object_id)
        versions = item.history.select_related("history_user").order_by("-history_date", "-history_id").defer("body")
        context = self._context(request, item, "Lịch sử")
        context["page_obj"] = Paginator(versions, 50).get_page(request.GET.get("trang"))
        context["pending"] = PendingVersion.of(item)
        kind = self.content_type_model_cls.objects.get_for_model(self.model)
        context["entries"] = LogEntry.objects.filter(content_type=kind, object_id=item.pk).select_related("user")[:100]
        return TemplateResponse(request, "admin/history.html", {**context, **(extra_context or {})})

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One version against another (?voi=, by default the one before it), with the button that brings it back."""
        item = self._item(request, object_id)
        version = get_object_or_404(item.history, pk=version_id if version_id.isdigit() else 0)
        if request.method == "POST":
            return self._restore(request, item, version)
        other = request.GET.get("voi", "")
        if other == "nay":
            base = item.history.order_by("-history_date", "-history_id").first()
        elif other.isascii() and other.isdigit():
            base = get_object_or_404(item.history, pk=other)
        else:
            base = version.prev_record
        older, newer = sorted([base, version], key=lambda one: (one.history_date, one.pk)) if base else (None, version)
        texts = comparing.of_version(newer, self.model)
        context = self._context(request, item, "So sánh hai phiên bản" if older else "Phiên bản đầu tiên")
        before = comparing.of_version(older, self.model) if older else dict.fromkeys(texts, "")
        context |= {"older": older, "newer": newer, "version": version, "changes": comparing.compare(before, texts)}
        context["may_restore"] = self.has_change_permission(request, item)
        return TemplateResponse(request, "admin/compare.html", {**context, **(extra_context or {})})

    def pending_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The working copy against what is live."""
        item = self._item(request, object_id)
        pending = PendingVersion.of(item)
        if pending is None:
            raise Http404
        context = self._context(request, item, "So sánh bản sửa với bản đang đăng")
        before = comparing.of_snapshot(self.model, snapshots.take(item, self.relations()))
        with snapshots.undone():
            pending.lay_over(item)
            after = comparing.of_snapshot(self.model, snapshots.take(item, self.relations()))
        offered = buttons(item, pending, request.user, self.has_change_permission(request, item))
        context["steps"] = [button for button in (*offered.saving, *offered.steps) if button.act in _AFTER_COMPARING]
        context |= {"pending": pending, "changes": comparing.compare(before, after), "offered": offered}
        return TemplateResponse(request, "admin/compare.html", context)

    def _item(self, request: HttpRequest, object_id: str) -> Publishable:
        item = self.get_object(request, object_id)
        if item is None:
            raise Http404
        if not self.has_view_or_change_permission(request, item):
            raise PermissionDenied
        return item

    def _context(self, request: HttpRequest, item: Publishable, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "item": item}

    def _restore(self, request: HttpRequest, item: Publishable, version: Any) -> HttpResponse:
        """Brings back words, gallery and files, never the stage; of what is live, as a working copy."""
        if not self.has_change_permission(request, item):
            raise PermissionDenied
        now = snapshots.take(item, self.relations())
        then = snapshots.plain_rows([version.instance])[0]["fields"]
        kept = version.kept or {}
        fields = {name: value for name, value in then.items() if name in now["fields"] and name not in (*STAGE, *TIMES)}
        after = {
            "fields": now["fields"] | fields | kept.get("many", {}),
            "rows": now["rows"] | kept.get("rows", {}),
        }
        reason = f"Khôi phục bản lúc {comparing.moment(version.history_date)}"
        with transaction.atomic():
            self._write_old(request, item, now, after, reason)
        messages.success(request, f"{reason}." + (" Bản sửa này chờ được duyệt." if item.status in LIVE else ""))
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", item.pk)

    def _write_old(
        self, request: HttpRequest, item: Publishable, now: snapshots.Snapshot, after: snapshots.Snapshot, reason: str
    ) -> None:
        if item.status in LIVE:
            pending = PendingVersion.of(item, lock=True) or PendingVersion.begin(item, now)
            pending.keep(item, after, request.user)
            self.log_change(request, item, f"{reason} thành bản sửa")
            return
        many = snapshots.set_fields(item, now, after)
        item.updated_by, item._change_reason = request.user, reason
        item.save()
        for name, keys in many.items():
            getattr(item, name).set(keys)
        snapshots.write_rows(item, now, after)
        self.settle(request, item, None)
        self.keep_rows(item)
        self.log_change(request, item, reason)
