"""Forms for staff: publishing with rules and without overwriting each other, pictures with words."""

import re
from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils import timezone

from portal import comparing, snapshots
from portal.pictures import Picture
from portal.publishing import Publishable
from portal.workflow import TIMES, Status

# The buttons of the form and where they lead; the one without an entry saves and leaves the status alone.
BUTTONS = {
    "submit": Status.REVIEW,
    "return": Status.DRAFT,
    "publish": Status.PUBLISHED,
    "schedule": Status.PUBLISHED,
}
_IMG_WITHOUT_WORDS = re.compile(r'<img(?![^>]* alt="[^"]+)[^>]*>')


class PublishableForm(forms.ModelForm):
    """`user` is set by the admin. `act` is the button that was pressed, `target` the status it leads to.

    `conflict` lists what somebody else changed meanwhile, in the words of portal.comparing.
    """

    user: AbstractBaseUser
    read_version = forms.IntegerField(label="phiên bản đã đọc", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conflict: list[dict[str, Any]] = []
        self.other: Publishable | None = None
        self.act = self.data.get("_do", "")
        self.remark = self.data.get("_remark", "")
        self.target: str | None = BUTTONS.get(self.act)
        if self.instance.pk:
            self.initial["read_version"] = self.instance.version

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
        for name in TIMES:  # the form shows minutes; what it did not change keeps its seconds
            known = getattr(self.instance, name)
            if data.get(name) and known and comparing.same(self.instance._meta.get_field(name), data[name], known):
                data[name] = known
        if self.target:
            self._check_move(data)
        return data

    def _check_move(self, data: dict[str, Any]) -> None:
        """Every reason against the button pressed, before anything is saved."""
        now = timezone.now()
        try:
            self.instance.refuse_entry(self.target, self.user, getattr(self.instance, "pending", None))
        except ValidationError as refused:
            self.add_error(None, refused)
        if self.act == "return" and not self.remark.strip():
            self.add_error(None, "Hãy ghi lý do trả lại, để người viết biết cần sửa gì.")
        if self.act == "schedule" and not ((at := data.get("published_at")) and at > now):
            self.add_error("published_at", "Muốn đăng sau, hãy chọn ngày giờ sau lúc này.")
        elif self.act == "publish" and "published_at" in self.fields and not data.get("published_at"):
            data["published_at"] = now

    def _merge(self, version: int) -> None:
        """Keeps what this editor wrote, takes over what only the other one changed, and lists what both did."""
        self.other = self.instance
        base = self._read(version)
        self.data = self.data.copy()
        self.data["read_version"] = self.instance.version
        columns = {field.name: field for field in self.instance._meta.fields}
        for name in [name for name in self.fields if name in columns]:
            field = columns[name]
            theirs, before = getattr(self.instance, field.attname), getattr(base, field.attname, None)
            if comparing.same(field, theirs, before):
                continue
            mine = self.cleaned_data.get(name)
            both = not comparing.same(field, getattr(mine, "pk", mine), before)
            texts = [comparing.shown(one, field) if one else "" for one in (base, self.instance)]
            runs = comparing.difference(*texts)
            self.conflict.append({"heading": self.fields[name].label.capitalize(), "runs": runs, "both": both})
            if not both:
                self._put(name, theirs)

    def _read(self, version: int) -> Any:
        """What this editor had read: a saved working copy, a version of the history, or nothing that was kept."""
        pending = getattr(self.instance, "pending", None)
        if pending and str(version) in pending.saves:
            return snapshots.revived(type(self.instance), {"fields": pending.saves[str(version)]}).object
        return self.instance.history.filter(version=version).first()

    def _put(self, name: str, value: Any) -> None:
        widget = self.fields[name].widget
        if isinstance(widget, forms.MultiWidget):
            for part, text in enumerate(widget.decompress(value)):
                self.data[f"{name}_{part}"] = text or ""
        else:
            self.data[name] = "" if value is None else self.fields[name].prepare_value(value)


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
