"""`python -m tests.faults.postgres`: the database goes away under readers, and dies twenty times under writers."""

import sys
import threading
import time

from tests.figures import main
from tests.live import Readers, Site, Staff, ask, site, wait_until

PAGES = ("/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/chinh-sach/", "/tim-kiem/?q=lao+dong", "/lien-ket/")
AWAY = 60  # seconds
KILLS, WRITERS = 20, 4
NOTICE = "/quan-tri/portal/notice/add/"
TARGETS = {
    "away: answered_200_percent": "≥ 99.9",
    "away: fresh_again_s": "≤ 2",
    "away: same_workers": "= 1",
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
        fresh = wait_until(lambda: all(not ask(running.port, "/tin-tuc/").stale for _ in range(10)))
        editors = wait_until(lambda: ask(running.port, "/quan-tri/login/").status == 200)
        time.sleep(2)
    return {
        "answered_200_percent": round(readers.share(), 3),
        "start_of_postgres_s": round(started, 2),
        "fresh_again_s": round(fresh + editors, 2),
        "same_workers": workers == set(running.workers()),
        **readers.figures(),
    }


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
            fields = {"text": text, "level": "info", "starts_at_0": "23/11/2026", "starts_at_1": "08:00:00"}
            fields |= {"ends_at_0": "30/11/2036", "ends_at_1": "08:00:00"}
            answer = self.staff.post(NOTICE, fields)
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
        return {"away": away(running), "killed": killed(running)}


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
