"""One field of many items changed together, asked about first: the category of twenty articles, say."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal.editorial.moving import MOST, chosen_keys
from portal.publishing import Publishable, StaleObject
from portal.workflow import LIVE


def _start(name: str, model_admin: "BulkChanges", request: HttpRequest, chosen: QuerySet) -> HttpResponse:
    items = QueryDict(mutable=True)
    items.setlist("muc", chosen.values_list("pk", flat=True)[:MOST])
    return redirect(f"{model_admin.bulk_url(name)}?{items.urlencode()}")


class BulkChanges(admin.ModelAdmin):
    """Subclasses name the fields that may be `changed_together`."""

    changed_together: list[str] = []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        for name in self.changed_together if self.has_change_permission(request) else []:
            actions[f"change_{name}"] = (_action(name), f"change_{name}", f"Đổi {self._label(name)}…")
        return actions

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_together"
        return [
            path("doi-nhieu/<slug:name>/", self.admin_site.admin_view(self.bulk_view), name=name),
            *super().get_urls(),
        ]

    def bulk_url(self, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_together", args=[name])

    def bulk_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Asks for the new value, naming the items; then changes those that the user may change."""
        if name not in self.changed_together:
            raise Http404
        if not self.has_change_permission(request):
            raise PermissionDenied
        items = list(self.get_queryset(request).filter(pk__in=chosen_keys(request)))
        form = self._form(request, name)
        if form.is_bound and form.is_valid() and items:
            return self._change(request, name, items, form.cleaned_data[name])
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "items": items}
        return TemplateResponse(request, "admin/bulk_change.html", {**context, "title": f"Đổi {self._label(name)}"})

    def _label(self, name: str) -> str:
        return str(self.opts.get_field(name).verbose_name)

    def _form(self, request: HttpRequest, name: str) -> forms.Form:
        field = self.opts.get_field(name).formfield()
        return type("OneField", (forms.Form,), {name: field})(request.POST if request.method == "POST" else None)

    def _change(self, request: HttpRequest, name: str, items: list[Publishable], value: Any) -> HttpResponse:
        done = 0
        for item in items:
            try:
                with transaction.atomic():
                    self._change_one(request, name, self.model._base_manager.select_for_update().get(pk=item.pk), value)
                done += 1
            except (ValidationError, StaleObject) as why:
                messages.error(request, f"{item}: {' '.join(getattr(why, 'messages', [str(why)]))}")
        if done:
            messages.success(request, f"Đã đổi {self._label(name)} của {done} mục.")
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _change_one(self, request: HttpRequest, name: str, item: Publishable, value: Any) -> None:
        """Of what readers see this is changed at once, so it takes the right to publish."""
        if not self.has_change_permission(request, item) or (
            item.status in LIVE and not item.may(request.user, "publish")
        ):
            raise ValidationError("Ông/bà không đổi được mục này: bài của người khác, hoặc đang đăng.")
        setattr(item, name, value)
        told = "có" if value is True else "không" if value is False else value
        item.updated_by, item._change_reason = request.user, f"Đổi {self._label(name)}: {told}"[:100]
        item.save()
        self.keep_rows(item)
        self.log_change(request, item, item._change_reason)


def _action(name: str) -> Callable:
    return partial(_start, name)
