"""The public page of what nobody else can see yet: for the editor before saving, and behind a link for a guest."""

from copy import copy
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, resolve, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from portal import snapshots
from portal.pending import PendingVersion
from portal.publishing import Publishable
from portal.sharing import ShareLink
from portal.workflow import LIVE

DAYS = (1, 3, 7, 14)


def public_page(request: HttpRequest, item: Publishable) -> HttpResponse:
    """The item's page as its own view renders it, marked as a draft and never to be kept."""
    reading = copy(request)
    reading.method, reading.GET, reading.unsaved = "GET", QueryDict(), True
    reading.path = reading.path_info = item.get_absolute_url()
    view = resolve(reading.path)
    return unkept(view.func(reading, *view.args, **view.kwargs).render())


def unkept(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The draft, or the working copy of what is live, for whoever holds an open link."""
    link = ShareLink.open_at(token)
    model = apps.get_model(link.model) if link else None
    item = model._base_manager.filter(pk=link.object_id).first() if link else None
    if item is None:
        context = {"title": "Liên kết này không còn dùng được", "noindex": True}
        return unkept(render(request, "portal/link_closed.html", context, status=410))
    guest = copy(request)
    guest.user, guest.COOKIES = AnonymousUser(), {}
    with snapshots.undone():
        pending = PendingVersion.of(item) if item.status in LIVE else None
        if pending:
            pending.lay_over(item)
        return public_page(guest, item)


class Previewing(admin.ModelAdmin):
    """The part of a content type's admin that shows its public pages."""

    def preview(
        self, request: HttpRequest, item: Publishable | None, object_id: str | None, form_url: str
    ) -> HttpResponse:
        """What stands in the form: saved, rendered by its own view in a frame of any width, and undone."""
        kept, request._messages = request._messages, default_storage(request)
        try:
            with snapshots.undone():
                if item is not None and item.status in LIVE:
                    pending = self.pending_of(request, item)
                    if pending.number:
                        pending.lay_over(item)
                answer = super().changeform_view(request, object_id, form_url)
                form = getattr(request, "saved", None)
                if form is None:
                    errors = answer.context_data.get("errors", "")
                    context = {**self.admin_site.each_context(request), "errors": errors}
                    return unkept(render(request, "admin/preview_refused.html", context))
                page = public_page(request, form.instance)
                context = {"page": page.content.decode(), "title": form.instance.title}
                return unkept(render(request, "admin/preview.html", context))
        finally:
            request._messages = kept

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_links"
        view = self.admin_site.admin_view(self.links_view)
        return [path("<path:object_id>/xem-thu/", view, name=name), *super().get_urls()]

    def links_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The links that lead guests to this item's draft: make one, copy it, revoke it."""
        item = self.get_object(request, object_id)
        if item is None:
            raise Http404
        if not self.has_change_permission(request, item):
            raise PermissionDenied
        here = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_links", args=[item.pk])
        if request.method == "POST" and "thu-hoi" in request.POST:
            key = request.POST["thu-hoi"]
            link = get_object_or_404(ShareLink.of(item), pk=int(key) if key.isascii() and key.isdigit() else 0)
            link.revoked_at = link.revoked_at or timezone.now()
            link.save()
            self.log_change(request, item, "Thu hồi liên kết xem thử")
            messages.success(request, "Đã thu hồi. Ai mở liên kết này từ bây giờ sẽ không thấy gì.")
            return redirect(here)
        if request.method == "POST":
            days = request.POST.get("so-ngay", "")
            days = int(days) if days in map(str, DAYS) else DAYS[1]
            ShareLink.make(item, request.user, days)
            self.log_change(request, item, f"Tạo liên kết xem thử, dùng được {days} ngày")
            messages.success(request, "Đã tạo liên kết. Sao chép và gửi cho người cần xem.")
            return redirect(here)
        context: dict[str, Any] = {**self.admin_site.each_context(request), "opts": self.opts, "item": item}
        context |= {"title": "Liên kết xem thử", "links": ShareLink.of(item), "days": DAYS}
        page = TemplateResponse(request, "admin/share_links.html", context)
        patch_cache_control(page, private=True, no_store=True)  # not unkept(): without a referrer its forms are refused
        return page
