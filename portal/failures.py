"""What is said when there is no page: nothing here, not allowed, or something broke."""

import sys
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from portal.addresses import Redirect
from portal.storage import NO_ROOM
from portal.text import nfc

RETRY_AFTER = 30  # seconds


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Sends readers of an address that moved on to the new one; otherwise says what to do next."""
    moved = Redirect.objects.filter(old_path=nfc(request.path)[:500]).first()
    if moved:
        return HttpResponsePermanentRedirect(moved.new_path)
    return render(request, "404.html", {"title": "Trang này không còn ở đây"}, status=404)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"title": "Ông/bà không mở được trang này"}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"title": "Phiên làm việc đã hết hạn"}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Called inside the handling of whatever was raised. Neither page needs the database.

    Where that is the one that is away, or the disk is full, 503: search engines keep the page, and staff get back
    what they sent. 400 where the address asks for what cannot be asked, as Django's lists below the desk let it.
    """
    error = sys.exc_info()[1]
    if request.method == "GET" and _cannot_be_asked(error):
        return HttpResponse(render_to_string("400.html"), status=400)
    no_room = isinstance(error, OSError) and error.errno in NO_ROOM
    if not no_room and not isinstance(error, OperationalError | InterfaceError):
        return HttpResponse(render_to_string("500.html"), status=500)
    page = render_to_string("503.html", {"path": request.get_full_path(), **_unsaved(request)})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"})


def _cannot_be_asked(error: BaseException | None) -> bool:
    """Filters of a list that mean nothing, a broken regular expression, a number no column holds, a NUL."""
    return isinstance(error, IncorrectLookupParameters | DataError) or (
        isinstance(error, ValueError) and "NUL (0x00)" in str(error)
    )


def _unsaved(request: HttpRequest) -> dict[str, Any]:
    """What staff had typed into a form, but for passwords, and the names of files they must choose again."""
    desk = reverse("admin:index")
    if request.method != "POST" or not request.path.startswith(desk) or request.path == reverse("admin:login"):
        return {"typed": [], "files": []}
    typed = [
        (name, value) for name, values in request.POST.lists() for value in values if "password" not in name.lower()
    ]
    return {"typed": typed, "files": [file.name for _, files in request.FILES.lists() for file in files]}
