"""A site in use: how soon a publication is seen everywhere, and what memory the whole site needs."""

import http.client
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.pages import fetch
from tests.benchmarks.servers import Server, database, family, free_port, granian, memory
from tests.benchmarks.site import FOLDER, PROJECT, environment

PUBLICATIONS, READERS = 200, 12
SECONDS, CLIENTS = 120, 8
LOCATION = re.compile(r"<loc>https?://[^/]+([^<]*)</loc>")
# Saves the article again and again under a new title, on demand, as another process of the site would.
PUBLISH = """
import sys, time
import django
django.setup()
from news.models import Article
article = Article.objects.published().first()
print(article.get_absolute_url(), flush=True)
for line in sys.stdin:
    article.title = "Bản số " + line.strip()
    article.save()
    print(time.time(), flush=True)
"""


def published(articles: int) -> dict[str, float]:
    """Seconds from the end of saving until every connection of every worker shows it, while others read."""
    port = free_port()
    site = environment(articles, port)
    delays, wrong = [], 0
    with (
        granian("portal.wsgi:application", site, port) as server,
        subprocess.Popen(
            [sys.executable, "-c", PUBLISH],
            cwd=PROJECT,
            env=site,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as editor,
    ):
        path = editor.stdout.readline().strip()
        load = subprocess.Popen(
            ["wrk", "-t1", "-c8", f"-d{PUBLICATIONS * 3}s", server.address + "/tin-tuc/"], stdout=subprocess.DEVNULL
        )
        connections = [http.client.HTTPConnection("localhost", port, timeout=30) for _ in range(READERS)]
        for number in range(PUBLICATIONS):
            editor.stdin.write(f"{number}\n")
            editor.stdin.flush()
            saved = float(editor.stdout.readline())
            waiting = list(connections)
            while waiting:
                shown = {connection: _shown(connection, path) for connection in waiting}
                wrong += sum(title not in (number, number - 1, None) for title in shown.values())
                waiting = [connection for connection, title in shown.items() if title != number]
            delays.append(time.time() - saved)
        load.terminate()
        load.wait()
        editor.stdin.close()
    return {
        "publications": len(delays),
        "seconds until all workers show it, median": statistics.median(delays),
        "seconds until all workers show it, worst": max(delays),
        "answers older than the one before": wrong,
    }


def _shown(connection: http.client.HTTPConnection, path: str) -> int | None:
    connection.request("GET", path)
    found = re.search(rb"<h1[^>]*>B\xe1\xba\xa3n s\xe1\xbb\x91 (\d+)", connection.getresponse().read())
    return int(found[1]) if found else None


def memory_of_site(articles: int) -> dict[str, float]:
    """Megabytes of server and database while every address is asked for in turn, at one third and at the end."""
    port = free_port()
    with granian("portal.wsgi:application", environment(articles, port), port) as server:
        paths = every_address(server)
        random.Random(7).shuffle(paths)
        waiting, asked, errors = deque(paths), [0], []
        stop = threading.Event()

        def read(_: int) -> None:
            connection = http.client.HTTPConnection("localhost", port, timeout=60)
            while not stop.is_set():
                path = waiting.popleft()
                waiting.append(path)
                connection.request("GET", path, headers={"Accept-Encoding": "br"})
                answer = connection.getresponse()
                answer.read()
                asked[0] += 1
                if answer.status != 200:
                    errors.append(path)

        def now() -> float:
            return memory([*family(server.process.pid), *database(FOLDER / str(articles))])

        with ThreadPoolExecutor(CLIENTS) as clients:
            list_of = [clients.submit(read, number) for number in range(CLIENTS)]
            time.sleep(SECONDS / 3)
            third = now()
            time.sleep(SECONDS * 2 / 3)
            stop.set()
            [one.result() for one in list_of]
        end = now()
    return {
        "addresses": len(paths),
        "requests": asked[0],
        "errors": len(errors),
        "memory after a third, MB": third,
        "memory at the end, MB": end,
    }


def every_address(server: Server) -> list[str]:
    files = LOCATION.findall(fetch(server, "/sitemap.xml").decode())
    return [path for file in files for path in LOCATION.findall(fetch(server, file.replace("&amp;", "&")).decode())]
