"""What of a procedure search can find: its name and what people call it, then each section of its sheet."""

from collections.abc import Iterator
from typing import Any

from portal.passages import Passage
from portal.richtext import plain

# Where each section of the sheet (procedures/sheet.py) stands on the page.
_ANCHORS = {
    "Trình tự thực hiện": "trinh-tu",
    "Cách thức thực hiện": "thoi-han",
    "Phí, lệ phí": "le-phi",
    "Thành phần hồ sơ": "ho-so",
    "Cơ quan": "noi-nop",
    "Kết quả thực hiện": "ket-qua",
    "Yêu cầu, điều kiện": "dieu-kien",
    "Căn cứ pháp lý": "can-cu",
    "Câu hỏi thường gặp": "hoi-dap",
}


def of(procedure: Any) -> Iterator[Passage]:
    words = [procedure.summary, procedure.keywords, plain(procedure.body), procedure.field.name]
    words += map(str, procedure.life_events.all())
    yield Passage("", procedure.title, "\n".join(filter(None, words)), weight=1.0)
    for section in procedure.parts:
        heading = str(section["heading"])
        yield Passage(_ANCHORS.get(heading, ""), heading, "\n".join(section["lines"]))
