"""The order of the results: BM25 finds the candidates, and what they have of the question decides among the first.

The weights were fitted on half of 595 legal questions and checked on the other half; docs/search.md has the figures.
"""

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import tantivy
from tantivy import Query

from portal.search import query
from portal.search.index import RERANKED_LENGTH
from portal.search.query import Question
from portal.text import apart, fold, together, without_marks

RERANKED = 32  # candidates looked at again; among 40, one right answer in a thousand more comes among ten
SPARE = 8  # for those that are not to be seen yet, or no more


class Weights(NamedTuple):
    """What each sign is worth. The first four are shares between 0 and 1."""

    relevance: float = 9.0  # BM25, as a share of the best candidate's
    pairs: float = 6.0  # of the question's pairs found, tones included, the rare ones counting more
    named: float = 1.0  # of these pairs, those in the heading
    heading: float = 2.5  # how much of the heading was asked for
    heading_length: float = -0.5  # of its logarithm: short headings are met too easily
    # Set by judgement: the questions know neither quoted phrases nor validity nor date.
    phrase: float = 0.5  # the whole question stands there, word by word
    outdated: float = -3.0
    year_of_age: float = -0.35  # of news, for five years


WEIGHTS = Weights()
_YEAR = 365.25 * 86400


@dataclass
class Hit:
    """A passage that was found. `object` is the number of what it is part of."""

    score: float
    object: int
    address: tantivy.DocAddress
    document: tantivy.Document | None = None

    def said(self, name: str) -> str:
        return self.document.get_first(name).decode()

    def may_go_on(self) -> bool:
        """Whether the passage may be longer than what is kept of it for looking at again."""
        return len(self.document.get_first("text")) > RERANKED_LENGTH

    def folded(self) -> bytes:
        """What BM25 saw of the passage, except the end of a long one: words between spaces."""
        heading, text, _ = without_marks(self.document.get_first("spoken")).split(b"\n")
        return b" %b \n %b " % (heading, text)


class _Reading:
    """One reading of the question, prepared once for all candidates. What is looked for stands between spaces."""

    def __init__(self, searcher: tantivy.Searcher, words: Sequence[str]) -> None:
        spelt = [apart(word) for word in words]
        self.pairs = set(pairwise(spelt))
        self.whole = b" %b " % b" ".join(spelt)
        sought = [b" ".join(pair) for pair in self.pairs] or spelt
        rare = [_rarity(searcher, fold(together(each)).replace(" ", "_")) for each in sought]
        self.sought = [(b" %b " % each, worth / sum(rare)) for each, worth in zip(sought, rare, strict=True)]

    def score(self, passage: "_Passage") -> float:
        """What of the question stands in a passage, as it was typed."""
        found = sum([worth for each, worth in self.sought if each in passage.found])
        named = sum([worth for each, worth in self.sought if each in passage.named])
        asked = sum([pair in self.pairs for pair in passage.title]) / max(1, len(passage.title))
        return (
            WEIGHTS.pairs * found
            + WEIGHTS.named * named
            + WEIGHTS.heading * asked
            + WEIGHTS.heading_length * math.log(1 + passage.length)
            + WEIGHTS.phrase * (found > 0.99 and self.whole in passage.words)
        )


class _Passage:
    """A candidate: which of the pairs that any reading looks for stand in it, and which of these in its heading."""

    def __init__(self, heading: bytes, text: bytes, sought: Collection[bytes]) -> None:
        title, name = heading.split(), b" %b " % heading
        self.words = b" %b %b " % (heading, text.replace(b"\n", b" "))
        self.title, self.length = list(pairwise(title)), len(title)
        self.found = {each for each in sought if each in self.words}
        self.named = {each for each in self.found if each in name}


def _rarity(searcher: tantivy.Searcher, term: str) -> float:
    """Inverse document frequency of a folded term, as in BM25."""
    count = searcher.doc_freq("words", term)
    return math.log(1 + (searcher.num_docs - count + 0.5) / (count + 0.5))


def rank(searcher: tantivy.Searcher, question: Question, filters: Sequence[Query] = ()) -> list[Hit]:
    """The best passages for a question, in order; at most RERANKED. Those with neither filter nor date pass quickly."""
    now = time.time()
    hits, more = [], False
    asked = query.scored(searcher, question)
    if not filters:
        hits, more = _visible(searcher, asked, now)
    if filters or (more and len(hits) < RERANKED):  # too many of tomorrow or of yesterday among the first
        demanded = [*filters, *query.visible(now)]
        hits, _ = _visible(searcher, [query.narrowed(each, demanded) for each in asked], now)
    if hits:
        _judge(searcher, hits, question, now)
    return sorted(hits, key=lambda hit: -hit.score)


def by_object(hits: Sequence[Hit]) -> list[Hit]:
    """The best passage of each object."""
    first: dict[int, Hit] = {}
    for hit in hits:
        first.setdefault(hit.object, hit)
    return list(first.values())


def _visible(searcher: tantivy.Searcher, asked: Sequence[Query], now: float) -> tuple[list[Hit], bool]:
    """The first passages that a citizen may see, and whether there could be more."""
    best: dict[tuple[int, int], tuple[float, tantivy.DocAddress]] = {}
    more = False
    for each in asked:  # one after the other: together they could not leave out what has no chance
        found = searcher.search(each, RERANKED + SPARE, count=False).hits
        more |= len(found) == RERANKED + SPARE
        for score, address in found:
            place = (address.segment_ord, address.doc)
            if place not in best or best[place][0] < score:
                best[place] = (score, address)
    ordered = sorted(best.values(), key=lambda pair: -pair[0])[: RERANKED + SPARE]
    addresses = [address for _, address in ordered]
    columns = [searcher.fast_field_values(name, addresses) for name in ("object", "begins", "ends")]
    hits = [
        Hit(score, number, address)
        for (score, address), number, begins, ends in zip(ordered, *columns, strict=True)
        if begins <= now < ends
    ]
    return hits[:RERANKED], more


def _judge(searcher: tantivy.Searcher, hits: list[Hit], question: Question, now: float) -> None:
    best = hits[0].score or 1.0
    readings = [_Reading(searcher, words) for words in question.readings]
    sought = {each for reading in readings for each, _ in reading.sought}
    addresses = [hit.address for hit in hits]
    columns = [searcher.fast_field_values(name, addresses) for name in ("weight", "outdated", "ages", "begins")]
    for hit, weight, outdated, ages, begins in zip(hits, *columns, strict=True):
        hit.document = searcher.doc(hit.address)
        spoken = hit.document.get_first("spoken")
        heading, _, text = (spoken if question.has_tones else without_marks(spoken)).partition(b"\n")
        passage = _Passage(heading, text, sought)
        years = min(5.0, max(0.0, now - begins) / _YEAR) if ages else 0.0
        hit.score = (
            WEIGHTS.relevance * hit.score / best
            + max([reading.score(passage) for reading in readings])
            + weight
            + (WEIGHTS.outdated if outdated else 0.0)
            + WEIGHTS.year_of_age * years
        )
