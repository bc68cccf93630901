"""Ten thousand requests of readers, staff and editors: not a byte of what is not public reaches a reader."""

import gzip
import json
from collections import Counter
from datetime import timedelta
from random import Random
from uuid import uuid4

import brotli
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from portal import wsgi
from portal.publishing import content_types
from portal.workflow import Status
from tests.test_publishing import make
from tests.wsgi import ask

REQUESTS = 10_000
SECRET = "Chưa-ai-được-đọc"  # in every draft, and in the names of staff; addresses lose its accents
OPEN = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
ENCODINGS = ("", "br", "gzip, br", "gzip;q=0, br;q=0", "*", "identity", "BR;q=1.0", "deflate", ",,;q=", "gzip" * 50)
ACCEPTS = (
    "*/*",
    "application/json",
    "text/html;q=0",
    "image/webp,*/*;q=0.1",
    "../../x",
    "",
    "text/plain;charset=utf-7",
)
ODD = (
    {"HTTP_VARY": "Cookie"},
    {"HTTP_CACHE_CONTROL": "no-cache", "HTTP_PRAGMA": "no-cache"},
    {"HTTP_CACHE_CONTROL": "only-if-cached, max-stale"},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_RANGE": "bytes=0-"},
    {"HTTP_AUTHORIZATION": "Basic cXVhbnRyaTpx"},
    {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_ORIGINAL_URL": "/quan-tri/", "HTTP_X_REWRITE_URL": "/quan-tri/"},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT_LANGUAGE": "de"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
    {},
)


@pytest.fixture
def hidden(demo):
    """The addresses of items of every type that no reader may see, for every reason there is."""
    now, soon = timezone.now(), timedelta(hours=3)
    reasons = {
        "draft": {"status": Status.DRAFT},
        "in review": {"status": Status.REVIEW},
        "scheduled": {"published_at": now + soon},
        "expired": {"published_at": now - 2 * soon, "expires_at": now - soon},
    }
    body = f"<p>{SECRET}</p>"
    items = [
        make(model, title=f"Chức năng {SECRET}", body=body, **fields)
        for model in content_types()
        for fields in reasons.values()
    ]
    return [item.get_absolute_url() for item in items]


@pytest.fixture
def staff(django_user_model):
    """Two sessions of people with names: one that may do everything, and one that just signed out again."""
    cookies = []
    for name in ("an", "binh"):
        client = Client()
        client.force_login(django_user_model.objects.create_superuser(f"{name}-{SECRET}", password="x" * 14))
        client.get("/quan-tri/")
        cookies.append("; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items()))
    client.post("/quan-tri/logout/")
    return cookies


def odd_cookies(signed_out):
    """What a reader may send although no session stands behind it."""
    session, csrf = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    yield from (signed_out, f"{session}=", session, f"{session}={uuid4().hex}", f"{csrf}={uuid4().hex}", f"{csrf}=")
    yield from (f"{session.upper()}={uuid4().hex}", f'{session}="a\\"b"', "messages=W10:x", "_ga=GA1.1", "a=b;;=;c", "")
    yield from (f"x{session}=1", f"{session}=1; {session}=2", "\xff=\xfe", "=" * 3000, "da-dem=1; zalo=1")


class Visit:
    """One request after the other, of whoever `random` picks; what was answered is judged at once."""

    def __init__(self, random, hidden, staff, public):
        self.random, self.hidden, self.session, self.public = random, hidden, staff[0], public
        self.cookies = list(odd_cookies(staff[1]))
        self.tags, self.seen = ["*"], Counter()

    def one(self):
        who = self.random.choices(["reader", "staff", "editor"], [90, 5, 5])[0]
        getattr(self, who)()

    def reader(self):
        path = self.random.choice([*self.public * 3, *self.hidden, "/quan-tri/", "/quan-tri/news/article/"])
        path += self.random.choice(["", "", "", "?x=1", "?trang=2", "?_=1&q=chuc+nang", "?preview=1", "?_preview=1"])
        sent = {"HTTP_ACCEPT_ENCODING": self.random.choice(ENCODINGS), "HTTP_ACCEPT": self.random.choice(ACCEPTS)}
        sent |= self.random.choice(ODD)
        if self.random.random() < 0.3:
            sent["HTTP_COOKIE"] = self.random.choice(self.cookies)
        if self.random.random() < 0.1:
            sent["HTTP_IF_NONE_MATCH"] = self.random.choice(self.tags)
        answer = self._ask(path, self.random.choice(["GET", "GET", "GET", "HEAD"]), **sent)
        headers = answer["headers"]
        body = OPEN[headers.get("Content-Encoding", "")](answer["body"]) if answer["body"] else b""
        told = body.decode() + str(headers)
        assert SECRET not in told, (path, sent)
        assert json.dumps(SECRET)[1:-1] not in told, (path, sent)
        if "Set-Cookie" in headers and not path.startswith("/quan-tri/"):  # who sent a cookie that is none loses it
            assert any(
                name in sent["HTTP_COOKIE"] for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
            )
            assert "Cookie" in headers["Vary"]
            assert "public" not in headers.get("Cache-Control", "")
        if path.partition("?")[0] in self.hidden:
            assert answer["status"] == 404, (path, sent)
        self.seen["reader", answer["status"]] += 1

    def staff(self):
        path = self.random.choice(["/quan-tri/", "/quan-tri/news/article/", *self.public[:20]])
        self._ask(path, HTTP_COOKIE=self.session)

    def editor(self):
        answer = self._ask(self.random.choice(self.hidden), HTTP_COOKIE=self.session)
        assert answer["status"] == 200
        assert SECRET.encode() in answer["body"]
        assert "no-store" in answer["headers"]["Cache-Control"]
        self.seen["draft"] += 1

    def _ask(self, path, method="GET", **sent):
        answer = ask(wsgi.application, path, method, **sent)
        assert answer["status"] < 500, (path, sent)
        if tag := answer["headers"].get("ETag"):
            self.tags = [*self.tags[-20:], tag]
        return answer


def test_no_byte_of_a_draft_or_a_staff_page_reaches_a_reader(hidden, staff):
    sections = ("/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/chinh-sach/", "/tim-kiem/", "/so-do-trang/")
    feeds = ("/tin-tuc/atom.xml", "/van-ban/atom.xml", "/chinh-sach/atom.xml", "/thu-tuc-hanh-chinh/atom.xml")
    files = ("/sitemap.xml", "/sitemap-article.xml", "/van-ban/van-ban.csv", "/thu-tuc-hanh-chinh/danh-sach.csv")
    shown = [item.get_absolute_url() for model in content_types() for item in model.objects.published()[:5]]
    visit = Visit(Random(8), hidden, staff, [*sections, *feeds, *files, *shown])
    for number in range(REQUESTS):
        if number % 500 == 0:  # everything is new, so what is kept is made again by whoever comes first
            wsgi.page_cache.clear()
        visit.one()
    assert visit.seen["reader", 200] > REQUESTS / 2
    assert visit.seen["reader", 304] > 20
    assert visit.seen["reader", 404] > 500
    assert visit.seen["draft"] > 300
