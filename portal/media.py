"""Uploaded files, served inert where no web server in front does it."""

import mimetypes
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest

from portal.editorial.attachment_admin import WAITING
from portal.headers import SANDBOX

INLINE = {"image/jpeg", "image/webp", "application/pdf"}
A_YEAR = 31_536_000  # seconds


def serve(request: HttpRequest, path: str) -> FileResponse:
    """A file of the library. Names carry the hash of the content, so it may be kept for ever."""
    if WAITING in PurePosixPath(path).parts:
        raise Http404("not published")
    response = inert(stored(path), PurePosixPath(path).name)
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


def stored(path: str) -> File:
    """Raises Http404 where there is none."""
    try:
        return default_storage.open(path)
    except (OSError, ValueError, SuspiciousFileOperation) as missing:
        raise Http404("no such file") from missing


def inert(file: File, name: str) -> FileResponse:
    """A file as an answer in which nothing can run; `name` is what the reader's copy is called."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(file, as_attachment=kind not in INLINE, filename=name, content_type=kind)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
