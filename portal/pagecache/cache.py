"""The page cache: a WSGI application around Django that answers most requests from memory."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import Error, connection

from portal import changes, readership
from portal.pagecache.keys import IN_KEY, Environ, Key, key_of
from portal.pagecache.pages import STALE, Headers, Page, may_be_kept, unchanged
from portal.pagecache.store import Store

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# After a look at the feed that failed slowly, four times as long is given to the readers before the next.
_PATIENCE = 4
_FOR_LOGS = "HTTP_X_REQUEST_ID"  # told by answers that failed, which are never kept

logger = logging.getLogger(__name__)


class PageCache:
    """A page is fresh until the change feed has a newer row (portal.changes), 30 seconds at most.

    One request renders it, the others wait. When rendering fails or the database is away, the last good copy is sent,
    marked as stale.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        limit = settings.PAGE_CACHE_MB * 2**20
        self._pages = Store(limit * 3 // 4)  # pages with an address of their own
        self._others = Store(limit // 4)  # what can be asked for without end: parameters, moved and missing addresses
        self._turns = [threading.Lock() for _ in range(64)]
        self._away_until = 0.0
        changes.copies.append(self)

    def clear(self) -> None:
        self._pages.clear()
        self._others.clear()
        self._away_until = 0.0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        key = key_of(environ)
        if key is None:
            return self._application(environ, start_response)
        generation = self._generation()
        page = self._kept(key)
        if page is not None and page.is_fresh(generation):
            return self._send(key, page, environ, start_response)
        if page is not None and generation is None:
            return self._send(key, page, environ, start_response, stale=True)
        return self._renew(key, generation, environ, start_response)

    def _renew(
        self, key: Key, generation: int | None, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        with self._turns[hash(key) % len(self._turns)]:
            last = self._kept(key)
            if last is not None and last.is_fresh(generation):  # rendered by another thread meanwhile
                return self._send(key, last, environ, start_response)
            status, headers, response, shown = self._ask_django(environ, key)
            if last is not None and status.startswith("5"):
                close(response)
                return self._send(key, last, environ, start_response, stale=True)
            if not may_be_kept(status, headers) or getattr(response, "streaming", True):
                if shown:
                    environ[readership.SHOWN] = shown
                return self._pass_on(status, headers, response, environ, start_response)
            page = Page(status, headers, b"".join(response), generation, shown)
            close(response)
            if last is not None and last.is_same(page):
                page = last.renewed(generation)  # with what was compressed of it
            self._keep(key, page)
        return self._send(key, page, environ, start_response)

    def _ask_django(self, environ: Environ, key: Key) -> tuple[str, Headers, Iterable[bytes], str]:
        """The whole page as Django makes it for a reader of whom it hears nothing but what is in the key."""
        asked = {name: value for name, value in environ.items() if not name.startswith(("HTTP_", "CONTENT_"))}
        asked |= {name: environ[name] for name in (*IN_KEY, _FOR_LOGS) if name in environ}
        asked |= {"REQUEST_METHOD": "GET", "QUERY_STRING": key[3]}
        heard: list[Any] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            heard[:] = status, headers

        response = self._application(asked, start_response)
        return heard[0], heard[1], response, asked.get(readership.SHOWN, "")

    def _pass_on(
        self, status: str, headers: Headers, response: Iterable[bytes], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        start_response(status, headers)
        if environ["REQUEST_METHOD"] != "HEAD":
            return response
        close(response)
        return []

    def _keep(self, key: Key, page: Page) -> None:
        lasting = not key[3] and page.status.startswith("200")
        kept, other = (self._pages, self._others) if lasting else (self._others, self._pages)
        other.drop(key)  # an address that came or went
        kept.put(key, page)

    def _kept(self, key: Key) -> Page | None:
        page = self._others.get(key) if key[3] else self._pages.get(key)
        return page if page is not None or key[3] else self._others.get(key)

    def _send(
        self, key: Key, page: Page, environ: Environ, start_response: StartResponse, stale: bool = False
    ) -> Iterable[bytes]:
        size = page.size
        answer = page.answer(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if page.size != size:
            self._keep(key, page)
        if ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and page.is_known(environ):
            answer = unchanged(answer)
        if page.shown:
            environ[readership.SHOWN] = page.shown
        status, headers, body = answer
        start_response(status, [*headers, STALE] if stale else headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body

    def _generation(self) -> int | None:
        """The newest change that is known; None while the database is away. No request waits for it again and again."""
        if (known := changes.known()) is not None:
            return known
        if self._away_until and time.monotonic() < self._away_until:
            return None
        began = time.monotonic()
        while True:
            was_connected = connection.connection is not None
            try:
                generation = changes.generation()
                if self._away_until:
                    self._away_until = 0.0
                return generation
            except Error as error:
                failure = error
                with suppress(Error):
                    connection.close()
            if not was_connected:
                break  # otherwise the connection had died meanwhile, and is met with a new one
        if not self._away_until:
            logger.warning("The database is away, pages are sent as they last were: %s", failure)
        now = time.monotonic()
        self._away_until = now + max(changes.LOOK_EVERY, _PATIENCE * (now - began))
        return None


def close(response: Iterable[bytes]) -> None:
    """PEP 3333: Django ends the request there."""
    getattr(response, "close", lambda: None)()
