"""Uploaded files, served inert where no web server in front does it."""

import mimetypes
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest

from portal.attachment_admin import WAITING
from portal.headers import SANDBOX

INLINE = {"image/jpeg", "image/webp", "application/pdf"}
A_YEAR = 31_536_000  # seconds


def serve(request: HttpRequest, path: str) -> FileResponse:
    """A file of the library. Names carry the hash of the content, so it may be kept for ever."""
    if PurePosixPath(path).parts[:1] == (WAITING,):
        raise Http404("not published")
    try:
        stored = default_storage.open(path)
    except (OSError, ValueError, SuspiciousFileOperation) as missing:
        raise Http404("no such file") from missing
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = FileResponse(
        stored, as_attachment=kind not in INLINE, filename=PurePosixPath(path).name, content_type=kind
    )
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response
