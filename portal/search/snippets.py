"""The stretch of a passage that shows best why it was found."""

import re
from itertools import groupby, pairwise
from typing import NamedTuple

from portal.search.query import Question
from portal.text import fold

WORDS = 42
LOOKED_THROUGH = 12_000  # characters
_WORD = re.compile(r"[^\W_]+")


class Piece(NamedTuple):
    text: str
    found: bool


def snippet(text: str, question: Question) -> list[Piece]:
    """Pieces of plain text in order, those that were asked for marked; neighbours are marked as one."""
    text = " ".join(text[:LOOKED_THROUGH].split())
    words = list(_WORD.finditer(text))
    hits = marked([word[0] for word in words], question)
    if not words:
        return [Piece(text, False)] if text else []
    first = _best_start(hits)
    last = min(len(words), first + WORDS)
    pieces = [Piece("… ", False)] if first else []
    at = words[first].start() if first else 0
    for is_hit, run in groupby(range(first, last), hits.__getitem__):
        if is_hit:
            run = list(run)
            start, end = words[run[0]].start(), words[run[-1]].end()
            pieces += [Piece(text[at:start], False), Piece(text[start:end], True)]
            at = end
    end_of_text = words[last - 1].end() if last < len(words) else len(text)
    pieces.append(Piece(text[at:end_of_text] + (" …" if last < len(words) else ""), False))
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
    hits = [False] * len(words)
    for place, pair in enumerate(pairwise(words)):
        if pair in wanted:
            hits[place] = hits[place + 1] = True
    return hits


def _single(words: list[str], readings: list[list[str]]) -> list[bool]:
    wanted = {word for reading in readings for word in reading}
    return [word in wanted for word in words]


def _best_start(hits: list[bool]) -> int:
    """Where the window with most marks begins, a few words before its first mark."""
    if not any(hits):
        return 0
    sums, running = [0], 0
    for hit in hits:
        running += hit
        sums.append(running)
    starts = [place for place, hit in enumerate(hits) if hit]
    best = max(starts, key=lambda place: sums[min(len(hits), place + WORDS - 6)] - sums[place])
    return 0 if best < 12 else best - 6
