"""`python -m tests.faults.workers`: workers and the whole server die under readers, and reload without a gap."""

import os
import signal
import sys
import time
from contextlib import suppress

from tests.faults.postgres import PAGES, known_to_every_worker
from tests.figures import main
from tests.live import Readers, Site, children, descendants, site, wait_until

KILLING = 60  # seconds
RELOADS = 10
TARGETS = {
    "reloads: failed": "= 0",
    "one_every_second: answered_200_percent": "≥ 99",
    "all_at_once: back_after_s": "≤ 5",
}


def one_every_second(running: Site) -> dict[str, object]:
    killed, supervised = 0, running.server()
    with Readers(running.port, list(PAGES)) as readers:
        for _ in range(KILLING):
            time.sleep(1)
            for worker in running.workers()[:1]:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    killed += 1
    return {
        "killed": killed,
        "answered_200_percent": round(readers.share(), 3),
        "same_server": running.server() == supervised,
        **readers.figures(),
    }


def all_at_once(running: Site) -> dict[str, object]:
    """The server and its workers; the supervisor is what brings them back."""
    for each in (server := running.server(), *children(server)):
        os.kill(each, signal.SIGKILL)
    return {"back_after_s": round(wait_until(running.answers), 2)}


def reload(running: Site) -> None:
    """As `systemctl reload` does it; returns when the old server is gone."""
    before = running.server()
    os.kill(running.supervisor.pid, signal.SIGUSR1)
    wait_until(lambda: running.server() != before)


def reloads(running: Site) -> dict[str, object]:
    with Readers(running.port, list(PAGES)) as readers:
        for _ in range(RELOADS):
            reload(running)
            time.sleep(1)
    return {"reloads": RELOADS, "failed": sum(answer.status != 200 for answer in readers.answers), **readers.figures()}


def measure() -> dict[str, dict[str, object]]:
    with site() as running:
        known_to_every_worker(running)
        figures = {"reloads": reloads(running), "one_every_second": one_every_second(running)}
        wait_until(lambda: running.answers() and len(descendants(running.supervisor.pid)) > 2)
        return {**figures, "all_at_once": all_at_once(running)}


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
