"""`python -m tests.security.uploads`: every hostile and every real file through the upload forms of a running site."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import DATA
from tests.live import Answer, Site, Staff, ask, site

PICTURE, ARTICLE = "/quan-tri/portal/picture/tai-len/", "/quan-tri/news/article/add/"
LONGEST, RISE = 5.0, 256  # seconds, megabytes
# Good files that are refused on purpose: a drawing that is a program, a web page named .pdf.
MEANT = {"vips_logo.svg", "33_TIEU_CHUAN_QUY_CHUAN_9.TCVN 13878 - 2023.pdf"}
INERT = {"image/jpeg", "image/webp", "application/pdf"}


def as_picture(staff: Staff, path: Path) -> tuple[Answer, str]:
    """The answer, and the address under which the file is now served, if it was accepted."""
    answer = staff.upload(PICTURE, {}, {"upload": (path.name, path.read_bytes())})
    return answer, json.loads(answer.body).get("url", "") if answer.status == 200 else ""


def as_attachment(running: Site, staff: Staff, path: Path) -> tuple[Answer, str]:
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT min(id), (SELECT max(id) FROM news_articlefile) FROM news_category")
        category, newest = cursor.fetchone()
    counted = {f"{rows}-{name}_FORMS": 0 for rows in ("photos", "files") for name in ("TOTAL", "INITIAL")}
    fields = {
        "title": f"Bài kèm {path.name}",
        "category": category,
        "status": "published",
        "_do": "publish",
        "body": "<p>Tệp</p>",
    }
    fields |= {"read_version": "", **counted, "files-TOTAL_FORMS": 1, "files-0-position": 0, "files-0-title": "Tệp"}
    answer = staff.upload(ARTICLE, fields, {"files-0-file": (path.name, path.read_bytes())})
    if answer.status != 302:
        return answer, ""
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT file FROM news_articlefile WHERE id > COALESCE(%s, 0)", [newest])
        return answer, f"/media/{cursor.fetchone()[0]}"


def is_inert(running: Site, address: str) -> bool:
    served = ask(running.port, address)
    kind = served.headers.get("content-type", "")
    shown = kind in INERT or served.headers.get("content-disposition", "").startswith("attachment")
    sandboxed = "sandbox" in served.headers.get("content-security-policy", "")
    return served.status == 200 and shown and sandboxed and served.headers.get("x-content-type-options") == "nosniff"


@contextmanager
def most_memory(running: Site) -> Iterator[list[int]]:
    """What the site had at every tenth of a second, with the processes that open the files."""
    seen, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            seen.append(running.memory())

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield seen
    finally:
        done.set()
        watch.join()


def send_all(running: Site) -> dict[str, object]:
    staff = running.staff()
    photos = [path for path in DATA.glob("photos/*/*") if path.parent.name not in ("broken", "large")]
    office = [path for path in DATA.glob("office/**/*.*") if path.is_file()]
    hostile = [*DATA.glob("attacks/files/*/*"), *DATA.glob("photos/broken/*"), *DATA.glob("photos/large/*")]
    as_picture(staff, photos[0])
    workers, before = set(running.workers()), running.memory()
    sent, failures, slow, active, accepted = 0, [], [], [], set()
    with most_memory(running) as most:
        for path in (*photos, *office, *hostile):
            ways = [lambda path: as_picture(staff, path), lambda path: as_attachment(running, staff, path)]
            for way in ways[: 1 if path in photos else 2]:
                answer, address = way(path)
                sent += 1
                if not answer.status or answer.status >= 500:
                    failures.append((path.name, answer.status))
                if answer.seconds > LONGEST:
                    slow.append((path.name, round(answer.seconds, 1)))
                if address:
                    accepted.add(path)
                    if not is_inert(running, address):
                        active.append((path.name, address))
    good = [path for path in (*photos, *office) if path.name not in MEANT]
    return {
        "sent": sent,
        "failures": failures,
        "over_5_s": slow,
        "dead_workers": len(workers - set(running.workers())),
        "memory_mb": [before, max(most)],
        "served_as_active": active,
        "good_accepted_percent": round(100 * len(accepted & set(good)) / len(good), 1),
        "good_refused": [path.name for path in good if path not in accepted],
        "hostile_accepted": len(accepted & set(hostile)),
    }


def main() -> int:
    with site(outside=True) as running:
        figures = send_all(running)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    bad = figures["failures"] or figures["over_5_s"] or figures["dead_workers"] or figures["served_as_active"]
    rise = figures["memory_mb"][1] - figures["memory_mb"][0]
    return 1 if bad or rise > RISE or figures["good_accepted_percent"] < 99 else 0


if __name__ == "__main__":
    sys.exit(main())
