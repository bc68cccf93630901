"""Backup, rehearsal and restore of 100 000 real articles: python -m tests.faults.restore_100000

Prints seconds and megabytes as one JSON line; fails when the rehearsal finds a difference or restoring takes over five
minutes (issue 8, item 10). Takes about three minutes, so `make bench` runs it and `make test` does not.
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

from tests.faults.site import ROOT, Site
from tests.faults.test_migrations import TABLE, VALUES

DATA = ROOT.parent / "shared/data/news.jsonl.gz"
ROWS = 100_000
LONGEST_RESTORE = 300  # seconds


def main() -> None:
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
        sys.stdout.write(json.dumps(figures) + "\n")
        if figures["restore_seconds"] > LONGEST_RESTORE:
            sys.exit("restoring took longer than five minutes")


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
            cursor.execute("INSERT INTO news_category (id, name, slug, position) VALUES (1, 'Tin', 'tin', 10)")
            for table, more in ((TABLE, {}), ("news_historicalarticle", {"id": "k", "history_type": "'+'"})):
                insert(cursor, table, more)


def insert(cursor: object, table: str, more: dict[str, str]) -> None:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'"
        " AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    )
    columns = {name: VALUES.get(kind, "''") for name, kind in cursor.fetchall()}
    columns |= {"title": "title", "summary": "summary", "body": "body || k", "slug": "'bai-' || k"}
    columns |= {"status": "'published'", "published_at": "now() - k * interval '1 minute'", **more}
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
        f" FROM generate_series(1, {ROWS}) AS k JOIN read ON read.n = 1 + k % {len_of('read')}"
    )


def len_of(table: str) -> str:
    return f"(SELECT count(*) FROM {table})"


if __name__ == "__main__":
    main()
