"""The filters of the public list: one reading of the address, shared by list, feed and CSV."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils import timezone

from legal_docs.models import Document, DocumentQuerySet, DocumentType, Field, Issuance
from legal_docs.relations import HEADINGS, Kind
from legal_docs.validity import Validity
from portal.changes import until_change
from portal.organisation import Agency
from portal.text import fold, nfc

ANY = ("", "Tất cả")
SORTS = {
    "": ("Mới ban hành", [F("issued_on").desc(nulls_last=True), "-pk"]),
    "cu": ("Ban hành lâu nhất", [F("issued_on").asc(nulls_last=True), "pk"]),
    "hieu-luc": ("Mới có hiệu lực", [F("effective_from").desc(nulls_last=True), "-pk"]),
    "so": ("Theo số ký hiệu", ["doc_type__position", "year", "number_normalised", "pk"]),
}

NAMES = ("q", "loai", "co-quan", "linh-vuc", "nam", "hieu-luc", "sap-xep", "ngay", "lien-quan")  # all parameters


def listed() -> DocumentQuerySet:
    """What the list holds before anything is chosen: issued documents, not drafts."""
    return Document.objects.published().filter(is_draft=False)


@until_change
def _choices() -> dict[str, list[tuple[str, str]]]:
    """What there is to choose: only types, bodies, fields and years that some document has. One question for all."""
    seen = listed().order_by()
    joint = Issuance.objects.filter(document__in=seen.values("pk")).values("agency")
    sources = {
        "loai": DocumentType.objects.filter(pk__in=seen.values("doc_type")),
        "co-quan": Agency.objects.filter(Q(pk__in=seen.values("issuer")) | Q(pk__in=joint)),
        "linh-vuc": Field.objects.filter(pk__in=seen.values("fields")),
    }
    years = (
        seen.exclude(year=0).values_list(Value("nam"), F("year") * -1, Cast("year", CharField()), Value("")).distinct()
    )
    named = [rows.order_by().values_list(Value(name), "position", "slug", "name") for name, rows in sources.items()]
    choices: dict[str, list[tuple[str, str]]] = {"loai": [ANY], "co-quan": [ANY], "linh-vuc": [ANY], "nam": [ANY]}
    for name, _, value, label in sorted(years.union(*named), key=lambda row: (row[1], fold(row[3]))):
        choices[name].append((value, label or value))
    return choices


class Filters(forms.Form):
    """Everything is optional; what makes no sense is left out of `chosen` instead of being an error page."""

    q = forms.CharField(label="Số ký hiệu hoặc trích yếu", required=False, max_length=200)

    def __init__(self, query: QueryDict) -> None:
        super().__init__(query)
        labels = {"loai": "Loại văn bản", "co-quan": "Cơ quan ban hành", "linh-vuc": "Lĩnh vực", "nam": "Năm"}
        choices = {name: (labels[name], values) for name, values in _choices().items()}
        choices["hieu-luc"] = ("Hiệu lực", [ANY, *Validity.choices])
        choices["sap-xep"] = ("Xếp theo", [(value, label) for value, (label, _) in SORTS.items()])
        for name, (label, values) in choices.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=values, required=False)
        self.fields["ngay"] = forms.DateField(
            label="Tính đến ngày",
            required=False,
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )
        for name, field in self.fields.items():
            field.widget.attrs["id"] = name
        self.related = self._related(query.get("lien-quan", ""))
        self.full_clean()
        self.chosen = {name: value for name, value in self.cleaned_data.items() if value}
        self.chosen["q"] = " ".join(nfc(self.cleaned_data.get("q") or "").split())

    def _related(self, asked: str) -> tuple[str, str, Document] | None:
        """ "based_on-nguon-12": the documents that stand in that relation to document 12, as its page lists them."""
        kind, _, rest = asked.partition("-")
        side, _, number = rest.partition("-")
        if kind not in Kind.values or side not in ("nguon", "dich") or not (number.isascii() and number.isdigit()):
            return None
        found = Document.objects.published().filter(pk=int(number[:15])).select_related("doc_type").first()
        return (kind, side, found) if found else None

    @property
    def day(self) -> date:
        return self.chosen.get("ngay") or timezone.localdate()

    @property
    def is_today(self) -> bool:
        return self.day == timezone.localdate()

    def apply(self) -> DocumentQuerySet:
        chosen, found = self.chosen, listed()
        if chosen["q"]:
            found = found.matching(chosen["q"])
        if "loai" in chosen:
            found = found.filter(doc_type__slug=chosen["loai"])
        if "co-quan" in chosen:
            agency = Agency.objects.filter(slug=chosen["co-quan"]).values("pk")
            joint = Issuance.objects.filter(agency__in=agency).values("document")
            found = found.filter(Q(issuer__in=agency) | Q(pk__in=joint))
        if "linh-vuc" in chosen:
            about = Document.fields.through.objects.filter(field__slug=chosen["linh-vuc"]).values("document")
            found = found.filter(pk__in=about)
        if "nam" in chosen:
            found = found.filter(year=chosen["nam"])
        if self.related:
            kind, side, document = self.related
            edges = document.acted_on_by if side == "nguon" else document.acts_on
            other = "source" if side == "nguon" else "target"
            found = found.filter(pk__in=edges.filter(kind=kind).values(other))
        found = found.with_status(self.day)
        if "hieu-luc" in chosen:
            found = found.filter(validity=chosen["hieu-luc"])
        return found

    def in_order(self) -> DocumentQuerySet:
        """For reading: with what a row shows, bodies left in the database. A number sought comes first."""
        found = self.apply()
        order = SORTS[self.chosen.get("sap-xep", "")][1]
        first = found.query.order_by[:1] if self.chosen["q"] and found.query.order_by else ()
        shown = found.select_related("doc_type", "issuer").defer("body", "change_notes", "outcome", "applicability")
        return shown.order_by(*first, *order)

    def chips(self) -> list[dict[str, str]]:
        """Each condition in words, with the address without it."""
        chips = []
        for name, value in self.chosen.items():
            if not value or name == "sap-xep":
                continue
            label = f"“{value}”" if name == "q" else dict(getattr(self.fields[name], "choices", [])).get(value, "")
            label = f"tính đến {value:%d/%m/%Y}" if name == "ngay" else f"năm {value}" if name == "nam" else label
            chips.append({"label": label, "url": self.without(name)})
        if self.related:
            kind, side, document = self.related
            heading = HEADINGS[Kind(kind)][side == "nguon"]
            chips.append({"label": f"{heading} của {document.name}", "url": self.without("lien-quan")})
        return chips

    def query(self, **changes: Any) -> str:
        """The conditions as an address, without empty ones, so that one list has one address."""
        values = {name: self.data[name] for name in self.chosen if name in self.data and self.chosen[name]}
        values = {"q": self.chosen["q"], **values, "lien-quan": self.data.get("lien-quan", "") if self.related else ""}
        made = QueryDict(mutable=True)
        made.update({name: value for name, value in {**values, **changes}.items() if value})
        return made.urlencode()

    def without(self, name: str) -> str:
        return f"?{self.query(**{name: ''})}"
