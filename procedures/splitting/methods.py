"""Ways to apply: a table of channel, time, fee and description, flattened without separators."""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from procedures.splitting import NOTHING

HEADER = "Hình thức nộpThời gianPhí, lệ phíMô tả"
CHANNELS = {"Trực tiếp": "direct", "Trực tuyến": "online", "Dịch vụ bưu chính": "post"}
UNITS = {
    "Ngày làm việc": "working-day",
    "Ngày": "day",
    "Giờ làm việc": "hour",
    "Giờ": "hour",
    "Tháng": "month",
}
_MONEY = r"\d[\d.,]*[ ]?(?:Việt Nam Đồng|VNĐ|VND|USD|EUR|Euro)"
_FEE = rf"Miễn phí|{NOTHING}|{_MONEY}"
_TIMED = rf"\d[\d.,]*[ ]?(?:{'|'.join(UNITS)})"
_ROW = re.compile(
    rf"({'|'.join(CHANNELS)})[ \t]?(?:"
    rf"({_TIMED}|{NOTHING})(?={_FEE})"
    rf"|(\d[\d.,]*)(?=Miễn phí|{NOTHING})"  # a number without its unit
    rf"|(\d)(?=[1-9][\d.,]*[ ]?(?:Việt|VN))"  # one digit of days that has grown together with the fee
    rf"|((?:Không|Hệ thống|Ngay|Theo)[^()]{{0,200}}?)(?={_FEE})"
    rf")({_FEE})"
)
_SENTENCE = re.compile(r"(?<=[.;])\s+|\n")
_EXEMPT = re.compile(
    r"(?i)\bmiễn (?:thu |nộp |giảm )?(?:phí|lệ phí|100)|\bmiễn, giảm|\bgiảm \d|không (?:phải )?(?:nộp|thu) (?:lệ )?phí"
)
_TRIVIAL = re.compile(r"(?i)^(?:không|không có|không quy định|không thu|chưa quy định)?[.; ]*$")
_LEAST = 1000  # dong; "150 VNĐ" with "150.000 đồng" behind it is a slip of the source


class FeeText(NamedTuple):
    amount: Decimal | None
    currency: str
    text: str
    condition: str
    exemptions: str


class MethodText(NamedTuple):
    channel: str
    value: Decimal | None
    unit: str
    note: str  # on the time, where it is not a number
    fee: FeeText | None
    description: str


def split_methods(text: str) -> tuple[list[MethodText], str]:
    """The rows, and what could not be read as one."""
    rows_of = text.removeprefix(HEADER)
    marks = list(_ROW.finditer(rows_of))
    if not marks:
        return [], rows_of.strip()
    ends = [*(mark.start() for mark in marks[1:]), len(rows_of)]
    rows = [_method(mark, rows_of[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return rows, rows_of[: marks[0].start()].strip()


def _method(mark: re.Match, rest: str) -> MethodText:
    channel, time, bare, digit, words, fee = mark.groups()
    note, description = _parenthesis(rest)
    value, unit = _duration(time or bare or digit or "")
    return MethodText(CHANNELS[channel], value, unit, (words or "").strip(), _fee(fee, note), description.strip())


def _duration(text: str) -> tuple[Decimal | None, str]:
    found = re.match(r"(\d[\d.,]*)\s*(.*)$", text)
    return (_decimal(found[1].replace(",", ".")), UNITS.get(found[2], "")) if found else (None, "")


def _parenthesis(text: str) -> tuple[str, str]:
    """The balanced parenthesis a text begins with, and the rest; an unbalanced one is no parenthesis."""
    depth = 0
    for place, char in enumerate(text if text.startswith("(") else ""):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return text[1:place].strip(), text[place + 1 :]
    return "", text


def _fee(text: str, note: str) -> FeeText | None:
    """A bare "Miễn phí" is free. With a note it may be anything but: then the source's words are shown, not a zero."""
    if text == NOTHING:
        return FeeText(None, "VND", note, "", "") if note else None
    sentences = [] if _TRIVIAL.match(note) else [part.strip() for part in _SENTENCE.split(note) if part.strip()]
    exempt = " ".join(part for part in sentences if _EXEMPT.search(part))
    rest = " ".join(part for part in sentences if not _EXEMPT.search(part))
    verbatim = f"{text} ({note})" if note else text
    if text == "Miễn phí":
        amount = Decimal(0) if not sentences else None
        return FeeText(amount, "VND", verbatim, "", exempt if amount is None and rest else "")
    number = re.match(r"[\d.,]+", text)[0]
    currency = "USD" if "USD" in text else "EUR" if "EU" in text.upper() else "VND"
    amount = _decimal(number.replace(",", ""))
    if amount is not None and currency == "VND" and amount < _LEAST:
        amount = None
    return FeeText(amount, currency, verbatim, rest if amount is not None else "", exempt)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
