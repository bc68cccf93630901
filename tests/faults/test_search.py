"""The search of a running site with several workers follows what staff do, and mends itself."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from urllib.parse import quote

import pytest

from portal.management.serve import web_server
from tests.faults.site import ROOT, Site, free_port
from tests.live import ask, children, wait_until

FOLLOWED, MENDED = 2, 20  # seconds
ASKED = 16  # times: one of two workers is passed over once in 30 000
# A process of its own, as staff are served by another machine.
STAFF = """
import sys, django
django.setup()
from datetime import timedelta
from django.utils.timezone import now
from news.models import Article, Category
from portal.workflow import Status
category = Category.objects.create(name="Tin", slug="tin")
def written(title, body=""):
    given = {"category": category, "status": Status.PUBLISHED, "published_at": now(), "forced": True}
    return Article(title=title, slug=title.replace(" ", "-"), body=body, **given)
def changed(**values):
    for name, value in values.items():
        setattr(item, name, value)
    item.save()
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Running(Site):
    """Served by the shipped web server, with staff beside it."""

    def start(self):
        self.port = free_port()
        self.server = subprocess.Popen(web_server(self.port), cwd=ROOT, env=self.environment)
        wait_until(lambda: ask(self.port, "/healthz").status == 200)
        wait_until(lambda: len(self.workers()) == len(os.sched_getaffinity(0)))

    def stop(self, how=signal.SIGTERM):
        for process in (self.server.pid, *self.workers()):
            os.kill(process, how)
        self.server.wait()

    def workers(self):
        return children(self.server.pid)

    def does(self, line):
        self.staff.stdin.write(line + "\n")
        self.staff.stdin.flush()
        assert self.staff.stdout.readline() == "done\n", line

    def finds(self, words, shown):
        answer = ask(self.port, f"/tim-kiem/?q={quote(words)}")
        assert answer.status == 200
        return shown in answer.body.decode()

    def everybody_finds(self, words, shown, there=True):
        """Whether all workers do: the system spreads new connections among them by chance."""
        return all(self.finds(words, shown) is there for _ in range(ASKED))

    def indexing(self):
        with (self.var / "search/lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


@contextmanager
def staff(site):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", STAFF], cwd=ROOT, env=site.environment, **pipes) as process:
        site.staff = process
        yield
        process.stdin.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Running(tmp_path_factory.mktemp("search") / "var")
    site.manage("migrate", "--verbosity=0")
    with staff(site):
        site.start()
        yield site
        site.stop()


def test_every_worker_follows_within_two_seconds(site):
    for done, found, more in [
        ("item = written('Lễ hội Cầu ngư'); item.save()", True, 0),
        ("changed(status=Status.WITHDRAWN, withdrawal_reason='Hoãn')", False, 0),
        ("changed(status=Status.PUBLISHED)", True, 0),
        ("changed(published_at=now() + timedelta(seconds=3))", False, 0),
        ("", True, 3),  # scheduled, and by itself
        ("changed(expires_at=now() + timedelta(seconds=3))", True, 0),
        ("", False, 3),
        ("changed(expires_at=None)", True, 0),
        ("item.delete()", False, 0),
    ]:
        site.does(done)
        wait_until(partial(site.everybody_finds, "lễ hội", "Lễ hội Cầu ngư", found), FOLLOWED + more)


def test_workers_killed_while_they_index_lose_nothing(site):
    site.does("written('Ngày hội việc làm').save()")
    wait_until(partial(site.everybody_finds, "ngày hội", "Ngày hội việc làm"))
    site.does("_ = Article.objects.bulk_create(written(f'Hội diễn {n}', 'Văn nghệ. ' * 300) for n in range(1500))")
    killed = site.workers()
    site.finds("hội diễn", "")
    wait_until(site.indexing)
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(set(site.workers()) - set(killed)) == len(killed))
    wait_until(lambda: ask(site.port, "/healthz").status == 200)
    assert not site.finds("hội diễn 1499", "Hội diễn 1499")  # what was not committed
    assert site.finds("ngày hội", "Ngày hội việc làm")
    for number in (0, 700, 1499):
        wait_until(partial(site.everybody_finds, f"hội diễn {number}", f"Hội diễn {number}"), MENDED)


def _truncate(file):
    os.truncate(file, file.stat().st_size // 2)


def _overwrite(file):
    file.write_bytes(os.urandom(file.stat().st_size))


@pytest.mark.parametrize("damage", [None, _truncate, _overwrite], ids=["missing", "truncated", "overwritten"])
def test_a_damaged_index_is_made_anew_while_the_search_answers(site, damage):
    name = damage.__name__ if damage else "x"
    site.does(f"written('Hội thi tay nghề {name}', '<p>Bế giảng chiều mồng ba.</p>').save()")
    wait_until(partial(site.everybody_finds, "bế giảng chiều mồng ba", name))
    if damage:  # a disk does this to a machine that stops
        site.stop(signal.SIGKILL)
        for file in (path for path in (site.var / "search").rglob("*") if path.is_file() and path.stat().st_size):
            damage(file)
        site.start()
    else:
        shutil.rmtree(site.var / "search")
    for _ in range(5):
        assert site.finds("tay nghề", name)
    wait_until(
        partial(site.everybody_finds, "bế giảng chiều mồng ba", name), MENDED
    )  # the plain filter reads no bodies
