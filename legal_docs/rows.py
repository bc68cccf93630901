"""Rows of the collections others published, read as fields of a document. Dirty as they are: see each function."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from legal_docs import numbers
from legal_docs.models import Document
from legal_docs.provisions import article_html, read_heading
from legal_docs.relations import Kind
from portal.importing import Refused, text_of
from portal.text import fold, nfc, normalise_number, slugify

Nature = Document.Nature
_NATURES = {"Văn bản quy phạm pháp luật": Nature.NORMATIVE, "Điều ước quốc tế": Nature.TREATY}
_NOT_AGENCIES = {"van-ban-hop-nhat", "chu-tich-nuoc-quoc-hoi"}
_BETWEEN_AGENCIES = re.compile(
    r"\s*(?:,| - | và )\s*(?=(?:Bộ|Tòa|Toà|Viện|Ủy ban|Uỷ ban|Chính phủ|Chủ tịch|Quốc hội|Ngân hàng|Thanh tra|Kiểm toán"
    r"|Văn phòng|Hội|Ban|Tổng|Đoàn|Mặt trận|Liên)\b)",
    re.IGNORECASE,
)
_NUMBER_IN_TITLE = re.compile(rf"\bsố:?\s+({numbers.NUMBER})")
_ADDRESS_TYPE = re.compile(r"/(bo-luat|luat|nghi-quyet|nghi-dinh|quyet-dinh|thong-tu-lien-tich|thong-tu|phap-lenh)-")


@dataclass
class Link:
    """A relation by number, still to be resolved: `document` is its target, or its source when `forward`."""

    kind: Kind
    number: str
    type: str
    provisions: str = ""
    effective_on: date | None = None
    forward: bool = False
    document: Document | None = None


def day_of(row: dict[str, Any], name: str) -> date | None:
    text = text_of(row, name)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as wrong:
        raise Refused(f"“{name}” không phải ngày: {text[:40]}") from wrong


def number_of(row: dict[str, Any]) -> str:
    """The number; where the collector cut it off at a space ("08" of "08 /2017/TT-BTNMT"), the one in the title."""
    number = nfc(text_of(row, "so_ky_hieu", required=True)).strip(" \"'“”,.;")
    number = re.sub(r"(/\D+)-((?:19|20)\d\d)$", r"\1", number)  # "1682/QĐ-TTg-2024": the year was added
    if number.isdigit() or number.endswith("-"):
        joined = re.sub(r"\s*([/-])\s*", r"\1", nfc(text_of(row, "title")))
        found = _NUMBER_IN_TITLE.search(joined)
        number = found[1] if found and found[1].startswith(number) else number.rstrip("-")
    return number + ")" if "(" in number and ")" not in number else number


def title_of(row: dict[str, Any], type_name: str, number: str) -> str:
    """The trích yếu with a capital, or the name when nobody wrote one."""
    title = nfc(text_of(row, "trich_yeu") or text_of(row, "title"))
    title = re.sub(r"\s*\(đã hết hiệu lực\)$", "", " ".join(title.split())).rstrip(". ")
    bare = re.sub(rf"^{type_name}\s+số\s+{re.escape(number)}\W*", "", title, flags=re.IGNORECASE)
    return bare[:1].upper() + bare[1:] if bare else f"{type_name} số {number}"


def agencies_of(row: dict[str, Any], number: str) -> list[str]:
    """Who issued it. The number knows better than the collector, who wrote "CHỦ TỊCH NƯỚC" beside many laws."""
    if known := numbers.issuers_of(number):
        return known
    told = nfc(text_of(row, "co_quan"))
    told = re.split(r"\s+(?:ngày \d|ban hành quy định|quy định )", told)[0]
    names = [numbers.agency_name(" ".join(part.split())) for part in _BETWEEN_AGENCIES.split(told)]
    return [name[:250] for name in dict.fromkeys(names) if name and slugify(name) not in _NOT_AGENCIES]


def nature_of(row: dict[str, Any], type_name: str) -> str:
    if type_name == "Văn bản hợp nhất":
        return Nature.CONSOLIDATED
    group = text_of(row, "nhom")
    return _NATURES.get(group, Nature.ADMINISTRATIVE) if group else ""


def type_in_address(address: str) -> str:
    """The kind of document an address of a law collection tells: ".../bo-luat-dan-su-so-91-2015…" → "bo-luat"."""
    found = _ADDRESS_TYPE.search(fold("/" + address.rsplit("/", 1)[-1]))
    return found[1] if found else ""


def links_of(row: dict[str, Any], number: str) -> Iterator[Link | str]:
    """What the row says of other documents; a string where it could not be understood."""
    for target in _list(row, "thay_the"):
        if not isinstance(target, str):
            raise Refused("“thay_the” phải là danh sách số ký hiệu")
        yield Link(Kind.REPLACES, target, "", forward=True)
    for entry in _list(row, "sua_doi_boi"):
        if not isinstance(entry, dict):
            raise Refused("“sua_doi_boi” phải là danh sách văn bản")
        said = " ".join(nfc(text_of(entry, "van_ban", required=True)).replace("'", "").split())
        cited = list(numbers.citations(said))
        if len(cited) != 1 or cited[0].key == normalise_number(number):
            yield said
            continue
        before = said[: cited[0].start]
        part = re.sub(rf"\s*(?:của\s+)?(?:(?:{'|'.join(numbers.TYPES)})\s+số\s+)+$", "", before)
        part = "" if part == before else part.strip(" ,")
        yield Link(Kind.AMENDS, cited[0].number, cited[0].type, part, day_of(entry, "hieu_luc"))


def _list(row: dict[str, Any], name: str) -> list[Any]:
    value = row.get(name) or []
    if not isinstance(value, list):
        raise Refused(f"“{name}” phải là danh sách")
    return value


def body_of(row: dict[str, Any]) -> str:
    """The articles of a full text under their chapters. "PHẦN MỞ ĐẦU" is the collector's word for "no chapter"."""
    made, chapter = [], ""
    for article in _list(row, "dieu"):
        if not isinstance(article, dict):
            raise Refused("“dieu” phải là danh sách điều")
        here = " ".join(nfc(text_of(article, "chuong")).split())
        if here != chapter and here and fold(here) != "phan mo dau":
            place = read_heading(here, in_heading=True)
            title = f"{place.label}. {place.heading}" if place and place.heading else here
            made.append(f"<h3>{escape(title, quote=False)}</h3>")
        chapter = here
        name = " ".join(nfc(text_of(article, "ten")).split())
        number = text_of(article, "so_dieu", required=True)
        made.append(article_html(f"Điều {number}", name, escape(name, quote=False)))
        lines = nfc(text_of(article, "noi_dung")).splitlines()
        made += [f"<p>{escape(line.strip(), quote=False)}</p>" for line in lines if line.strip(" _-")]
    if not made:
        raise Refused("không có điều nào")
    return "".join(made)
