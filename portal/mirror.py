"""The public site as files that a web server can send with application and database gone.

`/tin-tuc/` lies in `tin-tuc/index.html`, `/tin-tuc/?trang=2` in `tin-tuc/__trang=2.html`; deploy/nginx/mirror.conf
reads them back. Where a page takes filters, `__loc.html` answers those that nobody linked to.
"""

import os
import re
import shutil
from collections import deque
from collections.abc import Iterator
from html import escape, unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.http import parse_header_parameters

from portal.views import PublishableDetail
from portal.visitors import PATH as COUNTING

SEEDS = ("/", "/sitemap.xml", "/robots.txt", "/.well-known/security.txt")
_LINK = re.compile(r'(?:href|src|srcset)="([^"]+)"|<loc>([^<]+)</loc>')
# One filter and the number of a page: more of them could be combined without end.
_QUERY = re.compile(r"(?:[a-z-]+=[\w.~%-]+)?(?:(?:^|&)trang=\d+)?", re.ASCII)
_MOVED = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={0}"><a href="{0}">{0}</a>\n'


class Mirror:
    """`stale` holds the paths of items to be written again; None means all. Lists, feeds and the like always are."""

    def __init__(self, folder: Path, stale: set[str] | None = None) -> None:
        self.folder, self.stale = folder, stale
        self.handler = WSGIHandler()
        self.seen: set[str] = set()
        self.kept: set[Path] = set()
        self.failed: list[str] = []
        self.written = 0
        self.site = urlsplit(settings.SITE_URL)
        self.closed = (reverse("admin:index"), COUNTING, f"{reverse('search')}?")

    def run(self) -> Iterator[int]:
        """Yields after each address how many still wait."""
        waiting = deque(self._new([*SEEDS, *(self.stale or ())]))
        while waiting:
            waiting.extend(self._new(self._visit(waiting.popleft())))
            yield len(waiting)

    def _new(self, addresses: list[str]) -> Iterator[str]:
        for address in addresses:
            if address not in self.seen:
                self.seen.add(address)
                yield address

    def _visit(self, address: str) -> list[str]:
        """Writes what stands at this address of ours and returns where it leads."""
        path, _, query = address.partition("?")
        file = self.file(path, query)
        self.kept.add(file)
        if path.startswith(settings.MEDIA_URL):
            self._copy(unquote(path).removeprefix(settings.MEDIA_URL), file)
            return []
        if self.stale is not None and path not in self.stale and file.exists() and is_item(path):
            return []
        response = self._ask(path, query)
        body = b"".join(response)
        response.close()
        if response.status_code == 200:
            self._write(file, self._beside(file, path, response, body))
            if query and not query.startswith("trang="):
                self._say_filters_rest(path)
            text = body.decode(errors="replace") if "ml" in response["Content-Type"] else ""
            return list(self._links(text, address))
        if response.status_code in (301, 302):
            self._write(file, _MOVED.format(escape(response["Location"])).encode())
            return self._ours(response["Location"], address)
        if response.status_code in (404, 410):
            file.unlink(missing_ok=True)
        else:
            self.failed.append(address)
        return []

    def _beside(self, file: Path, path: str, response: HttpResponse, body: bytes) -> bytes:
        """A download lies under its own name, from which a web server knows its kind, and a page leads to it."""
        _, parameters = parse_header_parameters(response.headers.get("Content-Disposition", ""))
        name = Path(parameters.get("filename", "")).name
        if not name or not path.endswith("/"):
            return body
        self._write(file.with_name(name), body)
        self.kept.add(file.with_name(name))
        return _MOVED.format(escape(f"{path}{quote(name)}")).encode()

    def file(self, path: str, query: str = "") -> Path:
        path = unquote(path).lstrip("/")
        if not path or path.endswith("/"):
            path += f"__{query}.html" if query else "index.html"
        return self.folder / path

    def _ask(self, path: str, query: str) -> HttpResponse:
        """As a reader without cookies would, of whom nothing is known."""
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": unquote(path).encode().decode("latin-1")}
        environ |= {"QUERY_STRING": query, "SERVER_NAME": self.site.hostname, "HTTP_HOST": self.site.netloc}
        environ |= {"SERVER_PORT": str(self.site.port or ""), "wsgi.url_scheme": self.site.scheme}
        if settings.SECURE_PROXY_SSL_HEADER:
            environ[settings.SECURE_PROXY_SSL_HEADER[0]] = self.site.scheme
        return self.handler.get_response(WSGIRequest({**environ, "wsgi.input": BytesIO()}))

    def _links(self, text: str, address: str) -> Iterator[str]:
        for found in _LINK.finditer(text):
            value = unescape(found[1] or found[2])
            candidates = [part.split()[0] for part in value.split(", ")] if "srcset" in found[0][:6] else [value]
            for candidate in candidates:
                yield from self._ours(candidate, address)

    def _ours(self, link: str, address: str) -> list[str]:
        """The address in the one form we keep it, if it is a public one of this site."""
        try:
            parts = urlsplit(urljoin(f"{settings.SITE_URL}{address}", link))
        except ValueError:
            return []
        path = parts.path or "/"
        query = parts.query if path.endswith("/") else ""
        elsewhere = (parts.scheme, parts.netloc) != (self.site.scheme, self.site.netloc)
        if elsewhere or path.startswith(settings.STATIC_URL) or not _QUERY.fullmatch(query):
            return []
        found = f"{path}?{query}" if query else path
        return [] if found.startswith(self.closed) or ".." in unquote(path).split("/") else [found]

    def _write(self, file: Path, body: bytes) -> None:
        if file.is_file() and file.read_bytes() == body:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{uuid4().hex}")
        unfinished.write_bytes(body)
        unfinished.rename(file)
        self.written += 1

    def _copy(self, name: str, file: Path) -> None:
        """Files of the library never change under their name."""
        if file.exists() or not default_storage.exists(name):
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{uuid4().hex}")
        with default_storage.open(name) as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target)
        unfinished.rename(file)
        self.written += 1

    def _say_filters_rest(self, path: str) -> None:
        file = self.file(path, "loc")
        self.kept.add(file)
        self._write(file, render_to_string("filters_rest.html", {"path": path}).encode())

    def copy_static(self) -> None:
        """Links where the file system can, so that it costs nothing; names carry a hash, so nothing is replaced."""
        target = self.folder / settings.STATIC_URL.strip("/")
        for source in settings.STATIC_ROOT.rglob("*.*"):
            file = target / source.relative_to(settings.STATIC_ROOT)
            if source.is_file() and (not file.exists() or file.stat().st_mtime < source.stat().st_mtime):
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, file)

    def forget_gone(self) -> int:
        """Removes what a complete run no longer met. Returns how many files that were."""
        static = self.folder / settings.STATIC_URL.strip("/")
        gone = 0
        for folder, folders, names in os.walk(self.folder, topdown=True):
            folders[:] = [name for name in folders if Path(folder, name) != static]
            for name in names:
                file = Path(folder, name)
                if file not in self.kept and not name.startswith("."):
                    file.unlink()
                    gone += 1
        return gone


def is_item(path: str) -> bool:
    """Whether one item stands there, as opposed to what lists many."""
    try:
        view = resolve(unquote(path)).func
    except Resolver404:
        return False
    return issubclass(getattr(view, "view_class", object), PublishableDetail)
