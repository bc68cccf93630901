"""Document numbers in running text, and what a number says about type and issuer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.text import fold, normalise_number

TYPES = [
    "Hiến pháp",
    "Bộ luật",
    "Luật",
    "Pháp lệnh",
    "Lệnh",
    "Nghị quyết liên tịch",
    "Nghị quyết",
    "Nghị định",
    "Quyết định",
    "Chỉ thị",
    "Thông tư liên tịch",
    "Thông tư",
    "Văn bản hợp nhất",
    "Công văn",
    "Kế hoạch",
    "Hướng dẫn",
    "Thông báo",
    "Công điện",
]
_LETTERS = "[A-ZĐƯ][A-Za-zĐđƯư0-9]*"
# "45/2019/QH14", "468/QĐ-TTg", "16/2013/TTLT-BYT-BNN&PTNT", "31-L/CTN"; a date has no capital after its stroke.
# It begins with its digit and looks back from there, so that a search need not stop at every other character.
NUMBER = (
    rf"\d(?<![\w/]\d)\d{{0,4}}[a-zA-Z]?(?:-[A-Z]{{1,4}})?(?:/(?:19|20)\d\d)?/{_LETTERS}(?:(?:[-/&]|&amp;){_LETTERS})*"
)
DAY = r"(\d{1,2})(?:\s+tháng\s+|/|-)(\d{1,2})(?:\s+năm\s+|/|-)((?:19|20)\d\d)"
_CITATION = re.compile(rf"(?P<number>{NUMBER})(?:,?\s+ngày\s+(?P<day>{DAY}))?")
_TYPE_BEFORE = re.compile(rf"\b({'|'.join(TYPES)})\s+(?:số:?\s*)*$")
_FAR = 60  # characters before a number in which its type stands
_ISSUERS = {
    "QH": "Quốc hội",
    "UBTVQH": "Ủy ban Thường vụ Quốc hội",
    "CTN": "Chủ tịch nước",
    "CP": "Chính phủ",
    "TTg": "Thủ tướng Chính phủ",
    "HĐTP": "Hội đồng Thẩm phán Tòa án nhân dân tối cao",
    "BTC": "Bộ Tài chính",
    "BYT": "Bộ Y tế",
    "BGTVT": "Bộ Giao thông vận tải",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn",
    "BNNMT": "Bộ Nông nghiệp và Môi trường",
    "BKHCN": "Bộ Khoa học và Công nghệ",
    "BLĐTBXH": "Bộ Lao động - Thương binh và Xã hội",
    "BGDĐT": "Bộ Giáo dục và Đào tạo",
    "BTTTT": "Bộ Thông tin và Truyền thông",
    "BXD": "Bộ Xây dựng",
    "BTNMT": "Bộ Tài nguyên và Môi trường",
    "BCA": "Bộ Công an",
    "BQP": "Bộ Quốc phòng",
    "BCT": "Bộ Công Thương",
    "BTP": "Bộ Tư pháp",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BNV": "Bộ Nội vụ",
    "BKHĐT": "Bộ Kế hoạch và Đầu tư",
    "BNG": "Bộ Ngoại giao",
    "BDTTG": "Bộ Dân tộc và Tôn giáo",
    "NHNN": "Ngân hàng Nhà nước Việt Nam",
    "TTCP": "Thanh tra Chính phủ",
    "UBDT": "Ủy ban Dân tộc",
    "KTNN": "Kiểm toán nhà nước",
    "VPCP": "Văn phòng Chính phủ",
    "VPQH": "Văn phòng Quốc hội",
    "TANDTC": "Tòa án nhân dân tối cao",
    "VKSNDTC": "Viện kiểm sát nhân dân tối cao",
}
_TYPE_CODES = {
    "NĐ": "Nghị định",
    "NQ": "Nghị quyết",
    "QĐ": "Quyết định",
    "CT": "Chỉ thị",
    "TT": "Thông tư",
    "TTLT": "Thông tư liên tịch",
    "NQLT": "Nghị quyết liên tịch",
    "VBHN": "Văn bản hợp nhất",
    "PL": "Pháp lệnh",
    "QH": "Luật",
    "UBTVQH": "Nghị quyết",
    "HD": "Hướng dẫn",
    "KH": "Kế hoạch",
    "TB": "Thông báo",
    "CĐ": "Công điện",
    "L": "Lệnh",
}
# Words that keep their capital when a name set in capitals is read.
_PROPER = ["Chính phủ", "Quốc hội", "Trung ương", "Việt Nam", "Hồ Chí Minh", "Hà Nội", "Nhà nước", "Tổ quốc", "PPP"]
_CANONICAL = {fold(name): name for name in _ISSUERS.values()}
_BY_FOLDED = {fold(code): name for code, name in _ISSUERS.items()}
_TYPES_BY_FOLDED = {fold(code): name for code, name in _TYPE_CODES.items()}


@dataclass(frozen=True)
class Citation:
    """A number as it stands in a text, with the type before it and the date after it, where they stand there."""

    number: str
    type: str
    day: date | None
    start: int
    end: int

    @property
    def key(self) -> str:
        return normalise_number(self.number)


def citations(text: str) -> Iterator[Citation]:
    for found in _CITATION.finditer(text):
        start, end = found.span("number")
        number = found["number"].replace("&amp;", "&")
        kind = _TYPE_BEFORE.search(text, max(0, start - _FAR), start)
        yield Citation(number, kind[1] if kind else "", day_of(found["day"] or ""), start, end)


def day_of(text: str) -> date | None:
    """ "20 tháng 11 năm 2019" or "20/11/2019" as a date."""
    found = re.search(DAY, text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _codes(number: str) -> list[str]:
    letters = re.split(r"[^\w&]+", number.replace("&", ""))
    return [fold(re.sub(r"\d+$", "", part)) for part in letters if part and not part.isdigit()]


def type_of(number: str) -> str:
    """The type it tells: "145/2020/NĐ-CP" → "Nghị định". Laws and resolutions of the National Assembly look alike."""
    return next((_TYPES_BY_FOLDED[code] for code in _codes(number) if code in _TYPES_BY_FOLDED), "Văn bản")


def agency_name(told: str) -> str:
    """The usual spelling of a name: "BỘ Y TẾ" and "Bộ y tế" are "Bộ Y tế"."""
    if known := _CANONICAL.get(fold(told)):
        return known
    if told != told.upper():
        return told
    name = told.capitalize()
    for words in _PROPER:
        name = re.sub(rf"\b{words}\b", words, name, flags=re.IGNORECASE)
    return name


def issuers_of(number: str) -> list[str]:
    """The bodies a number names, in its order."""
    return list(dict.fromkeys(_BY_FOLDED[code] for code in _codes(number) if code in _BY_FOLDED))
