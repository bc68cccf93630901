"""Backup, rehearsal and restore of 100 000 real articles: python -m tests.faults.restore_100000

Fails when the rehearsal finds a difference or restoring takes over five minutes. Takes about three minutes, so
`make bench` runs it and `make test` does not.
"""

import gzip
import json
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extras import execute_values

from tests.faults.rows import insert, insert_category
from tests.faults.site import ROOT, Site
from tests.figures import main

DATA = ROOT.parent / "shared/data/news.jsonl.gz"
ROWS = 100_000
TARGETS = {"restore_seconds": "≤ 300"}


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="portal-restore-") as folder:
        Path(folder).chmod(0o755)
        site = Site(Path(folder) / "var")
        site.var.mkdir()
        site.manage("migrate", "--verbosity=0")
        fill(site)
        figures = {"rows": ROWS}
        for name, command in (("backup", []), ("rehearse_restore", ["file"]), ("restore", ["--replace", "file"])):
            began = time.monotonic()
            marker = site.var / "backups/last.json"
            file = json.loads(marker.read_text())["file"] if marker.exists() else ""
            site.manage(name, *(file if word == "file" else word for word in command))
            figures[f"{name}_seconds"] = round(time.monotonic() - began, 1)
        figures["megabytes"] = round(Path(file).stat().st_size / 2**20)
        return figures


def fill(site: Site) -> None:
    """The articles with their first version each, as the admin would have left them."""
    with gzip.open(DATA, "rt") as lines:
        articles = [json.loads(line) for line in lines]
    rows = [(article["title"][:400], (article["sapo"] or "")[:1000], article["body"]) for article in articles]
    with site.database() as reached, closing(psycopg2.connect(**reached)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE read (n serial, title text, summary text, body text)")
            execute_values(cursor, "INSERT INTO read (title, summary, body) VALUES %s", rows)
            insert_category(cursor)
            source = f"generate_series(1, {ROWS}) AS k JOIN read ON read.n = 1 + k % {len(rows)}"
            words = {"title": "title", "summary": "summary", "body": "body || k", "slug": "'bai-' || k"}
            words |= {"status": "'published'", "forced": "true", "published_at": "now() - k * interval '1 minute'"}
            insert(cursor, "news_article", source, **words)
            insert(cursor, "news_historicalarticle", source, **words, id="k", history_type="'+'")


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
