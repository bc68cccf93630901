"""The sites that are measured: the demonstration, all real data there is, and as many articles as asked for."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from tests import DATA

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path(os.environ.get("BENCH_VAR", PROJECT / "var" / "bench")).resolve()
BATCH = 2000  # articles


def environment(articles: int, port: int, **more: str) -> dict[str, str]:
    names = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": str(FOLDER / str(articles))}
    return {**os.environ, **names, "SECRET_KEY": "benchmark", "PORT": str(port), **more}


def manage(articles: int, *command: str) -> float:
    """Runs a command of manage.py and returns how many seconds it took."""
    began = time.monotonic()
    subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment(articles, 8000), check=True, stdout=2)
    return time.monotonic() - began


def query(articles: int, sql: str) -> int:
    """One number out of a site's database, asked by a process that ends at once."""
    code = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor(); "
        f"cursor.execute({sql!r}); print(cursor.fetchone()[0])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, env=environment(articles, 8000), check=True, capture_output=True)
    return int(done.stdout)


def build(articles: int) -> dict[str, float]:
    """Makes the site unless an earlier run did. Returns seconds by step, nothing where it was there."""
    folder = FOLDER / str(articles)
    done = folder / "built"
    if done.exists():
        manage(articles, "manage.py", "migrate", "-v0")
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    took = {"prepare": manage(articles, "manage.py", "prepare")}
    for name in ("legal_documents", "legal_documents_fulltext", "legal_relations"):
        if (file := DATA / f"{name}.jsonl.gz").exists():
            took[name] = manage(articles, "manage.py", "import_legal_docs", str(file))
    if (file := DATA / "procedures.jsonl.gz").exists():
        took["procedures"] = manage(articles, "manage.py", "import_procedures", str(file))
    took["articles"] = manage(articles, "-m", "tests.benchmarks.site", str(articles))
    done.touch()
    return took


def write_articles(wanted: int) -> None:
    """Copies of the demonstration's articles, evenly through the last ten years, until there are enough."""
    from django.db import connection

    from news.models import Article, ArticlePhoto
    from portal.text import slugify

    originals = list(Article.objects.filter(import_key=""))
    photos = {article.pk: list(article.photos.all()) for article in originals}
    chance = random.Random(7)
    newest = min(article.published_at for article in originals)
    missing = wanted - Article.objects.count()
    for start in range(0, max(missing, 0), BATCH):
        made = []
        for number in range(start, min(start + BATCH, missing)):
            article = chance.choice(originals)
            copy = Article(category_id=article.category_id, cover_id=article.cover_id, body=article.body)
            copy.title, copy.summary = f"{article.title} ({number})", article.summary
            copy.slug, copy.status = slugify(copy.title, 140), "published"
            copy.published_at = newest - timedelta(days=3650) * (number / missing)
            copy.import_key, copy.source = f"bench-{number}", article.pk
            made.append(copy)
        Article.objects.bulk_create(made)
        ArticlePhoto.objects.bulk_create(
            ArticlePhoto(article=copy, picture_id=photo.picture_id, caption=photo.caption, position=photo.position)
            for copy in made
            for photo in photos[copy.source]
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    import django

    django.setup()
    write_articles(int(sys.argv[1]))
