"""Measures the search on questions whose right answers are known, with the site's own analysis and ranking."""

import gzip
import json
import tempfile
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from portal.passages import Facets, Passage
from portal.search import index, query, ranking
from portal.synonyms import shipped

DEPTH = 20


def _open(path: str) -> IO[str]:
    try:
        return gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else Path(path).open(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def _records(path: str) -> Iterator[dict[str, str]]:
    with _open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise CommandError(f"{path}, line {number}: {error}") from error


def _judgements(path: str) -> dict[str, set[str]]:
    right: dict[str, set[str]] = defaultdict(set)
    with _open(path) as lines:
        for line in lines:
            asked, _, answer = line.rstrip("\n").partition("\t")
            if answer and asked != "query_id":
                right[asked].add(answer)
    return right


class Command(BaseCommand):
    help = (
        "Lập chỉ mục CORPUS trong một thư mục tạm rồi đo chất lượng tìm kiếm; in một dòng JSON. "
        "r_at_N: phần câu trả lời đúng nằm trong N kết quả đầu, lấy trung bình theo câu hỏi."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("corpus", help="Các dòng {id, title, text}, .gz hoặc không.")
        parser.add_argument("queries", help="Các dòng {id, text}.")
        parser.add_argument("qrels", help="query_id và doc_id cách nhau bằng tab.")

    def handle(self, corpus: str, queries: str, qrels: str, **options: Any) -> None:
        asked, right = list(_records(queries)), _judgements(qrels)
        asked = [record for record in asked if record["id"] in right]
        if not asked:
            raise CommandError("Không có câu hỏi nào có câu trả lời đúng.")
        with tempfile.TemporaryDirectory() as folder:
            made = index.create(Path(folder))
            names = self._fill(made, corpus)
            measured = [self._ask(made, names, record["text"], right[record["id"]]) for record in asked]
        times = sorted(seconds for _, seconds in measured)
        figures = {name: sum(row[name] for row, _ in measured) / len(measured) for name in measured[0][0]}
        figures = {name: round(value, 4) for name, value in figures.items()}
        figures |= {f"p{part}_ms": round(times[int(len(times) * part / 100)] * 1000, 2) for part in (50, 95)}
        self.stdout.write(json.dumps({**figures, "queries": len(measured)}))

    def _fill(self, made: index.tantivy.Index, corpus: str) -> dict[int, str]:
        names = {}
        with index.writer(made, threads=2) as writer:
            for record in tqdm(_records(corpus), unit=" đoạn", desc="Lập chỉ mục", disable=None):
                # "58/2020/QH14#9" is article 9 of a law known by its number.
                facets = Facets(numbers=(record["id"].partition("#")[0],))
                passage = Passage("", record.get("title") or "", record.get("text") or "")
                key = f"corpus:{record['id']}"
                names[index.number_of(key)] = record["id"]
                index.add(writer, index.Entry(key, "corpus", passage.heading, 0, index.NEVER, facets, [passage]))
        made.reload()
        return names

    def _ask(self, made: Any, names: dict[int, str], text: str, right: set[str]) -> tuple[dict[str, float], float]:
        start = time.perf_counter()
        searcher = made.searcher()
        question = query.understand(text, shipped())
        hits = ranking.rank(searcher, question) if question else []
        seconds = time.perf_counter() - start
        order = [names[hit.object] for hit in hits[:DEPTH]]
        places = [place for place, name in enumerate(order) if name in right]
        first = places[0] if places else DEPTH
        row = {"p_at_1": float(first == 0)}
        row |= {f"r_at_{n}": sum(place < n for place in places) / len(right) for n in (10, 20)}
        return {**row, "mrr_at_10": 1 / (first + 1) if first < 10 else 0.0}, seconds
