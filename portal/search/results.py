"""What a search page shows: objects in order, each with its best passage, and by what they can be narrowed."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import Any

import tantivy
from django.apps import apps
from django.utils import timezone
from tantivy import Query

from portal.publishing import Publishable
from portal.search import follower, query, ranking
from portal.search.index import SCHEMA
from portal.search.query import Question
from portal.search.snippets import Piece, snippet

PER_PAGE = 10
EXACT = 150  # objects; the engine counts more of them by an estimate, which is within 2 % (HyperLogLog)
SHALLOW, DEEPEST = 300, 5000  # passages that the pages behind the best are made of
NARROWED_BY = ("field", "issuer", "year", "status")
NEWEST, OLDEST, PUBLISHED = "moi", "cu", "dang"  # the last as the portal showed them, for feeds
# Counting takes as long as ranking, and most of both happens in the engine, without Python's lock.
_beside = ThreadPoolExecutor(1)


@dataclass(frozen=True)
class Asked:
    """A search: what was typed, and what was chosen beside it. `kind` is a content type's label."""

    question: Question
    kind: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    order: str = ""


@dataclass
class Result:
    """One object. `status` is as the stylesheets name it and in words; `heading` that of the passage at `anchor`."""

    key: str
    title: str
    address: str
    line: str
    status: tuple[str, str] | None
    published: datetime
    pieces: list[Piece]
    heading: str = ""
    anchor: str = ""

    @property
    def label(self) -> str:
        return apps.get_model(self.key.partition(":")[0]).search_label


@dataclass
class Found:
    total: int
    results: list[Result]
    kinds: dict[str, int]
    choices: dict[str, list[tuple[str, int]]]
    nearest: bool = False  # nothing holds enough of the words; the results are the nearest there are
    is_current: bool = True  # False while an index is on its way that would say more

    @property
    def is_estimated(self) -> bool:
        return self.total > EXACT


def find(asked: Asked, page: int = 1, per_page: int = PER_PAGE) -> Found:
    """Raises store.Unavailable where the database has to be asked instead."""
    searcher, visible = follower.searcher(), query.visible(timezone.now().timestamp())
    narrowing = [_exactly(name, value) for name, value in asked.chosen.items()]
    of_kind = [_exactly("kind", asked.kind)] if asked.kind else []
    matching = query.matching(asked.question, [*narrowing, *visible])
    narrowed = query.narrowed(matching, of_kind) if of_kind else matching
    rank = partial(ranking.rank, searcher, asked.question, [*narrowing, *of_kind])
    ranked = None if asked.order else _beside.submit(rank)
    counts = _counts(searcher, narrowed, ["kind", *NARROWED_BY])
    kinds = _counts(searcher, matching, ["kind"])["kind"] if of_kind else counts["kind"]
    is_current = follower.is_current(searcher)
    if not (kinds or narrowing or of_kind):
        nearest = _results(
            searcher, ranking.by_object(ranked.result() if ranked else rank())[:per_page], asked.question
        )
        return Found(0, nearest, {}, {}, nearest=True, is_current=is_current)
    total = kinds.get(asked.kind, 0) if asked.kind else sum(kinds.values())
    if ranked:
        hits = _in_order(searcher, asked.question, narrowed, ranked.result(), min(page * per_page, total))
    else:
        order = tantivy.Order.Asc if asked.order == OLDEST else tantivy.Order.Desc
        by = "begins" if asked.order == PUBLISHED else "dated"
        hits = _hits(searcher, narrowed, DEEPEST, order_by_field=by, order=order)
    shown = ranking.by_object(hits)[(page - 1) * per_page : page * per_page]
    return Found(total, _results(searcher, shown, asked.question), kinds, _choices(counts), is_current=is_current)


def _exactly(name: str, value: str) -> Query:
    return Query.term_query(SCHEMA, name, int(value) if name == "year" else value)


def _in_order(
    searcher: tantivy.Searcher, question: Question, matching: Query, best: list[ranking.Hit], wanted: int
) -> list[ranking.Hit]:
    """Passages of at least so many objects: the best, then the others."""
    kept, is_certain = _telling_themselves(best, question, wanted)
    full = len(best) == ranking.RERANKED
    if is_certain and (not full or len(ranking.by_object(kept)) == wanted):
        return kept
    best = _holding_enough(searcher, matching, best)
    known = {hit.object for hit in best}
    if not full or len(known) >= wanted:
        return best
    rest: list[ranking.Hit] = []
    for deep in (SHALLOW, DEEPEST):
        rest = [hit for hit in _hits(searcher, matching, deep) if hit.object not in known]
        if len(known | {hit.object for hit in rest}) >= wanted:
            break
    return best + rest


def _telling_themselves(hits: Sequence[ranking.Hit], question: Question, wanted: int) -> tuple[list[ranking.Hit], bool]:
    """Those that hold enough of the words, of so many objects; and whether none of the others might after all.

    The ranking demands nothing, to be quick; what is shown has to be what is counted.
    """
    enough = query.holding_enough(question)
    kept: list[ranking.Hit] = []
    objects: set[int] = set()
    for hit in hits:
        if enough(hit.folded()):
            kept.append(hit)
            objects.add(hit.object)
            if len(objects) == wanted:
                break
        elif question.numbers or hit.may_go_on():
            return kept, False
    return kept, True


def _holding_enough(searcher: tantivy.Searcher, matching: Query, best: list[ranking.Hit]) -> list[ranking.Hit]:
    """Those that the index counts."""
    objects = Query.term_set_query(SCHEMA, "object", list({hit.object for hit in best}))
    found = searcher.search(query.narrowed(matching, [objects]), DEEPEST, count=False).hits
    places = {(address.segment_ord, address.doc) for _, address in found}
    return [hit for hit in best if (hit.address.segment_ord, hit.address.doc) in places]


def _hits(searcher: tantivy.Searcher, matching: Query, most: int, **order: Any) -> list[ranking.Hit]:
    addresses = [address for _, address in searcher.search(matching, most, count=False, **order).hits]
    objects = searcher.fast_field_values("object", addresses)
    return [ranking.Hit(0.0, number, address) for address, number in zip(addresses, objects, strict=True)]


def _counts(searcher: tantivy.Searcher, matching: Query, names: Sequence[str]) -> dict[str, Counter[str]]:
    """How many objects there are of each value. Telling objects apart takes longer than all else, so it is asked only
    of those that have several passages."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for alone in (True, False):
        apart = {} if alone else {"aggs": {"objects": {"cardinality": {"field": "object"}}}}
        wanted = {name: {"terms": {"field": name, "size": 200}, **apart} for name in names}
        these = query.narrowed(matching, [Query.term_query(SCHEMA, "alone", alone)])
        for name, found in searcher.aggregate(these, wanted).items():
            for bucket in found["buckets"]:
                counts[name][_label(bucket["key"])] += bucket["doc_count"] if alone else int(bucket["objects"]["value"])
    return counts


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float | int) else str(value)


def _choices(counts: dict[str, Counter[str]]) -> dict[str, list[tuple[str, int]]]:
    by_count = {name: sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0])) for name in NARROWED_BY}
    by_count["year"] = sorted(by_count["year"], reverse=True)
    return {name: values[:12] for name, values in by_count.items() if values}


def items(results: Sequence[Result]) -> list[Publishable]:
    """What was found as the database has it, in order."""
    rows = {
        follower.key_of(row): row
        for kind, pks in _by_kind([result.key for result in results])
        for row in kind.objects.published().filter(pk__in=pks).for_list()
    }
    return [rows[result.key] for result in results if result.key in rows]


def _by_kind(keys: Sequence[str]) -> Iterator[tuple[type[Publishable], list[int]]]:
    for label, same in groupby(sorted(keys), key=lambda key: key.partition(":")[0]):
        yield apps.get_model(label), [int(key.partition(":")[2]) for key in same]


def _results(searcher: tantivy.Searcher, hits: list[ranking.Hit], question: Question) -> list[Result]:
    """What vanished from the database a moment ago is left out."""
    for hit in hits:
        hit.document = hit.document or searcher.doc(hit.address)
    public = {
        f"{kind._meta.label_lower}:{pk}"
        for kind, pks in _by_kind([hit.said("key") for hit in hits])
        for pk in kind.objects.published().filter(pk__in=pks).values_list("pk", flat=True)
    }
    begins = searcher.fast_field_values("begins", [hit.address for hit in hits])
    return [
        _result(hit, datetime.fromtimestamp(at, UTC), question)
        for hit, at in zip(hits, begins, strict=True)
        if hit.said("key") in public
    ]


def _result(hit: ranking.Hit, published: datetime, question: Question) -> Result:
    anchor, heading = hit.said("anchor"), hit.said("heading")
    address, line, status = json.loads(hit.said("shown"))
    pieces = snippet(hit.said("text"), question)
    return Result(hit.said("key"), hit.said("title"), address, line, status, published, pieces, heading, anchor)
