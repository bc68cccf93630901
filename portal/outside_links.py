"""Follows links to other sites, politely: few, slowly, one after another, and never into our own network."""

import ipaddress
import socket
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

SECONDS = 10  # for each answer
PAUSE = 2.0  # seconds between two requests to the same host
REDIRECTS = 5
# Answers by which sites keep programs out; a reader's browser may well be let in.
_NOT_FOR_PROGRAMS = {401, 403, 405, 406, 429, 451, 503}

_asked_at: dict[str, float] = {}


class _Private(OSError):
    """An address inside our own network, where a link of a text has nothing to look for."""


def problem_of(address: str) -> str:
    """Why a reader would not get there, in words; empty when all is well, or when the site does not say."""
    try:
        for _ in range(REDIRECTS + 1):
            status, onward = _ask(address)
            if status in (301, 302, 303, 307, 308) and onward:
                address = urljoin(address, onward)
                continue
            return "" if status < 400 or status in _NOT_FOR_PROGRAMS else f"trang kia báo lỗi {status}"
        return "chuyển hướng vòng quanh"
    except _Private:
        return "địa chỉ nằm trong mạng nội bộ, người đọc không tới được"
    except TimeoutError:
        return f"không trả lời trong {SECONDS} giây"
    except socket.gaierror:
        return "không tìm thấy tên miền"
    except (OSError, HTTPException, ValueError) as error:
        return f"không kết nối được ({type(error).__name__})"


def _ask(address: str) -> tuple[int, str]:
    """Status and onward address. HEAD first; GET, of which only the head is read, where a site knows no HEAD."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(address)
    for method in ("HEAD", "GET"):
        _wait_for(parts.hostname)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=SECONDS)
        connection._create_connection = _connect
        try:
            path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, headers={"User-Agent": f"KiemTraLienKet (+{settings.SITE_URL})"})
            answer = connection.getresponse()
            if method == "GET" or answer.status not in (400, 403, 404, 405, 500, 501):
                return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()
    raise AssertionError("GET has answered")


def _wait_for(host: str) -> None:
    ready = _asked_at.get(host, 0.0) + (0 if settings.CHECK_LINKS_PRIVATE else PAUSE)
    time.sleep(max(0.0, ready - time.monotonic()))
    _asked_at[host] = time.monotonic()


def _connect(address: tuple[str, int], timeout: float, source: tuple | None = None) -> socket.socket:
    """To an address checked after the name was resolved, so that no name can point inside."""
    error: OSError = socket.gaierror("no address")
    for family, kind, protocol, _, where in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        if not (settings.CHECK_LINKS_PRIVATE or ipaddress.ip_address(where[0]).is_global):
            error = _Private(where[0])
            continue
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(timeout)
        try:
            opened.connect(where)
        except OSError as refused:
            opened.close()
            error = refused
        else:
            return opened
    raise error
