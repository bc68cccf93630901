"""Visits: who is counted, what the figures say, and what happens when the database is away."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from django.db import Error, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import batches, changes, journals, statistics, visits
from portal.models import SiteIdentity, VisitHour
from portal.visitors import COOKIE, PATH, PIXEL
from portal.wsgi import application
from tests.live import wait_until
from tests.wsgi import ask

PROJECT = Path(__file__).resolve().parent.parent
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)
MORNING = datetime(2026, 11, 23, 2, 15, 20, tzinfo=UTC)  # 09:15 in Hải Dương


class Browser:
    """Speaks WSGI with the whole application and keeps its cookies until they expire."""

    def __init__(self, agent=PHONE, **headers):
        self.headers = {"HTTP_USER_AGENT": agent, **headers}
        self.cookies = {}

    def ask(self, path=PATH, method="POST", **headers):
        sent = [f"{name}={value}" for name, (value, until) in self.cookies.items() if time.time() < until]
        environ = {**self.headers, **headers, "HTTP_COOKIE": "; ".join(sent)}
        answer = ask(application, path, method, **environ)
        if cookie := answer["headers"].get("Set-Cookie"):
            name, value = cookie.split(";")[0].split("=")
            lifetime = int(re.search(r"Max-Age=(\d+)", cookie)[1])
            self.cookies[name] = (value, time.time() + lifetime)
        return answer


def counted():
    """What stands in the database."""
    visits.write()
    return sum(VisitHour.objects.values_list("visits", flat=True))


@pytest.fixture(autouse=True)
def _nothing_waits():
    yield
    visits.forget()


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(MORNING, tick=False)
    return time_machine


@pytest.mark.django_db
class TestWhoIsCounted:
    def test_a_reader_is_counted_and_marked_for_thirty_minutes(self, clock):
        answer = Browser().ask()
        assert (answer["status"], answer["body"]) == (204, b"")
        assert (
            answer["headers"]["Set-Cookie"] == "da-dem=1; Path=/luot-truy-cap/; Max-Age=1800; HttpOnly; SameSite=Strict"
        )
        assert counted() == 1

    def test_a_reader_without_javascript_is_counted_by_an_image(self):
        answer = Browser().ask(PATH + "?anh", "GET")
        assert (answer["status"], answer["body"], answer["headers"]["Content-Type"]) == (200, PIXEL, "image/gif")
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert counted() == 1

    def test_a_second_page_within_thirty_minutes_counts_nothing(self, clock):
        reader = Browser()
        reader.ask()
        clock.shift(timedelta(minutes=29))
        answer = reader.ask()
        assert answer["status"] == 204
        assert "Set-Cookie" not in answer["headers"]
        assert counted() == 1

    def test_a_page_after_thirty_one_minutes_counts_again(self, clock):
        reader = Browser()
        reader.ask()
        clock.shift(timedelta(minutes=31))
        reader.ask()
        assert counted() == 2

    def test_staff_are_not_counted(self, settings):
        staff = Browser()
        staff.cookies[settings.SESSION_COOKIE_NAME] = ("abc", float("inf"))
        assert "Set-Cookie" not in staff.ask()["headers"]
        assert counted() == 0

    @pytest.mark.parametrize(
        "agent",
        [
            "",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Go-http-client/2.0",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; coccocbot-web/1.0; +http://help.coccoc.com/searchengine)",
            "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko; compatible; Bytespider)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 Chrome-Lighthouse",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        ],
    )
    def test_programs_are_not_counted(self, agent):
        for method in ("POST", "GET"):
            assert "Set-Cookie" not in Browser(agent).ask(method=method)["headers"]
        assert counted() == 0

    @pytest.mark.parametrize(
        "agent",
        [
            PHONE.replace("; K)", "; CUBOT NOTE 20)"),
            PHONE + " Zalo android/12100642 ZaloTheme/light ZaloLanguage/vn",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/21G80 [FBAN/FBIOS]",
            "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; vi) Presto/2.12.423 Version/12.16",
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
            PHONE.replace("Chrome/", "coc_coc_browser/120.0 Chrome/"),
        ],
    )
    def test_unusual_browsers_are_counted(self, agent):
        Browser(agent).ask()
        assert counted() == 1

    @pytest.mark.parametrize(
        "header",
        [
            {"HTTP_SEC_FETCH_SITE": "cross-site"},
            {"HTTP_SEC_FETCH_SITE": "same-site"},
            {"HTTP_SEC_FETCH_SITE": "none"},
            {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
            {"HTTP_PURPOSE": "prefetch"},
            {"HTTP_X_MOZ": "prefetch"},
        ],
    )
    def test_requests_of_other_sites_and_prefetches_are_not_counted(self, header):
        assert Browser(**header).ask()["status"] == 204
        assert counted() == 0

    def test_our_own_pages_may_ask(self):
        Browser(HTTP_SEC_FETCH_SITE="same-origin").ask()
        assert counted() == 1

    @pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
    def test_other_methods_are_refused(self, method):
        answer = Browser().ask(method=method)
        assert (answer["status"], answer["headers"]["Allow"]) == (405, "GET, POST")
        assert counted() == 0

    def test_the_mark_is_for_encrypted_connections_only_when_the_site_has_them(self, settings):
        settings.HTTPS = True
        assert Browser().ask()["headers"]["Set-Cookie"].endswith("; Secure")

    def test_asking_needs_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            Browser().ask()

    def test_other_addresses_reach_django(self):
        assert Browser().ask("/robots.txt", "GET")["status"] == 200

    def test_where_django_stands_alone_it_counts_too(self, client):
        answer = client.post(reverse("visit"), headers={"user-agent": PHONE})
        assert answer.status_code == 204
        assert answer["Set-Cookie"].startswith(f"{COOKIE}=1;")
        assert counted() == 1


@pytest.mark.django_db
class TestFigures:
    def test_the_counter_goes_on_from_the_old_site(self):
        assert visits.figures() == (0, 0, 0, 1_631_529)
        Browser().ask()
        assert visits.figures() == (1, 1, 1, 1_631_530)

    def test_staff_may_correct_the_old_number(self):
        SiteIdentity(name="Sở", visits_before=2_000_000).save()
        Browser().ask()
        assert visits.figures().total == 2_000_001

    def test_writing_changes_no_figure(self):
        Browser().ask()
        before = visits.figures()
        visits.write()
        assert visits.figures() == before
        visits.forget()
        assert visits.figures() == before

    def test_a_visit_runs_for_thirty_minutes(self, clock):
        Browser().ask()
        visits.write()
        for minutes, online in ((0, 1), (29, 1), (30, 0)):
            clock.move_to(MORNING + timedelta(minutes=minutes), tick=False)
            assert visits.figures().online == online

    def test_visits_of_the_hour_before_still_run(self, clock):
        clock.move_to(MORNING.replace(minute=58))
        Browser().ask()
        visits.write()
        clock.shift(timedelta(minutes=10))
        Browser().ask()
        visits.write()
        visits.forget()
        assert visits.figures().online == 2

    @pytest.mark.parametrize(
        ("last_second", "still_in_month"),
        [
            (datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC), 1),  # a day ends at 17:00 in UTC
            (datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC), 0),
            (datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), 0),
        ],
    )
    @pytest.mark.parametrize("restarted", [False, True])
    def test_days_and_months_end_at_midnight_in_vietnam(self, clock, last_second, still_in_month, restarted):
        clock.move_to(last_second, tick=False)
        Browser().ask()
        assert visits.figures() == (1, 1, 1, 1_631_530)
        visits.write()
        if restarted:
            visits.forget()
        clock.shift(timedelta(seconds=1))
        assert visits.figures() == (1, 0, still_in_month, 1_631_530)

    def test_the_database_is_asked_once_in_half_a_minute(self, clock, django_assert_num_queries):
        clock.move_to(MORNING.replace(second=0), tick=False)
        with django_assert_num_queries(1):
            visits.figures()
            clock.shift(timedelta(seconds=29))
            visits.figures()
        VisitHour.objects.create(hour=MORNING.replace(minute=0, second=0), visits=5, minutes=[0] * 60)
        clock.shift(timedelta(seconds=1))
        assert visits.figures().today == 5

    def test_an_hour_keeps_its_minutes(self, clock):
        Browser().ask()
        visits.write()
        clock.shift(timedelta(minutes=3))
        Browser().ask()
        Browser().ask()
        visits.write()
        row = VisitHour.objects.get()
        assert (row.hour, row.visits) == (MORNING.replace(minute=0, second=0), 3)
        assert {minute: n for minute, n in enumerate(row.minutes) if n} == {15: 1, 18: 2}


# Waits, at most so many milliseconds, until they have ended.
END_CONNECTIONS = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s"


@contextmanager
def server_cursor(database="postgres"):
    """A connection that has nothing to do with Django's."""
    settings = {**connection.get_connection_params(), "dbname": database, "cursor_factory": None}
    with closing(psycopg2.connect(**settings)) as server:
        server.autocommit = True
        yield server.cursor()


@contextmanager
def database_away():
    """The server lets nobody into the database, and ends the connections there are."""
    name = connection.settings_dict["NAME"]
    with server_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute(END_CONNECTIONS, [name])
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            connection.close()


@pytest.mark.django_db(transaction=True)
class TestTheDatabase:
    def test_a_visit_reaches_it_without_being_told(self):
        Browser().ask()
        wait_until(VisitHour.objects.exists)

    def test_while_it_is_away_nothing_fails_and_the_counts_arrive_later(self, caplog):
        Browser().ask()
        visits.write()
        visits.figures()
        with database_away():
            for _ in range(3):
                assert Browser().ask()["status"] == 204
            assert visits.figures() == (4, 4, 4, 1_631_533)
            wait_until(lambda: "visits wait in memory" in caplog.text)
            assert Browser().ask()["status"] == 204
            assert visits.figures().total == 1_631_534
        wait_until(lambda: list(VisitHour.objects.values_list("visits", flat=True)) == [5])
        assert visits.figures().total == 1_631_534

    def test_away_from_the_start_the_old_number_is_shown(self, clock):
        with database_away():
            assert visits.figures() == (0, 0, 0, 1_631_529)
            Browser().ask()
            assert visits.figures() == (1, 1, 1, 1_631_530)
        clock.shift(timedelta(minutes=1))
        assert visits.figures().total == 1_631_530
        wait_until(VisitHour.objects.exists)

    def test_while_it_is_away_yesterday_is_not_shown_as_today(self, clock):
        Browser().ask()
        visits.write()
        visits.figures()
        with database_away():
            clock.shift(timedelta(days=1))
            assert visits.figures() == (0, 0, 1, 1_631_530)

    def test_while_it_hangs_nobody_waits_for_it(self, clock):
        visits.figures()
        with server_cursor(connection.settings_dict["NAME"]) as elsewhere:
            elsewhere.execute("BEGIN; LOCK TABLE portal_visithour IN EXCLUSIVE MODE")
            Browser().ask()
            wait_until(visits._batch.writing.locked)
            clock.shift(timedelta(minutes=1))
            began = time.monotonic()
            assert Browser().ask()["status"] == 204
            assert visits.figures().total == 1_631_531
            assert time.monotonic() - began < 2 * batches.WRITE_AFTER
            elsewhere.execute("ROLLBACK")
        wait_until(lambda: sum(VisitHour.objects.values_list("visits", flat=True)) == 2)

    def test_a_restarted_database_needs_no_care(self):
        Browser().ask(reverse("statistics"), "GET")
        with server_cursor() as cursor:
            cursor.execute(END_CONNECTIONS, [connection.settings_dict["NAME"]])
        changes.forget_all()
        visits.forget()
        Browser().ask()
        wait_until(lambda: not visits._batch.waiting)
        answer = Browser().ask(reverse("statistics"), "GET")
        assert answer["status"] == 200
        assert "1.631.530" in answer["body"].decode()

    def test_visits_of_several_hours_arrive_together(self, clock):
        with database_away():
            for _ in range(3):
                Browser().ask()
                clock.shift(timedelta(hours=1))
        visits.write()
        assert list(VisitHour.objects.values_list("visits", flat=True)) == [1, 1, 1]

    def test_threads_lose_nothing(self):
        def visit_and_write(_):
            Browser().ask()
            visits.write()
            connection.close()

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(visit_and_write, range(200)))
        assert counted() == 200

    def test_what_a_killed_process_had_counted_is_added_once_by_another(self, monkeypatch):
        killed = journals.Journal(visits._batch._folder)
        for _ in range(3):
            killed.add(MORNING)
        os.write(killed._file, b"2026-11-")  # in the middle of a line
        assert counted() == 0  # it lives: its file is locked
        killed.close()
        with monkeypatch.context() as dying:
            dying.setattr(journals.Journal, "drop", journals.Journal.close)  # the process that adds them is killed too
            assert counted() == 3
        assert counted() == 3
        assert list(visits._batch._folder.iterdir()) == []

    def test_a_commit_that_nobody_heard_of_is_not_repeated(self, monkeypatch):
        """The database dies after it has written and before it has said so."""
        Browser().ask()
        with monkeypatch.context() as dying:
            dying.setattr(journals.Journal, "drop", _gone)
            visits.write()
        assert visits._batch.waiting.total() == 1
        assert counted() == 1

    def test_processes_lose_nothing_even_when_they_end(self, granian):
        with ThreadPoolExecutor(4) as threads:
            processes = list(threads.map(granian.ask, range(200)))
        granian.process.send_signal(signal.SIGTERM)
        granian.process.wait(20)
        assert len(set(processes)) == 2
        assert counted() == 200 + granian.asked_before


def _gone(*_):
    raise Error("the connection was lost")


SITE = """
import os
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
from portal import wsgi
def application(environ, start_response):
    def start(status, headers):
        start_response(status, [*headers, ("X-Process", str(os.getpid()))])
    return wsgi.application(environ, start)
"""


class Granian:
    """The server of production with two workers, on the database of the tests."""

    def __init__(self, folder):
        (folder / "site_of_test.py").write_text(SITE.format(database=connection.settings_dict["NAME"]))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "portal.management.web", str(self.port), "site_of_test:application"]
        paths = os.pathsep.join([str(folder), str(PROJECT)])
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "portal.settings"},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.asked_before = 0

    def ask(self, *_):
        """One visit; returns the process that answered."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{PATH}", method="POST")
        request.add_header("User-Agent", PHONE)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 204
            return answer.headers["X-Process"]

    def wait_for_both_workers(self):
        """A worker that is told to stop while it starts would never hear of it."""
        seen = set()

        def both_answered():
            try:
                seen.add(self.ask())
            except OSError:
                return False
            self.asked_before += 1
            return len(seen) == 2

        wait_until(both_answered, 30)


@pytest.fixture
def granian(tmp_path, transactional_db):
    server = Granian(tmp_path)
    try:
        server.wait_for_both_workers()
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def add_hours(*rows):
    """Each row: a moment in UTC and its visits."""
    VisitHour.objects.bulk_create(VisitHour(hour=hour, visits=n, minutes=[n] + [0] * 59) for hour, n in rows)


def utc(*when):
    return datetime(*when, tzinfo=UTC)


@pytest.mark.django_db
class TestStatisticsPage:
    def test_without_any_visit(self, client, clock):
        page = client.get(reverse("statistics"))
        text = page.content.decode()
        assert page.status_code == 200
        assert "1.631.529" in text
        assert "Chưa có lượt truy cập nào" in text
        assert [bar["height"] for bar in page.context["chart"]["bars"]] == [0] * 12
        assert [month["last_year"] for month in page.context["months"]] == [None] * 12

    def test_twelve_months_newest_first_beside_the_year_before(self, client, clock):
        add_hours((utc(2026, 11, 2, 3), 4_600), (utc(2026, 2, 2, 3), 2_800), (utc(2025, 11, 2, 3), 3_000))
        add_hours((utc(2024, 11, 2, 3), 9_999))
        months = client.get(reverse("statistics")).context["months"]
        assert [month["label"] for month in months][::11] == ["11/2026", "12/2025"]
        assert months[0] == {"label": "11/2026", "visits": 4_600, "per_day": 200, "last_year": 3_000, "running": True}
        assert months[9] == {"label": "02/2026", "visits": 2_800, "per_day": 100, "last_year": None, "running": False}

    def test_a_month_begins_at_midnight_in_vietnam(self, client, clock):
        add_hours((utc(2026, 10, 31, 16), 1), (utc(2026, 10, 31, 17), 10))
        months = client.get(reverse("statistics")).context["months"]
        assert [month["visits"] for month in months[:2]] == [10, 1]

    def test_a_visit_that_is_not_written_yet_is_in_figures_and_table_alike(self, client, clock):
        Browser().ask()
        page = client.get(reverse("statistics"))
        assert page.context["figures"].month == page.context["months"][0]["visits"] == 1

    def test_the_page_names_highest_and_lowest_month(self, client, clock):
        add_hours((utc(2026, 7, 9, 1), 39_745), (utc(2026, 9, 9, 1), 22_840), (utc(2026, 11, 9, 1), 10))
        add_hours((utc(2026, 8, 9, 1), 30_000), (utc(2026, 10, 9, 1), 30_000))
        text = client.get(reverse("statistics")).content.decode()
        assert "Cao nhất tháng 07/2026 với 39.745 lượt, thấp nhất tháng 09/2026 với 22.840 lượt" in text

    def test_two_queries_however_long_the_history(self, client, clock):
        add_hours(*((MORNING.replace(minute=0, second=0) - timedelta(hours=n), 7) for n in range(0, 24 * 800, 24)))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("statistics"))
        assert len([query for query in queries if "portal_visithour" in query["sql"]]) == 2

    @pytest.mark.parametrize("highest", [1, 3, 4, 5, 39_745, 40_000, 40_001, 1_000_000])
    def test_the_chart_fits_its_frame(self, highest):
        months = [{"label": "01/2026", "visits": n, "running": False} for n in (0, highest // 2, highest)]
        chart = statistics.chart(months)
        lines = [line["y"] for line in chart["grid"]]
        assert 1 <= len(lines) <= 4
        assert statistics.TOP == min(lines) <= chart["bars"][-1]["y"]
        assert all(bar["y"] + bar["height"] == chart["baseline"] for bar in chart["bars"])
        assert all(isinstance(bar[side], int) for bar in chart["bars"] for side in ("x", "y", "width", "height"))

    def test_every_day_can_be_downloaded(self, client):
        add_hours((utc(2026, 11, 20, 3), 5), (utc(2026, 11, 20, 16), 2), (utc(2026, 11, 21, 17), 4))
        answer = client.get(reverse("statistics-csv"))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="luot-truy-cap.csv"'
        assert answer.content.startswith(b"\xef\xbb\xbf")
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert lines == ["ngày,lượt", "2026-11-20,7", "2026-11-21,0", "2026-11-22,4"]

    def test_the_download_is_empty_before_the_first_visit(self, client):
        assert client.get(reverse("statistics-csv")).content.decode("utf-8-sig") == "ngày,lượt\r\n"
