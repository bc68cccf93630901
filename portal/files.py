"""Takes every document upload in: told by its content, refused when it could do harm, read for search."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError

from portal import extraction, sandbox

MAX_BYTES = 50 * 1024 * 1024
MAX_NAME_BYTES = 180

# What opening one may cost in a process of its own.
MEGABYTES = 440
SECONDS = 10

_NOT_ACCEPTED = "Không nhận loại tệp này. Hãy chọn tệp PDF, DOC, DOCX, XLS, XLSX, ZIP, hoặc lưu thành PDF rồi tải lên."
_EMPTY = "Tệp rỗng, không có gì bên trong. Hãy chọn lại tệp."
_TOO_LARGE = f"Tệp quá lớn: chỉ nhận đến {MAX_BYTES >> 20} MB. Hãy nén nhỏ hoặc chia tệp rồi tải lên lại."
_BROKEN = "Tệp bị hỏng, không mở được. Hãy mở tệp trên máy, lưu thành tệp mới rồi tải lên lại."
_LOCKED = "Tệp đặt mật khẩu, người đọc sẽ không mở được. Hãy bỏ mật khẩu rồi tải lên lại."
_MACROS = "Không nhận tệp có macro. Hãy lưu thành DOCX, XLSX (không có macro) hoặc PDF rồi tải lên lại."
_ACTIONS = "Không nhận tệp PDF có lệnh tự chạy. Hãy in tệp ra một tệp PDF mới rồi tải lên lại."
_BOMB = "Tệp nén quá mức hoặc chứa quá nhiều tệp bên trong. Hãy lưu lại hoặc chia nhỏ rồi tải lên lại."
_UNSAFE = "Tệp nén có chứa tệp không an toàn. Hãy bỏ chương trình và tệp có macro ra rồi nén và tải lên lại."
_REFUSALS = {
    "not_accepted": _NOT_ACCEPTED,
    "broken": _BROKEN,
    "locked": _LOCKED,
    "macros": _MACROS,
    "actions": _ACTIONS,
    "bomb": _BOMB,
    "unsafe": _UNSAFE,
}

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# Windows keeps these names for devices, with any extension.
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])\s*(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Intake:
    """A document taken in. `pages` is known for PDF only; `text` is empty where none could be extracted, as from a
    scan or a binary Word file."""

    kind: str
    name: str
    size: int
    sha256: str
    pages: int | None
    text: str

    @property
    def extension(self) -> str:
        return self.kind.lower()

    @property
    def has_text(self) -> bool:
        return bool(self.text)


def take_in(upload: IO[bytes], name: str) -> Intake:
    """What is in this upload, which is left at its beginning, ready to be saved. Raises ValidationError."""
    upload.seek(0)
    data = upload.read(MAX_BYTES + 1)
    upload.seek(0)
    if not data:
        raise ValidationError(_EMPTY, "empty")
    if len(data) > MAX_BYTES:
        raise ValidationError(_TOO_LARGE, "too_large")
    kind, pages, text = _open(data)
    name = safe_name(name)
    if not name.lower().endswith(f".{kind.lower()}"):
        name = safe_name(f"{name}.{kind.lower()}")
    return Intake(kind, name, len(data), hashlib.sha256(data).hexdigest(), pages, text)


def _open(data: bytes) -> tuple[str, int | None, str]:
    """Kind, pages and text. Raises ValidationError."""
    if data.startswith(_OLE):
        return _ole_kind(data), None, ""
    if data[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        examine = extraction.examine_pdf
    elif data.startswith(b"PK\3\4"):
        examine = extraction.examine_zip
    else:
        raise _refusal("not_accepted")
    try:
        facts, contents = sandbox.run(examine, data, seconds=SECONDS, megabytes=MEGABYTES)
    except sandbox.Failed as failure:
        if examine is extraction.examine_pdf and failure.reason != "crash":
            # A map or a plan of many layers: readers open it, only we cannot look for words in it.
            return "PDF", None, ""
        raise _refusal("broken") from failure
    if "refused" in facts:
        raise _refusal(facts["refused"])
    return facts["kind"], facts["pages"], contents[0].decode()


def _refusal(code: str) -> ValidationError:
    return ValidationError(_REFUSALS[code], code)


def _ole_kind(data: bytes) -> str:
    """DOC or XLS, told by the first stream that one of them has; a workbook may contain documents and the reverse."""
    if _ole_entry(data, "EncryptedPackage") >= 0:
        raise _refusal("locked")
    if _ole_entry(data, "_VBA_PROJECT") >= 0:
        raise _refusal("macros")
    streams = {"WordDocument": "DOC", "Workbook": "XLS", "Book": "XLS"}
    found = {place: kind for stream, kind in streams.items() if (place := _ole_entry(data, stream)) >= 0}
    if not found or 0 <= _ole_entry(data, "PowerPoint Document") < min(found):
        raise _refusal("not_accepted")
    return found[min(found)]


def _ole_entry(data: bytes, name: str) -> int:
    """Where the directory names this stream ([MS-CFB] §2.6.1: 64 bytes of UTF-16, then the length in bytes); or -1."""
    encoded = f"{name}\0".encode("utf-16-le")
    return data.find(encoded.ljust(64, b"\0") + len(encoded).to_bytes(2, "little"))


def label(kind: str, size: int, pages: int | None = None) -> str:
    """What a reader is told before downloading: "(PDF, 1,2 MB, 8 trang)"."""
    return f"({kind}, {weight(size)})" if pages is None else f"({kind}, {weight(size)}, {pages} trang)"


def weight(size: int) -> str:
    kilobytes = max(1, round(size / 1024))
    megabytes = f"{size / 1024**2:.1f}".removesuffix(".0").replace(".", ",")
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{megabytes} MB"


def safe_name(name: str) -> str:
    """A name any system can save under: the last part of a path, in NFC, without control and reserved characters."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(" " if char.isspace() else char for char in name)
    name = "".join(char for char in name if not unicodedata.category(char).startswith("C"))
    # A percent sign before two hex digits would become another character wherever a name is decoded once too often.
    name = re.sub(r'[<>:"|?*]|%(?=[0-9A-Fa-f]{2})', "_", unicodedata.normalize("NFC", name))
    name = re.sub(" +", " ", name).rstrip(" .").lstrip(" .-~")
    if _DEVICE.match(name):
        name = f"tep-{name}"
    stem, dot, extension = name.rpartition(".")
    if not dot or not re.fullmatch(r"\w{1,10}", extension):
        stem, extension = name, ""
    ending = f".{extension}" if extension else ""
    stem = stem.encode()[: MAX_NAME_BYTES - len(ending.encode())].decode(errors="ignore").rstrip(" .")
    return (stem or "tep") + ending
