"""Where a link of a text leads: told when that is nowhere, or to something that no longer holds."""

from copy import copy
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse

from portal.addresses import Redirect
from portal.proofreading import Text
from portal.publishing import Publishable
from portal.text import nfc

MOST = 30  # links of one text that are followed

_STAFF = "là trang quản trị, người đọc không mở được"
_DEAD = "không có trang này"


def own_path(address: str) -> str:
    """The path of an address of ours, with its query; empty for others and for places on the same page."""
    if address.startswith(f"{settings.SITE_URL}/"):
        address = address.removeprefix(settings.SITE_URL)
    return address if address.startswith("/") and not address.startswith("//") else ""


def advice(html: str, request: HttpRequest) -> list[str]:
    """Advice on the links of a text, as whoever sends the request may follow them."""
    told = []
    links = dict.fromkeys((own_path(address), words) for address, words in Text.of(html).links)
    for path, words in [link for link in links if link[0]][:MOST]:
        if found := trouble(path, request):
            told.append(f"Liên kết “{words or path}” dẫn tới {path}: {found}.")
    return told


def trouble(address: str, request: HttpRequest) -> str:
    """Why nobody should be sent to a path of ours, in words; empty when all is well."""
    parts = urlsplit(address)
    path = nfc(unquote(parts.path))
    if path.startswith(reverse("admin:index")):
        return _STAFF
    try:
        if path.startswith(settings.MEDIA_URL):
            there = default_storage.exists(path.removeprefix(settings.MEDIA_URL))
            return "" if there else _DEAD
        target = follow(path, parts.query, request)
    except (Http404, Resolver404, SuspiciousFileOperation):
        moved = Redirect.objects.filter(old_path=path[:500]).first()
        return f"đã chuyển sang {moved.new_path}" if moved else _DEAD
    return f"“{target}” {target.outdated}" if target and target.outdated else ""


def follow(path: str, query: str, request: HttpRequest) -> Publishable | None:
    """What stands at a path of ours, found by its own view without rendering the page. Raises Http404."""
    reading = copy(request)
    reading.method, reading.GET, reading.POST = "GET", QueryDict(query), QueryDict()
    reading.path = reading.path_info = path
    match = resolve(path)
    response = match.func(reading, *match.args, **match.kwargs)
    if response.status_code >= 400:
        raise Http404
    found = (getattr(response, "context_data", None) or {}).get("object")
    return found if isinstance(found, Publishable) else None
