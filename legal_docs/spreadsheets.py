"""Documents as rows of a spreadsheet, in and out, with a preview before anything is written."""

from typing import Any

from legal_docs.models import Document, DocumentType
from portal.columns import DayWidget, NamedWidget, Table, column
from portal.organisation import Agency
from portal.text import normalise_number


class DocumentResource(Table):
    """A row is recognised by number and date of issue, as in every other import."""

    number = column("number", "Số ký hiệu")
    doc_type = column("doc_type", "Loại văn bản", NamedWidget(DocumentType))
    title = column("title", "Trích yếu")
    issuer = column("issuer", "Cơ quan ban hành", NamedWidget(Agency))
    signer = column("signer", "Người ký")
    issued_on = column("issued_on", "Ngày ban hành", DayWidget())
    effective_from = column("effective_from", "Có hiệu lực từ", DayWidget())
    effective_to = column("effective_to", "Hết hiệu lực từ", DayWidget())
    source_url = column("source_url", "Địa chỉ bản gốc")

    class Meta:
        model = Document
        fields = (
            *("number", "doc_type", "title", "issuer", "signer"),
            *("issued_on", "effective_from", "effective_to", "source_url"),
        )
        import_id_fields = ("number", "issued_on")

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Document | None:
        number = normalise_number(self.fields["number"].clean(row))
        if not number:
            return None
        issued_on = self.fields["issued_on"].clean(row)
        return Document.objects.filter(number_normalised=number, issued_on=issued_on).first()
