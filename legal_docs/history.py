"""The life of a document as events with a day, and in words why it has the validity it has."""

from dataclasses import dataclass
from datetime import date

from legal_docs.models import Document
from legal_docs.relations import CHANGING, ENDING, PAUSING, Kind, Relation
from legal_docs.validity import Validity

_DEEDS = {
    Kind.AMENDS: "Được sửa đổi, bổ sung",
    Kind.REPLACES: "Được thay thế",
    Kind.REPEALS: "Bị bãi bỏ",
    Kind.SUSPENDS: "Bị đình chỉ thi hành",
    Kind.INTERRUPTS: "Tạm ngưng hiệu lực",
}


@dataclass(frozen=True)
class Event:
    day: date | None
    text: str
    relation: Relation | None = None
    changes: bool = False


def deed(relation: Relation) -> str:
    """What was done to the document, and to which part of it."""
    return f"{_DEEDS[Kind(relation.kind)]}{f': {relation.provisions}' if relation.provisions else ''}"


def events(document: Document, incoming: list[Relation]) -> list[Event]:
    """In order of days; those without a known day last. `incoming` carries `starts`, see Relation.objects.dated()."""
    found = [Event(document.issued_on, "Ban hành")] if document.issued_on else []
    if document.effective_from:
        found.append(Event(document.effective_from, "Có hiệu lực"))
    if document.effective_to:
        part = document.expired_part
        found.append(
            Event(document.effective_to, f"Hết hiệu lực một phần: {part}" if part else "Hết hiệu lực", None, True)
        )
    if document.stated_from:
        found.append(Event(document.stated_from, document.get_stated_validity_display(), None, True))
    for relation in incoming:
        if relation.kind in CHANGING:
            found.append(Event(relation.starts, deed(relation), relation, True))
            if relation.effective_until:
                found.append(Event(relation.effective_until, "Áp dụng trở lại", relation, True))
    return sorted(found, key=lambda event: (event.day is None, event.day or date.max))


def reasons(document: Document, incoming: list[Relation], day: date) -> list[Relation]:
    """The relations that explain the validity on a day: what ended or paused it, or might have on a day unknown."""
    kinds = {
        Validity.EXPIRED: ENDING,
        Validity.PARTLY: ENDING,
        Validity.SUSPENDED: PAUSING,
        Validity.UNKNOWN: [*ENDING, *PAUSING],
    }.get(document.status_on(day), [])
    return [relation for relation in incoming if relation.kind in kinds and _explains(relation, document, day)]


def _explains(relation: Relation, document: Document, day: date) -> bool:
    if document.status_on(day) == Validity.UNKNOWN:
        return relation.starts is None
    running = relation.effective_until is None or relation.effective_until > day
    whole_or_part = document.status_on(day) != Validity.EXPIRED or not relation.provisions
    return relation.is_past(day) and running and whole_or_part


def amendments(incoming: list[Relation], day: date) -> list[Relation]:
    """Those that have amended the document by a day: "đã được sửa đổi, bổ sung bởi … từ ngày …"."""
    return [relation for relation in incoming if relation.kind == Kind.AMENDS and relation.is_past(day)]
