"""manage.py import_legal_docs FILE …: legal documents as JSON Lines, in any of three shapes, told by each row itself.

Metadata (`trich_yeu`, `chu_de`, `sua_doi_boi` …), relations (`nguoi_ky`, `thay_the` …), full texts (`dieu`: articles).
A document is recognised by number and date, so files may come in any order and again; documents that are only named
become stubs, which a later row fills in.
"""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from legal_docs import provisions, rows
from legal_docs.library import Library
from legal_docs.models import Document, Issuance
from portal.importing import ImportCommand
from portal.richtext import clean
from portal.text import fold
from portal.workflow import Status


class Command(ImportCommand):
    help = "Nhập văn bản pháp quy từ các tệp JSON Lines."
    fields_updated = [
        *("title", "slug", "body", "number", "number_normalised", "doc_type", "issuer", "signer", "issued_on", "year"),
        *("effective_from", "effective_to", "expired_part", "gazette_number", "nature", "scope", "source_url"),
        *("is_stub", "is_draft", "status", "published_at", "forced", "updated_at"),
    ]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", help="JSON Lines, nén gzip hoặc không")

    def handle(self, *args: Any, **options: Any) -> None:
        refused = []
        for path in options["files"]:
            try:
                super().handle(**{**options, "file": path})
            except CommandError as error:
                refused.append(f"{path.name}: {error}")
        if refused:
            raise CommandError("\n".join(refused), returncode=1)

    def prepare(self, options: dict[str, Any]) -> None:
        self.library = Library()
        self.now = timezone.now()
        self.waiting: dict[int, Document] = {}  # built, not written yet
        self.met: set[tuple[int, date | None]] = set()
        self.seen: set[int] = set()
        self.repeated = 0
        self.bodies: list[Document] = []
        self.subjects: list[tuple[Document, list[int]]] = []
        self.joint: list[tuple[Document, list[int]]] = []

    def build(self, row: dict[str, Any]) -> Document | None:
        document, changed = self._full_text(row) if "dieu" in row else self._attributes(row)
        if not changed or id(document) in self.waiting:
            return None
        self.library.settle(document)
        document.updated_at = self.now
        self.waiting[id(document)] = document
        return document

    def _attributes(self, row: dict[str, Any]) -> tuple[Document, bool]:
        values = self._values(row)
        links = list(rows.links_of(row, values.get("number", "")))
        given = {field.name for field in Document._meta.fields} - values.keys()
        Document(**values).clean_fields(exclude=given)  # before anything remembers it
        number, issued_on = values.get("number", ""), values.get("issued_on")
        document = self.library.find(values["doc_type"], number, values["title"], issued_on)
        new = document is None
        document = self.library.add(Document(slug="", **values)) if new else document
        # Of two rows about one document, the one with the date is right, and the first of those.
        again = (id(document), issued_on) in self.met
        right = not again and document.issued_on in (None, issued_on) and "thay_the" not in row
        self.repeated += id(document) in self.seen
        self.seen.add(id(document))
        changed = self._fill(document, values, over=right) or new
        self.met.add((id(document), issued_on))
        for link in links:
            if isinstance(link, str):
                self.stderr.write(f"{document.number}: bỏ qua văn bản sửa đổi không đọc được: “{link}”")
            else:
                link.document = document
                self.library.links.append(link)
        self.subjects.append((document, self.library.fields(row.get("chu_de") or [])))
        agencies = [self.library.agency(name) for name in rows.agencies_of(row, values.get("number", ""))]
        self.joint.append((document, [agency.pk for agency in agencies[1:] if agency.pk != document.issuer_id]))
        return document, changed

    def _values(self, row: dict[str, Any]) -> dict[str, Any]:
        number = rows.number_of(row)
        is_draft = fold(number).startswith("du thao")
        number = "" if is_draft else number
        type_name = rows.text_of(row, "loai") or rows.numbers.type_of(number)
        agencies = rows.agencies_of(row, number)
        ends, state = rows.day_of(row, "ngay_het_hieu_luc"), rows.text_of(row, "tinh_trang")
        in_part = "một phần" in state
        values = {
            "number": number,
            "doc_type": self.library.type(type_name),
            "title": rows.title_of(row, type_name, number),
            "issuer": self.library.agency(agencies[0]) if agencies else None,
            "signer": rows.text_of(row, "nguoi_ky"),
            "issued_on": None if is_draft else rows.day_of(row, "ngay_ban_hanh"),
            "effective_from": rows.day_of(row, "ngay_hieu_luc"),
            "effective_to": ends,
            "expired_part": (state.partition("(")[2].rstrip(")") or "một phần") if ends and in_part else "",
            "gazette_number": rows.text_of(row, "cong_bao"),
            "nature": rows.nature_of(row, type_name),
            "source_url": rows.text_of(row, "url"),
            "is_draft": is_draft,
        }
        return {name: value for name, value in values.items() if value not in (None, "")}

    def _full_text(self, row: dict[str, Any]) -> tuple[Document, bool]:
        number, address = rows.number_of(row), rows.text_of(row, "nguon")
        body = clean(rows.body_of(row))
        described = row.get("meta") if isinstance(row.get("meta"), dict) else {}
        document = self.library.of_text(number, rows.type_in_address(address), rows.day_of(described, "ngay_ban_hanh"))
        if document is None:
            kind = self.library.type_by_slug(rows.type_in_address(address)) or self.library.type(
                rows.numbers.type_of(number)
            )
            agencies = rows.numbers.issuers_of(number)
            issuer = self.library.agency(agencies[0]) if agencies else None
            document = Document(slug="", number=number, title=f"{kind.name} số {number}", doc_type=kind, issuer=issuer)
            document.clean_fields(exclude={field.name for field in Document._meta.fields} - {"number", "title"})
            self.library.add(document)
        changed = self._fill(document, {"source_url": address}, over=False)
        if self.library.body_of(document) != body:
            document.body, changed = body, True
            self.bodies.append(document)
        return document, changed or document.pk is None

    def _fill(self, document: Document, values: dict[str, Any], over: bool) -> bool:
        """Whether anything changed. Blanks are filled; what stands there only gives way when `over`."""
        unwritten = document.pk is None and document.status != Status.PUBLISHED
        changed = document.is_stub or unwritten  # what staff keep as a draft or withdrew stays so
        if changed:
            document.is_stub, document.status, document.published_at = False, Status.PUBLISHED, self.now
        for name, value in values.items():
            before = getattr(document, name)
            if before != value and (over or changed or before in (None, "", False)):
                setattr(document, name, value)
                changed = True
        return changed

    def _write(self, batch: list[Document]) -> None:
        with transaction.atomic():
            super()._write(batch)
            provisions.write({document.pk: document.body for document in self.bodies if document.pk})
            self._write_lists()
        for document in self.bodies:
            self.library.forget_body(document)
        self.bodies, self.waiting = [], {}

    def _write_lists(self) -> None:
        through = Document.fields.through
        subjects = [through(document_id=d.pk, field_id=pk) for d, fields in self.subjects if d.pk for pk in fields]
        through.objects.bulk_create(subjects, ignore_conflicts=True, batch_size=2000)
        joint = [Issuance(document_id=d.pk, agency_id=pk) for d, agencies in self.joint if d.pk for pk in agencies]
        if joint:
            Issuance.objects.bulk_create(joint, ignore_conflicts=True, batch_size=2000)
        self.subjects, self.joint = [], []

    def finish(self) -> None:
        made, stubs = self.library.write_links()
        self.stdout.write(f"Quan hệ mới {made}, văn bản mới chỉ biết tên {stubs}.")
        if self.repeated:
            self.stdout.write(f"{self.repeated} dòng nói về văn bản đã có ở dòng trước, chỉ lấy phần còn thiếu.")
