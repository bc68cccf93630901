"""`python -m tests.faults.visits`: 100 000 visits of 16 clients while workers and the database are killed."""

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress

from tests.live import Site, ask, site, wait_until

VISITS, CLIENTS = 100_000, 16
KILL_WORKER_EVERY, KILL_DATABASE_EVERY = 1, 5  # seconds


class Client(threading.Thread):
    """New readers, one after the other; counts those to whom a visit was acknowledged."""

    def __init__(self, port: int):
        super().__init__()
        self.port, self.acknowledged, self.unanswered = port, 0, 0

    def run(self) -> None:
        while self.acknowledged < VISITS // CLIENTS:
            answer = ask(self.port, "/luot-truy-cap/", "POST", b"")
            if answer.status == 204 and "set-cookie" in answer.headers:
                self.acknowledged += 1
            else:
                self.unanswered += 1


def kill_until(done: threading.Event, running: Site) -> tuple[int, int]:
    workers = databases = 0
    while not done.wait(KILL_WORKER_EVERY):
        for worker in running.workers()[:1]:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                workers += 1
        if workers % KILL_DATABASE_EVERY == 0:
            running.postgres.kill()
            running.postgres.start()
            databases += 1
    return workers, databases


def written(running: Site) -> int:
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT COALESCE(sum(visits), 0) FROM portal_visithour")
        return cursor.fetchone()[0]


def visited(running: Site) -> dict[str, int]:
    clients = [Client(running.port) for _ in range(CLIENTS)]
    done = threading.Event()
    began = time.monotonic()
    for client in clients:
        client.start()
    threading.Thread(target=lambda: ([client.join() for client in clients], done.set())).start()
    workers, databases = kill_until(done, running)
    acknowledged = sum(client.acknowledged for client in clients)

    def arrived() -> bool:
        """What the killed had counted is added with the next visit, which is one more."""
        ask(running.port, "/luot-truy-cap/", "POST", b"")
        return written(running) > acknowledged

    with suppress(TimeoutError):
        wait_until(arrived, 30)
    return {
        "acknowledged": acknowledged,
        "written": written(running),
        "without_answer": sum(client.unanswered for client in clients),  # counted or not: nobody was told
        "workers_killed": workers,
        "databases_killed": databases,
        "seconds": round(time.monotonic() - began),
    }


def main() -> int:
    with site(outside=True) as running:
        figures = visited(running)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if figures["acknowledged"] <= figures["written"] else 1


if __name__ == "__main__":
    sys.exit(main())
