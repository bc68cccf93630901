"""`python -m tests.faults.workers`: workers and the whole server die under readers, and reload without a gap.

Bare, as `make run` serves, and behind the shipped nginx, where readers are to notice nothing at all.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from tests.faults.postgres import PAGES, known_to_every_worker
from tests.faults.site import nginx
from tests.figures import main
from tests.live import Readers, Site, ask, children, descendants, site, wait_until

KILLING = 60  # seconds
CACHED = [path for path in PAGES if not path.startswith("/tim-kiem/")]  # nginx keeps no searches
RELOADS = 10
TARGETS = {
    "*: reloads: failed": "= 0",
    "bare: one_every_second: answered_200_percent": "≥ 99",
    "nginx: one_every_second: answered_200_percent": "= 100",
    "nginx: all_at_once: answered_200_percent": "= 100",
    "*: all_at_once: back_after_s": "≤ 5",
    "nginx: only_nginx_left: answered_200_percent": "= 100",
}


def one_every_second(running: Site, port: int) -> dict[str, object]:
    killed, supervised = 0, running.server()
    with Readers(port, list(PAGES)) as readers:
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


def all_at_once(running: Site, port: int) -> dict[str, object]:
    """The server and its workers; the supervisor is what brings them back."""
    wait_until(lambda: running.answers() and len(descendants(running.supervisor.pid)) > 2)
    with Readers(port, CACHED) as readers:
        time.sleep(1)
        for each in (server := running.server(), *children(server)):
            os.kill(each, signal.SIGKILL)
        back = wait_until(running.answers)
        time.sleep(1)
    return {"back_after_s": round(back, 2), "answered_200_percent": round(readers.share(), 3), **readers.figures()}


def reload(running: Site) -> None:
    """As `systemctl reload` does it; returns when the old server is gone."""
    before = running.server()
    os.kill(running.supervisor.pid, signal.SIGUSR1)
    wait_until(lambda: running.server() != before)


def reloads(running: Site, port: int) -> dict[str, object]:
    with Readers(port, list(PAGES)) as readers:
        for _ in range(RELOADS):
            reload(running)
            time.sleep(1)
    return {"reloads": RELOADS, "failed": sum(answer.status != 200 for answer in readers.answers), **readers.figures()}


def only_nginx_left(running: Site, port: int) -> dict[str, object]:
    """The supervisor too, and nobody starts it again."""
    everybody = [running.supervisor.pid, *descendants(running.supervisor.pid)]
    for each in everybody:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    running.supervisor.wait()
    wait_until(lambda: not ask(running.port, "/healthz").status)
    with Readers(port, CACHED) as readers:
        time.sleep(10)
    return {"answered_200_percent": round(readers.share(), 3), **readers.figures()}


def measure() -> dict[str, dict[str, object]]:
    trials: list[Callable[[Site, int], dict[str, object]]] = [reloads, one_every_second, all_at_once]
    with site(outside=True) as running:
        known_to_every_worker(running)
        figures = {"bare": {trial.__name__: trial(running, running.port) for trial in trials}}
        with nginx(running.var.parent / "nginx", running.var, running.port) as address:
            port = urlsplit(address).port
            for path in PAGES:
                ask(port, path)
            trials.append(only_nginx_left)
            figures["nginx"] = {trial.__name__: trial(running, port) for trial in trials}
    return figures


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
