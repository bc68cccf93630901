"""Which requests the page cache may answer, and under which key their page is kept.

Whatever is not in the key never reaches the rendering of a page that is kept: a page cannot be poisoned by what its
reader sent. Whatever an attacker may vary without end is not in the key, or not kept: it cannot be filled either.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.urls import Resolver404, resolve, reverse

Environ = dict[str, Any]
Key = tuple[bool, str, str, str]  # encrypted, host, path, the parameters that the page reads

LONGEST = 1000  # characters of path and parameters together
MOST_PARAMETERS = 50
_site = urlsplit(settings.SITE_URL)
# A wildcard would let anybody invent hosts, so those named by one are served but not kept.
_NAMES = {_site.hostname, *(name for name in settings.ALLOWED_HOSTS if not name.startswith((".", "*")))}
_READING = ("GET", "HEAD")
_SPECIAL = frozenset(("HTTP_RANGE", "HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"))
# Staff, and whoever was told something that only they may read.
_COOKIES = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, CookieStorage.cookie_name)
_PERSONAL = [f"{name}=" for name in _COOKIES]
# Files are sent as they are; the admin is nobody else's business; probes must not wait for the database.
_PASSED_ON = (settings.STATIC_URL, settings.MEDIA_URL, reverse("admin:index"), "/healthz", "/readyz")
_PROXY_HEADER, _PROXY_VALUE = settings.SECURE_PROXY_SSL_HEADER or ("", "")
# The headers that are in the key: all that Django hears of a reader whose page is kept.
IN_KEY = ("HTTP_HOST", *filter(None, [_PROXY_HEADER]))


def key_of(environ: Environ) -> Key | None:
    """None for a request that Django must answer itself, every time and as it came."""
    if environ["REQUEST_METHOD"] not in _READING or not environ.keys().isdisjoint(_SPECIAL):
        return None
    if "HTTP_COOKIE" in environ and any(name in environ["HTTP_COOKIE"] for name in _PERSONAL):
        return None
    get = environ.get
    host, path, query = get("HTTP_HOST", ""), get("PATH_INFO", ""), get("QUERY_STRING", "")
    if not _is_ours(host, environ["SERVER_PORT"]) or path.startswith(_PASSED_ON):
        return None
    if query:
        query = read_by_page(path, query)
    if query is None or len(path) + len(query) > LONGEST:
        return None
    return is_encrypted(environ) if _PROXY_HEADER else environ["wsgi.url_scheme"] == "https", host, path, query


def is_encrypted(environ: Environ) -> bool:
    """What the proxy in front says, read as Django reads it."""
    return environ.get(_PROXY_HEADER, "").split(",", 1)[0].strip() == _PROXY_VALUE


@lru_cache(256)
def _is_ours(host: str, server_port: str) -> bool:
    """A name of ours, with the port of the site or of this server, or none."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else ("", "", host)
    if not colon:
        return host in _NAMES
    return name in _NAMES and port in {str(_site.port or ""), server_port}


def read_by_page(path: str, query: str) -> str | None:
    """The parameters that the page at this path reads, in one order, without empty ones; None where nobody says which.

    A view says so in `kept`, a tuple of names (portal.views.PublicPage).
    """
    names = _names_read_at(path)
    if names is None:
        return None
    try:
        # WSGI hands bytes over as Latin-1 (PEP 3333); Django reads them as UTF-8 and replaces what is none.
        text = query.encode("latin-1").decode("utf-8", "replace")
        given = parse_qsl(text, errors="replace", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None
    return urlencode(sorted((pair for pair in given if pair[0] in names), key=lambda pair: pair[0]))


@lru_cache(4096)
def _names_read_at(path: str) -> frozenset[str] | None:
    try:
        view = resolve(path.encode("latin-1").decode("utf-8", "replace")).func
    except Resolver404:
        return None
    names = getattr(getattr(view, "view_class", view), "kept", None)
    return None if names is None else frozenset(names)
