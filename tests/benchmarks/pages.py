"""The pages that are measured, found as a reader would find them."""

import re
import urllib.request
from urllib.parse import quote

from tests.benchmarks.servers import Server

ARTICLE = re.compile(r'href="(/tin-tuc/[a-z0-9-]+/[a-z0-9-]+/)"')
PROCEDURE = re.compile(r'href="(/thu-tuc-hanh-chinh/[\d.]+[^"/]*/)"')
DOCUMENT = re.compile(r'href="(/van-ban/[a-z-]+/\d{4}/[^"/]+/)"')


def fetch(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(server.address + path, timeout=60) as answer:
        return answer.read()


def addresses(server: Server) -> dict[str, str]:
    """Name → address. The article has a gallery; the document is the longest of those shown first."""
    lists = {name: fetch(server, path).decode() for name, path in LISTS.items()}
    articles = [path for path in ARTICLE.findall(lists["list"]) if b"data-srcset" in fetch(server, path)]
    documents = sorted(set(DOCUMENT.findall(lists["documents"])), key=lambda path: len(fetch(server, path)))
    return {
        "home": "/",
        "list": LISTS["list"],
        "article": articles[0],
        "procedure": PROCEDURE.findall(lists["procedures"])[0],
        "document": documents[-1],
        "search": "/tim-kiem/?q=" + quote("trợ cấp"),
    }


LISTS = {"list": "/tin-tuc/", "procedures": "/thu-tuc-hanh-chinh/", "documents": "/van-ban/"}
