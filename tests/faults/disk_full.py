"""`python -m tests.faults.disk_full`: the disk with database, uploads, index and counts is full for a while.

As root, since it mounts a small disk of its own. Readers get every page, staff are told in words and lose nothing, and
when there is room again everything works again without anybody starting anything.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from tests import DATA
from tests.faults.postgres import PAGES, known_to_every_worker, save_notice
from tests.figures import main
from tests.live import Readers, Site, Staff, ask, site, wait_until
from tests.security.uploads import PICTURE

SIZE = 600  # megabytes
FULL = 30  # seconds
TARGETS = {
    "full: answered_200_percent": "≥ 99.9",
    "full: visits_answered_percent": "= 100",
    "full: refused": "≥ 1",
    "full: refused_without_words": "= 0",
    "full: uploads_accepted": "= 0",
    "full: half_written_files": "= 0",
    "after: works_again_s": "≤ 5",
    "after: acknowledged_and_lost": "= 0",
    "after: visits_lost": "= 0",
    "after: same_workers": "= 1",
}


@contextmanager
def small_disk() -> Iterator[Path]:
    """Where temporary folders are made meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "portal", folder], check=True)
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = None
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def fill(file: Path) -> None:
    """Until not a byte more fits."""
    with file.open("ab", buffering=0) as filler:
        for size in (2**20, 2**12, 1):
            with suppress(OSError):
                while True:
                    filler.write(b"x" * size)


def upload(staff: Staff, photo: Path) -> tuple[bool, bool]:
    """Whether it was accepted, and whether a refusal said why."""
    answer = staff.upload(PICTURE, {}, {"upload": (photo.name, photo.read_bytes())})
    if answer.status == 503:  # the database itself is away
        return False, photo.name in answer.body.decode()
    told = json.loads(answer.body)
    return bool(told["uploaded"]), "hết chỗ" in told.get("error", {}).get("message", "")


def query(running: Site, sql: str) -> list[tuple]:
    place = {"host": str(running.var / "postgres/data"), "user": "portal", "dbname": "portal"}
    with closing(psycopg2.connect(**place)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def media(running: Site) -> set[Path]:
    return {path for path in (running.var / "media").rglob("*") if path.is_file()}


@dataclass
class Work:
    """What staff and visitors attempted, and what became of it."""

    running: Site
    staff: Staff
    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0
    without_words: int = 0
    visits: int = 0
    counted: int = 0

    def attempt(self) -> None:
        text = f"Thông báo lúc {time.monotonic()}"
        answer = save_notice(self.staff, text)
        if answer.status == 302:  # there is still room in the pages of the tables
            self.acknowledged.append(text)
        else:
            self.refused += 1
            self.without_words += text not in answer.body.decode()
        self.visits += 1
        self.counted += ask(self.running.port, "/luot-truy-cap/", "POST", b"").status == 204


def while_full(work: Work, filler: Path, photos: list[Path]) -> dict[str, object]:
    before, uploads = media(work.running), []
    with Readers(work.running.port, list(PAGES)) as readers:
        ends = time.monotonic() + FULL
        while time.monotonic() < ends:
            fill(filler)  # with what PostgreSQL has given back meanwhile
            uploads.append(upload(work.staff, photos[len(uploads) % len(photos)]))
            work.attempt()
    return {
        "answered_200_percent": round(readers.share(), 3),
        "acknowledged": len(work.acknowledged),
        "refused": work.refused + sum(not accepted for accepted, _ in uploads),
        "refused_without_words": work.without_words + sum(not accepted and not told for accepted, told in uploads),
        "uploads_accepted": sum(accepted for accepted, _ in uploads),
        "half_written_files": len(media(work.running) - before),
        "visits_answered_percent": 100 * work.counted / work.visits,
        **readers.figures(),
    }


def afterwards(work: Work, photo: Path) -> dict[str, object]:
    again = wait_until(lambda: save_notice(work.staff, "Lại còn chỗ").status == 302 and work.running.answers())
    accepted, _ = upload(work.staff, photo)

    def visits_lost() -> int:
        ((written,),) = query(work.running, "SELECT COALESCE(sum(visits), 0) FROM portal_visithour")
        return work.counted - written

    with suppress(TimeoutError):  # what waits is written within two seconds
        wait_until(lambda: not visits_lost(), 10)
    stored = {text for (text,) in query(work.running, "SELECT text FROM portal_notice")}
    return {
        "works_again_s": round(again, 2),
        "upload_accepted": accepted,
        "acknowledged_and_lost": len(set(work.acknowledged) - stored),
        "visits_lost": visits_lost(),
    }


def measure() -> dict[str, dict[str, object]]:
    photos = sorted(DATA.glob("photos/nature/*"))
    with small_disk() as disk, site() as running:
        known_to_every_worker(running)
        work, workers, filler = Work(running, running.staff()), set(running.workers()), disk / "filler"
        full = while_full(work, filler, photos)
        filler.unlink()
        after = afterwards(work, photos[0])
        return {"full": full, "after": {**after, "same_workers": workers == set(running.workers())}}


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
