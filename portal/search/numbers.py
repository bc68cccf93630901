"""Numbers of documents in the spellings people use: each is reduced to keys, and two that share a key are the same.

"145/2020/NĐ-CP" has the keys 145.2020, 145.nd, 145.2020.nd and its normal form; "nd 145", "145/2020",
"NĐ145/2020/NĐ-CP" and "Nghị định 145 năm 2020" each ask for some of them. A type in words is known by its initials.
"""

import re
from collections.abc import Iterator

from portal.text import fold, normalise_number, syllables

_PIECE = re.compile(r"[a-z&]+|\d+")
_YEAR = re.compile(r"(?:19[4-9]|20[0-4])\d")
_CHUNK = re.compile(r"\S*\d\S*")
_LONGEST_TYPE = 3  # words before the number: "thông tư liên tịch" has four, and is met by its code

LONG_QUESTION = 7  # words
HINT = 0.1
_EXPLICIT = re.compile(r"\d/\d{4}|\d/[A-ZĐ]")

# What a shared key is worth, in units of BM25: the whole number outweighs everything a text can say.
WHOLE, TYPE_AND_YEAR, YEAR, TYPE = 90.0, 80.0, 50.0, 40.0


def _pieces(text: str) -> list[str]:
    """ "NĐ145/2020/NĐ-CP" → nd, 145, 2020, nd, cp."""
    return [piece for word in syllables(text) for piece in _PIECE.findall(fold(word))]


def keys(text: str) -> dict[str, float]:
    """Every key of every number in a text, each with its worth.

    In a long question a number is one hint among many, and "tháng 12 năm 2020" is none: there only a number written
    with a stroke counts, and little.
    """
    chunks = text.split()
    if len(chunks) > LONG_QUESTION:
        explicit = [chunk for chunk in chunks if _EXPLICIT.search(chunk)]
        return {key: worth * HINT for chunk in explicit for key, worth in _keys(chunk).items()}
    return _keys(text)


def names_one(text: str) -> bool:
    """Whether a short question asks for a document by a number written with a stroke."""
    return len(text.split()) <= LONG_QUESTION and bool(_EXPLICIT.search(text))


def _keys(text: str) -> dict[str, float]:
    found = {f"={normalise_number(chunk)}": WHOLE for chunk in _CHUNK.findall(text) if len(chunk) > 4}
    pieces: list[str] = []
    numbered: list[int] = []  # the first number of each word: in "45/2019/QH14" neither 2019 nor 14
    for chunk in text.split():
        inside = _pieces(chunk)
        digits = [len(pieces) + place for place, piece in enumerate(inside) if piece.isdigit() and len(piece) < 6]
        numbered += digits[:1]
        pieces += inside
    for place in numbered:
        found |= dict(_keys_at(pieces, place))
    return found


def _keys_at(pieces: list[str], place: int) -> Iterator[tuple[str, float]]:
    number, after = pieces[place].lstrip("0"), pieces[place + 1 : place + 4]
    if after[:1] == ["nam"]:
        after = after[1:]
    year = after.pop(0) if after and _YEAR.fullmatch(after[0]) else ""
    before = pieces[max(0, place - _LONGEST_TYPE) : place]
    before = before[:-1] if before[-1:] == ["so"] else before
    types = {word for word in (*after[:1], *before[-1:]) if word.isalpha()}
    types |= {"".join(word[0] for word in before[-length:]) for length in range(2, len(before) + 1)}
    if year:
        yield f"{number}.{year}", YEAR
    for kind in types:
        yield f"{number}.{kind}", TYPE
        if year:
            yield f"{number}.{year}.{kind}", TYPE_AND_YEAR
