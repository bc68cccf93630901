"""What the text of a document says about its first day and its relations. Offered to the editor, who decides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from legal_docs.models import Document, DocumentType
from legal_docs.numbers import DAY, TYPES, Citation, citations, day_of, issuers_of, type_of
from legal_docs.relations import ENDING, Kind, Relation
from portal.organisation import Agency
from portal.richtext import plain
from portal.text import fold

_BLOCK = re.compile(r"<(p|h[234]|li|td)>(.*?)</\1>", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-ZĐÀ-Ỹ])")
_THIS = rf"(?:{'|'.join(TYPES)})\s+này"
_STARTS = re.compile(rf"{_THIS}\s+có hiệu lực(?: thi hành)?(?:,? kể)? từ ngày\s+({DAY}|ký)")
_ENDS = re.compile(rf"hết hiệu lực(?: thi hành)?(?: kể)?(?: từ ngày ({DAY}))?")
_NUMBERS = r"(?:\d+[a-zđ]?|[a-zđ]|[IVX]+)\b"
_PART = re.compile(
    rf"(?:các\s+)?((?:(?:điểm|khoản|điều|chương|mục)\s+{_NUMBERS}(?:\s*(?:,|và)\s*{_NUMBERS})*\s*(?:,|;|và)?\s*)+)$",
    re.IGNORECASE,
)
_DONE_TO = re.compile(
    r"(?i)(bãi bỏ|thay thế|sửa đổi(?:, bổ sung)?|bổ sung|quy định chi tiết|hướng dẫn|đính chính|căn cứ)"
)
_KINDS = {
    "bai bo": Kind.REPEALS,
    "thay the": Kind.REPLACES,
    "sua doi": Kind.AMENDS,
    "sua doi, bo sung": Kind.AMENDS,
    "bo sung": Kind.AMENDS,
    "quy dinh chi tiet": Kind.DETAILS,
    "huong dan": Kind.GUIDES,
    "dinh chinh": Kind.CORRECTS,
}
# Of two readings of one number the first is kept.
_STRENGTH = [*ENDING, Kind.AMENDS, Kind.CORRECTS, Kind.DETAILS, Kind.GUIDES, Kind.BASED_ON, Kind.CITES]
_YEAR = re.compile(r"/((?:19|20)\d\d)/")
_STAMP = re.compile(r"/S[YL]-")  # the number of a certified copy
MOST = 60


@dataclass(frozen=True)
class Suggestion:
    """A first day (`kind` empty) or a relation to the document of a number, with the words that say so."""

    kind: str
    words: str
    citation: Citation | None = None
    day: date | None = None
    provisions: str = ""

    @property
    def token(self) -> str:
        number = self.citation.key if self.citation else ""
        return f"{self.kind}|{number}|{self.provisions}|{self.day or ''}"

    @property
    def label(self) -> str:
        if not self.citation:
            return f"có hiệu lực từ {self.day:%d/%m/%Y}"
        part = f"{self.provisions} " if self.provisions else ""
        since = f" từ {self.day:%d/%m/%Y}" if self.day else ""
        return f"{Kind(self.kind).label} {part}{self.citation.number}{since}"


def read(document: Document) -> list[Suggestion]:
    """Everything the text and the title say, the strongest reading of each number once."""
    found: dict[str, Suggestion] = {}
    for suggestion in _of_text(document):
        if _is_of_later(suggestion, document):
            suggestion = replace(suggestion, kind=Kind.CITES, provisions="", day=None)
        key = suggestion.citation.key if suggestion.citation else ""
        known = found.get(key)
        if (key == document.number_normalised and key) or (known and _rank(known) <= _rank(suggestion)):
            continue
        found[key] = suggestion
    return sorted(found.values(), key=_rank)


def _is_of_later(suggestion: Suggestion, document: Document) -> bool:
    """Whether it names a document of a later year, on which this one cannot act: "chi tiết xem Nghị định …"."""
    year = _YEAR.search(suggestion.citation.number) if suggestion.citation else None
    return bool(year and document.issued_on and int(year[1]) > document.issued_on.year)


def _rank(suggestion: Suggestion) -> int:
    return _STRENGTH.index(Kind(suggestion.kind)) + 1 if suggestion.kind else 0


def _of_text(document: Document) -> Iterator[Suggestion]:
    name = document.title
    if cited := list(citations(name)):
        yield from _done_to(name, cited)
    for block in _BLOCK.finditer(document.body):
        for sentence in _SENTENCE.split(plain(block[2])):
            yield from _of_sentence(sentence, document.issued_on)


def _of_sentence(sentence: str, issued_on: date | None) -> Iterator[Suggestion]:
    if found := _STARTS.search(sentence):
        day = issued_on if found[1] == "ký" else day_of(found[1])
        if day:
            yield Suggestion("", sentence[:300], day=day)
    cited = [citation for citation in citations(sentence) if not _STAMP.search(citation.number)]
    if not cited:
        return
    if sentence.startswith(("Căn cứ", "Thực hiện")):
        yield from (Suggestion(Kind.BASED_ON, sentence[:300], citation) for citation in cited)
        return
    ends = _ENDS.search(sentence)
    for citation in cited:
        if ends and citation.start < ends.start():
            part = _part_before(sentence[: citation.start])
            yield Suggestion(Kind.REPLACES, sentence[:300], citation, day_of(ends[1] or ""), part)
    yield from _done_to(sentence, [citation for citation in cited if not ends or citation.start > ends.start()])


def _done_to(sentence: str, cited: list[Citation]) -> Iterator[Suggestion]:
    """By the last verb before each number: "bãi bỏ khoản 2 Điều 5 Nghị định số …"."""
    for citation in cited:
        before = sentence[: citation.start]
        verbs = list(_DONE_TO.finditer(before))
        # "… đã được sửa đổi theo Luật số …" tells what others did.
        ours = verbs and not before[: verbs[-1].start()].rstrip().endswith("được")
        kind = _KINDS.get(fold(verbs[-1][1]), Kind.CITES) if ours else Kind.CITES
        part = _part_before(before[verbs[-1].end() :]) if verbs and kind in (*ENDING, Kind.AMENDS) else ""
        yield Suggestion(kind, sentence[:300], citation, None, part)


def _part_before(before: str) -> str:
    """The provisions named right before a document: "khoản 2 Điều 5 Nghị định số" → "khoản 2 Điều 5"."""
    told = re.sub(rf"\s*(?:của\s+)?(?:{'|'.join(TYPES)})\b[^,;.]*$", "", before)
    found = _PART.search(told)
    return found[1].strip()[-300:] if found and told != before else ""


def open_for(document: Document) -> list[Suggestion]:
    """Those the editor has not taken over yet. Being cited says nothing new of a document that has a relation."""
    held = {(edge.kind, edge.target.number_normalised) for edge in document.acts_on.select_related("target")}
    named = {number for _, number in held}

    def is_open(suggestion: Suggestion) -> bool:
        if not suggestion.citation:
            return suggestion.day != document.effective_from
        key = suggestion.citation.key
        return (suggestion.kind, key) not in held and not (suggestion.kind == Kind.CITES and key in named)

    return [suggestion for suggestion in read(document) if is_open(suggestion)][:MOST]


def accept(document: Document, suggestion: Suggestion) -> None:
    """Writes the first day or the relation; a document that is not in the library becomes a stub."""
    if not suggestion.citation:
        document.effective_from = suggestion.day
        document.save()
        return
    target = _document_of(suggestion.citation, document)
    Relation.objects.get_or_create(
        source=document,
        kind=suggestion.kind,
        target=target,
        provisions=suggestion.provisions,
        source_provisions="",
        defaults={"effective_on": suggestion.day},
    )


def _document_of(citation: Citation, other_than: Document) -> Document:
    same = Document.objects.filter(number_normalised=citation.key).exclude(pk=other_than.pk)
    found = list(same.select_related("doc_type").order_by("is_stub", "-issued_on"))
    for meant in (
        [document for document in found if citation.day and document.issued_on == citation.day],
        [document for document in found if citation.type and fold(document.doc_type.name) == fold(citation.type)],
        found,
    ):
        if meant:
            return meant[0]
    kind = DocumentType.objects.named(citation.type or type_of(citation.number))
    issuers = issuers_of(citation.number)
    issuer = Agency.objects.named(issuers[0]) if issuers else None
    title = f"{kind.name} số {citation.number}"
    return Document.objects.create(
        is_stub=True, number=citation.number, title=title, doc_type=kind, issuer=issuer, issued_on=citation.day
    )
