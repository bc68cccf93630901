"""What an import knows of the documents that are there: found by number, completed, tied to each other."""

from collections import defaultdict
from datetime import date

from django.db import transaction

from legal_docs import numbers
from legal_docs.models import Document, DocumentType, Field, Relation
from legal_docs.rows import Link
from portal.organisation import Agency
from portal.text import fold, nfc, normalise_number, slugify

_LAWS = {"luat", "bo-luat"}


class Library:
    """Every document by number in memory (without its text), so that thousands of rows need no question each."""

    def __init__(self) -> None:
        self._types = {kind.slug: kind for kind in DocumentType.objects.all()}
        self._agencies = {agency.slug: agency for agency in Agency.objects.all()}
        self._fields = {field.slug: field for field in Field.objects.all()}
        self._by_key: dict[str, list[Document]] = defaultdict(list)
        self._bodies: dict[int, str] = {}
        self.links: list[Link] = []
        for document in Document.objects.select_related("doc_type").defer("body", "change_notes", "outcome"):
            self._by_key[self._key(document.number, document.title)].append(document)
        self._slugs = set(Document.objects.values_list("doc_type_id", "year", "slug"))

    def type(self, name: str) -> DocumentType:
        slug = slugify(name)
        if slug not in self._types:
            self._types[slug] = DocumentType.objects.create(name=nfc(name), slug=slug, position=_rank(name))
        return self._types[slug]

    def type_by_slug(self, slug: str) -> DocumentType | None:
        named = next((name for name in numbers.TYPES if slugify(name) == slug), None)
        return self.type(named) if named else None

    def agency(self, name: str) -> Agency:
        slug = slugify(name, 140)
        if slug not in self._agencies:
            self._agencies[slug] = Agency.objects.create(name=name, slug=slug)
        return self._agencies[slug]

    def fields(self, names: list[str]) -> list[int]:
        for name in names:
            if slugify(name) not in self._fields:
                self._fields[slugify(name)] = Field.objects.create(name=name)
        return [self._fields[slugify(name)].pk for name in names]

    def _key(self, number: str, title: str) -> str:
        return normalise_number(number) or fold(title)

    def find(self, kind: DocumentType, number: str, title: str, issued_on: date | None) -> Document | None:
        """The document of this number and date; else one of this number and type of which one date is missing, or a
        stub, which the row completes."""
        same = self._by_key[self._key(number, title)]
        exact = [document for document in same if document.issued_on == issued_on and not document.is_stub]
        undated = [d for d in same if _alike(d.doc_type.slug, kind.slug) and None in (d.issued_on, issued_on)]
        return next(iter([*exact, *undated, *(document for document in same if document.is_stub)]), None)

    def of_text(self, number: str, kind: str, issued_on: date | None) -> Document | None:
        """The document a full text belongs to. The address tells the type better than the description, which for
        numbers that a law and a resolution share is sometimes the other one's."""
        same = self._by_key[normalise_number(number)]
        alike = [document for document in same if _alike(document.doc_type.slug, kind)] or same
        dated = [document for document in alike if document.issued_on and document.issued_on == issued_on]
        return next(iter([*dated, *sorted(alike, key=lambda document: document.issued_on is None)]), None)

    def add(self, document: Document) -> Document:
        document.number_normalised = normalise_number(document.number)
        self._by_key[self._key(document.number, document.title)].append(document)
        return document

    def settle(self, document: Document) -> None:
        """Number, year and address, as save() would derive them."""
        document.number_normalised = normalise_number(document.number)
        year = document.year_of_address()
        address = (document.doc_type_id, year, document.slug)
        if not document.slug or (address not in self._slugs and document.year != year):
            document.slug = self._free_slug(document, year)
        document.year = year

    def _free_slug(self, document: Document, year: int) -> str:
        stem = document.slug_stem()[:130] or "van-ban"
        number, slug = 1, stem
        while (document.doc_type_id, year, slug) in self._slugs:
            number += 1
            slug = f"{stem}-{number}"
        self._slugs.add((document.doc_type_id, year, slug))
        return slug

    def body_of(self, document: Document) -> str:
        if document.pk is None:
            return document.body
        return Document.objects.values_list("body", flat=True).get(pk=document.pk)

    def forget_body(self, document: Document) -> None:
        """Texts are many megabytes; once written they are not needed again."""
        if document.pk:
            del document.body

    def resolve(self, link: Link) -> Document:
        """The document a link names, or a new stub. Of several with one number, the one of the type and time meant."""
        same = self._by_key[normalise_number(link.number)]
        mine = link.document
        typed = [d for d in same if not link.type or fold(d.doc_type.name) == fold(link.type)] or same
        if link.forward:
            typed = [d for d in typed if not (d.issued_on and mine.issued_on and d.issued_on > mine.issued_on)] or typed
        typed = [d for d in typed if d.effective_from and d.effective_from == link.effective_on] or typed
        typed = [document for document in typed if document is not mine]
        return max(typed, key=lambda d: d.issued_on or date.min) if typed else self._stub(link)

    def _stub(self, link: Link) -> Document:
        kind = self.type(link.type or numbers.type_of(link.number))
        agencies = numbers.issuers_of(link.number)
        issuer = self.agency(agencies[0]) if agencies else None
        title = f"{kind.name} số {link.number}"
        stub = self.add(Document(is_stub=True, number=link.number, title=title, doc_type=kind, issuer=issuer))
        self.settle(stub)
        return stub

    @transaction.atomic
    def write_links(self) -> tuple[int, int]:
        """Writes the relations collected and the stubs they need: (new relations, new stubs). Parts that one document
        changes in another on one day are one relation: "Mục 1, Chương III"."""
        parts: dict[tuple, list[str]] = defaultdict(list)
        for link in self.links:
            other = self.resolve(link)
            source, target = (link.document, other) if link.forward else (other, link.document)
            parts[(id(source), id(target), link.kind, link.effective_on)].append(link.provisions)
        known = {id(document): document for same in self._by_key.values() for document in same}
        stubs = [document for document in known.values() if document.is_stub and document.pk is None]
        Document.objects.bulk_create(stubs)
        made = {
            (known[source].pk, kind, known[target].pk, ", ".join(dict.fromkeys(filter(None, told))), day)
            for (source, target, kind, day), told in parts.items()
        }
        names = ("source_id", "kind", "target_id", "source_provisions", "effective_on")
        held = set(Relation.objects.values_list(*names[:4]))
        missing = sorted((row for row in made if row[:4] not in held), key=str)
        new = [Relation(**dict(zip(names, row, strict=True))) for row in missing]
        if new:
            Relation.objects.bulk_create(new, batch_size=2000)
        self.links = []
        return len(new), len(stubs)


def _alike(one: str, other: str) -> bool:
    """Whether two slugs of types mean the same; collectors call a code a law."""
    return one == other or {one, other} == _LAWS


def _rank(name: str) -> int:
    return (numbers.TYPES.index(name) + 1) * 10 if name in numbers.TYPES else 1000
