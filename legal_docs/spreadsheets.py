"""Documents as rows of a spreadsheet, in and out, with a preview before anything is written."""

from typing import Any

from import_export import fields, resources, widgets
from import_export.formats.base_formats import CSV, XLSX

from legal_docs.models import Document, DocumentType
from portal.organisation import Agency
from portal.spreadsheets import safe_cell
from portal.text import normalise_number

FORMATS = [XLSX, CSV]


class _Named(widgets.ForeignKeyWidget):
    """An entry by its name, in any capitals; a new name makes a new entry."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.model.objects.named(" ".join(str(value).split())) if value else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value or "")


class _Text(widgets.CharWidget):
    """A formula that stands in a title stays a title in whoever's spreadsheet."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value if value is not None else "").strip()
        return text[1:] if safe_cell(text[1:]) == text else text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return safe_cell(value)


def _day(attribute: str, column: str) -> fields.Field:
    widget = widgets.DateWidget(format="%d/%m/%Y", coerce_to_string=True)
    return fields.Field(attribute=attribute, column_name=column, widget=widget)


def _text(attribute: str, column: str) -> fields.Field:
    return fields.Field(attribute=attribute, column_name=column, widget=_Text())


class DocumentResource(resources.ModelResource):
    """A row is recognised by number and date of issue, as in every other import."""

    number = _text("number", "Số ký hiệu")
    doc_type = fields.Field("doc_type", "Loại văn bản", widget=_Named(DocumentType))
    title = _text("title", "Trích yếu")
    issuer = fields.Field("issuer", "Cơ quan ban hành", widget=_Named(Agency))
    signer = _text("signer", "Người ký")
    issued_on = _day("issued_on", "Ngày ban hành")
    effective_from = _day("effective_from", "Có hiệu lực từ")
    effective_to = _day("effective_to", "Hết hiệu lực từ")
    source_url = _text("source_url", "Địa chỉ bản gốc")

    class Meta:
        model = Document
        fields = (
            *("number", "doc_type", "title", "issuer", "signer"),
            *("issued_on", "effective_from", "effective_to", "source_url"),
        )
        import_id_fields = ("number", "issued_on")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Document | None:
        number = normalise_number(self.fields["number"].clean(row))
        if not number:
            return None
        issued_on = self.fields["issued_on"].clean(row)
        return Document.objects.filter(number_normalised=number, issued_on=issued_on).first()
