"""Rows that staff add below a form: a row without a place of its own goes last."""

from typing import Any

from django import forms


class RowForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            place = self.fields["position"]
            place.required, place.help_text = False, "Để trống: xếp cuối."
            if not self.instance.pk:
                self.initial["position"] = None


class RowFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """A table names its columns for the eye only; who hears the page hears the name with each box."""
        super().add_fields(form, index)
        for field in form.fields.values():
            if field.label:
                field.widget.attrs["aria-label"] = field.label

    def clean(self) -> None:
        super().clean()
        filled = [form for form in self.forms if hasattr(form, "cleaned_data") and "position" in form.fields]
        last = max((form.cleaned_data.get("position") or 0 for form in filled), default=0)
        for form in filled:
            if form.cleaned_data.get("position") is None:
                last += 10
                form.instance.position = last


class InOrder:
    """For inlines of rows that have a position."""

    form = RowForm
    formset = RowFormSet
    extra = 0
