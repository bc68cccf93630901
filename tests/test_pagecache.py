"""The page cache: what a reader may get from it, and what nobody can make it keep."""

import gzip
import re
import threading
import time
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from news.models import Article, Category
from portal import changes, search_page, wsgi
from portal.addresses import Redirect
from portal.models import Page
from portal.pagecache import cache, keys, pages
from portal.pagecache.store import Store
from portal.workflow import Status
from tests.test_visits import database_away
from tests.wsgi import ask as ask_application

pytestmark = pytest.mark.django_db
HOME = "/gioi-thieu/"
WITH_PARAMETERS = ["/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/dich-vu-cong/", "/van-ban/?nam=2019"]
LINK = re.compile(r'href="([^"#]*\?[^"#]*)"')
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
ACTION = re.compile(r'<form[^>]* action="([^"]*)"')
NAME = re.compile(r'<(?:input|select)[^>]* name="([^"]*)"')


def ask(path, method="GET", **environ):
    return ask_application(wsgi.application, path, method, **environ)


def entry(**fields):
    fields = {"title": "Giới thiệu", "body": "<p>Chức năng, nhiệm vụ</p>" * 50} | fields
    return Page.objects.create(status=Status.PUBLISHED, **fields)


@pytest.fixture
def standing(db):
    return entry()


@pytest.fixture
def kept():
    """How many answers the cache keeps."""
    store = wsgi.page_cache
    return lambda: len(store._pages) + len(store._others)


@pytest.fixture
def later(monkeypatch):
    """Lets the clock that copies are measured by run ahead."""
    now = time.monotonic
    ahead = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now() + ahead[0])

    def pass_by(seconds):
        ahead[0] += seconds

    return pass_by


@pytest.fixture
def from_memory():
    """Asks, and says whether Django's views were needed."""

    def asked(path=HOME, **environ):
        changes.generation()
        with CaptureQueriesContext(connection) as queries:
            answer = ask(path, **environ)
        return answer, not queries.captured_queries

    return asked


class TestWhatIsAnswered:
    def test_the_second_reader_is_answered_from_memory(self, standing, from_memory):
        first = ask(HOME)
        second, remembered = from_memory()
        assert remembered
        assert second == first
        assert second["headers"]["Cache-Control"].startswith("public, max-age=0, s-maxage=1, stale-while-revalidate=")
        assert "default-src 'none'" in second["headers"]["Content-Security-Policy"]
        assert "Set-Cookie" not in second["headers"]

    def test_it_is_what_django_answers(self, standing, client):
        assert ask(HOME)["body"] == client.get(HOME).content

    @pytest.mark.parametrize("encoding", [("br", brotli.decompress), ("gzip", gzip.decompress)])
    def test_it_is_compressed_as_the_reader_accepts(self, standing, encoding):
        name, open_ = encoding
        plain = ask(HOME)
        packed = ask(HOME, HTTP_ACCEPT_ENCODING=f"deflate, {name};q=0.5, *;q=0")
        assert packed["headers"]["Content-Encoding"] == name
        assert open_(packed["body"]) == plain["body"]
        assert int(packed["headers"]["Content-Length"]) == len(packed["body"]) < len(plain["body"]) / 2
        assert packed["headers"]["Vary"] == plain["headers"]["Vary"] == "Accept-Encoding"
        assert packed["headers"]["ETag"] != plain["headers"]["ETag"]

    def test_what_is_refused_is_not_sent(self, standing):
        assert ask(HOME, HTTP_ACCEPT_ENCODING="br;q=0, gzip")["headers"]["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in ask(HOME, HTTP_ACCEPT_ENCODING="br; q=0, gzip;q=0")["headers"]

    def test_head_is_get_without_the_body(self, standing, from_memory):
        head = ask(HOME, "HEAD")
        whole, remembered = from_memory()
        assert remembered
        assert head["body"] == b""
        assert head["headers"] == whole["headers"]

    def test_whoever_has_the_page_is_told_so(self, standing):
        tag = ask(HOME, HTTP_ACCEPT_ENCODING="br")["headers"]["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = ask(HOME, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=known)
            assert (answer["status"], answer["body"], answer["headers"]["ETag"]) == (304, b"", tag)
            assert "Content-Length" not in answer["headers"]
        assert ask(HOME, HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=tag)["status"] == 200

    def test_the_first_reader_may_ask_with_a_condition(self, standing):
        tag = ask(HOME)["headers"]["ETag"]
        changes.forget_all()
        assert ask(HOME, HTTP_IF_NONE_MATCH=tag)["status"] == 304
        assert ask(HOME, HTTP_IF_NONE_MATCH='"other"')["body"]

    def test_feeds_answer_to_the_date_they_were_changed(self, demo):
        feed = ask("/tin-tuc/atom.xml")
        modified = feed["headers"]["Last-Modified"]
        assert ask("/tin-tuc/atom.xml", HTTP_IF_MODIFIED_SINCE=modified)["status"] == 304
        assert ask("/tin-tuc/atom.xml", HTTP_IF_MODIFIED_SINCE="Mon, 01 Jan 2001 00:00:00 GMT")["status"] == 200

    def test_moved_and_missing_addresses_are_kept_too(self, from_memory):
        Redirect.objects.create(old_path="/cu/", new_path="/moi/")
        for path, status in (("/cu/", 301), ("/khong-co/", 404)):
            assert ask(path)["status"] == status
            answer, remembered = from_memory(path)
            assert remembered
            assert answer["status"] == status
            assert "ETag" not in answer["headers"]
        assert ask("/cu/")["headers"]["Location"] == "/moi/"

    def test_every_link_and_form_leads_to_the_page_django_makes(self, demo, client):
        """A parameter that a view reads but does not name in `kept` would be lost."""
        links, fields = set(), set()
        for start in WITH_PARAMETERS:
            text = unescape(ask(start)["body"].decode())
            links |= {urljoin(start, link) for link in LINK.findall(text)}
            for form in FORM.findall(text):
                action = urljoin(start, (ACTION.findall(form) or [""])[0])
                fields |= {(action, name) for name in NAME.findall(form)}
        for link in sorted(link for link in links if link.startswith("/") and not link.startswith(reverse("go"))):
            direct = client.get(link)
            if not direct.streaming:
                assert ask(link)["body"] == direct.content, link
        assert len(links) > 30
        for action, name in fields:
            read = keys.read_by_page(urlsplit(action).path, f"{name}=a")
            assert read is None or read == f"{name}=a", (action, name)
        assert len(fields) > 12


class TestWhenItIsNew:
    def test_a_change_is_seen_at_once_by_the_process_that_made_it(self, standing):
        ask(HOME)
        standing.title = "Tên mới"
        standing.save()
        assert "Tên mới" in ask(HOME)["body"].decode()

    def test_a_change_elsewhere_is_seen_at_the_next_look(self, standing, later):
        ask(HOME)
        with connection.cursor() as cursor:  # as another process would, unknown to this one
            cursor.execute("UPDATE portal_page SET title = 'Ở nơi khác'")
            cursor.execute("INSERT INTO portal_change (at, model, deleted) VALUES (now(), 'portal.page', false)")
        assert "Ở nơi khác" not in ask(HOME)["body"].decode()
        later(changes.LOOK_EVERY)
        assert "Ở nơi khác" in ask(HOME)["body"].decode()

    def test_what_ends_and_comes_back_is_remembered_each_time(self, standing, from_memory):
        for ended, expected in ((None, 200), (timezone.now(), 404), (None, 200)):
            Page.objects.update(expires_at=ended)
            assert ask(HOME)["status"] == expected
            answer, remembered = from_memory()
            assert (answer["status"], remembered) == (expected, True)

    def test_what_is_scheduled_appears_within_half_a_minute(self, time_machine, later):
        now = timezone.now()
        time_machine.move_to(now, tick=False)
        entry(published_at=now + timedelta(seconds=1))
        assert ask(HOME)["status"] == 404
        time_machine.shift(changes.KEEP_AT_MOST)
        assert ask(HOME)["status"] == 404
        later(changes.KEEP_AT_MOST)
        assert ask(HOME)["status"] == 200

    def test_a_search_shows_what_is_scheduled_a_second_later(self, time_machine, later):
        now, search = timezone.now(), "/tim-kiem/?q=chuc+nang"
        time_machine.move_to(now, tick=False)
        entry(title="Chức năng mới", published_at=now + timedelta(seconds=1))
        assert "Chức năng mới" not in ask(search)["body"].decode()
        time_machine.shift(1)
        later(search_page.KEPT)
        assert "Chức năng mới" in ask(search)["body"].decode()

    def test_a_page_that_came_out_the_same_is_not_compressed_again(self, standing, monkeypatch):
        ask(HOME, HTTP_ACCEPT_ENCODING="br")
        changes.record(Page)
        monkeypatch.delitem(pages._COMPRESS, "br")
        assert ask(HOME, HTTP_ACCEPT_ENCODING="br")["status"] == 200

    def test_while_it_is_rendered_others_wait_for_it(self, standing):
        """In one process with several threads; the second finds the first one's page."""
        asked = []

        def slow(environ, start_response):
            asked.append(environ["PATH_INFO"])
            if len(asked) == 1:
                second.start()
            return wsgi.django_application(environ, start_response)

        ours = cache.PageCache(slow)
        results = []
        second = threading.Thread(target=lambda: results.append(ask_application(ours, "/khong-co-thread/")))
        changes.generation()
        first = ask_application(ours, "/khong-co-thread/")
        second.join(10)
        assert asked == ["/khong-co-thread/"]
        assert results == [first]


class TestWhatIsNeverKept:
    def test_staff_get_their_own_pages_and_leave_none(self, admin, standing, kept):
        Page.objects.update(status=Status.DRAFT)
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in admin.cookies.items())
        draft = ask(HOME, HTTP_COOKIE=cookies)
        assert draft["status"] == 200
        assert "no-store" in draft["headers"]["Cache-Control"]
        assert kept() == 0
        assert ask(HOME)["status"] == 404

    def test_the_admin_is_passed_on_untouched(self, kept):
        login = ask("/quan-tri/login/")
        assert login["status"] == 200
        assert settings.CSRF_COOKIE_NAME in login["headers"]["Set-Cookie"]
        assert ask("/quan-tri/jsi18n/")["status"] == 302
        assert kept() == 0

    @pytest.mark.parametrize(
        "header",
        [
            ("Set-Cookie", "a=b"),
            ("Cache-Control", "private"),
            ("Cache-Control", "max-age=0, No-Store"),
            ("Vary", "Cookie"),
            ("Vary", "Accept-Encoding, Accept-Language"),
            ("Vary", "*"),
            ("Content-Encoding", "gzip"),
        ],
    )
    def test_answers_for_one_reader(self, header):
        assert pages.may_be_kept("200 OK", [("Vary", "Accept-Encoding")])
        assert not pages.may_be_kept("200 OK", [header])

    @pytest.mark.parametrize("status", ["302 Found", "400 Bad Request", "403 Forbidden", "500 Oops", "206 Partial"])
    def test_other_answers(self, status):
        assert not pages.may_be_kept(status, [])

    @pytest.mark.parametrize(
        "header",
        ["HTTP_RANGE", "HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"],
    )
    def test_special_requests_go_to_django_as_they_are(self, standing, kept, header):
        assert ask(HOME, **{header: "bytes=0-1"})["status"] == 200
        assert kept() == 0

    def test_writing_requests_go_to_django(self, standing, kept):
        assert ask(HOME, "POST")["status"] in (403, 405)
        assert kept() == 0

    def test_files_go_to_django(self, kept):
        assert ask("/static/css/base.css")["status"] == 200
        assert kept() == 0


class TestPoisoning:
    def test_nothing_but_the_key_reaches_the_page_that_is_kept(self, standing):
        heard = {}

        def listening(environ, start_response):
            heard.update(environ)
            return wsgi.django_application(environ, start_response)

        evil = {f"HTTP_{name}": "evil" for name in ("X_FORWARDED_HOST", "FORWARDED", "ACCEPT_LANGUAGE", "COOKIE")}
        evil |= {"HTTP_X_ORIGINAL_URL": "/x", "HTTP_IF_NONE_MATCH": "*", "CONTENT_LENGTH": "4", "HTTP_USER_AGENT": "e"}
        ask_application(cache.PageCache(listening), HOME + "?evil=1&trang=2", **evil)
        assert {name for name in heard if name.startswith(("HTTP_", "CONTENT"))} == {"HTTP_HOST"}
        assert heard["QUERY_STRING"] == ""

    def test_parameters_nobody_reads_make_no_copy_and_reach_no_page(self, demo, kept, from_memory):
        ask("/tin-tuc/?trang=2")
        before = kept()
        for query in ("trang=2&utm_source=zalo", "x=%3Cscript%3E&trang=2", "trang=2&&=&trang=", "%ff=%ff&trang=2"):
            answer, remembered = from_memory(f"/tin-tuc/?{query}")
            assert remembered, query
            assert b"script%3E" not in answer["body"]
            assert b"zalo" not in answer["body"].replace(b"button-share.zalo.me", b"")
        assert kept() == before

    def test_parameters_in_another_order_are_the_same_page(self, demo, from_memory):
        one = ask("/van-ban/?nam=2019&loai=luat&hieu-luc=")
        other, remembered = from_memory("/van-ban/?loai=luat&q=&nam=2019")
        assert remembered
        assert one["body"] == other["body"]

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "localhost:1", "LOCALHOST", "localhost@evil.example", "a.localhost", ""],
    )
    def test_other_hosts_make_no_copy(self, standing, kept, host):
        ask(HOME, HTTP_HOST=host)
        assert kept() == 0

    def test_the_scheme_behind_a_proxy_is_part_of_the_key(self, monkeypatch):
        monkeypatch.setattr(keys, "_PROXY_HEADER", "HTTP_X_FORWARDED_PROTO")
        monkeypatch.setattr(keys, "_PROXY_VALUE", "https")
        asked = {"REQUEST_METHOD": "GET", "HTTP_HOST": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
        schemes = [keys.key_of({**asked, "HTTP_X_FORWARDED_PROTO": told})[0] for told in ("https", "http", "evil")]
        assert schemes == [True, False, False]

    def test_invented_addresses_and_parameters_cannot_drive_out_pages(self, standing, from_memory, monkeypatch):
        monkeypatch.setattr(wsgi.page_cache, "_others", Store(100_000))
        ask(HOME)
        for number in range(30):
            ask(f"/khong-co-{number}/")
            ask(f"/tim-kiem/?q={number}")
        assert wsgi.page_cache._others.size <= 100_000
        assert from_memory()[1]

    def test_endless_addresses_are_not_kept(self, kept):
        ask(f"/{'a' * 2000}/")
        ask(f"/tim-kiem/?q={'a' * 2000}")
        ask("/tim-kiem/?" + "&".join(f"q={number}" for number in range(100)))
        assert kept() == 0

    def test_a_forged_session_gets_no_page_of_others_and_leaves_none(self, standing, kept):
        ask(HOME, HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={signing.dumps('x')}")
        assert kept() == 0

    def test_cookies_of_other_sites_change_nothing(self, standing, from_memory):
        ask(HOME)
        assert from_memory(HTTP_COOKIE="_ga=GA1.1; da-dem=1")[1]


def test_memory_is_bounded_by_bytes():
    store = Store(100_000)
    for number in range(100):
        key = (False, "localhost", f"/{number}/", "")
        store.put(key, pages.Page("200 OK", [("Content-Type", "text/html")], b"a" * 5_000, 1))
        assert store.size <= store.limit
    assert 5 < len(store) < 12
    assert store.get(key)
    store.put(key, pages.Page("200 OK", [], b"a" * 50_000, 1))  # too large a share
    assert store.get(key) is None


@pytest.mark.django_db(transaction=True)
class TestFailure:
    def test_while_the_database_is_away_readers_get_the_last_copy(self, later, caplog):
        entry()
        good = ask(HOME)
        later(changes.KEEP_AT_MOST)
        with database_away():
            for _ in range(2):
                stale = ask(HOME)
                assert (stale["status"], stale["body"]) == (200, good["body"])
                assert stale["headers"]["Warning"] == '110 - "Response is Stale"'
            assert caplog.text.count("The database is away, pages") == 1
        later(3600)  # the cache waits four times as long as the look that failed, which is long on a busy machine
        again = ask(HOME)
        assert "Warning" not in again["headers"]

    def test_a_search_is_kept_for_when_it_cannot_be_made_anew(self, later):
        search = "/tim-kiem/?q=chuc+nang"
        assert "Chức năng mới" not in ask(search)["body"].decode()
        entry(title="Chức năng mới")
        later(changes.LOOK_EVERY)
        good = ask(search)
        assert "Chức năng mới" in good["body"].decode()
        later(changes.KEEP_AT_MOST)
        with database_away():
            stale = ask(search)
        assert (stale["body"], stale["headers"]["Warning"]) == (good["body"], '110 - "Response is Stale"')

    def test_a_page_that_fails_is_answered_by_its_last_copy(self, client):
        category = Category.objects.create(name="Tin")
        article = Article.objects.create(title="Bài", category=category, status=Status.PUBLISHED)
        address = article.get_absolute_url()
        good = ask(address)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE news_articlephoto RENAME TO hidden")
            try:
                changes.record(Article)
                stale = ask(address)
            finally:
                cursor.execute("ALTER TABLE hidden RENAME TO news_articlephoto")
        assert stale["body"] == good["body"]
        assert "Warning" in stale["headers"]
        assert "Warning" not in ask(address)["headers"]
