"""The relations of one document as its page lists them: by kind and direction, in a bounded number of questions."""

from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q

from legal_docs.models import Document
from legal_docs.relations import CHANGING, HEADINGS, Kind, Relation, public

SHOWN = 30  # of one kind; the rest are a filtered list away
MOST = 400
# What changes a document, then what it changes, then what it rests on.
ORDER = [(kind, True) for kind in CHANGING] + [(kind, False) for kind in CHANGING]
ORDER += [(kind, side) for kind in Kind if kind not in CHANGING for side in (False, True)]


class RelationGroups:
    """Both directions of a document's relations; `day` decides the status shown beside each."""

    def __init__(self, document: Document, day: date) -> None:
        self.document = document
        self.outgoing = self._edges(document.acts_on, "target", day)
        self.incoming = self._edges(document.acted_on_by, "source", day)
        complete = len(self.outgoing) < MOST and len(self.incoming) < MOST
        self.counts = {} if complete else self._count()

    def _edges(self, manager: Any, other: str, day: date) -> list[Relation]:
        others = Document.objects.with_status(day).select_related("doc_type")
        others = others.defer("body", "change_notes", "outcome", "applicability")
        found = manager.dated().filter(public(other)).prefetch_related(Prefetch(other, others))
        return list(found.order_by("kind", "-starts", "pk")[:MOST])

    def _count(self) -> dict[tuple[str, bool], int]:
        """How many there are of each kind and direction, when there are more than were read."""
        known = Relation.objects.filter(public("source"), public("target"))
        mine = known.filter(Q(source=self.document) | Q(target=self.document)).order_by()
        rows = mine.annotate(incoming=Q(target=self.document)).values_list("kind", "incoming")
        return {(kind, incoming): count for kind, incoming, count in rows.annotate(Count("pk"))}

    def groups(self) -> list[dict[str, Any]]:
        made = []
        for kind, incoming in ORDER:
            edges = [edge for edge in (self.incoming if incoming else self.outgoing) if edge.kind == kind]
            if edges:
                made.append(self._group(Kind(kind), incoming, edges))
        return made

    def _group(self, kind: Kind, incoming: bool, edges: list[Relation]) -> dict[str, Any]:
        count = self.counts.get((kind, incoming), len(edges))
        side = "nguon" if incoming else "dich"
        return {
            "heading": HEADINGS[kind][incoming],
            "incoming": incoming,
            "changes": kind in CHANGING,
            "count": count,
            "items": [self._item(edge, edge.source if incoming else edge.target) for edge in edges[:SHOWN]],
            "more": f"lien-quan={kind}-{side}-{self.document.pk}" if count > SHOWN else "",
        }

    def _item(self, edge: Relation, other: Document) -> dict[str, Any]:
        readable = other.is_published or other.is_withdrawn
        return {
            "document": other,
            "url": other.get_absolute_url() if readable else "",
            "part": edge.provisions,
            "by": edge.source_provisions,
            "starts": edge.starts if edge.kind in CHANGING else edge.effective_on,
            "until": edge.effective_until,
            "note": edge.note,
        }
