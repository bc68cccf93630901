"""Phần, chương, mục, điều: found in a text, made its headings, given anchors.

A body keeps them as headings of its own ("<h4>Điều 5. Phạm vi</h4>"), so the contents list, the anchors and the parts
of the page all come from the text and cannot disagree with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest

from legal_docs.parts import Provision
from portal.richtext import plain
from portal.text import fold, slugify

Kind = Provision.Kind
_BLOCK = re.compile(r"<(p|h[234])>(.*?)</\1>", re.DOTALL)
_HEADING = re.compile(r"<(h[234])>(.*?)</\1>", re.DOTALL)
_BOLD = re.compile(r"<(strong|em)>(.*?)</\1>", re.DOTALL)
_ROMAN = "[IVXLCDM]+"
_PATTERNS = [
    (Kind.PART, re.compile(rf"(?i:phần) ((?i:thứ) \w+(?: (?:một|hai|ba|tư|năm))?|{_ROMAN}|\d+)\b(?P<rest>.*)")),
    (Kind.CHAPTER, re.compile(rf"(?i:chương) ({_ROMAN}|\d+[a-zđ]?)\b(?P<rest>.*)")),
    (Kind.SUBSECTION, re.compile(rf"(?i:tiểu mục) (\d+|{_ROMAN})\b(?P<rest>.*)")),
    (Kind.SECTION, re.compile(rf"(?i:mục) (\d+[a-zđ]?|{_ROMAN})\b(?P<rest>.*)")),
    (Kind.ARTICLE, re.compile(r"(?i:điều) (\d+[a-zđ]{0,2})(?P<rest>(?:\s*[.:]|$).*)")),
    (Kind.APPENDIX, re.compile(rf"(?i:phụ lục)(?: (?:số )?({_ROMAN}|\d+[a-zđ]?))?\b(?P<rest>.*)")),
]
_LEVEL = {Kind.APPENDIX: 0, Kind.PART: 0, Kind.CHAPTER: 1, Kind.SECTION: 2, Kind.SUBSECTION: 3, Kind.ARTICLE: 4}
_LABEL = re.compile(r"^\s*(?i:điều) \d+[a-zđ]{0,2}\s*[.:]?\s*")
_LONGEST_HEADING = 200


@dataclass
class Place:
    """A provision found in a text, from `start` to `end` of its heading."""

    kind: Kind
    number: str
    heading: str
    start: int = 0
    end: int = 0
    anchor: str = ""
    above: "Place | None" = field(default=None, repr=False)

    @property
    def label(self) -> str:
        return f"{self.kind.label} {self.number}".strip()


@dataclass
class Piece:
    """A provision with what stands under its heading; without a place, what stands before the first."""

    place: Place | None
    html: str


def read_heading(text: str, in_heading: bool) -> Place | None:
    """The provision that this line opens, if it opens one. Running text may begin with "Chương II của Luật …"."""
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if not found:
            continue
        rest = found["rest"].strip().lstrip(".:–-").strip()
        if kind != Kind.ARTICLE and not in_heading and rest != rest.upper():
            return None
        return Place(kind, found[1] or "", rest)
    return None


def outline(html: str) -> list[Place]:
    """The provisions of a body in order, each with an anchor of its own and the one it belongs to."""
    places: list[Place] = []
    taken: dict[str, int] = {}
    above: dict[int, Place] = {}
    for block in _HEADING.finditer(html):
        place = read_heading(plain(block[2]), in_heading=True)
        if place is None:
            continue
        place.start, place.end = block.span()
        stem = slugify(place.label, 50)
        taken[stem] = taken.get(stem, 0) + 1
        place.anchor = stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"
        level = _LEVEL[place.kind]
        above = {number: other for number, other in above.items() if number < level}
        place.above = above[max(above)] if above else None
        above[level] = place
        places.append(place)
    return places


def pieces(html: str) -> Iterator[Piece]:
    """The body cut at its provisions."""
    places = outline(html)
    starts = [*(place.start for place in places), len(html)]
    if html[: starts[0]].strip():
        yield Piece(None, html[: starts[0]])
    for place, following in zip(places, starts[1:], strict=True):
        yield Piece(place, html[place.end : following])


def structured(html: str) -> str:
    """Cleaned HTML with the paragraphs that open provisions made headings, unless it has such headings already."""
    if any(place.kind == Kind.ARTICLE for place in outline(html)):
        return html
    made, done, quoting = [], 0, False
    blocks = list(_BLOCK.finditer(html))
    taken_along = None
    for block, following in zip_longest(blocks, blocks[1:]):
        text = plain(block[2])
        quoted, quoting = quoting, _still_quoting(text, quoting)
        if block is taken_along or quoted or (quoting and text.startswith("“")):
            continue
        place = read_heading(text, in_heading=block[1] != "p")
        if place is None:
            continue
        made.append(html[done : block.start()])
        done = block.end()
        if place.kind == Kind.ARTICLE:
            made.append(_article(place, block[2]))
            continue
        if not place.heading and following and _is_title(following[2]):
            place.heading, taken_along, done = plain(following[2]), following, following.end()
        made.append(f"<h3>{escape(_titled(place), quote=False)}</h3>")
    return "".join([*made, html[done:]])


def _still_quoting(text: str, quoting: bool) -> bool:
    """Whether the words of another document, which an amendment quotes, go on after this paragraph."""
    opened, closed = text.count("“"), text.count("”")
    return quoting + opened > closed if opened or closed else quoting


def _is_title(inner: str) -> bool:
    text = plain(inner)
    bold = "".join(found[2] for found in _BOLD.finditer(inner))
    known = read_heading(text, in_heading=True)
    return bool(text) and known is None and len(text) < 300 and (text == text.upper() or plain(bold) == text)


def _titled(place: Place) -> str:
    return f"{place.label}. {place.heading}" if place.heading else place.label


def _article(place: Place, inner: str) -> str:
    """A heading; where the article is one sentence, or goes on after bold words, that stands below."""
    bold = _BOLD.match(inner)
    title = plain(bold[2]) if bold else ""
    if title and title != plain(inner) and read_heading(title, in_heading=True):
        return f"<h4>{escape(title.rstrip(), quote=False)}</h4><p>{inner[bold.end() :].strip()}</p>"
    return article_html(place.label, place.heading, _LABEL.sub("", inner))


def article_html(label: str, title: str, inner: str) -> str:
    """An article whose title may be its whole text, `inner`: then only "Điều 1" is the heading."""
    if title and len(title) <= _LONGEST_HEADING and not title.endswith((".", ";", ":", ",")):
        return f"<h4>{escape(f'{label}. {title}', quote=False)}</h4>"
    below = f"<p>{inner}</p>" if title else ""
    return f"<h4>{escape(label, quote=False)}</h4>{below}"


def named_in(words: str, places: list[Place]) -> list[Place]:
    """The articles and chapters that words such as "khoản 2 Điều 5, Chương II" name."""
    told = {(fold(kind), number.lower()) for kind, number in re.findall(r"(?i)\b(điều|chương|mục)\s+(\w+)", words)}
    return [place for place in places if (fold(place.kind.label), place.number.lower()) in told]


def rows(document_id: int, html: str) -> tuple[list[Provision], list[Place]]:
    """Unsaved rows of the contents list, and the places they stand for."""
    places = outline(html)
    made = [
        Provision(
            document_id=document_id,
            kind=place.kind,
            number=place.number,
            heading=place.heading[:500],
            anchor=place.anchor,
            position=position,
        )
        for position, place in enumerate(places, start=1)
    ]
    return made, places


def write(bodies: dict[int, str]) -> None:
    """Makes the contents lists of these documents anew from their bodies, level by level: a row needs the one above."""
    Provision.objects.filter(document_id__in=bodies).delete()
    found = [(row, place) for pk, html in bodies.items() for row, place in zip(*rows(pk, html), strict=True)]
    saved: dict[int, Provision] = {}
    for level in sorted(set(_LEVEL.values())):
        batch = [(row, place) for row, place in found if _LEVEL[place.kind] == level]
        for row, place in batch:
            row.parent = saved[id(place.above)] if place.above else None
        if batch:
            Provision.objects.bulk_create([row for row, _ in batch], batch_size=2000)
        saved |= {id(place): row for row, place in batch}
