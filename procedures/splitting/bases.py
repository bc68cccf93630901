"""Legal bases: a table of names and numbers, flattened without separators. And results, which come likewise."""

import re
from typing import NamedTuple

from portal.text import normalise_number
from procedures.splitting import NOTHING

HEADER = "Tên văn bản pháp lýMã văn bản"
# Who issues. The names after a number begin without a space ("…TT-BTCThông tư"), so the letters must be known.
_ISSUERS = (
    "BNNPTNT|BNNMT|BNN|BTNMT|BLĐTBXH|BGTVT|BVHTTDL|BVHTT|BGDĐT|BKHĐT|BKHCN|BKH|BTTTT|BTC|BTP|BCA|BXD|BYT|BCT|BQP|BNV"
    "|BNG|NHNN|VPCP|TTCP|KTNN|UBDT|BDTTG|TANDTC|VKSNDTC|VKSTC|VPQH|VPCTN|BHXH|UBND|HĐND|HĐTP|UBTVQH|CTN|TTg|TTG|CP|QH"
)
_KINDS = "TTLT|TT|NĐ|ND|NQLT|NQ|QĐ|QD|CT|PL|L|SL|VBHN|CĐ|TB|HD|KH|TTr|BQP|BGDĐT|BYT|BCA|BTC|CP"
_NUMBER = re.compile(
    # The year of a date may have grown together with the number: "ngày 29/6/202443/2024/QH15".
    rf"(?:(?<![\d/])(?<!\d\.)|(?<=[/ ]20\d\d)|(?<=[/ ]20\d\d\.)|(?<=[/ ]19\d\d)|(?<=QH1[0-6]))"
    rf"(\d{{1,4}}[a-z]?(?:\.\d+)?/(?:\d{{4}}/)?(?:(?:NQ-|NQ|PL-)?UBTVQH(?:1[0-6]|\d)|QH(?:1[0-6]|\d)|(?:{_KINDS})(?:-(?:{_ISSUERS}|C\d\d))+|NĐ-C(?!P)"
    rf"|TTLT/(?:{_ISSUERS})(?:-(?:{_ISSUERS}))*|TTLT(?!-)))"
)
# Written in front of the number in its own column.
_PREFIX = re.compile(
    r"(?<=[\w).,;:”\"])((?:Bộ luật|Luật|Nghị định|Nghị quyết|Thông tư liên tịch|Thông tư|Quyết định|Pháp lệnh|Chỉ thị"
    r"|NĐ|NQ|QĐ|TT)(?: số)?:?\s*|[Ss]ố:?\s*)$"
)
_READS_ON = re.compile(r"ngày \d")  # "Thông tư số 53/2025/TT-BCAngày 01/7/2025": a blank was lost
_RESULT = re.compile(r"(.*?)Mã: ?(\S+?)(?=Từ khóa|[A-ZĐÁÂĂÊÔƠƯÚÝÍ][a-zà-ỹ]|[-–(+ \n]|$)", re.DOTALL)
_TAIL = re.compile(r"Từ khóa(.*?)Mô tả(.*)$", re.DOTALL)


class BasisText(NamedTuple):
    number: str
    name: str


class ResultText(NamedTuple):
    name: str
    code: str
    note: str


def split_bases(text: str) -> tuple[list[BasisText], str]:
    """The rows, and what is left behind the last number."""
    table = text.partition(HEADER)[2] if HEADER in text else text
    before = text.partition(HEADER)[0] if HEADER in text else ""
    rows, start, marks = [], 0, list(_NUMBER.finditer(table))
    for place, mark in enumerate(marks):
        following = marks[place + 1] if place + 1 < len(marks) else None
        if _is_mention(table, mark, following, start):
            continue
        name = _PREFIX.sub("", table[start : mark.start()]).strip()
        rows.append(BasisText(mark[1], name))
        start = mark.end()
    return rows, " ".join(filter(None, [before.strip(), table[start:].strip()]))


def _is_mention(table: str, mark: re.Match, following: re.Match | None, start: int) -> bool:
    """A number inside a name: something that reads on follows, or the same number again, in its own column.

    A number that has grown together with the word before it always stands in its own column.
    """
    before, after = table[: mark.start()][-1:], table[mark.end() : mark.end() + 1]
    grown_together = before and not before.isspace()
    if grown_together and after == " ":
        return False
    closes_a_name = before == " " and not _PREFIX.search(table[start : mark.start()])
    if _READS_ON.match(table, mark.end()) or (closes_a_name and following and following.start() == mark.end()):
        return True
    if after and not (after.isalnum() or after in '-“"+('):
        return True
    adjacent = following is not None and following.start() - mark.end() <= 20
    if not adjacent or normalise_number(following[1]) != normalise_number(mark[1]):
        return False
    between = table[mark.end() : following.start()]
    return not between or _PREFIX.match("x" + between) is not None or _PREFIX.search("x" + between) is not None


def split_results(text: str) -> list[ResultText]:
    """The results with their codes; the keywords and the note behind the last are kept as its note."""
    tail = _TAIL.search(text)
    body = text[: tail.start()] if tail else text
    words = [part.strip() for part in tail.groups()] if tail else []
    note = "\n".join(part for part in words if part and part != NOTHING)
    rows, end = [], 0
    for mark in _RESULT.finditer(body):
        rows.append(ResultText(mark[1].strip(), mark[2], ""))
        end = mark.end()
    if rest := body[end:].strip():
        rows.append(ResultText(rest, "", ""))
    if rows and note:
        rows[-1] = rows[-1]._replace(note=note)
    return [row for row in rows if row.name] or ([ResultText(note, "", "")] if note else [])
