"""The text of a document cut into its provisions, each with what has become of it."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from legal_docs.models import Document
from legal_docs.provisions import Place, named_in, pieces
from legal_docs.relations import CHANGING, ENDING, Kind, Relation
from portal.citations import Linked, linked

_WHOLE_ARTICLES = re.compile(r"(?i)(?:các\s+)?điều\s+\w+(?:\s*(?:,|và|;)\s*(?:điều\s+)?\w+)*")


@dataclass
class Part:
    """A provision as it is shown; `place` is None for what stands before the first. `dead`: it no longer applies."""

    place: Place | None
    html: Linked
    notes: list[Relation] = field(default_factory=list)
    dead: bool = False

    @property
    def tag(self) -> str:
        """An article stands one level below its chapter, or where the chapter would."""
        return "h4" if self.place and self.place.above else "h3"


def sheet(document: Document, incoming: list[Relation], day: date) -> list[Part]:
    """Citations are made links once for the whole text, then it is cut."""
    parts = [Part(piece.place, Linked(piece.html)) for piece in pieces(linked(document.body))]
    places = [part.place for part in parts if part.place]
    notes: dict[str, list[Relation]] = defaultdict(list)
    for relation in incoming:
        if relation.kind in CHANGING and relation.provisions and relation.is_past(day):
            for place in named_in(relation.provisions, places):
                notes[place.anchor].append(relation)
    for part in parts:
        part.notes = notes.get(part.place.anchor, []) if part.place else []
        part.dead = any(_ends_all(relation) for relation in part.notes)
    return parts


def _ends_all(relation: Relation) -> bool:
    return Kind(relation.kind) in ENDING and bool(_WHOLE_ARTICLES.fullmatch(relation.provisions.strip()))
