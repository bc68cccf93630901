"""Forms for the photos of an article."""

from typing import IO, Any

from django import forms
from django.core.exceptions import ValidationError

from news.models import ArticlePhoto
from portal.pictures import Picture
from portal.workflow import Status

ONWARD = {"submit", "publish", "schedule"}  # buttons of the form that take a draft on
_ASK = "Hãy mô tả ảnh cho người không nhìn được."


class PhotoForm(forms.ModelForm):
    """A photo of the gallery: a picture of the library with its words, or a file that is put there."""

    upload = forms.FileField(
        label="Tệp ảnh", required=False, widget=forms.FileInput(attrs={"accept": "image/*,.heic,.heif"})
    )
    alt = forms.CharField(label="Mô tả cho người không nhìn được", required=False, max_length=300)
    credit = forms.CharField(label="Nguồn ảnh", required=False, max_length=200)

    class Meta:
        model = ArticlePhoto
        fields = ["upload", "alt", "caption", "credit", "picture", "position"]
        widgets = {"picture": forms.HiddenInput, "position": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].required = self.fields["position"].required = False
        if self.instance.pk:
            self.initial |= {"alt": self.instance.picture.alt, "credit": self.instance.picture.credit}

    @property
    def thumbnail(self) -> str:
        """The address of the picture the row shows; empty while it has none."""
        chosen = self["picture"].value()
        if self.instance.pk and str(chosen) == str(self.instance.picture_id):
            return self.instance.picture.thumbnail_url
        number = str(chosen or "")
        picture = Picture.objects.filter(pk=number).first() if number.isascii() and number.isdigit() else None
        return picture.thumbnail_url if picture else ""

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if upload := data.get("upload"):
            self._take_in(upload, data)
        elif not data.get("picture") and self.has_changed():
            self.add_error("upload", "Hãy chọn tệp ảnh, hoặc chọn ảnh trong thư viện.")
        return data

    def _take_in(self, upload: IO[bytes], data: dict[str, Any]) -> None:
        """A browser forgets chosen files when a form comes back with an error, so the row then names the picture."""
        words = {"alt": data.get("alt", ""), "credit": data.get("credit", "")}
        try:
            data["picture"] = Picture.take_in(upload, decorative=not words["alt"], **words)
        except ValidationError as refused:
            self.add_error("upload", refused)
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("picture")] = str(data["picture"].pk)

    def save(self, commit: bool = True) -> ArticlePhoto:
        """Words changed here are changed in the library too."""
        picture, data = self.instance.picture, self.cleaned_data
        if data["alt"] and (picture.alt, picture.credit) != (data["alt"], data["credit"]):
            picture.alt, picture.credit, picture.decorative = data["alt"], data["credit"], False
            picture.save()
        return super().save(commit)


class PhotoFormSet(forms.BaseInlineFormSet):
    """A draft may wait for the words of its photos; what goes on to approval or to the readers has them."""

    def clean(self) -> None:
        super().clean()
        if self.instance.status == Status.DRAFT and self.data.get("_do") not in ONWARD:
            return
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            if data.get("picture") and not data.get("DELETE") and not data.get("alt"):
                form.add_error("alt", _ASK)

    def undescribed(self) -> int:
        """Photos that still wait, after saving."""
        kept = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        return sum(bool(data.get("picture") and not data.get("DELETE") and not data["alt"]) for data in kept)
