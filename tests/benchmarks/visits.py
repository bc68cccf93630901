"""The visit counter under load: how many a second, whether one is lost, and what it costs the readers of pages."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.load import wrk
from tests.benchmarks.pages import addresses
from tests.benchmarks.servers import Server, free_port, granian
from tests.benchmarks.site import environment, query

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}
VISITS, CLIENTS, A_SECOND = 20_000, 16, 100
ROUNDS = 4
WRITTEN = 5  # seconds until the last batch has reached the database
PATH = "/luot-truy-cap/"
TOTAL = "SELECT COALESCE(sum(visits), 0) FROM portal_visithour"
TARGETS = {
    "visits a second": "≥ 1000",
    "visits lost": "= 0",
    "page rate with 100 visits/s / without": "≥ 0.95",
}


def measure(articles: int) -> dict[str, float]:
    port = free_port()
    with granian("portal.wsgi:application", environment(articles, port), port) as server:
        before = query(articles, TOTAL)
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            sent = sum(clients.map(lambda _: visit(connected(server), VISITS // CLIENTS), range(CLIENTS)))
        took = time.monotonic() - began
        page = addresses(server)["article"]
        quiet, busy = [], []
        come = 0
        for _ in range(ROUNDS):
            quiet.append(wrk(server, page).rate)
            with Visitors(server) as visitors:
                busy.append(wrk(server, page).rate)
            come += visitors.acknowledged
        time.sleep(WRITTEN)
        written = query(articles, TOTAL) - before
    return {
        "visits": sent + come,
        "visits a second": sent / took,
        "visits lost": sent + come - written,
        "page rate with 100 visits/s / without": max(busy) / max(quiet),
    }


def connected(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("localhost", server.port, timeout=30)


def visit(connection: http.client.HTTPConnection, times: int = 1) -> int:
    """Each visit is that of a new reader. Returns how many were acknowledged."""
    acknowledged = 0
    for _ in range(times):
        connection.request("POST", PATH, headers=PHONE)
        answer = connection.getresponse()
        answer.read()
        acknowledged += answer.status == 204
    return acknowledged


class Visitors(threading.Thread):
    """A hundred every second, on connections to both workers."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.connections, self.stop = [connected(server) for _ in range(CLIENTS)], threading.Event()
        self.acknowledged = 0

    def run(self) -> None:
        began, number = time.monotonic(), 0
        while not self.stop.wait(max(0.0, began + number / A_SECOND - time.monotonic())):
            self.acknowledged += visit(self.connections[number % CLIENTS])
            number += 1

    def __enter__(self) -> "Visitors":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop.set()
        self.join()
