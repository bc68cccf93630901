"""Steps: "Bước 1: … Bước 2: …", else lettered, numbered or labelled paragraphs, else one whole text."""

import re
from typing import NamedTuple

# "Bước 2:" and "Bước 2." anywhere; "Bước 2 Nộp hồ sơ" where a line or sentence begins. "theo bước 2" is a mention.
_STEP = re.compile(
    r"(?:(?<=^)|(?<=\n))[ \t]*(?:[-+*•–]|[\d.]{1,8}\.|[a-zđ]\))?[ \t]*(?:Bước|BƯỚC|bước)[ \t]*(\d{1,2})(?!\d)[ \t]*"
    r"[:.)\-–]*"
    r"|(?<=[.;:!)”\"])[ \t]*(?:[-+*•–])?[ \t]*(?:Bước|BƯỚC)[ \t]*(\d{1,2})(?!\d)[ \t]*(?:[:.)\-–]+|(?=[A-ZĐ\d]))"
    r"|(?<!\w)(?:Bước|BƯỚC)[ \t]*(\d{1,2})(?!\d)[ \t]*(?::|\.(?!\d))"
)
_LETTERS = ["a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l", "m", "n"]
_LISTED = re.compile(r"(?m)^[ \t]*(?:\(?([a-zđ])\)|\(?(\d{1,2})[.)](?!\d))[ \t]*")
# What two ministries write above the parts that others number.
_LABELLED = re.compile(r"(?m)^[ \t]*(?:[-+*•–][ \t]*)?(?=(?:Nộp hồ sơ|Giải quyết) TTHC\b)")
_CASE = re.compile(
    r"(?:^|(?<=[\n.;]))[ \t]*((?:[-+*•]|\(?\w{1,4}[.)]|[IVX]+[.)])?[ \t]*(?:\*[ \t]*)?"
    r"(?:Trường hợp|Đối với|TRƯỜNG HỢP|ĐỐI VỚI|TH\d)"
    r"[^\n]{0,400}?)[ \t\n]*$"
)
_TITLE = re.compile(r"([^\n.;:]{4,110}?)[ \t]*(?::|\.(?=[ \n])|\n)\s*(?=\S)")
# "1. Trường hợp …: a) … b) …": a numbered paragraph that is a case with lettered steps.
_CASE_ABOVE = re.compile(r"((?:Trường hợp|Đối với)[^\n]{4,400}?)[ \t]*:[ \t\n]*(?=a\))")
_PREAMBLE = 250  # characters before "a)" at which the letters still number the whole text


class StepText(NamedTuple):
    case: str
    title: str
    body: str


def split_steps(text: str) -> tuple[list[StepText], str]:
    """The steps, and what stood before the first of them."""
    marks = list(_STEP.finditer(text))
    if not marks or (len(marks) == 1 and marks[0].start() > 0 and _number(marks[0]) != 1):
        marks = _listed(text)
    if not marks:
        return ([StepText("", "", text)] if text else []), ""
    if cases := _cases(text, marks):
        return cases, text[: marks[0].start()].strip()
    note, case = text[: marks[0].start()].strip(), ""
    if found := _CASE.search(note):
        case, note = found[1].strip(" :"), note[: found.start()].strip()
    steps = []
    for here, after in zip(marks, [*marks[1:], None], strict=True):
        body = text[here.end() : after.start() if after else len(text)].strip()
        following = ""
        if after and _number(after) == 1 and (found := _CASE.search(body)) and found.start() > 0:
            following, body = found[1].strip(" :"), body[: found.start()].strip()
        steps.append(StepText(case, *_title_and_body(body)))
        case = following
    return steps, note


def _number(mark: re.Match) -> int:
    found = next((group for group in mark.groups() if group), "")
    return int(found) if found.isdigit() else 1 + _LETTERS.index(found) if found in _LETTERS else 0


def _listed(text: str) -> list[re.Match]:
    """Paragraphs a), b), c) or 1., 2., 3. that follow each other from the first and begin near the top; else labels."""
    marks = [mark for mark in _LISTED.finditer(text) if _number(mark)]
    if not marks or marks[0].start() > _PREAMBLE or _number(marks[0]) != 1:
        labels = list(_LABELLED.finditer(text))
        return labels if len(labels) > 1 else []
    lettered, sequence = marks[0][1] is not None, [marks[0]]
    for mark in marks[1:]:
        if (mark[1] is not None) == lettered and _number(mark) == _number(sequence[-1]) + 1:
            sequence.append(mark)
    return sequence if len(sequence) > 1 else []


def _cases(text: str, marks: list[re.Match]) -> list[StepText]:
    """The steps of numbered paragraphs that are all cases with lettered steps; none where one of them is not."""
    made = []
    for here, after in zip(marks, [*marks[1:], None], strict=True):
        section = text[here.end() : after.start() if after else len(text)].strip()
        case = _CASE_ABOVE.match(section)
        steps, note = split_steps(section[case.end() :]) if case else ([], "")
        if len(steps) < 2 or note:
            return []
        made += [step._replace(case=case[1]) for step in steps]
    return made


def _title_and_body(text: str) -> tuple[str, str]:
    """ "Nộp hồ sơ. Tổ chức nộp …" begins with its title; a text without one is all body."""
    found = _TITLE.match(text)
    return (found[1].strip(), text[found.end() :].strip()) if found else ("", text)
