"""The text of a document taken from its own file: a Word file keeps its structure, a PDF gives lines to be joined."""

import re
from html import escape
from typing import IO

from legal_docs.parts import DocumentFile
from portal import extraction, files, sandbox
from portal.legacy_encodings import to_unicode
from portal.richtext import clean, plain

# A line that begins so begins a paragraph, whatever the line before it.
_BEGINS = re.compile(
    r"(?i:phần|chương|mục|điều|căn cứ|theo đề nghị|xét đề nghị|nơi nhận|phụ lục)\s"
    r"|\d{1,3}[.)]\s|[a-zđ]\)\s|[-–+•]\s|[“\"]"
)
_ENDS = (".", ";", ":", "./.", "”")


def body_of(attachment: DocumentFile, upload: IO[bytes]) -> str:
    """Cleaned HTML; empty when no text can be taken from the file, as from a scan or letters that make no words."""
    if not attachment.text:
        return ""
    if attachment.kind == "DOCX" and (html := _of_word(upload)):
        return html
    return "".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs(attachment.text))


def _of_word(upload: IO[bytes]) -> str:
    upload.seek(0)
    try:
        _, (html,) = sandbox.run(extraction.docx_html, upload.read(), seconds=files.SECONDS, megabytes=files.MEGABYTES)
    except sandbox.Failed:
        return ""
    made = clean(html.decode())
    words = plain(made)
    # Typed in an old font: only the plain text, which has been read as what it meant, can be used.
    return made if " ".join(to_unicode(words).split()) == words else ""


def paragraphs(text: str) -> list[str]:
    """Lines as a page breaks them, joined to the sentences they were."""
    found: list[str] = []
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.isdigit():  # page numbers
            continue
        if found and _goes_on(found[-1], line):
            found[-1] = f"{found[-1]} {line}"
        else:
            found.append(line)
    return found


def _goes_on(before: str, line: str) -> bool:
    alike = (before == before.upper()) == (line == line.upper())
    return alike and not before.endswith(_ENDS) and not _BEGINS.match(line)
