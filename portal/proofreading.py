"""What a reader would stumble over in a text, told to the editor in Vietnamese. Advice: nothing here forbids saving.

The only place of these rules. They look at what stands in the editor, before it is cleaned, so that also what cleaning
will take away (pictures of other sites) can be named. Links that lead nowhere: portal/link_targets.py.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.conf import settings

from portal.text import fold, nfc

LONG_SENTENCE = 60  # syllables; in 1 500 news articles of the press, 15 sentences of a thousand are longer
SHOUTED = 5  # words in capitals one after another; fewer are names and numbers of documents
FAKE_HEADING = 15  # words in bold that stand alone

_NO_WORDS = "Ảnh thứ {} chưa có mô tả cho người không nhìn được. Bấm đúp vào ảnh để ghi."
_ELSEWHERE = "Ảnh thứ {} nằm ở trang khác ({}) nên bị bỏ khi lưu. Hãy tải ảnh về máy, rồi kéo vào bài."
_FIRST_HEADING = "Tiêu đề đầu tiên “{}” nên là cấp 2: cấp 1 là tiêu đề bài."
_HEADING_JUMP = "Tiêu đề “{}” (cấp {}) nhảy cóc: ngay trên nó là cấp {}, nên dùng cấp {}."
_FAKE_HEADING = "Dòng in đậm “{}” trông như tiêu đề. Hãy chọn kiểu tiêu đề, để người nghe máy đọc tìm được."
_VAGUE_LINK = "Liên kết “{}” không nói dẫn tới đâu. Hãy gắn liên kết vào tên trang hoặc tên tài liệu."
_BARE_LINK = "Liên kết hiện nguyên địa chỉ “{}”. Hãy gắn nó vào tên trang hoặc tên tài liệu."
_TABLE = "Bảng bắt đầu bằng “{}” chưa có ô tiêu đề. Mở thuộc tính bảng, chọn “Hàng đầu tiên” ở mục tiêu đề."
_CAPITALS = "“{}” viết hoa toàn bộ, khó đọc và máy đọc có thể đánh vần từng chữ. Hãy viết thường."
_LONG = "Câu dài {} tiếng: “{}”. Hãy tách thành hai, ba câu."

_VAGUE = {
    *("tai day", "o day", "day", "vao day", "bam vao day", "bam day", "nhan vao day", "nhan day", "click vao day"),
    *("click here", "here", "xem tai day", "xem o day", "xem them", "xem tiep", "xem", "chi tiet", "xem chi tiet"),
    *("doc them", "tai ve", "tai xuong", "tai ve tai day", "download", "link", "duong dan", "lien ket", "trang nay"),
}
_BLOCKS = {"p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "caption", "div"}
_SENTENCE_END = re.compile(r"(?<=[.!?…;:])\s+|\s+[-–•]\s+")
_PROVISION = re.compile(r"(?:Chương [IVXL\d]+|Điều \d+)\b")
_WORD = re.compile(r"\w[\w/.-]*")


@dataclass
class Block:
    tag: str
    words: str = ""
    bold: str = ""


@dataclass
class Text(HTMLParser):
    """What the rules ask about, in the order of the text."""

    blocks: list[Block] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # address, words
    pictures: list[tuple[str, str]] = field(default_factory=list)  # address, alt
    tables: list[tuple[bool, str]] = field(default_factory=list)  # has header cells, first words

    @classmethod
    def of(cls, html: str) -> "Text":
        text = cls()
        text.feed(nfc(html))
        text.close()
        return text

    def __post_init__(self) -> None:
        super().__init__()
        self._link: list[str] | None = None
        self._bold = 0
        self._tables: list[list] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.blocks.append(Block(tag))
        elif tag == "br" and self.blocks:
            self.handle_data("\n")
        elif tag == "img":
            self.pictures.append((given.get("src", ""), given.get("alt", "").strip()))
            if self._link is not None:
                self._link[1] += given.get("alt", "")
        elif tag == "a" and given.get("href"):
            self._link = [given["href"].strip(), ""]
        elif tag in ("strong", "b"):
            self._bold += 1
        elif tag == "table":
            self._tables.append([False, ""])
        if tag == "th" and self._tables:
            self._tables[-1][0] = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self.links.append((self._link[0], _line(self._link[1])))
            self._link = None
        elif tag in ("strong", "b"):
            self._bold = max(0, self._bold - 1)
        elif tag == "table" and self._tables:
            has_head, words = self._tables.pop()
            self.tables.append((has_head, _line(words)))
        elif tag in _BLOCKS:
            self.blocks.append(Block(""))

    def handle_data(self, data: str) -> None:
        if not self.blocks:
            self.blocks.append(Block(""))
        self.blocks[-1].words += data
        if self._bold:
            self.blocks[-1].bold += data
        if self._link is not None:
            self._link[1] += data
        if self._tables and len(self._tables[-1][1]) < 60:
            self._tables[-1][1] += data + " "


def read(html: str) -> list[str]:
    """Advice on a text, in the order of the rules."""
    text = Text.of(html)
    if any(_PROVISION.match(_line(block.words)) for block in text.blocks if block.tag in ("h2", "h3", "h4")):
        return [*_pictures(text), *_links(text)]  # the law's own headings and sentences are not the editor's to mend
    told = [*_pictures(text), *_headings(text), *_links(text)]
    told += [_TABLE.format(_short(words)) for has_head, words in text.tables if words and not has_head]
    for block in text.blocks:
        told += capitals(block.words)
    for block in text.blocks:
        if block.tag in ("p", "li", "div", "blockquote", ""):
            told += _sentences(block.words)
    return told


def capitals(words: str) -> list[str]:
    """Words that shout, of a text or a title."""
    told, run = [], []
    for word in [*_WORD.findall(words), ""]:
        if word.isupper() or (run and word.isdigit()):
            run.append(word)
            continue
        if sum(len(each) > 1 and each.isalpha() for each in run) >= SHOUTED:
            told.append(_CAPITALS.format(_short(" ".join(run))))
        run = []
    return told


def _pictures(text: Text) -> list[str]:
    told = []
    for number, (address, words) in enumerate(text.pictures, start=1):
        if not address.startswith((settings.MEDIA_URL, settings.SITE_URL + settings.MEDIA_URL)):
            host = re.match(r"(?:https?:)?//([^/]+)", address)
            told.append(_ELSEWHERE.format(number, host[1] if host else "máy của ông/bà"))
        elif not words:
            told.append(_NO_WORDS.format(number))
    return told


def _headings(text: Text) -> list[str]:
    told, above = [], 1
    for block in text.blocks:
        words = _line(block.words)
        if re.fullmatch("h[1-6]", block.tag) and words:
            level = max(2, int(block.tag[1]))  # h1 becomes h2 on saving
            if level > above + 1:
                first = _FIRST_HEADING.format(_short(words))
                told.append(first if above == 1 else _HEADING_JUMP.format(_short(words), level, above, above + 1))
            above = level
        elif block.tag in ("p", "div") and _stands_as_heading(block):
            told.append(_FAKE_HEADING.format(_short(words)))
    return told


def _stands_as_heading(block: Block) -> bool:
    words = _line(block.words)
    few = 0 < len(words.split()) <= FAKE_HEADING
    return few and words == _line(block.bold) and words[-1] not in ".!?…;,"


def _links(text: Text) -> list[str]:
    told = []
    for _, words in text.links:
        plain = re.sub(r"[^\w\s]", "", fold(words)).strip()
        if plain in _VAGUE:
            told.append(_VAGUE_LINK.format(words))
        elif re.match(r"https?://|www\.", words) and len(words) > 30:
            told.append(_BARE_LINK.format(_short(words)))
    return told


def _sentences(words: str) -> list[str]:
    told = []
    for sentence in _SENTENCE_END.split(words):
        for line in sentence.split("\n"):
            length = len(line.split())
            if length > LONG_SENTENCE:
                told.append(_LONG.format(length, _short(_line(line))))
    return told


def _line(words: str) -> str:
    return " ".join(words.split())


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:60].rsplit(" ", 1)[0] + " …"
