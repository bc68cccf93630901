"""What people look for, as counts of a day: no address, no time of day, nothing that leads to a person."""

import re
from collections import Counter
from datetime import timedelta

from django.db import connection, models
from django.utils import timezone

from portal.batches import Batch
from portal.text import nfc, syllables

KEPT = timedelta(days=400)
# A flood of invented questions fills a day's share and no more.
MOST_A_DAY = 5000
SEARCHED = "searched"
_LONGEST = 100
# Numbers of identity cards, telephones, insurance books: 8 digits or more, however they are grouped.
_PERSONAL = re.compile(r"\d(?:[ .-]?\d){7,}|\S+@\S+")


class SearchCount(models.Model):
    """How often a question was asked on a day; with an address, how often that result was opened for it."""

    day = models.DateField("ngày")
    query = models.CharField("từ khóa", max_length=_LONGEST)
    address = models.CharField("kết quả được mở", max_length=500, blank=True)
    times = models.PositiveIntegerField("số lần", default=0)
    results = models.PositiveIntegerField("số kết quả", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "lượt tìm kiếm"
        ordering = ["-day", "-times", "query"]
        constraints = [
            # Also serves the count of a day's rows.
            models.UniqueConstraint(fields=["day", "query", "address"], name="portal_searchcount_once")
        ]

    def __str__(self) -> str:
        return self.query


def anonymous(query: str) -> str:
    """A question as it is counted: one spelling of spaces and capitals, personal numbers and addresses left out."""
    return _PERSONAL.sub("…", " ".join(nfc(query).split())).lower()[:_LONGEST]


def noted(query: str, results: int, address: str = "") -> str:
    """What count() takes, and answers note as in portal.readership; empty where nothing is left to count."""
    asked = anonymous(query) if syllables(query) else ""
    address = " ".join(nfc(address).split())[:500]
    return "\t".join((SEARCHED, str(min(results, 2**31 - 1)), address, asked)) if asked else ""


def count(noted: str) -> None:
    """Adds one to today's count."""
    _batch.add(f"{timezone.localdate()}\t{noted}")


def _add(batch: Counter[str]) -> None:
    rows: dict[tuple[str, str, str], list[int]] = {}  # times, and the number of results
    for line, times in batch.items():
        day, _, results, address, asked = line.split("\t")
        same = rows.setdefault((day, asked, address), [0, 0])
        same[:] = same[0] + times, int(results)
    for day in sorted({day for day, _, _ in rows}):
        _add_day(day, {key: row for key, row in rows.items() if key[0] == day})
    SearchCount.objects.filter(day__lt=timezone.localdate() - KEPT).delete()


def _add_day(day: str, rows: dict[tuple[str, str, str], list[int]]) -> None:
    of_day = SearchCount.objects.filter(day=day)
    asked = of_day.filter(query__in={asked for _, asked, _ in rows}).values_list("query", "address")
    known = {(day, *pair) for pair in asked}
    new = [key for key in rows if key not in known][: max(0, MOST_A_DAY - of_day.count())]
    # All processes lock the rows in the same order.
    values = [value for key in sorted([*(known & rows.keys()), *new]) for value in (*key, *rows[key])]
    if values:
        with connection.cursor() as cursor:
            cursor.execute(_ADD.format(rows=", ".join(["(%s, %s, %s, %s, %s)"] * (len(values) // 5))), values)


_batch = Batch("searches", _add)
write, forget = _batch.write, _batch.forget

_ADD = """
    INSERT INTO portal_searchcount AS kept (day, query, address, times, results) VALUES {rows}
    ON CONFLICT (day, query, address) DO UPDATE SET times = kept.times + EXCLUDED.times, results = EXCLUDED.results
"""
