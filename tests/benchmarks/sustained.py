"""An hour's worth of requests over every address of the site, as quickly as it answers: what memory it all takes."""

import http.client
import random
import re
import statistics
import threading
from itertools import count

from tests.benchmarks.pages import fetch
from tests.benchmarks.servers import Server, database, family, free_port, granian, memory
from tests.benchmarks.site import FOLDER, environment

REQUESTS = 36_000  # ten a second for an hour
CLIENTS = 8
BETWEEN = 2  # seconds between two measurements
LOCATION = re.compile(r"<loc>https?://[^/]+([^<]*)</loc>")
TARGETS = {
    "memory of server and database at the end, MB": "≤ 450",
    "memory in the last third / in the second": "≤ 1.02",
    "errors": "= 0",
}


class Client(threading.Thread):
    def __init__(self, port: int, paths: list[str], numbers) -> None:
        super().__init__()
        self.port, self.paths, self.numbers = port, paths, numbers
        self.errors: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        while (number := next(self.numbers)) < REQUESTS:
            path = self.paths[number % len(self.paths)]
            connection.request("GET", path, headers={"Accept-Encoding": "br"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.errors.append(path)


def measure(articles: int) -> dict[str, float]:
    port = free_port()
    with granian("portal.wsgi:application", environment(articles, port), port) as server:
        paths = every_address(server)
        random.Random(7).shuffle(paths)
        asked = count()
        clients = [Client(port, paths, asked) for _ in range(CLIENTS)]
        processes = database(FOLDER / str(articles))
        samples: list[list[float]] = [[], [], []]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            clients[0].join(BETWEEN)
            third = min(asked.__reduce__()[1][0] * 3 // REQUESTS, 2)
            samples[third].append(memory([*family(server.process.pid), *processes]))
        end = memory([*family(server.process.pid), *database(FOLDER / str(articles))])
        by_database = memory(database(FOLDER / str(articles)))
    first, second, last = map(statistics.fmean, samples)
    return {
        "addresses": len(paths),
        "requests": REQUESTS,
        "errors": sum(len(client.errors) for client in clients),
        "memory in the first third, MB": first,
        "memory in the second third, MB": second,
        "memory in the last third, MB": last,
        "memory in the last third / in the second": last / second,
        "memory of server and database at the end, MB": end,
        "of that the database's, MB": by_database,
    }


def every_address(server: Server) -> list[str]:
    files = LOCATION.findall(fetch(server, "/sitemap.xml").decode())
    return [path for file in files for path in LOCATION.findall(fetch(server, file.replace("&amp;", "&")).decode())]
