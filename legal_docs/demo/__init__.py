"""Demonstration documents of the labour field: true numbers, titles, dates and relations, with words of our own."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from legal_docs.models import Document, DocumentFile, DocumentType, Field, Relation
from legal_docs.numbers import TYPES, issuers_of, type_of
from portal.organisation import Agency
from portal.workflow import Status

HERE = Path(__file__).parent
OF_THE_PROVINCE = "Ủy ban nhân dân tỉnh Hải Dương"
DEPARTMENT = "Sở Lao động - Thương binh và Xã hội tỉnh Hải Dương"
BRIEF = {
    "Bộ Lao động - Thương binh và Xã hội": "Bộ LĐTBXH",
    "Ủy ban Thường vụ Quốc hội": "UBTVQH",
    OF_THE_PROVINCE: "UBND tỉnh",
    DEPARTMENT: "Sở LĐTBXH",
}


def load() -> None:
    """Loads into a site without documents."""
    if Document.objects.exists():
        return
    for position, name in enumerate(TYPES, start=1):
        kind = DocumentType.objects.named(name)
        kind.position = position * 10
        kind.save()
    for line in (HERE / "documents.jsonl").read_text().splitlines():
        _document(json.loads(line))
    for row in json.loads((HERE / "relations.json").read_text()):
        source, target = (_named(row.pop(side)) for side in ("source", "target"))
        Relation.objects.create(source=source, target=target, **row)
    for row in json.loads((HERE / "drafts.json").read_text()):
        _draft(row)


def _agency(name: str) -> Agency:
    agency = Agency.objects.named(name)
    if agency.short_name != BRIEF.get(name, agency.short_name):
        agency.short_name = BRIEF[name]
        agency.save()
    return agency


def _document(row: dict[str, Any]) -> None:
    fields, files = [Field.objects.named(name) for name in row.pop("fields")], row.pop("files")
    doc_type, issuer = DocumentType.objects.named(row.pop("type")), _agency(row.pop("issuer"))
    days = {name: date.fromisoformat(row.pop(name)) for name in ("issued_on", "effective_from")}
    document = Document.objects.create(
        doc_type=doc_type,
        issuer=issuer,
        status=Status.PUBLISHED,
        nature=Document.Nature.NORMATIVE,
        scope=Document.Scope.CENTRAL,
        **days,
        **row,
    )
    document.fields.set(fields)
    _files(document, files)


def _files(document: Document, files: dict[str, str]) -> None:
    """Handouts and drafts of our own; the texts of the law themselves are not ours to enclose."""
    role = DocumentFile.Role.WORD if document.is_draft else DocumentFile.Role.OTHER
    for position, (title, name) in enumerate(files.items()):
        enclosed = DocumentFile(document=document, title=title, role=role, position=position)
        with (HERE / "files" / name).open("rb") as upload:
            enclosed.take_in(upload, name)
        enclosed.save()


def _named(number: str) -> Document:
    """The document of this number, or a stub: known by name, not in the library."""
    found = Document.objects.filter(number=number).first()
    if found:
        return found
    kind = DocumentType.objects.named(type_of(number))
    issuer = _agency(issuers_of(number)[0])
    title = f"{kind.name} số {number}"
    return Document.objects.create(is_stub=True, number=number, title=title, doc_type=kind, issuer=issuer)


def _draft(row: dict[str, Any]) -> None:
    today, files = timezone.localdate(), row.pop("files")
    opens, closes = (today + timedelta(days=row.pop(name)) for name in ("opens", "closes"))
    draft = Document.objects.create(
        is_draft=True,
        doc_type=DocumentType.objects.named("Quyết định"),
        issuer=_agency(OF_THE_PROVINCE),
        drafting_agency=_agency(DEPARTMENT),
        scope=Document.Scope.LOCAL,
        consultation_opens=opens,
        consultation_closes=closes,
        status=Status.PUBLISHED,
        **row,
    )
    _files(draft, files)
