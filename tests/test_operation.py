"""What whoever runs the site needs: settings refused in words, probes, logs, figures, and a database that is away."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import Client

from portal import environment, failures, health, logs
from portal.models import SiteIdentity

ROOT = Path(__file__).resolve().parent.parent


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", **variables}
    del settings["DJANGO_ALLOW_ASYNC_UNSAFE"]  # set for the browser tests only
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60)


# Settings


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: environment.database("X", {}), "portal"),
        (lambda: environment.database("X", {}), "mysql://a/b"),
        (lambda: environment.database("X", {}), "postgres://host"),
        (lambda: environment.database("X", {}), "postgres://u:p@host:port/name"),
        (lambda: environment.site_address("X", ""), "example.gov.vn"),
        (lambda: environment.site_address("X", ""), "https://example.gov.vn/cong"),
        (lambda: environment.site_address("X", ""), "http://[x"),
        (lambda: environment.hosts("X"), "*"),
        (lambda: environment.hosts("X"), "a.gov.vn, b.gov.vn/"),
        (lambda: environment.number("X", 1, 1, 10), "11"),
        (lambda: environment.number("X", 1, 1, 10), "mười"),
        (lambda: environment.flag("X"), "maybe"),
        (lambda: environment.choice("X", ("plain", "json")), "xml"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_two_languages(monkeypatch, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    vietnamese, english = str(refused.value).splitlines()
    assert vietnamese.startswith("X ")
    assert english.startswith("X ")


def test_a_refused_address_of_the_database_does_not_show_its_password(monkeypatch):
    monkeypatch.setenv("X", "postgres://u:bi-mat@host:port/name")
    with pytest.raises(ImproperlyConfigured, match=r"^(?!.*bi-mat)"):
        environment.database("X", {})


@pytest.mark.parametrize("program", [["manage.py", "check"], ["-m", "portal.management.serve"]])
def test_wrong_settings_end_in_words_not_in_a_traceback(program, tmp_path):
    result = manage(*program, PORTAL_VAR=str(tmp_path), DATABASE_URL="portal", PORT="18026")
    assert result.returncode == 1
    assert result.stderr.startswith("DATABASE_URL phải có dạng postgres://")
    assert "Traceback" not in result.stderr


def test_the_deployment_check_has_nothing_to_say(tmp_path):
    production = {"SITE_URL": "https://example.gov.vn", "SECRET_KEY": "kZ4-tG8_xQ2w" * 5, "PORTAL_VAR": str(tmp_path)}
    result = manage("manage.py", "check", "--deploy", "--fail-level", "INFO", **production)
    assert result.returncode == 0, result.stderr


def test_in_production_only_the_named_hosts_and_host_cookies(tmp_path):
    show = "from portal import settings as s; print(s.ALLOWED_HOSTS, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    result = manage("-c", show, SITE_URL="https://a.gov.vn", ALLOWED_HOSTS="B.gov.vn", PORTAL_VAR=str(tmp_path))
    assert result.stdout == "['a.gov.vn', 'b.gov.vn'] __Host-phien __Host-csrf\n"


# Probes


def test_a_living_process_says_so_whatever_it_is_called(client):
    answer = client.get("/healthz", headers={"host": "any.name"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_ready_site_names_what_works(client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "migrations": True, "media": True})
    assert answer["Cache-Control"] == "no-store"


def test_a_site_is_not_ready_without_its_database(client, db):
    with connection.execute_wrapper(_away):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": False})


def test_a_site_is_not_ready_before_its_migrations(client, db):
    health._migrations.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'news'")
    assert client.get("/readyz").json() == {"database": True, "migrations": False}


def test_a_site_is_not_ready_when_uploads_cannot_be_written(client, db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "a file stands in the way"
    settings.MEDIA_ROOT.touch()
    assert client.get("/readyz").json()["media"] is False


def _away(execute, sql, params, many, context):
    raise OperationalError("the server closed the connection unexpectedly")


# Logs


def as_one_record(formatter: logging.Formatter, message: str, **extra) -> str:
    record = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": message, **extra})
    logs.NamesRequest().filter(record)
    return formatter.format(record)


EVIL = "có\n2026-01-01 ERROR giả\r\x1b[2Jmạo\u2028dòng"


def test_no_message_makes_a_second_line():
    plain = as_one_record(logs.Plain("{levelname} [{request_id}]: {message}", style="{"), EVIL)
    assert len(plain.splitlines()) == 1
    assert "\x1b" not in plain
    line = as_one_record(logs.as_json(), EVIL)
    assert "\n" not in line
    assert json.loads(line)["message"] == EVIL


def test_a_json_line_names_its_request_and_leaves_out_what_was_sent(rf):
    request = rf.get("/tim-kiem/", {"q": "bí mật"}, headers={"x-request-id": "abcdef-12345678"})
    seen = []

    def view(request):
        seen.append(json.loads(as_one_record(logs.as_json(), "sai")))
        return failures.HttpResponse(status=502)

    answer = logs.RequestId(view)(request)
    assert {name: seen[0][name] for name in ("method", "path", "level")} == {
        "method": "GET",
        "path": "/tim-kiem/",
        "level": "INFO",
    }
    assert answer["X-Request-ID"] == seen[0]["request_id"] != "abcdef-12345678"  # nobody in front: not believed


def test_the_id_of_the_server_in_front_is_taken_over_if_it_is_one(settings, rf):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for given, kept in (("abcdef-12345678", True), ("a\nb" * 5, False), ("", False)):
        request = rf.get("/", headers={"x-request-id": given})
        logs.RequestId(lambda request: failures.HttpResponse())(request)
        assert (request.id == given) is kept


# Figures


def test_figures_are_told_to_who_knows_the_token(tmp_path):
    """In a process of its own: the library asks for its folder when it is imported."""
    ask = (
        "import io\n"
        "from portal.wsgi import application\n"
        "def ask(path, **more):\n"
        "    environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': path, 'SERVER_NAME': 'localhost', 'SERVER_PORT': '80',\n"
        "               'wsgi.input': io.BytesIO(), 'wsgi.url_scheme': 'http', **more}\n"
        "    said = []\n"
        "    body = b''.join(application(environ, lambda status, headers, *x: said.append(status)))\n"
        "    print(said[0]); return body.decode()\n"
        "ask('/healthz')\n"
        "ask('/metrics')\n"
        "print(ask('/metrics', HTTP_AUTHORIZATION='Bearer abc'))\n"
    )
    result = manage("-c", ask, METRICS_TOKEN="abc", PORTAL_VAR=str(tmp_path))
    assert result.stdout.startswith("200 OK\n401 Unauthorized\n200 OK\n"), result.stderr
    assert 'portal_answers_total{method="GET",status="200"} 1.0' in result.stdout


# security.txt


def test_security_txt_names_the_contact_that_staff_entered(client, db):
    SiteIdentity.objects.create(name="Sở", email="cntt@example.gov.vn", phone="(0220) 3000 000")
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    assert lines[:2] == ["Contact: mailto:cntt@example.gov.vn", "Contact: tel:+842203000000"]
    assert lines[2].startswith("Expires: 20")
    assert "Canonical: http://localhost:8000/.well-known/security.txt" in lines


# Headers


def test_every_page_tells_the_browser_what_it_may_do(client, db):
    for path in ("/", "/khong-co/", "/quan-tri/login/"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "camera=()" in headers["Permissions-Policy"]


# The database is away


@pytest.fixture
def away(client, db):
    """The database refuses everything, as when its server is stopped; answers come as citizens would see them."""
    client.raise_request_exception = False
    with connection.execute_wrapper(_away):
        yield client


def test_readers_are_asked_to_come_back(away):
    answer = away.get("/tin-tuc/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "tạm ngừng" in answer.content.decode()


def test_other_failures_are_not_taken_for_that(client, db, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("portal.views.Home.get_description", lambda self: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert answer["X-Request-ID"]


def test_what_an_editor_sent_comes_back_and_can_be_sent_again(db, django_user_model):
    staff = Client(enforce_csrf_checks=True, raise_request_exception=False)
    staff.force_login(django_user_model.objects.create_superuser("an", password="mat-khau-rat-dai"))
    page = staff.get("/quan-tri/portal/notice/add/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    typed = {"csrfmiddlewaretoken": token, "text": "\nHai dòng\n<b>'x'</b>", "_save": "Lưu", "new_password": "bi-mat"}
    with connection.execute_wrapper(_away):
        answer = staff.post("/quan-tri/portal/notice/add/", typed)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert 'action="/quan-tri/portal/notice/add/"' in page
    assert 'name="text" hidden aria-hidden="true" tabindex="-1">\n\nHai dòng\n&lt;b&gt;&#x27;x&#x27;' in page
    assert token in page
    assert "bi-mat" not in page
