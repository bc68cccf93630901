"""Columns of the tables that staff take out of the admin and bring back, in Vietnamese, with errors they understand."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Choices
from import_export import fields, resources, widgets
from import_export.formats.base_formats import CSV, XLSX

from portal.spreadsheets import safe_cell

FORMATS = [XLSX, CSV]


def _words(value: Any) -> str:
    return " ".join(str(value if value is not None else "").split())


class TextWidget(widgets.CharWidget):
    """A formula that stands in a title stays a title in whoever's spreadsheet."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value if value is not None else "").strip()
        return text[1:] if safe_cell(text[1:]) == text else text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return safe_cell(value)


class NamedWidget(widgets.ForeignKeyWidget):
    """An entry by its name, in any capitals; a new name makes a new entry."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.model.objects.named(_words(value)) if _words(value) else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return safe_cell(value or "")


class SeveralNamedWidget(widgets.ManyToManyWidget):
    """Entries by their names, separated by semicolons; an unknown name refuses the row."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, separator=";", field="name")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[Any]:
        names = [_words(part) for part in str(value or "").split(";") if part.strip()]
        known = {entry.name.lower(): entry for entry in self.model.objects.all()}
        if unknown := [name for name in names if name.lower() not in known]:
            raise ValueError(f"Không có “{unknown[0]}” trong danh mục {self.model._meta.verbose_name}.")
        return [known[name.lower()] for name in names]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return safe_cell("; ".join(entry.name for entry in value.all()) if value is not None else "")


class ChoiceWidget(widgets.CharWidget):
    """A choice by the words staff see; with `several`, choices separated by semicolons."""

    def __init__(self, choices: type[Choices], several: bool = False) -> None:
        super().__init__()
        self.choices, self.several = choices, several

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        values = {_words(word).lower(): value for value, label in self.choices.choices for word in (label, value)}
        parts = [_words(part) for part in str(value or "").split(";") if part.strip()]
        if unknown := [part for part in parts if part.lower() not in values]:
            raise ValueError(f"Không có lựa chọn “{unknown[0]}”. Các lựa chọn: {', '.join(self.choices.labels)}.")
        chosen = [values[part.lower()] for part in parts]
        return chosen if self.several else (chosen[0] if chosen else "")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        chosen = value if self.several else [value]
        return "; ".join(str(self.choices(item).label) for item in chosen or [] if item)


class NumberWidget(widgets.IntegerWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        try:
            return super().clean(value, row, **kwargs)
        except (ValueError, ArithmeticError) as wrong:
            raise ValueError(f"“{value}” không phải là một số.") from wrong


class DayWidget(widgets.DateWidget):
    """ "20/11/2019", as typed or as a spreadsheet's own date."""

    def __init__(self) -> None:
        super().__init__(format="%d/%m/%Y", coerce_to_string=True)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except ValueError as wrong:
            raise ValueError(f"“{value}” không phải là ngày dạng 31/12/2026.") from wrong


def column(attribute: str, name: str, widget: widgets.Widget | None = None, **more: Any) -> fields.Field:
    return fields.Field(attribute=attribute, column_name=name, widget=widget or TextWidget(), **more)


class Table(resources.ModelResource):
    """Rows are checked as the form checks them, and written all or none; errors name the columns as staff see them."""

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        """Lists are looked at with the other cells: the package would meet their errors only while writing."""
        errors: dict[str, Any] = {}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as wrong:
            errors = wrong.error_dict
        for field in self.get_import_fields():
            if isinstance(field.widget, SeveralNamedWidget) and field.column_name in row:
                try:
                    field.clean(row)
                except ValueError as wrong:
                    errors[field.attribute] = ValidationError(str(wrong))
        if errors:
            raise ValidationError(errors)

    def validate_instance(self, *args: Any, **kwargs: Any) -> None:
        names = {field.attribute: field.column_name for field in self.fields.values()}
        try:
            super().validate_instance(*args, **kwargs)
        except ValidationError as wrong:
            told = {names.get(attribute, attribute): errors for attribute, errors in wrong.message_dict.items()}
            raise ValidationError(told) from wrong
