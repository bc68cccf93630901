"""How fast the search answers over 55 767 real passages, beside an empty Django view in the same run.

    python tests/benchmarks/search.py [FOLDER WITH laws_corpus.jsonl.gz AND laws_queries.jsonl]

Prints one JSON line: times in milliseconds, and the ratio of the whole page to the empty view.
"""

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from itertools import groupby, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared" / "data" / "search"
ASKED = 300


def set_up(folder: str) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_VAR": folder, "SECRET_KEY": "x"}
    os.environ["SITE_URL"] = "http://testserver"
    import django

    django.setup()


def laws(path: Path) -> Iterator[tuple[str, str]]:
    """Number and body of each law of the corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        articles = sorted((json.loads(line) for line in lines), key=lambda article: article["id"].partition("#")[0])
    for number, group in groupby(articles, key=lambda article: article["id"].partition("#")[0]):
        parts = [
            f"<h4>Điều {place}. {escape(part['title'][:190])}</h4><p>{escape(part['text'])}</p>"
            for place, part in enumerate(group, start=1)
        ]
        yield number, "".join(parts)


def fill(path: Path) -> None:
    from django.utils import timezone

    from legal_docs.models import Document, DocumentType
    from portal.workflow import Status

    kind = DocumentType.objects.create(name="Văn bản", slug="van-ban")
    common = {"doc_type": kind, "status": Status.PUBLISHED, "published_at": timezone.now(), "forced": True}
    rows = (
        Document(number=number[:100], title=f"Văn bản {number}"[:1000], body=body, slug=f"vb-{place}", **common)
        for place, (number, body) in enumerate(laws(path))
    )
    while batch := list(islice(rows, 200)):
        Document.objects.bulk_create(batch)


def times(questions: list[str], ask: Callable[[str], object]) -> dict[str, float]:
    taken = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        taken.append((time.perf_counter() - start) * 1000)
    taken.sort()
    middle, late = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
    return {"p50": round(middle, 2), "p95": round(late, 2), "max": round(taken[-1], 2)}


def measure(questions: list[str]) -> dict[str, object]:
    from django.http import HttpRequest, HttpResponse
    from django.test import Client
    from django.urls import clear_url_caches, path

    from portal import urls
    from portal.search import follower, ranking
    from portal.search.query import understand
    from portal.synonyms import shipped

    def empty(request: HttpRequest) -> HttpResponse:
        return HttpResponse("")

    urls.urlpatterns.insert(0, path("trong/", empty))
    clear_url_caches()
    start = time.perf_counter()
    passages = follower.rebuild()
    built = time.perf_counter() - start
    client, (index, searcher) = Client(), follower.searcher()
    client.get("/tim-kiem/?q=luật")

    def answer(question: str) -> None:
        ranking.rank(searcher, index.schema, understand(question, shipped()))

    found = {
        "passages": passages,
        "rebuild_s": round(built, 1),
        "index": times(questions, answer),
        "empty_view": times(questions, lambda _: client.get("/trong/")),
        "page": times(questions, lambda question: client.get("/tim-kiem/", {"q": question})),
        "suggestions": times([q[:12] for q in questions], lambda q: client.get("/tim-kiem/goi-y/", {"q": q})),
    }
    attacks = DATA.parent / "attacks"
    hostile = [
        line for name in ("strings", "sqli", "html") for line in (attacks / f"{name}.jsonl").open(encoding="utf-8")
    ]
    found["hostile"] = times(hostile, lambda question: client.get("/tim-kiem/", {"q": question}))
    found["page_to_empty_view"] = round(found["page"]["p50"] / found["empty_view"]["p50"], 1)
    return found


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not data.is_dir():
        sys.exit(f"The real data is not here: {data}")
    lines = (data / "laws_queries.jsonl").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory(prefix="portal-search-") as folder:
        set_up(folder)
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill(data / "laws_corpus.jsonl.gz")
        sys.stdout.write(json.dumps(measure([json.loads(line)["text"] for line in lines][:ASKED])) + "\n")


if __name__ == "__main__":
    main()
