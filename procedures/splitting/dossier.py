"""Papers: tables of name, form and numbers of copies, one for each case, flattened without separators."""

import re
from typing import NamedTuple

HEADER = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
_COUNT = re.compile(r"(\d+) bản chính(?:,\s?(\d+) bản sao)?|(\d+) bản sao")
_FORM_BOUNDARY = re.compile(
    r"(?<=[a-zà-ỹđ.;:,)0-9\"”])(?=[A-ZĐÀ-Ỹ])|(?<=[a-zà-ỹđ.;:,)A-Z])(?=\d)|(?<=[.;:,)A-Z])(?=[mb][ẫâaiìeể]+u)"
)
_EXTENSION = re.compile(r"\.(?:docx?|pdf|xlsx?|rar|zip|rtf)$", re.IGNORECASE)


class ItemText(NamedTuple):
    name: str
    form: str
    originals: int | None
    copies: int | None


class GroupText(NamedTuple):
    case: str  # empty: every case
    items: list[ItemText]


def split_dossier(text: str) -> tuple[list[GroupText], str]:
    """The groups, and what stands outside their tables."""
    first, *tables = text.split(HEADER)
    case = _case(first)
    if not tables:
        return [], case
    groups = []
    for place, table in enumerate(tables):
        items, rest = _items(table)
        last = place == len(tables) - 1
        if rest.strip("-– +") and (last or not items):
            items.append(ItemText(*_name_and_form(rest), None, None))
            rest = ""
        groups.append(GroupText(case, items))
        case = _case(rest)
    return [group for group in groups if group.items], ""


def _case(text: str) -> str:
    return text.strip().strip("-–").strip().rstrip(":").strip()


def _items(table: str) -> tuple[list[ItemText], str]:
    items, start = [], 0
    for mark in _COUNT.finditer(table):
        count = _count(table, mark)
        if count is None:
            continue
        taken, originals, copies = count
        text = table[start : mark.start() + taken].strip()
        if text:
            items.append(ItemText(*_name_and_form(text), originals, copies))
        start = mark.end()
    return items, table[start:].strip()


def _count(table: str, mark: re.Match) -> tuple[int, int | None, int | None] | None:
    """How many digits still belong to the name, originals and copies; None where the words only mention copies."""
    before, after = table[: mark.start()][-1:], table[mark.end() : mark.end() + 2]
    if after[:1] in tuple(".;,:)/") or (after[:1] == " " and after[1:2].islower()):
        return None
    digits = mark[1] or mark[3]
    if before in tuple(" (\n") and (after[:1] == " " or digits.startswith("0")) and before:
        return None
    # "Mẫu số 01" and "1 bản chính" have grown together; a count of two digits follows a letter or a bracket.
    whole = len(digits) == 1 or (len(digits) == 2 and (before.islower() or before in tuple(").;")) and digits[0] != "0")
    taken, number = (0, int(digits)) if whole else (len(digits) - 1, int(digits[-1]))
    return (taken, number, int(mark[2]) if mark[2] else None) if mark[1] else (taken, None, number)


def _name_and_form(text: str) -> tuple[str, str]:
    """Name of the paper and of the file of its form, which begins where two words have grown together."""
    if not _EXTENSION.search(text):
        return text, ""
    borders = [border.start() for border in _FORM_BOUNDARY.finditer(text) if border.start() >= len(text) - 200]
    for border in reversed(borders):
        form = text[border:]
        if len(form) > 6 and not re.match(r"\d{0,4}[./]", form):
            return text[:border].strip(), form.strip()
    return text, ""
