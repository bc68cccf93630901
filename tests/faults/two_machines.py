"""`python -m tests.faults.two_machines`: two application machines, one PostgreSQL, one store of uploads, one nginx.

Each machine has a folder of its own for all else. Nobody notices that there are two, nor that one dies.
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests import DATA
from tests.faults.postgres import PAGES, save_notice
from tests.faults.site import nginx
from tests.figures import main
from tests.live import Readers, Site, Staff, ask, descendants, folder, site, wait_until
from tests.security.uploads import PICTURE

ROUNDS = 20
TARGETS = {
    "staff: not_signed_in": "= 0",
    "publication: slowest_s": "≤ 1",
    "publication: old_behind_nginx": "= 0",
    "upload: read_on_both": "= 1",
    "visits: lost": "= 0",
    "one_dies: answered_200_percent": "= 100",
    "one_dies: staff_answered_percent": "= 100",
}


def signed_in(staff: Staff) -> int:
    """How many of the answers were the page for somebody who is not."""
    return sum(staff.get("/quan-tri/").status != 200 for _ in range(ROUNDS))


def publication(staff: Staff, machines: list[Site]) -> float:
    """Seconds from the answer to the editor until both machines show it; the slowest."""
    slowest = 0.0
    for number in range(ROUNDS):
        text = f"Thông báo chung số {number} của hai máy"
        assert save_notice(staff, text).status == 302
        slowest = max(slowest, wait_until(partial(all_show, machines, text)))
    return slowest


def all_show(machines: list[Site], text: str) -> bool:
    return all(text in ask(each.port, "/tin-tuc/").body.decode() for each in machines)


def old_behind_nginx(port: int, staff: Staff) -> int:
    """How often the first reader after a quiet while got the page of before a publication."""
    old = 0
    for number in range(3):
        text = f"Thông báo sau lúc vắng số {number}"
        ask(port, "/tin-tuc/")
        assert save_notice(staff, text).status == 302
        time.sleep(3)
        old += text not in ask(port, "/tin-tuc/").body.decode()
    return old


def upload(staff: Staff, machines: list[Site]) -> bool:
    photo = next(DATA.glob("photos/nature/*"))
    answer = staff.upload(PICTURE, {}, {"upload": (photo.name, photo.read_bytes())})
    address = json.loads(answer.body)["url"]
    return all(ask(each.port, address).status == 200 for each in machines)


def visits_lost(port: int, first: Site) -> int:
    counted = sum(ask(port, "/luot-truy-cap/", "POST", b"").status == 204 for _ in range(10 * ROUNDS))

    def missing() -> int:
        with first.postgres.connected() as cursor:
            cursor.execute("SELECT COALESCE(sum(visits), 0) FROM portal_visithour")
            return counted - cursor.fetchone()[0]

    with suppress(TimeoutError):
        wait_until(lambda: missing() == 0, 20)
    return missing()


def one_dies(port: int, staff: Staff, machine: Site) -> dict[str, object]:
    with Readers(port, list(PAGES)) as readers:
        time.sleep(2)
        for each in (machine.supervisor.pid, *descendants(machine.supervisor.pid)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        machine.supervisor.wait()
        missed = signed_in(staff)
        time.sleep(10)
    answered = 100 * (ROUNDS - missed) / ROUNDS
    return {"answered_200_percent": round(readers.share(), 3), "staff_answered_percent": answered, **readers.figures()}


def measure() -> dict[str, dict[str, object]]:
    with site(outside=True) as first, folder() as place:
        (place / "var").mkdir()
        (place / "var/media").symlink_to(first.var / "media")
        second = Site(place, DATABASE_URL=first.postgres.url)
        try:
            with nginx(place / "nginx", first.var, first.port, second.port) as address:
                return trials(urlsplit(address).port, first, second)
        finally:
            second.stop()


def trials(port: int, first: Site, second: Site) -> dict[str, dict[str, object]]:
    machines = [first, second]
    words = Path(first.var / "staff-login.txt").read_text().split()
    staff = Staff(port, words[2], words[-1])
    return {
        "staff": {"asked": ROUNDS, "not_signed_in": signed_in(staff)},
        "publication": {
            "rounds": ROUNDS,
            "slowest_s": round(publication(staff, machines), 2),
            "old_behind_nginx": old_behind_nginx(port, staff),
        },
        "upload": {"read_on_both": upload(staff, machines)},
        "visits": {"counted": 10 * ROUNDS, "lost": visits_lost(port, first)},
        "one_dies": one_dies(port, staff, second),
    }


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
