"""Every hostile string in every public parameter, path and header; and what no answer may show for it.

The measure is the site itself: what benign requests bring about (elements, attributes, hosts that are linked to,
headers, kinds of content) is learned first, and no hostile one may bring about anything else.

The test beside this sends a string of every other shape to some place.
"""

import json
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit
from xml.etree import ElementTree

from django.urls import Resolver404, resolve

KINDS = ("html", "strings", "sqli", "paths", "redirects", "headers")
# Names that no page may read, but frameworks and proxies do.
UNREAD = ("next", "url", "redirect", "callback", "format", "page", "debug", "_method", "p")
HEADERS = (
    *("ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "USER_AGENT", "REFERER", "ORIGIN", "COOKIE", "FORWARDED"),
    *("X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_FORWARDED_PORT", "X_REQUEST_ID", "X_ORIGINAL_URL"),
    *("X_REWRITE_URL", "X_HTTP_METHOD_OVERRIDE", "X_REQUESTED_WITH", "X_REAL_IP", "X_CSRFTOKEN"),
    *("IF_NONE_MATCH", "IF_MODIFIED_SINCE", "SEC_PURPOSE"),
)
ALONE = ("HTTP_HOST", "HTTP_RANGE", "HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "CONTENT_TYPE", "REQUEST_METHOD")
DESK, LOGIN = "/quan-tri/", "/quan-tri/login/"
OWN = "http://localhost:8000"
ADDRESSES = {"href", "src", "action", "formaction", "srcset", "poster", "data", "xlink:href", "content"}


def one_of_each_shape(texts: list[str]) -> list[str]:
    """Those that differ in more than words, numbers and how often something is repeated."""
    shapes = {re.sub(r"(%?\w+)(\W\1)+", r"\1", re.sub(r"[A-Za-z0-9]+", "a", text)): text for text in texts}
    return list(shapes.values())


def strings(data: Path, *kinds: str) -> list[str]:
    lines = [line for kind in kinds or KINDS for line in (data / "attacks" / f"{kind}.jsonl").read_text().splitlines()]
    return list(dict.fromkeys(str(json.loads(line)) for line in lines))


class Structure(HTMLParser):
    """What a page consists of, apart from its words: (element, attribute, where an address leads)."""

    def __init__(self, html: str):
        super().__init__()
        self.found: set[tuple[str, str, str]] = set()
        self.links: set[str] = set()
        self._data = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self._data = ("type", "application/ld+json") in attributes
        self.found.add((tag, "", ""))
        for name, value in attributes:
            leads = ""
            if name in ADDRESSES and (name != "content" or "://" in (value or "")):
                leads = "{0.scheme}:{0.netloc}".format(urlsplit(urljoin(OWN, (value or "").strip())))
            self.found.add((tag, name, leads))
        if tag == "a":
            self.links.add(dict(attributes).get("href") or "")

    def handle_data(self, data):
        if self._data:
            json.loads(data)

    def handle_endtag(self, tag):
        self._data = False


@dataclass
class Known:
    """What benign requests bring about."""

    structure: set[tuple[str, str, str]] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    leads: set[str] = field(default_factory=set)  # targets of redirects


@dataclass
class Attack:
    sent: str
    path: bytes
    environ: dict[str, str] = field(default_factory=dict)


Place = tuple[str, Callable[[str], Attack]]  # its name, and the request that brings a string there


class Siege:
    """`ask(path, **environ)` is tests.wsgi.ask on the application; `routes` gives the parameters each view reads."""

    def __init__(self, ask: Any, parameters_of: Any, listed: set[str]):
        self.ask, self.parameters_of = ask, parameters_of
        self._benign = b""
        self.known = Known(leads={"", *listed})
        self.samples: dict[str, str] = {}  # route → one address of it
        self.names: set[str] = set(UNREAD)
        self._judged: set[int] = set()
        self._before: list[str] = []
        self._learn()

    def _learn(self) -> None:
        """Follows our own links, a few of each route, with and without parameters."""
        waiting = [
            "/",
            f"{LOGIN}?next=/x",
            "/quan-tri/news/",
            "/robots.txt",
            "/sitemap.xml",
            "/.well-known/security.txt",
            "/khong-co/",
            "/van-ban/?nam=x",
        ]
        waiting += ["/van-ban/van-ban.csv", "/thu-tuc-hanh-chinh/danh-sach.csv", "/thong-ke-truy-cap/luot-truy-cap.csv"]
        waiting += ["/tin-tuc/luu-tru/?thang=2018-01", "/tin-tuc/luu-tru/?thang=x", "/static/css/base.css"]
        waiting += [f"{page}?q=viec+lam" for page in ("/tim-kiem/", "/van-ban/", "/thu-tuc-hanh-chinh/")]
        seen, taken = set(), defaultdict(int)
        while waiting:
            address = waiting.pop(0)
            path, _, query = address.partition("?")
            route = self.parameters_of(path)[0]
            kind = (route, frozenset(pair.partition("=")[0] for pair in query.split("&")))
            if (
                address in seen
                or taken[kind] >= 4
                or path.startswith("/media")
                or (DESK in path and path not in (LOGIN, "/quan-tri/news/"))
            ):
                continue
            seen.add(address)
            taken[kind] += 1
            answer = self.ask(address)
            self.known.headers |= {*answer["headers"]} - {"Set-Cookie"}
            self._benign += answer["body"]
            self.known.kinds.add(answer["headers"].get("Content-Type", ""))
            if answer["status"] == 200:
                self.samples.setdefault(route, path)
            if "html" in answer["headers"].get("Content-Type", ""):
                page = Structure(answer["body"].decode())
                self.known.structure |= page.found
                waiting += [link for each in page.links if (link := urljoin(address, each).split("#")[0])[:1] == "/"]
            elif address.endswith("sitemap.xml") or "/sitemap-" in address:
                inside = re.findall(rb"<loc>([^<]+)</loc>", answer["body"])
                waiting += [urlsplit(each.decode()).path for each in inside]
        for path in self.samples.values():
            self.names |= set(self.parameters_of(path)[1] or ())

    def places(self) -> list[Place]:
        return [*self._parameters(), *self._paths(), *self._headers()]

    def _parameters(self) -> Iterator[Place]:
        """All parameters of an address carry a string, each another one; and the bare string instead of them."""
        yield "/van-ban/?", lambda each: Attack(each, b"/van-ban/", {"QUERY_STRING": _latin(each)})
        for route, path in self.samples.items():
            read = self.parameters_of(path)[1]
            names = sorted(self.names if read is None else {*read, *UNREAD[:2]})
            if read != () or route == "home":
                yield f"{path}?", partial(self._with_parameters, path, names)

    def _with_parameters(self, path: str, names: list[str], sent: str) -> Attack:
        """The given string in one parameter, the strings sent before it in the others."""
        self._before = [sent, *self._before][: len(names)]
        given = zip(names, cycle(self._before), strict=False)
        query = "&".join(f"{quote(name)}={quote(_bytes(value))}" for name, value in given)
        return Attack(sent, path.encode(), {"QUERY_STRING": query})

    def _paths(self) -> Iterator[Place]:
        """Each part of each address is replaced by the string, with what is percent-encoded in it decoded."""
        holes = {"/%s", "/%s/", "/static/%s", "/media/%s", "/media/anh/%s"}
        for path in self.samples.values():
            parts = path.split("/")
            holes |= {"/".join([*parts[:at], "%s", *parts[at + 1 :]]) for at in range(1, len(parts)) if parts[at]}
        for hole in sorted(holes):
            before, after = (part.encode() for part in hole.split("%s"))
            yield (
                hole,
                partial(lambda before, after, each: Attack(each, before + _decoded(each) + after), before, after),
            )

    def _headers(self) -> Iterator[Place]:
        """All harmless headers at once on some pages, and one by one those that change the way a request takes."""
        together = [f"HTTP_{name}" for name in HEADERS]
        for route in ("home", "news:article", "search", "news:feed"):
            path = self.samples[route].encode()
            yield f"{route} headers", partial(lambda path, each: Attack(each, path, _all(together, each)), path)
        for name in ALONE:
            yield f"header {name}", partial(lambda name, each: Attack(each, b"/", _all([name], each)), name)

    def answer(self, attack: Attack) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Unknown REQUEST_METHOD")
            return self.ask("/", **{"PATH_INFO": attack.path.decode("latin-1"), **attack.environ})

    def judge(self, attack: Attack, answer: dict[str, Any]) -> list[str]:
        """What is wrong with the answer; nothing as a rule."""
        status, headers, body = answer["status"], answer["headers"], answer["body"]
        wrong = []
        if status >= 500:
            wrong.append(f"answered {status}")
        free = {"Allow", "Content-Range", "Accept-Ranges"} | (
            {"Set-Cookie"} if attack.path.startswith(DESK.encode()) else set()
        )
        if new := {*headers} - self.known.headers - free:
            wrong.append(f"brought headers {new}")
        kind = headers.get("Content-Type", "")
        if kind not in self.known.kinds | {"", "text/plain"} and status == 200 and not _is_ours(attack.path):
            wrong.append(f"content {kind}")
        leads = headers.get("Location", "")
        if leads not in self.known.leads and not leads_home(leads):
            wrong.append(f"leads to {leads}")
        if hash(body) in self._judged:
            return wrong
        if "<" in attack.sent and (raw := _bytes(attack.sent)) in body and raw not in self._benign:
            wrong.append("stands unescaped in the page")
        wrong += self._contents(kind, body)
        self._judged.add(hash(body))
        return wrong

    def _contents(self, kind: str, body: bytes) -> list[str]:
        if b"root:x:0" in body or b"SECRET_KEY" in body:
            return ["shows a file of the machine"]
        try:
            if "html" in kind:
                new = Structure(body.decode()).found - self.known.structure
                return [f"brought {new}"] if new else []
            if "xml" in kind and body:
                ElementTree.fromstring(body)
        except (ValueError, ElementTree.ParseError) as error:
            return [f"cannot be read: {error}"]
        return []


def leads_home(location: str) -> bool:
    """Whether a browser that is sent there stays with us: it drops line breaks and tabs, and takes \\ for /."""
    read = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    return not read.startswith("//") and urljoin(OWN + "/", read).startswith(OWN + "/")


def _is_ours(path: bytes) -> bool:
    return path.startswith((b"/static/", b"/media/"))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _latin(text: str) -> str:
    """As a server hands a header over: bytes as Latin-1 (PEP 3333), without what no server lets through."""
    return re.sub(r"[\r\n\0]", "", _bytes(text).decode("latin-1"))


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(_bytes(text))


def _all(names: list[str], text: str) -> dict[str, str]:
    return {name: _latin(text).strip() or "-" for name in names}


def route_of(path: str) -> tuple[str, tuple[str, ...] | None]:
    """The name of the view at a path, and the parameters it reads, where it says so."""
    try:
        found = resolve(path)
    except Resolver404:
        return "nothing", None
    return found.view_name, getattr(getattr(found.func, "view_class", found.func), "kept", None)
