"""`python -m tests.faults.postgres`: the database goes away under readers, others take all its connections, and it dies
twenty times under writers.
"""

import sys
import threading
import time
from contextlib import ExitStack, suppress

import psycopg2

from tests.figures import main
from tests.live import Answer, Readers, Site, Staff, ask, site, wait_until

PAGES = ("/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/chinh-sach/", "/tim-kiem/?q=lao+dong", "/lien-ket/")
AWAY, EXHAUSTED = 60, 20  # seconds
KILLS, WRITERS = 20, 4
NOTICE = "/quan-tri/portal/notice/add/"
TARGETS = {
    "away: answered_200_percent": "≥ 99.9",
    "away: fresh_again_s": "≤ 2",
    "away: same_workers": "= 1",
    "exhausted: answered_200_percent": "≥ 99.9",
    "exhausted: refused": "≥ 1",
    "exhausted: refused_without_their_words": "= 0",
    "exhausted: fresh_again_s": "≤ 2",
    "killed: acknowledged": f"≥ {KILLS}",
    "killed: acknowledged_and_lost": "= 0",
    "killed: refused_without_their_words": "= 0",
}


def known_to_every_worker(running: Site) -> None:
    """A worker can send from memory only what it has sent before."""
    for _ in range(40):
        for path in PAGES:
            ask(running.port, path)


def away(running: Site) -> dict[str, object]:
    known_to_every_worker(running)
    workers = set(running.workers())
    with Readers(running.port, list(PAGES)) as readers:
        time.sleep(2)
        running.postgres.stop()
        time.sleep(AWAY)
        began = time.monotonic()
        running.postgres.start()
        started = time.monotonic() - began
        fresh = until_fresh(running)
        time.sleep(2)
    return {
        "answered_200_percent": round(readers.share(), 3),
        "start_of_postgres_s": round(started, 2),
        "fresh_again_s": round(fresh, 2),
        "same_workers": workers == set(running.workers()),
        **readers.figures(),
    }


def until_fresh(running: Site) -> float:
    """Seconds until readers get pages as they are, and editors theirs."""
    fresh = wait_until(lambda: all(not ask(running.port, "/tin-tuc/").stale for _ in range(10)))
    return fresh + wait_until(lambda: ask(running.port, "/quan-tri/login/").status == 200)


def take_all(running: Site, taken: ExitStack) -> None:
    """Connections until there are none left, also those that the site had."""
    ours: list[int] = []
    for _ in range(5):
        with suppress(psycopg2.OperationalError):
            while True:
                cursor = taken.enter_context(running.postgres.connected())
                cursor.execute("SELECT pg_backend_pid()")
                ours += cursor.fetchone()
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> ALL(%s)",
            [ours],
        )
        time.sleep(0.1)


def exhausted(running: Site) -> dict[str, object]:
    known_to_every_worker(running)
    stop = threading.Event()
    writer = Writer(running.staff(), "giữa lúc đông", stop)
    with Readers(running.port, list(PAGES)) as readers:
        with ExitStack() as taken:
            take_all(running, taken)
            writer.start()
            time.sleep(EXHAUSTED)
            stop.set()
            writer.join()
        fresh = until_fresh(running)
        time.sleep(2)
    return {
        "answered_200_percent": round(readers.share(), 3),
        "refused": writer.refused,
        "refused_without_their_words": writer.lost_words,
        "acknowledged": len(writer.acknowledged),
        "fresh_again_s": round(fresh, 2),
        **readers.figures(),
    }


def save_notice(staff: Staff, text: str) -> Answer:
    fields = {"text": text, "level": "info", "starts_at_0": "23/11/2020", "starts_at_1": "08:00:00"}
    return staff.post(NOTICE, {**fields, "ends_at_0": "30/11/2036", "ends_at_1": "08:00:00"})


class Writer(threading.Thread):
    """Saves notices through the form, one after the other, and notes what was acknowledged."""

    def __init__(self, staff: Staff, name: str, stop: threading.Event):
        super().__init__()
        self.staff, self.called, self.stop = staff, name, stop
        self.acknowledged: list[str] = []
        self.refused = self.lost_words = self.no_answer = 0

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            text = f"Thông báo {self.called} số {number}"
            answer = save_notice(self.staff, text)
            if answer.status == 302:
                self.acknowledged.append(text)
            elif answer.status:
                self.refused += 1
                self.lost_words += text not in answer.body.decode()
            else:
                self.no_answer += 1


def killed(running: Site) -> dict[str, object]:
    stop = threading.Event()
    writers = [Writer(running.staff(), f"của người {number}", stop) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(KILLS):
            time.sleep(1.5)
            running.postgres.kill()
            running.postgres.start()
        time.sleep(2)
    finally:
        stop.set()
    for writer in writers:
        writer.join()
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT text FROM portal_notice")
        stored = {text for (text,) in cursor.fetchall()}
    acknowledged = [text for writer in writers for text in writer.acknowledged]
    return {
        "kills": KILLS,
        "acknowledged": len(acknowledged),
        "acknowledged_and_lost": len([text for text in acknowledged if text not in stored]),
        "refused": sum(writer.refused for writer in writers),
        "refused_without_their_words": sum(writer.lost_words for writer in writers),
        "no_answer": sum(writer.no_answer for writer in writers),
    }


def measure() -> dict[str, dict[str, object]]:
    with site(outside=True) as running:
        return {"away": away(running), "exhausted": exhausted(running), "killed": killed(running)}


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
