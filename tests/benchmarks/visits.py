"""The visit counter under load: how many a second, whether one is lost, and what it costs the readers of pages."""

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from portal.visitors import PATH
from tests.benchmarks.load import best, wrk
from tests.benchmarks.pages import addresses
from tests.benchmarks.servers import Server, free_port, granian
from tests.benchmarks.site import environment, query

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}
VISITS, CLIENTS, A_SECOND = 20_000, 16, 100
TOTAL = "SELECT COALESCE(sum(visits), 0) FROM portal_visithour"


def counted(articles: int) -> dict[str, float]:
    port = free_port()
    with granian("portal.wsgi:application", environment(articles, port), port) as server:
        before = query(articles, TOTAL)
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            sent = sum(clients.map(lambda _: visit(server, VISITS // CLIENTS), range(CLIENTS)))
        took = time.monotonic() - began
        time.sleep(3)  # until the last batch is written
        lost = sent - (query(articles, TOTAL) - before)
        page = addresses(server)["article"]
        quiet = best(3, lambda: wrk(server, page))
        stop = threading.Event()
        visitors = threading.Thread(target=come_steadily, args=(server, stop))
        visitors.start()
        busy = best(3, lambda: wrk(server, page))
        stop.set()
        visitors.join()
    return {"visits a second": sent / took, "visits lost": lost, "page rate with 100 visits/s": busy.rate / quiet.rate}


def visit(server: Server, times: int) -> int:
    """Each visit is that of a new reader. Returns how many were acknowledged."""
    connection = http.client.HTTPConnection("localhost", server.port, timeout=30)
    acknowledged = 0
    for _ in range(times):
        connection.request("POST", PATH, headers=PHONE)
        answer = connection.getresponse()
        answer.read()
        acknowledged += answer.status == 204
    connection.close()
    return acknowledged


def come_steadily(server: Server, stop: threading.Event) -> None:
    while not stop.wait(1 / A_SECOND):
        visit(server, 1)
