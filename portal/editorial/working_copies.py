"""Editing what readers see: the form works on a copy beside it, which is kept, reviewed and approved."""

from django.contrib import admin, messages
from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal import snapshots
from portal.editorial.buttons import SAID
from portal.editorial.forms import PublishableForm
from portal.pending import PendingVersion
from portal.publishing import Publishable
from portal.workflow import STAGE


class WorkingCopies(admin.ModelAdmin):
    """The part of a content type's admin for items that readers see."""

    def working_copy(
        self, request: HttpRequest, item: Publishable, object_id: str, form_url: str, extra_context: dict | None
    ) -> HttpResponse:
        """The form with the working copy laid over what is live; saved, only the copy is kept."""
        posted = request.method == "POST"
        with transaction.atomic():
            if posted:  # two first saves at once would make two copies
                self.model._base_manager.select_for_update().get(pk=item.pk)
                item.refresh_from_db()  # somebody may have taken it a step further while we waited
            pending = self.pending_of(request, item, lock=posted)
            outside = request._messages
            if posted:
                request._messages = default_storage(request)
            with snapshots.undone():
                if pending.number:
                    pending.lay_over(item)
                response = super().changeform_view(request, object_id, form_url, extra_context)
                form = getattr(request, "saved", None)
                if form:
                    after = snapshots.take(form.instance, self.relations())
                    photos = snapshots.pictures_of(form.instance, after)
                elif hasattr(response, "render"):
                    response.render()
            inside, request._messages = request._messages, outside
            if not form:
                return response
            for told in inside:
                if told.level != messages.SUCCESS:
                    messages.add_message(request, told.level, told.message)
            snapshots.keep_pictures(photos)
            return self._keep_copy(request, self.model._base_manager.get(pk=item.pk), after, form)

    def pending_of(self, request: HttpRequest, item: Publishable, lock: bool = False) -> PendingVersion:
        """The working copy of a live item; a new one, not saved yet, when there is none."""
        found = PendingVersion.of(item, lock) or PendingVersion.begin(item, snapshots.take(item, self.relations()))
        request.pending = found
        return found

    def _keep_copy(
        self, request: HttpRequest, item: Publishable, after: snapshots.Snapshot, form: PublishableForm
    ) -> HttpResponse:
        pending = request.pending
        if not pending.number and _words(after) == _words(pending.before):
            messages.info(request, "Ông/bà chưa sửa gì, nên không có bản sửa nào được lưu.")
            return redirect(request.path)
        pending.keep(item, after, request.user)
        if form.target is None:
            messages.success(
                request, "Đã lưu bản sửa. Người đọc vẫn thấy bản đang đăng cho đến khi bản sửa được duyệt."
            )
            self.log_change(request, item, "Lưu bản sửa")
            return redirect(request.path)
        self.move(request, item, form.act, form.remark, pending)
        messages.success(request, f"{SAID[form.act]}: {item}")
        return self.response_post_save_change(request, item)


def _words(snapshot: snapshots.Snapshot) -> tuple:
    return {name: value for name, value in snapshot["fields"].items() if name not in STAGE}, snapshot["rows"]
