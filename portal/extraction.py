"""Opens documents from outside, in the sandbox: whether they may be published, and the words in them."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import mammoth
import openpyxl
import pypdfium2

from portal import legacy_encodings, sandbox

MAX_TEXT = 2_000_000
# Processor seconds; what has been read by then is kept.
TEXT_SECONDS = 5

# Real documents unpack to three to forty times their size.
MAX_ENTRIES = 10_000
MAX_UNPACKED = 500 * 1024 * 1024
MAX_RATIO = 100
_NO_BOMB = 10 * 1024 * 1024

# Commands to launch programs or scripts. Those in compressed object streams escape this search: it is a fence. The
# wall is that a file is served as a download, never inside a page of the site.
_PDF_COMMAND = re.compile(rb"/Launch\b|/JavaScript\b|\(\s*javascript:", re.IGNORECASE)
_PROGRAM = re.compile(
    r"\.(?:exe|com|scr|pif|bat|cmd|msi|dll|cpl|jse?|vb[se]|ws[fh]|hta|ps1|jar|class|lnk|reg|apk|sh|app|dmg|iso|chm"
    r"|docm|dotm|xls[mb]|xltm|xlam|pptm|php\d?|aspx?|jspx?)[. ]*$",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
_MAIN_PARTS = {"DOCX": re.compile(r"word/document\d*\.xml"), "XLSX": re.compile(r"xl/workbook\d*\.xml")}
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Refused(Exception):
    """The code of a refusal in portal.files."""


def examine_pdf(data: bytes) -> sandbox.Result:
    """Kind, pages and text of a PDF file, or the code of a refusal."""
    if _PDF_COMMAND.search(data):
        return {"refused": "actions"}, []
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        return {"refused": "locked" if locked else "broken"}, []
    return {"kind": "PDF", "pages": _page_count(document)}, [_gather(_pdf_text(document))]


def examine_zip(data: bytes) -> sandbox.Result:
    """Kind and text of a ZIP archive or an office document in one, or the code of a refusal."""
    try:
        container = ZipFile(BytesIO(data))
        kind, main_part = _checked(container, len(data))
    except MemoryError:
        raise
    except _Refused as refusal:
        return {"refused": str(refusal)}, []
    except Exception:  # a damaged archive raises anything: BadZipFile, zlib.error, struct.error …
        return {"refused": "broken"}, []
    readers = {"DOCX": lambda: _docx_text(container, main_part), "XLSX": lambda: _xlsx_text(data)}
    text = _gather(readers[kind]()) if kind in readers else b""
    return {"kind": kind, "pages": None}, [text]


def _checked(container: ZipFile, packed: int) -> tuple[str, str]:
    """The kind and the name of its main part. Sizes are those declared; zipfile reads no more than that."""
    entries = container.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > max(_NO_BOMB, MAX_RATIO * packed):
        raise _Refused("bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _Refused("locked")
    names = [entry.filename for entry in entries]
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _Refused("macros")
    if any(_OUTSIDE.search(name) or _PROGRAM.search(name) for name in names):
        raise _Refused("unsafe")
    if "[Content_Types].xml" in names:
        return _office_kind(container, names)
    # OpenDocument, EPUB, Java and Android packages are archives too, but not what is meant by a ZIP file.
    if not names or {"mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"}.intersection(names):
        raise _Refused("not_accepted")
    return "ZIP", ""


def _office_kind(container: ZipFile, names: list[str]) -> tuple[str, str]:
    for name in names:
        if name.endswith((".xml", ".rels")):
            with container.open(name) as part:
                # ECMA-376-2 §7.1.1 forbids document types in parts; entities that multiply live in them.
                if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b"").upper():
                    raise _Refused("bomb")
    if b"macroenabled" in container.read("[Content_Types].xml").lower():
        raise _Refused("macros")
    for kind, pattern in _MAIN_PARTS.items():
        for name in filter(pattern.fullmatch, names):
            return kind, name
    raise _Refused("not_accepted")


def _page_count(document: pypdfium2.PdfDocument) -> int | None:
    # The number is what the file claims; it is believed when the last page is really there.
    try:
        document[len(document) - 1].close()
    except (pypdfium2.PdfiumError, IndexError):
        return None
    return len(document)


def _pdf_text(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for page in document:
        words = page.get_textpage()
        yield words.get_text_range() + "\n"
        words.close()
        page.close()


def _docx_text(container: ZipFile, main_part: str) -> Iterator[str]:
    # By hand because mammoth joins the lines of a paragraph: "VIỆT NAMĐộc lập" cannot be found again.
    with container.open(main_part) as part:
        for _, element in ElementTree.iterparse(part):  # noqa: S314 - no document types get here, see _office_kind
            tag = element.tag.rpartition("}")[2]
            yield {"t": element.text or "", "p": "\n", "br": "\n", "cr": "\n", "tab": " "}.get(tag, "")
            element.clear()


def _xlsx_text(data: bytes) -> Iterator[str]:
    workbook = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        yield sheet.title + "\n"
        for row in sheet.values:
            yield " ".join(str(value) for value in row if value is not None) + "\n"


def _gather(pieces: Iterator[str]) -> bytes:
    """The pieces as clean Unicode text, as far as they can be read within the limits."""
    found, length = [], 0
    # Readers raise anything on damaged documents, and MemoryError on swollen ones; what came before is kept.
    with suppress(Exception):
        for piece in pieces:
            found.append(piece)
            length += len(piece)
            if length > MAX_TEXT or time.process_time() > TEXT_SECONDS:
                break
    text = _NOT_TEXT.sub("", "".join(found)[:MAX_TEXT])
    text = re.sub(r" ?\n\s*", "\n", re.sub(r"[ \t\xa0]+", " ", text))
    return legacy_encodings.to_unicode(text.strip()).encode()


def docx_html(data: bytes) -> sandbox.Result:
    """A Word document as HTML, without its pictures. The caller cleans it."""
    without = mammoth.images.img_element(lambda image: {"src": ""})
    return {}, [mammoth.convert_to_html(BytesIO(data), convert_image=without).value[: 4 * MAX_TEXT].encode()]
