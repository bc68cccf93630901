"""Steps from stage to stage, for one item or many: one page that says what will happen, one entry for each item."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal import destinations, snapshots
from portal.addresses import validate_address
from portal.editorial import notifications
from portal.editorial.buttons import SAID
from portal.pending import PendingVersion
from portal.publishing import Publishable, StaleObject
from portal.workflow import LIVE, Status

MOST = 200  # items in one go


class Step(NamedTuple):
    label: str
    explained: str
    reason: str = ""  # what the page asks for; empty when it asks for nothing


STEPS = {
    "submit": Step("Gửi duyệt", "Người phê duyệt sẽ thấy các mục này ở danh sách chờ duyệt."),
    "publish": Step("Duyệt và đăng", "Người đọc thấy ngay các mục này, hoặc đúng giờ đã hẹn."),
    "return": Step("Trả lại", "Các mục về lại bản nháp để người viết sửa.", "Lý do, cho người viết"),
    "withdraw": Step(
        "Rút",
        "Trang vẫn mở được nhưng mang thông báo đã rút, và không còn ở danh sách, tìm kiếm.",
        "Lý do, cho người đọc",
    ),
    "unschedule": Step("Bỏ hẹn giờ", "Mục về lại bản nháp và không tự hiện nữa."),
    "discard": Step("Bỏ bản sửa", "Bản đang đăng giữ nguyên; những gì viết trong bản sửa sẽ mất."),
    "take-back": Step("Lấy lại để sửa", "Mục về lại bản nháp của ông/bà."),
}
IN_LISTS = ["submit", "publish", "return", "withdraw"]


def _start(step: str, model_admin: "Moving", request: HttpRequest, chosen: QuerySet) -> HttpResponse:
    """From the list to the page that asks first."""
    items = QueryDict(mutable=True)
    items.setlist("muc", chosen.values_list("pk", flat=True)[:MOST])
    return redirect(f"{model_admin.step_url(step)}?{items.urlencode()}")


def chosen_keys(request: HttpRequest) -> list[str]:
    """The items that the address or the form names."""
    keys = request.POST.getlist("muc") or request.GET.getlist("muc")
    return [key for key in keys if key.isascii() and key.isdigit() and len(key) < 18][:MOST]


class Moving(admin.ModelAdmin):
    """The part of a content type's admin that moves its items."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if not self.has_change_permission(request):
            return actions
        for step in IN_LISTS:
            if step == "submit" or self._holds(request, "publish", *(["edit"] if step == "return" else [])):
                actions[step] = (_action(step), step, f"{STEPS[step].label}…")
        return actions

    def _holds(self, request: HttpRequest, *rights: str) -> bool:
        return self.model().may(request.user, *rights)

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step_view)
        return [path("buoc/<slug:step>/", view, name=name), *super().get_urls()]

    def step_url(self, step: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_step", args=[step])

    def step_view(self, request: HttpRequest, step: str) -> HttpResponse:
        """Asks, naming the items that cannot take the step and why; then takes it for the others."""
        if step not in STEPS:
            raise Http404
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        items = list(self.get_queryset(request).filter(pk__in=chosen_keys(request)))
        words = {name: request.POST.get(name, "").strip() for name in ("reason", "successor")}
        errors, choices = self._check_words(request, step, words) if request.method == "POST" else ([], [])
        if request.method == "POST" and items and not errors:
            return self._take(request, step, items, words)
        ready, refused = self._try(request, step, items)
        context = {
            **self.admin_site.each_context(request),
            "title": STEPS[step].label,
            "opts": self.opts,
            "step": STEPS[step],
            "name": step,
            "ready": ready,
            "refused": refused,
            "words": words,
            "errors": errors,
            "choices": choices,
        }
        return TemplateResponse(request, "admin/step.html", context, status=422 if errors else 200)

    def _check_words(
        self, request: HttpRequest, step: str, words: dict[str, str]
    ) -> tuple[list[str], list[Publishable]]:
        """The successor may be given as an address or by words of its title."""
        errors: list[str] = []
        if STEPS[step].reason and not words["reason"]:
            errors.append("Hãy ghi lý do.")
        if step != "withdraw" or not words["successor"]:
            return errors, []
        if words["successor"].startswith(("/", "http:", "https:")):
            try:
                validate_address(words["successor"])
                destinations.check(words["successor"], request)
            except ValidationError as wrong:
                errors += wrong.messages
            return errors, []
        found = destinations.find(words["successor"])
        if not found:
            return [*errors, f"Không có mục nào đang đăng có tên chứa “{words['successor']}”."], []
        return [*errors, "Hãy chọn một trong các trang tìm thấy."], found

    def _try(self, request: HttpRequest, step: str, items: list[Publishable]) -> tuple[list, list]:
        """What would happen, without it happening."""
        ready, refused = [], []
        for item in items:
            with snapshots.undone():
                try:
                    self.move(request, item, step, "thử", told=False)
                    ready.append(item)
                except (ValidationError, StaleObject) as why:
                    refused.append((item, " ".join(getattr(why, "messages", [str(why)]))))
        return ready, refused

    def _take(self, request: HttpRequest, step: str, items: list[Publishable], words: dict[str, str]) -> HttpResponse:
        done = 0
        for item in items:
            try:
                with transaction.atomic():
                    item = self.model._base_manager.select_for_update().get(pk=item.pk)
                    if step == "withdraw":
                        item.successor_url = words["successor"]
                    self.move(request, item, step, words["reason"])
                done += 1
            except (ValidationError, StaleObject) as why:
                messages.error(request, f"{item}: {' '.join(getattr(why, 'messages', [str(why)]))}")
        if done:
            what = items[0] if len(items) == 1 else f"{done} mục"
            messages.success(request, f"{SAID[step]}: {what}")
        if step in ("take-back", "discard") and len(items) == 1:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", items[0].pk)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def move(
        self,
        request: HttpRequest,
        item: Publishable,
        step: str,
        reason: str,
        pending: PendingVersion | None = None,
        told: bool = True,
    ) -> None:
        """Takes one step, writes it into the history and tells whom it concerns. ValidationError when it may not."""
        item._change_reason = SAID[step]
        pending = pending or (PendingVersion.of(item, lock=True) if item.status in LIVE else None)
        if pending and step in _OF_COPIES:
            self._move_copy(request, item, step, reason, pending)
        else:
            self._move_item(request, item, step, reason)
        self.log_change(request, item, SAID[step] + (f": {reason}" if reason else ""))
        if told:
            notifications.tell(step, item, request.user, reason)

    def _move_item(self, request: HttpRequest, item: Publishable, step: str, reason: str) -> None:
        user = request.user
        if step == "discard":
            raise ValidationError("Mục này không có bản sửa nào.")
        if step == "submit" and not self.has_change_permission(request, item):
            raise ValidationError("Ông/bà chỉ gửi duyệt được bài của mình.")
        if step == "take-back" and item.submitted_by != user:
            raise ValidationError("Chỉ người gửi duyệt mới lấy lại được.")
        if step == "return" and item.status != Status.REVIEW:
            raise ValidationError("Mục này không chờ duyệt.")
        if step == "publish" and item.status in LIVE:
            raise ValidationError("Mục này đã đăng và không có bản sửa nào chờ duyệt.")
        if step == "unschedule" and not (item.is_scheduled and item.may(user, "publish")):
            raise ValidationError("Mục này không hẹn giờ đăng.")
        item.enter(_LEADS_TO[step], user, reason)
        if self.settle(request, item, item.status) != item.status:
            raise ValidationError("Mục này còn thiếu phần bắt buộc nên chưa đăng được.")
        item.updated_by = user
        item.save()
        self.keep_rows(item)

    def _move_copy(
        self, request: HttpRequest, item: Publishable, step: str, reason: str, pending: PendingVersion
    ) -> None:
        user = request.user
        if step in ("publish", "schedule"):
            pending.approve(item, user)
            self.settle(request, item, None)
            self.keep_rows(item)
        elif step == "discard":
            if pending.created_by != user and not item.may(user, "edit", "publish"):
                raise ValidationError("Ông/bà chỉ bỏ được bản sửa của mình.")
            pending.delete()
        elif step == "submit":
            pending.submit(user)
            pending.save()
        else:
            item.refuse_entry(Status.DRAFT, user, pending)
            pending.hand_back(user, "" if step == "take-back" else reason)
            pending.save()


_OF_COPIES = {"submit", "return", "take-back", "publish", "schedule", "discard"}
_LEADS_TO = {
    "submit": Status.REVIEW,
    "publish": Status.PUBLISHED,
    "return": Status.DRAFT,
    "take-back": Status.DRAFT,
    "unschedule": Status.DRAFT,
    "withdraw": Status.WITHDRAWN,
}


def _action(step: str) -> Callable:
    return partial(_start, step)
