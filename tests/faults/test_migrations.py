"""Readers never wait for a migration, whatever is in the tables and whoever is reading."""

import subprocess
import sys
import threading
from contextlib import closing, contextmanager, suppress

import psycopg2
import pytest
from psycopg2.errors import LockNotAvailable, UndefinedTable

from tests.faults.rows import insert, insert_category
from tests.faults.site import ROOT, Site

ROWS = 100_000
FIRST = ("news", "0001")
TABLE = "news_article"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    var = tmp_path_factory.mktemp("migrations") / "var"
    var.mkdir()
    for folder in (var, *var.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    site = Site(var)
    site.manage("migrate", *FIRST, "--verbosity=0")
    with site.database() as site.reached:
        yield site


def connect(site):
    connection = psycopg2.connect(**site.reached)
    connection.autocommit = True
    return connection


def fill(cursor):
    insert_category(cursor)
    insert(
        cursor,
        TABLE,
        f"generate_series(1, {ROWS}) AS n",
        title="'Bài ' || n",
        slug="'bai-' || n",
        body="repeat('<p>Nội dung</p>', 200)",
        status="'published'",
        published_at="now() - n * interval '1 minute'",
    )


@contextmanager
def readers(site):
    """Three, who would get an error instead of waiting half a second for a lock: that tells it on any machine."""
    done, refused, answered = threading.Event(), [], []

    def read():
        with closing(connect(site)) as connection, connection.cursor() as cursor, suppress(UndefinedTable):
            cursor.execute("SET lock_timeout = '500ms'")
            while not done.wait(0.01):
                try:
                    cursor.execute(f"SELECT title FROM {TABLE} ORDER BY published_at DESC LIMIT 1")
                    answered.append(cursor.fetchone())
                except LockNotAvailable as error:
                    refused.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert len(answered) > 100
    assert refused == []


def test_readers_notice_nothing_of_an_upgrade_with_a_hundred_thousand_articles(site):
    with closing(connect(site)) as connection, connection.cursor() as cursor:
        fill(cursor)
    with readers(site):
        site.manage("migrate", "--verbosity=0")
    assert site.manage("migrate", "--check", "--verbosity=0") == ""


def test_nobody_queues_behind_a_change_that_waits_for_a_long_reader(site):
    """Taking back the first migration needs every table for itself; it tries until the long reader has gone."""
    command = [sys.executable, "manage.py", "migrate", "news", "zero", "--verbosity=0"]
    site.manage("migrate", *FIRST, "--verbosity=0")  # indexes are dropped concurrently, which waits beside all others
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with closing(connect(site)) as connection, connection.cursor() as cursor:
        cursor.execute(f"BEGIN; SELECT count(*) FROM {TABLE}")
        with readers(site):
            change = subprocess.Popen(command, cwd=ROOT, env=site.environment, **quiet)
            tries = [change.stderr.readline() for _ in range(4)]
        cursor.execute("COMMIT")
        change.communicate(timeout=120)
    assert all("thử lại" in line for line in tries)
    assert change.returncode == 0
