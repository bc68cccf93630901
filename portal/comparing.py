"""Two versions side by side, in words: what an editor reads, never how it is stored."""

import difflib
import re
from datetime import date, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from portal.richtext import RichTextField, clean
from portal.snapshots import Snapshot, revived
from portal.workflow import STAGE

Runs = list[tuple[str, str]]  # ("same" | "gone" | "new", words)
_WORDS = re.compile(r"\s+|[^\s]+")
_LONGEST = 20_000  # characters up to which words are compared; beyond, whole lines are
_BLOCKS = {"p", "h2", "h3", "h4", "li", "tr", "blockquote", "figcaption", "caption", "hr", "br"}
_NOT_SHOWN = {*STAGE, "id", "slug_stem", "position"}


def difference(before: str, after: str) -> Runs:
    """Line by line, and word by word where lines were replaced."""
    if max(len(before), len(after)) <= _LONGEST:
        return _runs(_WORDS.findall(before), _WORDS.findall(after))
    found: Runs = []
    old, new = before.splitlines(True), after.splitlines(True)
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if kind == "equal":
            found.append(("same", gone))
        elif kind == "replace" and max(len(gone), len(come)) <= _LONGEST:
            found += _runs(_WORDS.findall(gone), _WORDS.findall(come))
        else:
            found += [run for run in (("gone", gone), ("new", come)) if run[1]]
    return found


def _runs(old: list[str], new: list[str]) -> Runs:
    """Changes with nothing but a space between them are told as one, or nobody could read them."""
    changed: list[tuple[str, str]] = []  # what went and what came since the last words that stayed
    runs: Runs = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        words = "".join(old[i:j])
        if kind == "equal" and (words.strip() or not changed):
            runs += [*_told_as_one(changed), ("same", words)]
            changed = []
        else:
            changed.append((words, "".join(new[k:m])))
    return [*runs, *_told_as_one(changed)]


def _told_as_one(changed: list[tuple[str, str]]) -> Runs:
    gone, come = "".join(words for words, _ in changed), "".join(words for _, words in changed)
    return [run for run in (("gone", gone), ("new", come)) if run[1]]


class _Reader(HTMLParser):
    """Cleaned HTML as lines of words, with headings, points, pictures and links named."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.parts.append("\n" + ("• " if tag == "li" else ""))
        elif tag in ("td", "th"):
            self.parts.append(" | ")
        elif tag == "img":
            self.parts.append(f"\n[Ảnh: {given.get('alt', '')}]")
        elif tag == "a":
            self.links.append(given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.links and (address := self.links.pop()):
            self.parts.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))


def readable(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


def same(field: models.Field, one: Any, other: Any) -> bool:
    """Whether two values mean the same, however an editor or a form wrote them down."""
    if isinstance(field, RichTextField):
        return _canonical(one or "") == _canonical(other or "")
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
    return (one if one != "" else None) == (other if other != "" else None)


def _canonical(html: str) -> str:
    text = unescape(re.sub(r"<img [^>]*?src=\"([^\"]*)\"[^>]*>", _picture, clean(html)))
    return re.sub(r"\s+", " ", re.sub(r"\s*(</?[^>]+>)\s*", r"\1", text)).strip()


def _picture(found: re.Match) -> str:
    alt = re.search(r' alt="([^"]*)"', found[0])
    return f"[{found[1].rsplit('/', 1)[-1].split('-')[0]} {alt[1] if alt else ''}]"


def shown(item: Any, field: models.Field) -> str:
    """A field's value as an editor reads it, of an item or one of its historical versions."""
    value = getattr(item, field.attname)
    if value in (None, "", []):
        return ""
    if field.many_to_one:
        found = field.related_model._base_manager.filter(pk=value).first()
        return str(found) if found else "(đã xóa)"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _told(field, value)


def moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M ngày %d/%m/%Y}"


def _told(field: models.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(field, RichTextField):
        return readable(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, list):
        choices = dict(getattr(getattr(field, "base_field", None), "flatchoices", []))
        return ", ".join(str(choices.get(one, one)) for one in value)
    if isinstance(field, models.FileField):
        return str(value).rsplit("/", 1)[-1]
    return str(value)


def _fields(model: type[models.Model], skipped: set[str]) -> list[models.Field]:
    return [field for field in model._meta.fields if field.editable and field.name not in skipped]


def texts(item: Any, model: type[models.Model], many: dict[str, list], rows: dict[str, list] | None) -> dict[str, str]:
    """A whole version under the labels of the form."""
    told = {str(field.verbose_name): shown(item, field) for field in _fields(model, _NOT_SHOWN)}
    for field in model._meta.many_to_many:
        if field.name in many:
            names = field.related_model._base_manager.filter(pk__in=many[field.name])
            told[str(field.verbose_name)] = "\n".join(sorted(str(name) for name in names))
    for name, kept in (rows or {}).items():
        label, _, key = name.rpartition(".")
        row_model = apps.get_model(label)
        told[str(row_model._meta.verbose_name_plural)] = "\n".join(
            _row(row_model, key, row) for row in sorted(kept, key=lambda row: row["fields"].get("position") or 0)
        )
    return told


def _row(model: type[models.Model], key: str, row: dict[str, Any]) -> str:
    item = revived(model, row).object
    told = ((str(field.verbose_name), shown(item, field)) for field in _fields(model, {key, *_NOT_SHOWN}))
    return "; ".join(f"{label}: {text}" for label, text in told if text)


def of_snapshot(model: type[models.Model], snapshot: Snapshot) -> dict[str, str]:
    found = revived(model, snapshot)
    return texts(found.object, model, found.m2m_data, snapshot["rows"])


def of_version(record: Any, model: type[models.Model]) -> dict[str, str]:
    """Of a record of the history; what it did not keep is left out."""
    kept = record.kept or {}
    return texts(record, model, kept.get("many", {}), kept.get("rows"))


def compare(before: dict[str, str], after: dict[str, str]) -> list[dict[str, Any]]:
    """The parts that differ and that both versions know, in the order of the form."""
    both = [label for label in after if label in before and before[label] != after[label]]
    return [
        {"heading": label[:1].upper() + label[1:], "runs": difference(before[label], after[label])} for label in both
    ]
