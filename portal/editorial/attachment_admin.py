"""Attached files in the admin. What a browser forgets when a form comes back with an error, we keep for a day."""

import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils import timezone
from django.utils.html import format_html

from portal.editorial.rows import InOrder, RowForm

WAITING = "cho"  # the folder; portal.media serves nothing of it
KEPT_FOR = timedelta(days=1)
_SALT = "portal.attachment"


class KeptFileWidget(AdminFileWidget):
    kept = ""

    def render(self, *args: Any, **kwargs: Any) -> str:
        html = super().render(*args, **kwargs)
        told = '{}<p class="kept">Đã nhận “{}”, không cần chọn lại.</p>'
        return format_html(told, html, self.kept) if self.kept else html


class AttachmentForm(RowForm):
    """`kept` names, signed, the file that came with an earlier, faulty posting of this row."""

    kept = forms.CharField(label="tệp đã nhận", required=False, widget=forms.HiddenInput)

    class Meta:
        widgets = {"file": KeptFileWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = ""
        if self.is_bound and self.add_prefix("file") not in self.files:
            self._take_up(self.data.get(self.add_prefix("kept"), ""))

    def _take_up(self, token: str) -> None:
        try:
            self.waiting, name = signing.loads(token, salt=_SALT, max_age=KEPT_FOR)
            with default_storage.open(self.waiting) as file:
                upload = SimpleUploadedFile(name, file.read())
        except (signing.BadSignature, OSError):
            return
        self.files = self.files.copy()
        self.files[self.add_prefix("file")] = upload

    def keep(self) -> None:
        """Called before the form is shown again: stores the upload, unless it is itself what is wrong."""
        upload = self.files.get(self.add_prefix("file"))
        if not isinstance(upload, UploadedFile) or "file" in self.errors:
            return
        if not self.waiting:
            _forget_old()
            upload.seek(0)
            with suppress(ValidationError):  # the disk is full, and the form says so
                self.waiting = default_storage.save(f"{WAITING}/{secrets.token_hex(16)}", upload)
        if not self.waiting:
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("kept")] = signing.dumps([self.waiting, upload.name], salt=_SALT)
        self.fields["file"].widget.kept = upload.name

    def save(self, commit: bool = True) -> Any:
        if self.waiting:
            default_storage.delete(self.waiting)
        return super().save(commit)


def _forget_old() -> None:
    if not default_storage.exists(WAITING):
        return
    for name in default_storage.listdir(WAITING)[1]:
        path = f"{WAITING}/{name}"
        if default_storage.get_modified_time(path) < timezone.now() - KEPT_FOR:
            default_storage.delete(path)


class AttachmentInline(InOrder, admin.TabularInline):
    form = AttachmentForm
    fields = ["file", "title", "position", "kept"]
