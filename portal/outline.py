"""The contents list of a text: its headings, each with an anchor that stays when the text around it changes."""

import re
from collections.abc import Iterator
from html import unescape

from django.utils.html import strip_tags

from portal.text import slugify

_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)


def outline(html: str) -> list[dict[str, object]]:
    """Level, words and anchor of each heading of cleaned HTML; two that sound alike are numbered."""
    found: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for level, inner in _HEADING.findall(html):
        words = " ".join(unescape(strip_tags(inner)).split())
        stem = slugify(words, 60) or "muc"
        seen[stem] = seen.get(stem, 0) + 1
        anchor = f"{stem}-{seen[stem]}" if seen[stem] > 1 else stem
        found.append({"level": int(level), "words": words, "anchor": anchor})
    return found


def sections(html: str) -> Iterator[tuple[str, str, str]]:
    """Anchor, heading and HTML below each heading; what stands before the first has neither anchor nor heading."""
    heads = list(_HEADING.finditer(html))
    names = [("", ""), *((str(entry["anchor"]), str(entry["words"])) for entry in outline(html))]
    starts = [0, *(head.end() for head in heads)]
    ends = [*(head.start() for head in heads), len(html)]
    for (anchor, words), start, end in zip(names, starts, ends, strict=True):
        yield anchor, words, html[start:end]


def anchored(html: str, contents: list[dict[str, object]]) -> str:
    """The HTML with the anchors of its outline; anchors are slugs, so nothing needs escaping."""
    anchors = iter(contents)

    def tag(heading: re.Match) -> str:
        entry = next(anchors, None)
        return f'<h{heading[1]} id="{entry["anchor"]}">{heading[2]}</h{heading[1]}>' if entry else heading[0]

    return _HEADING.sub(tag, html)
