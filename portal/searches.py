"""What people look for, as counts of a day: no address, no time of day, nothing that leads to a person."""

import re
from datetime import date, timedelta

from django.db import connection, models
from django.utils import timezone

from portal.text import nfc

KEPT = timedelta(days=400)
_forgot_on: date | None = None  # the day on which this process last looked for older counts
# A flood of invented questions fills a day's share and no more.
MOST_A_DAY = 5000
_LONGEST = 100
# Numbers of identity cards, telephones, insurance books: 8 digits or more, however they are grouped.
_PERSONAL = re.compile(r"\d(?:[ .-]?\d){7,}|\S+@\S+")

_COUNT = """
INSERT INTO portal_searchcount (day, query, address, times, results) SELECT %s, %s, %s, 1, %s
WHERE EXISTS (SELECT 1 FROM portal_searchcount WHERE day = %s AND query = %s AND address = %s)
   OR (SELECT count(*) FROM portal_searchcount WHERE day = %s) < %s
ON CONFLICT (day, query, address) DO UPDATE
SET times = portal_searchcount.times + 1, results = EXCLUDED.results
"""


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


def count(query: str, results: int, address: str = "") -> None:
    """Adds one to today's count. Raises django.db.Error when the database is away."""
    global _forgot_on
    asked, day, address = anonymous(query), timezone.localdate(), nfc(address)[:500]
    if day != _forgot_on:
        SearchCount.objects.filter(day__lt=day - KEPT).delete()
        _forgot_on = day
    if asked:
        same = [day, asked, address]
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [*same, min(results, 2**31 - 1), *same, day, MOST_A_DAY])
