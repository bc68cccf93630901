"""Editors publish while others read: how soon every worker shows it, and whether anybody gets a wrong or old page."""

import http.client
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from itertools import pairwise

from tests.benchmarks.load import heard
from tests.benchmarks.servers import Server, free_port, granian
from tests.benchmarks.site import PROJECT, environment

EDITORS, EACH = 4, 50  # publications
READERS = 6  # of each article, each on a connection of its own, so that every worker has some
BETWEEN = 0.05  # seconds between two looks of a reader
PROMISED = 1.0  # seconds
TITLE = re.compile(rb"<h1[^>]*>B\xe1\xba\xa3n (\d+) s\xe1\xbb\x91 (\d+)")
TARGETS = {
    "publications": f"= {EDITORS * EACH}",
    "seconds until every worker shows it, worst": f"≤ {PROMISED}",
    "answers older than promised": "= 0",
    "answers that were wrong": "= 0",
    "errors of the load beside it": "= 0",
}
# Saves one article under new titles, as another process of the site would, and tells when each was saved.
EDITOR = """
import random, sys, time
import django
django.setup()
from news.models import Article
number, each = int(sys.argv[1]), int(sys.argv[2])
article = Article.objects.published()[number]
pause = random.Random(number)
for version in range(each + 1):
    article.title = f"Bản {number} số {version}"
    article.save()
    print(time.time() if version else article.get_absolute_url(), flush=True)
    if not version:
        sys.stdin.readline()  # until the readers are there
    time.sleep(pause.uniform(1.1, 2.1))
"""


class Reader(threading.Thread):
    """Looks at an article again and again, and keeps (when asked, version that was shown or -1, when answered)."""

    def __init__(self, port: int, path: str, number: int, stop: threading.Event) -> None:
        super().__init__()
        self.port, self.path, self.number, self.stop = port, path, number, stop
        self.seen: list[tuple[float, int, float]] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        while not self.stop.wait(BETWEEN):
            asked = time.time()
            connection.request("GET", self.path)
            answer = connection.getresponse()
            title = TITLE.search(answer.read())
            right = answer.status == 200 and title and int(title[1]) == self.number
            self.seen.append((asked, int(title[2]) if right else -1, time.time()))


def measure(articles: int) -> dict[str, float]:
    port = free_port()
    site = environment(articles, port)
    with granian("portal.wsgi:application", site, port) as server:
        editors = [_editor(number, site) for number in range(EDITORS)]
        paths = [editor.stdout.readline().strip() for editor in editors]
        time.sleep(PROMISED)  # until the first titles are everywhere
        stop = threading.Event()
        readers = [Reader(port, paths[number % EDITORS], number % EDITORS, stop) for number in range(EDITORS * READERS)]
        load = _load(server)
        for reader in readers:
            reader.start()
        for editor in editors:
            editor.stdin.write("\n")
            editor.stdin.flush()
        saved = [[0.0, *map(float, editor.stdout.read().split())] for editor in editors]
        time.sleep(2 * PROMISED)
        stop.set()
        for reader in readers:
            reader.join()
        load.send_signal(signal.SIGINT)
        beside = heard(load.communicate()[0])
        for editor in editors:
            editor.wait()
    delays = [delay for number in range(EDITORS) for delay in _delays(saved[number], readers[number::EDITORS])]
    return {
        "publications": len(delays),
        "readers": len(readers),
        "answers": sum(len(reader.seen) for reader in readers),
        "seconds until every worker shows it, median": statistics.median(delays),
        "seconds until every worker shows it, worst": max(delays),
        "answers older than promised": sum(_outdated(saved[reader.number], reader) for reader in readers),
        "answers that were wrong": sum(map(_wrong, readers)),
        "requests per second of the load beside it": beside.rate,
        "errors of the load beside it": beside.errors,
    }


def _editor(number: int, site: dict[str, str]) -> subprocess.Popen:
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(number), str(EACH)], cwd=PROJECT, env=site, text=True, **ends
    )


def _load(server: Server) -> subprocess.Popen:
    command = ["wrk", "-t1", "-c8", "-d600s", "--latency", server.address + "/tin-tuc/"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _delays(saved: list[float], readers: list[Reader]) -> list[float]:
    """For each version the time until the last of the readers had it or a later one."""
    delays = []
    for version in range(1, len(saved)):
        first = [next((at for _, shown, at in reader.seen if shown >= version), float("inf")) for reader in readers]
        delays.append(max(first) - saved[version])
    return delays


def _outdated(saved: list[float], reader: Reader) -> int:
    """Answers without what had been saved a promised second before they were asked for."""
    return sum(0 <= shown < bisect_right(saved, asked - PROMISED) - 1 for asked, shown, _ in reader.seen)


def _wrong(reader: Reader) -> int:
    """Answers that were no such page, or went back to a version before."""
    shown = [version for _, version, _ in reader.seen]
    return sum(version < 0 for version in shown) + sum(0 <= after < before for before, after in pairwise(shown))
