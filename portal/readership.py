"""How often a page is read and a file taken: numbers by month, without asking who and without a request of its own.

A view notes in the WSGI environment what its answer shows. The way in (portal/visitors.py) counts that for readers,
also when the answer is a kept copy: the page cache keeps the note with it.
"""

from collections import Counter
from datetime import date

from django.db import connection, models
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from portal.batches import Batch

SHOWN = "portal.shown"  # the note's place in the environment
VIEWS, DOWNLOADS = "views", "downloads"
LATELY = 3  # months, the running one among them, in which "most viewed" is measured


class Readership(models.Model):
    """Of one object in one month. No identity, only numbers; a row for each month in which it was read."""

    model = models.CharField("loại", max_length=100)
    object_id = models.BigIntegerField("mã")
    month = models.DateField("tháng")
    views = models.PositiveIntegerField("lượt xem", default=0)
    downloads = models.PositiveIntegerField("lượt tải", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "lượt xem, lượt tải"
        constraints = [
            # Also serves the figures of one object and the order of a list.
            models.UniqueConstraint(fields=["model", "object_id", "month"], name="portal_readership_once")
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}, {self.month:%m/%Y}: {self.views}, {self.downloads}"


def note(request: HttpRequest, shown: models.Model, what: str = VIEWS) -> None:
    """Says that the answer shows an object or hands out its file."""
    request.META[SHOWN] = f"{what} {shown._meta.label_lower} {shown.pk}"


def count(noted: str) -> None:
    """Counts what an answer noted."""
    _batch.add(noted)


def _add(batch: Counter[str]) -> None:
    month = timezone.localdate().replace(day=1)
    rows: dict[tuple[str, int], Counter[str]] = {}
    for noted, times in batch.items():
        what, model, number = noted.split()
        rows.setdefault((model, int(number)), Counter())[what] += times
    values = [
        value
        for (model, number), times in sorted(rows.items())  # all processes lock the rows in the same order
        for value in (model, number, month, times[VIEWS], times[DOWNLOADS])
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))), values)


_batch = Batch("readers", _add)
write, forget = _batch.write, _batch.forget


def figures(shown: models.Model) -> dict[str, int]:
    """`views` and `downloads` of an object, of all time."""
    own = Readership.objects.filter(model=shown._meta.label_lower, object_id=shown.pk)
    return own.aggregate(views=Coalesce(Sum("views"), 0), downloads=Coalesce(Sum("downloads"), 0))


def most_viewed(items: QuerySet) -> QuerySet:
    """The items with `views_lately`, the most viewed first."""
    lately = Readership.objects.filter(model=items.model._meta.label_lower, month__gte=_since())
    views = lately.filter(object_id=OuterRef("pk")).order_by().values("object_id").annotate(sum=Sum("views"))
    counted = Coalesce(Subquery(views.values("sum")), Value(0), output_field=IntegerField())
    return items.annotate(views_lately=counted).order_by("-views_lately", "pk")


def _since() -> date:
    today = timezone.localdate()
    months = today.year * 12 + today.month - LATELY
    return date(months // 12, months % 12 + 1, 1)


_ADD = """
    INSERT INTO portal_readership AS kept (model, object_id, month, views, downloads) VALUES {rows}
    ON CONFLICT (model, object_id, month) DO UPDATE
    SET views = kept.views + EXCLUDED.views, downloads = kept.downloads + EXCLUDED.downloads
"""
