"""Forms for staff: publishing with rules and without overwriting each other, pictures with words."""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.html import strip_tags

from portal.pictures import Picture
from portal.publishing import Publishable
from portal.workflow import Status

_IMG_WITHOUT_WORDS = re.compile(r'<img(?![^>]* alt="[^"]+)[^>]*>')


class PublishableForm(forms.ModelForm):
    """`user` is set by the admin. `conflict` lists what somebody else changed meanwhile: (label, before, now)."""

    user: AbstractBaseUser
    read_version = forms.IntegerField(label="phiên bản đã đọc", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: list[tuple[str, str, str]] = []
        self.other: Publishable | None = None
        if self.instance.pk:
            self.initial["read_version"] = self.instance.version
        if "status" in self.fields:
            self.fields["status"].choices = [
                (value, label) for value, label in Status.choices if value in self._reachable()
            ]

    def _reachable(self) -> set[str]:
        meta, now = self.instance._meta, self.instance.status
        if self.user.has_perm(f"{meta.app_label}.publish_{meta.model_name}"):
            once_public = self.instance.pk and now in (Status.PUBLISHED, Status.WITHDRAWN)
            return {Status.DRAFT, Status.REVIEW, Status.PUBLISHED, *([Status.WITHDRAWN] if once_public else [])}
        return {Status.DRAFT, Status.REVIEW, now}

    def clean_body(self) -> str:
        body = self.cleaned_data["body"]
        missing = len(_IMG_WITHOUT_WORDS.findall(body))
        if missing:
            raise ValidationError(
                f"Có {missing} ảnh trong nội dung chưa có mô tả. Bấm đúp vào ảnh và điền ô “Mô tả ảnh”."
            )
        return body

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.instance.pk and data.get("read_version") != self.instance.version:
            self._merge(data.get("read_version") or 0)
            raise ValidationError("Trong lúc ông/bà soạn, người khác đã lưu mục này. Xem phần so sánh rồi lưu lại.")
        status = data.get("status", self.instance.status)
        if status == Status.WITHDRAWN and not data.get("withdrawal_reason"):
            self.add_error("withdrawal_reason", "Khi rút một mục, hãy ghi lý do cho người đọc.")
        elif status != self.instance.status:
            try:
                self.instance.enter(status, self.user)
            except ValidationError as refused:
                self.add_error("status", refused)
        return data

    def _merge(self, version: int) -> None:
        """Keeps what this editor wrote, takes over what only the other one changed, and lists what both did."""
        self.other = self.instance
        base = self.instance.history.filter(version=version).first()
        self.data = self.data.copy()
        self.data["read_version"] = self.instance.version
        for name in self.fields:
            if name not in {field.name for field in self.instance._meta.fields}:
                continue
            attribute = self.instance._meta.get_field(name).attname
            theirs, before = getattr(self.instance, attribute), getattr(base, attribute, None)
            if theirs == before:
                continue
            self.conflict.append((self.fields[name].label, _shown(base, name), _shown(self.instance, name)))
            mine = self.cleaned_data.get(name)
            if getattr(mine, "pk", mine) == before:
                self._put(name, theirs)

    def _put(self, name: str, value: Any) -> None:
        widget = self.fields[name].widget
        if isinstance(widget, forms.MultiWidget):
            for part, text in enumerate(widget.decompress(value)):
                self.data[f"{name}_{part}"] = text or ""
        else:
            self.data[name] = "" if value is None else self.fields[name].prepare_value(value)


def _shown(version: Any, name: str) -> str:
    """A field as an editor reads it, from an object or one of its historical versions."""
    if version is None:
        return "(không còn bản cũ)"
    display = getattr(version, f"get_{name}_display", None)
    value = display() if display else getattr(version, name)
    return strip_tags(str(value)) if value not in (None, "") else "(trống)"


class PictureForm(forms.ModelForm):
    """A picture for the library; the file is taken in before anything is saved."""

    upload = forms.FileField(
        label="tệp ảnh", widget=forms.ClearableFileInput(attrs={"accept": "image/*,.heic,.heif"}), required=False
    )
    taken: Picture | None = None

    class Meta:
        model = Picture
        fields = ["upload", "alt", "decorative", "caption", "credit"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["upload"]
        else:
            self.fields["upload"].required = True

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not (data.get("alt") or data.get("decorative")):
            self.add_error("alt", "Hãy mô tả ảnh, hoặc đánh dấu đó là ảnh trang trí.")
        return data

    def _post_clean(self) -> None:
        """The whole form is right: only now is the file decoded and stored."""
        super()._post_clean()
        if "upload" in self.fields and not self.errors:
            words = {name: self.cleaned_data[name] for name in ("alt", "decorative", "caption", "credit")}
            try:
                self.instance = Picture.take_in(self.cleaned_data["upload"], **words)
            except ValidationError as refused:
                self.add_error("upload", refused)


class WordsForm(forms.ModelForm):
    """A picture's words in the library's list. Words take the place of the mark that none are needed."""

    class Meta:
        model = Picture
        fields = ["alt"]
        widgets = {"alt": forms.Textarea({"rows": 3, "cols": 34})}
        help_texts = {"alt": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["alt"].widget.attrs["aria-label"] = f"Mô tả của ảnh {self.instance.pk}"

    def clean_alt(self) -> str:
        alt = self.cleaned_data["alt"]
        if alt or not self.instance.alt:
            self.instance.decorative = not alt
            return alt
        raise ValidationError("Hãy giữ một mô tả. Ảnh trang trí thì đánh dấu trong trang của ảnh.")
