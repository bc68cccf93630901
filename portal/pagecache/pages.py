"""A page as it is kept: ready in every encoding, with its validators, and when it may be kept at all."""

import gzip
import hashlib
import re
import time
from functools import lru_cache

import brotli
from django.utils.http import parse_http_date_safe

from portal.changes import KEEP_AT_MOST
from portal.pagecache.keys import Environ

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, list[bytes]]

KEPT_STATUS = ("200 ", "301 ", "404 ")
# Browsers ask again each time, with the validator; shared caches keep a page for a second and may go on with it for a
# day while we are down. RFC 9111 §5.2.2, RFC 5861.
FOR_OTHERS = "public, max-age=0, s-maxage=1, stale-while-revalidate=1, stale-if-error=86400"
STALE = ("Warning", '110 - "Response is Stale"')  # RFC 7234 §5.5.1
OVERHEAD = 4096  # bytes of headers and bookkeeping of one page, measured generously
SHORTEST_COMPRESSED = 500  # bytes
_TEXT = ("text/", "application/json", "application/xml", "application/atom+xml", "application/rss+xml", "image/svg+xml")
_OURS = {"content-length", "etag", "vary", "cache-control", "content-encoding"}
_FORBID = re.compile(r"\b(?:private|no-store)\b", re.IGNORECASE)
_EACH_TIME_NEW = re.compile(r"\bno-cache\b", re.IGNORECASE)
_MAX_AGE = re.compile(r"\bmax-age=(\d+)", re.IGNORECASE)
_REPEATED = {"cache-control", "content-location", "date", "etag", "expires", "vary"}  # by a 304, RFC 9110 §15.4.5


def may_be_kept(status: str, headers: Headers) -> bool:
    """Only what every reader may be given: no cookie, nothing private, nothing that depends on another header."""
    named = {name.lower(): value for name, value in headers}
    return (
        status.startswith(KEPT_STATUS)
        and "set-cookie" not in named
        and "content-encoding" not in named
        and not _FORBID.search(named.get("cache-control", ""))
        and named.get("vary", "accept-encoding").lower() == "accept-encoding"
    )


def _seconds(control: str) -> float:
    """How long a page may be kept, by its header Cache-Control."""
    if _EACH_TIME_NEW.search(control):
        return 0.0
    own = _MAX_AGE.search(control)
    return min(KEEP_AT_MOST, int(own[1])) if own else KEEP_AT_MOST


class Page:
    """`generation` of the change feed (None: unknown) and `until` (monotonic seconds) tell how long it is fresh: no
    longer than its own max-age; with "no-cache" never, it is only kept for when it cannot be made anew.

    `size` is what it costs in bytes, `shown` the note of what is read there (portal.readership).
    """

    __slots__ = (
        *("_answers", "_lasts", "_modified", "_plain", "_tag"),
        *("body", "generation", "headers", "shown", "size", "status", "until"),
    )

    def __init__(self, status: str, headers: Headers, body: bytes, generation: int | None, shown: str = "") -> None:
        self.status, self.headers, self.body, self.shown = status, headers, body, shown
        named = {name.lower(): value for name, value in headers}
        self._tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        self._plain = len(body) < SHORTEST_COMPRESSED or not named.get("content-type", "").startswith(_TEXT)
        self._lasts = _seconds(named.get("cache-control", ""))
        self._modified = parse_http_date_safe(named.get("last-modified", ""))
        self._answers: dict[str, Answer] = {}
        self.size = len(body) + OVERHEAD
        self.renewed(generation)

    def renewed(self, generation: int | None) -> "Page":
        self.generation, self.until = generation, time.monotonic() + self._lasts
        return self

    def is_fresh(self, generation: int | None) -> bool:
        return self.generation == generation and time.monotonic() < self.until

    def is_same(self, other: "Page") -> bool:
        return (self.body, self.status, self.headers) == (other.body, other.status, other.headers)

    def answer(self, accept: str) -> Answer:
        """The answer to a plain GET of somebody who accepts these encodings (the header Accept-Encoding)."""
        encoding = "" if self._plain or not accept else encoding_for(accept)
        return self._answers.get(encoding) or self._prepare(encoding)

    def _prepare(self, encoding: str) -> Answer:
        body = _COMPRESS[encoding](self.body)
        named = {name.lower(): value for name, value in self.headers}
        headers = [(name, value) for name, value in self.headers if name.lower() not in _OURS]
        headers.append(("Cache-Control", named.get("cache-control", FOR_OTHERS)))
        if not self._plain:
            headers.append(("Vary", "Accept-Encoding"))
        if encoding:
            headers.append(("Content-Encoding", encoding))
        if self.status.startswith("200"):
            headers.append(("ETag", f'"{self._tag}{encoding and "-"}{encoding}"'))
        headers.append(("Content-Length", str(len(body))))
        answer = self._answers[encoding] = (self.status, headers, [body])
        if encoding:
            self.size += len(body)
        return answer

    def is_known(self, environ: Environ) -> bool:
        """Whether the reader holds this very page, RFC 9110 §13.2.2. A tag of another encoding is another page."""
        if not self.status.startswith("200"):
            return False
        if tags := environ.get("HTTP_IF_NONE_MATCH"):
            _, headers, _ = self.answer(environ.get("HTTP_ACCEPT_ENCODING", ""))
            tag = dict(headers)["ETag"]
            return tags.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in tags.split(",")]
        since = parse_http_date_safe(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
        return self._modified is not None and since is not None and self._modified <= since


def unchanged(answer: Answer) -> Answer:
    """304 for whoever has it."""
    return "304 Not Modified", [pair for pair in answer[1] if pair[0].lower() in _REPEATED], []


@lru_cache(256)
def encoding_for(accept: str) -> str:
    """The smallest of ours that is accepted: brotli, gzip or none ("")."""
    accepted = set()
    for part in accept.lower().split(","):
        name, _, quality = part.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip())
    return next((name for name in ("br", "gzip") if name in accepted), "")


_COMPRESS = {
    "": bytes,
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "br": lambda body: brotli.compress(body, quality=5),
}
