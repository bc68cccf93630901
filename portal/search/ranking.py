"""The order of the results: BM25 finds the candidates, and what they have of the question decides among the first.

The weights were fitted on half of 595 legal questions and checked on the other half; docs/search.md has the figures.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import tantivy
from tantivy import Query

from portal.search import query
from portal.search.query import Question
from portal.text import fold, pairs

RERANKED = 50  # candidates looked at again; 100 gave the same order
SPARE = 30  # for those that are not to be seen yet, or no more


class Weights(NamedTuple):
    """What each sign is worth. The first six are shares between 0 and 1."""

    relevance: float = 8.0  # BM25, as a share of the best candidate's
    pairs: float = 3.5  # of the question's pairs found, tones included, the rare ones counting more
    syllables: float = 3.2  # likewise of single syllables
    triples: float = 3.0  # likewise of three in a row: near phrases
    heading: float = 3.2  # how much of the heading was asked for
    heading_length: float = -0.5  # of its logarithm: short headings are met too easily
    # Set by judgement: the questions know neither validity nor date.
    outdated: float = -3.0
    year_of_age: float = -0.35  # of news, for five years


WEIGHTS = Weights()
_YEAR = 365.25 * 86400


class Rarity:
    """Inverse document frequency (as in BM25) of folded terms, remembered for one question."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher, self.total, self.known = searcher, searcher.num_docs, {}

    def __call__(self, term: str) -> float:
        if term not in self.known:
            count = self.searcher.doc_freq("words", term)
            self.known[term] = math.log(1 + (self.total - count + 0.5) / (count + 0.5))
        return self.known[term]


@dataclass
class Hit:
    """A passage that was found. `object` is the number of what it is part of."""

    score: float
    object: int
    address: tantivy.DocAddress
    document: tantivy.Document | None = None

    def said(self, name: str) -> str:
        return self.document.get_first(name).decode()


class _Reading:
    """One reading of the question, prepared once for all candidates. Pieces of text stand between spaces."""

    def __init__(self, words: Sequence[str], rarity: Rarity) -> None:
        self.rarity = rarity
        rare = [rarity(fold(word)) for word in words]
        self.words = dict(zip(words, rare, strict=True))
        self.pairs = {(first, second): rarity(f"{fold(first)}_{fold(second)}") for first, second in pairwise(words)}
        self.triples = {
            (a, b, c): self.pairs[a, b] + self.pairs[b, c] for a, b, c in zip(words, words[1:], words[2:], strict=False)
        }
        self.whole = [sum(worths.values()) or 1.0 for worths in (self.words, self.pairs, self.triples)]

    def score(self, heading: str, text: str) -> float:
        """What of the question stands in a passage, as it was typed; a piece is looked for when its parts are there."""
        both = f" {heading} {text} "
        present = set(both.split())
        words = [word for word in self.words if word in present]
        held = present.intersection(words)
        found = {
            pair for pair in self.pairs if pair[0] in held and pair[1] in held and f" {pair[0]} {pair[1]} " in both
        }
        near = [
            worth
            for (a, b, c), worth in self.triples.items()
            if (a, b) in found and (b, c) in found and f" {a} {b} {c} " in both
        ]
        title = list(zip(pairwise(heading.split()), pairs(fold(heading).split()), strict=True))
        worths = [(self.rarity(term), pair in self.pairs) for pair, term in title]
        asked = sum([worth for worth, wanted in worths if wanted]) / (sum([worth for worth, _ in worths]) or 1.0)
        of_words = sum([self.words[word] for word in words]) / self.whole[0]
        of_pairs = sum([self.pairs[pair] for pair in found]) / self.whole[1] if self.pairs else of_words
        return (
            WEIGHTS.pairs * of_pairs
            + WEIGHTS.syllables * of_words
            + WEIGHTS.triples * (sum(near) / self.whole[2] if self.triples else of_pairs)
            + WEIGHTS.heading * asked
            + WEIGHTS.heading_length * math.log(2 + len(title))
        )


def rank(
    searcher: tantivy.Searcher, schema: tantivy.Schema, question: Question, filters: Sequence[Query] = ()
) -> list[Hit]:
    """The best passages for a question, in order; at most RERANKED. Those with neither filter nor date pass quickly."""
    now = time.time()
    hits, more = [], False
    if not filters:
        hits, more = _visible(searcher, query.scored(schema, question), now)
    if filters or (more and len(hits) < RERANKED):  # too many of tomorrow or of yesterday among the first
        demanded = [*filters, *query.visible(schema, now)]
        hits, _ = _visible(searcher, query.narrowed(query.scored(schema, question), demanded), now)
    if hits:
        _judge(searcher, hits, question, now)
    return sorted(hits, key=lambda hit: -hit.score)


def _visible(searcher: tantivy.Searcher, asked: Query, now: float) -> tuple[list[Hit], bool]:
    """The first passages that a citizen may see, and whether there could be more."""
    found = searcher.search(asked, RERANKED + SPARE, count=False).hits
    addresses = [address for _, address in found]
    columns = [searcher.fast_field_values(name, addresses) for name in ("object", "begins", "ends")]
    hits = [
        Hit(score, number, address)
        for (score, address), number, begins, ends in zip(found, *columns, strict=True)
        if begins <= now < ends
    ]
    return hits[:RERANKED], len(found) == RERANKED + SPARE


def _judge(searcher: tantivy.Searcher, hits: list[Hit], question: Question, now: float) -> None:
    rarity, best = Rarity(searcher), hits[0].score or 1.0
    readings = [_Reading(words, rarity) for words in question.readings]
    addresses = [hit.address for hit in hits]
    columns = [searcher.fast_field_values(name, addresses) for name in ("weight", "outdated", "ages", "begins")]
    for hit, weight, outdated, ages, begins in zip(hits, *columns, strict=True):
        hit.document = searcher.doc(hit.address)
        heading, _, text = hit.said("spoken").partition("\n")
        if not question.has_tones:
            heading, text = fold(heading), fold(text)
        years = min(5.0, max(0.0, now - begins) / _YEAR) if ages else 0.0
        hit.score = (
            WEIGHTS.relevance * hit.score / best
            + max([reading.score(heading, text) for reading in readings])
            + weight
            + (WEIGHTS.outdated if outdated else 0.0)
            + WEIGHTS.year_of_age * years
        )
