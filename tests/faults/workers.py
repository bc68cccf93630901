"""`python -m tests.faults.workers`: workers reload without a gap and die under readers."""

import json
import os
import signal
import sys
import time
from contextlib import suppress

from tests.faults.postgres import PAGES, known_to_every_worker
from tests.live import Readers, Site, site, wait_until

KILLING = 60  # seconds
RELOADS = 10


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


def reload(running: Site) -> None:
    """SIGHUP to the web server, as `systemctl reload` sends it; returns when the last of the old workers is gone."""
    before = set(running.workers())
    os.kill(running.server(), signal.SIGHUP)
    wait_until(lambda: not before & set(running.workers()) and len(running.workers()) == len(before))


def reloads(running: Site) -> dict[str, object]:
    with Readers(running.port, list(PAGES)) as readers:
        for _ in range(RELOADS):
            reload(running)
            time.sleep(1)
    return {"reloads": RELOADS, "failed": sum(answer.status != 200 for answer in readers.answers), **readers.figures()}


def main() -> int:
    with site() as running:
        known_to_every_worker(running)
        figures = {"reloads": reloads(running), "one_every_second": one_every_second(running)}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    well = not figures["reloads"]["failed"] and figures["one_every_second"]["answered_200_percent"] >= 99
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
