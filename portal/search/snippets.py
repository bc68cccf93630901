"""The stretch of a passage that shows best why it was found."""

import re
from itertools import accumulate, groupby, pairwise
from operator import or_
from typing import NamedTuple

from portal.search.query import Question
from portal.text import fold

WORDS = 42
LOOKED_THROUGH = 12_000  # characters
_BETWEEN = re.compile(r"([\W_]+)")


class Piece(NamedTuple):
    text: str
    found: bool


def snippet(text: str, question: Question) -> list[Piece]:
    """Pieces of plain text in order, those that were asked for marked; neighbours are marked as one."""
    parts = _BETWEEN.split(" ".join(text[:LOOKED_THROUGH].split()))  # a word, what stands behind it, a word …
    words = parts[::2]
    hits = marked(words, question)
    first = _best_start(hits)
    last = min(len(words), first + WORDS)
    pieces, at = [Piece("… " if first else "", False)], 2 * first
    for is_hit, run in groupby(range(first, last), hits.__getitem__):
        if is_hit:
            run = list(run)
            start, end = 2 * run[0], 2 * run[-1] + 1
            pieces += [Piece("".join(parts[at:start]), False), Piece("".join(parts[start:end]), True)]
            at = end
    goes_on = any(words[last:])
    pieces.append(Piece("".join(parts[at : 2 * last - 1 if goes_on else None]) + " …" * goes_on, False))
    return [piece for piece in pieces if piece.text]


def marked(words: list[str], question: Question) -> list[bool]:
    """Which words to mark: those that stand beside each other as in the question; else every word of it.

    Words with other tones are marked only where none has the question's own: "tới" is not "tối".
    """
    for alone in (False, True):
        for spelling in (str.lower, fold) if question.has_tones else (fold,):
            written = spelling(" ".join(words)).split(" ")  # at once: word by word it takes ten times as long
            readings = [[spelling(word) for word in reading] for reading in question.readings]
            hits = _single(written, readings) if alone else _beside(written, readings)
            if any(hits):
                return hits
    return [False] * len(words)


def _beside(words: list[str], readings: list[list[str]]) -> list[bool]:
    wanted = {pair for reading in readings for pair in pairwise(reading)}
    found = [pair in wanted for pair in pairwise(words)]
    return list(map(or_, [*found, False], [False, *found]))


def _single(words: list[str], readings: list[list[str]]) -> list[bool]:
    wanted = {word for reading in readings for word in reading}
    return [word in wanted for word in words]


def _best_start(hits: list[bool]) -> int:
    """Where the window with most marks begins, a few words before its first mark."""
    sums = list(accumulate(hits, initial=0))
    starts = [place for place, hit in enumerate(hits) if hit]
    best = max(starts, default=0, key=lambda place: sums[min(len(hits), place + WORDS - 6)] - sums[place])
    return 0 if best < 12 else best - 6
