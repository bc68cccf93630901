"""The sites that are measured: the demonstration, all real data there is, and as many articles as asked for."""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

from tests import DATA

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("BENCH_VAR", PROJECT / "var" / "bench")).resolve()
BASE = "data"  # the site without its articles, of which the others are copies
BATCH = 2000  # articles
LATEST = 120  # seconds until the embedded PostgreSQL of a command that ended has ended too
IMPORTS = {
    "legal_documents": "import_legal_docs",
    "legal_documents_fulltext": "import_legal_docs",
    "legal_relations": "import_legal_docs",
    "procedures": "import_procedures",
}


def environment(site: str | int, port: int, **more: str) -> dict[str, str]:
    names = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(FOLDER / str(site))}
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SITE_URL")}
    return {**kept, **names, "PORT": str(port), **more}


def manage(site: str | int, *command: str) -> float:
    """Runs a Python program and returns how many seconds it took. Imports may refuse rows: that is code 1."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment(site, 8000), stdout=2)
    if done.returncode > 1 or (done.returncode and not command[1].startswith("import_")):
        raise RuntimeError(f"failed: {' '.join(command)}")
    return time.monotonic() - began


def query(site: str | int, sql: str) -> int:
    """One number out of a site's database, asked by a process that ends at once."""
    code = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor(); "
        f"cursor.execute({sql!r}); print(cursor.fetchone()[0])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, env=environment(site, 8000), check=True, capture_output=True)
    return int(done.stdout)


def build(articles: int) -> dict[str, float]:
    """Makes the site unless an earlier run did. Returns rows (or articles) a second by step, as they were then."""
    base = once(FOLDER / BASE, lambda: _import_all(BASE))
    return base | once(FOLDER / str(articles), lambda: _add_articles(articles))


def once(folder: Path, make) -> dict[str, float]:
    built = folder / "built.json"
    if built.exists():
        manage(folder.name, "manage.py", "prepare")  # what the code has changed since
        return json.loads(built.read_text())
    shutil.rmtree(folder, ignore_errors=True)
    rates = make()
    built.write_text(json.dumps(rates))
    return rates


def _import_all(site: str) -> dict[str, float]:
    (FOLDER / site).mkdir(parents=True)
    manage(site, "manage.py", "prepare")
    rates = {}
    for name, command in IMPORTS.items():
        if (file := DATA / f"{name}.jsonl.gz").exists():
            rates[f"{name}, rows/s"] = _rows(file) / manage(site, "manage.py", command, str(file))
    return rates


def _add_articles(articles: int) -> dict[str, float]:
    _wait_for_end(FOLDER / BASE)
    # As root, the database's files belong to somebody else.
    subprocess.run(["cp", "-a", FOLDER / BASE, FOLDER / str(articles)], check=True)
    rates = {}
    if (file := DATA / "news.jsonl.gz").exists():
        missing = articles - query(articles, "SELECT count(*) FROM news_article")
        part = FOLDER / "articles.jsonl"
        with gzip.open(file, "rt") as lines:
            part.write_text("".join(islice(lines, missing)))
        rates["articles, rows/s"] = min(missing, _rows(file)) / manage(
            articles, "manage.py", "import_articles", str(part)
        )
    manage(articles, "-m", "tests.benchmarks.site", str(articles))
    return rates


def _rows(file: Path) -> int:
    with gzip.open(file) as lines:
        return sum(1 for _ in lines)


def _wait_for_end(folder: Path) -> None:
    deadline = time.monotonic() + LATEST
    while (folder / "postgres/data/postmaster.pid").exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL still runs in {folder}")
        time.sleep(0.2)


def spread_articles(wanted: int) -> None:
    """The imported articles, and copies of them until there are enough, evenly through the last ten years, in all
    categories, with the photos of the demonstration.
    """
    from django.db import connection

    from news.models import Article, ArticlePhoto, Category

    shown = list(Article.objects.filter(import_key="").prefetch_related("photos"))
    real = list(Article.objects.exclude(import_key="").exclude(import_key__startswith="bench-")) or shown
    categories = list(Category.objects.all())
    newest = min(article.published_at for article in shown)
    chance = random.Random(7)
    missing = wanted - Article.objects.count()

    def dress(article: Article, number: int) -> None:
        like = chance.choice(shown)
        article.cover_id, article.category, article.photos_of = like.cover_id, chance.choice(categories), like
        article.published_at = newest - timedelta(days=3650) * (number / wanted)

    def add_photos(articles: Iterable[Article]) -> None:
        ArticlePhoto.objects.bulk_create(
            ArticlePhoto(article=article, picture_id=photo.picture_id, caption=photo.caption, position=photo.position)
            for article in articles
            for photo in article.photos_of.photos.all()
        )

    if real is not shown:
        for number, article in enumerate(real):
            dress(article, number)
        Article.objects.bulk_update(real, ["cover", "category", "published_at"], batch_size=BATCH)
        add_photos(real)
    originals = cycle(real)
    for start in range(0, max(missing, 0), BATCH):
        made = []
        for number in range(start, min(start + BATCH, missing)):
            like = next(originals)
            copy = Article(body=like.body, summary=like.summary, title=f"{like.title[:380]} ({number})", forced=True)
            copy.slug, copy.status, copy.import_key = f"{like.slug}-{number}", "published", f"bench-{number}"
            dress(copy, len(real) + number)
            made.append(copy)
        Article.objects.bulk_create(made)
        add_photos(made)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    import django

    django.setup()
    spread_articles(int(sys.argv[1]))
