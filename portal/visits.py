"""The visit counter: visits are written in batches, and pages show the figures. Who counts: portal/visitors.py."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import Error, connection
from django.utils import timezone

from portal.batches import WRITE_AFTER, Batch
from portal.models import SiteIdentity

LASTS = timedelta(minutes=30)
KEEP_FIGURES = 30  # seconds
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


class Figures(NamedTuple):
    """`online` is the number of visits whose 30 minutes are not over yet.

    Somebody who reads on within them is not counted again, so a shorter span would miss readers, and a longer one
    would count some twice. Who has left is still in it until the 30 minutes end.
    """

    online: int
    today: int
    month: int
    total: int


class _Kept(NamedTuple):
    """What the database knew."""

    period: int  # the half minute in which it was last asked
    read_at: datetime  # when it last answered
    figures: Figures


_VISITS_BEFORE = SiteIdentity._meta.get_field("visits_before").default
_NOTHING = _Kept(0, _ALWAYS, Figures(0, 0, 0, _VISITS_BEFORE))

_unseen: Counter[datetime] = Counter()  # minute → visits counted here that are not in `_kept`
_kept = _NOTHING


def count() -> None:
    """A visit begins now."""
    minute = timezone.now().replace(second=0, microsecond=0)
    with _batch.memory:
        _batch.add(minute)
        _unseen[minute] += 1


def _add(batch: Counter[datetime]) -> None:
    hours: dict[datetime, list[int]] = {}
    for minute, visits in sorted(batch.items()):  # all processes lock the hours in the same order
        hours.setdefault(minute.replace(minute=0), [0] * 60)[minute.minute] += visits
    rows = ", ".join(["(%s, %s, %s)"] * len(hours))
    values = [value for hour, minutes in hours.items() for value in (hour, sum(minutes), minutes)]
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=rows), values)


# Minutes wait here. Writing and reading take turns, so that no count is seen twice or not at all.
_batch = Batch("visits", _add, datetime.fromisoformat)
write = _batch.write


def figures() -> Figures:
    """At most 30 seconds old but for what this process counted itself, and never an error."""
    now = timezone.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    running = now.replace(second=0, microsecond=0) - LASTS + timedelta(minutes=1)
    starts = (running, today, today.replace(day=1), _ALWAYS)
    period = int(now.timestamp()) // KEEP_FIGURES
    if _kept.period != period:
        _read(now, period, starts)
    with _batch.memory:
        kept, unseen = _kept, dict(_unseen)

    def since(start: datetime, known: int) -> int:
        """An old answer no longer holds when another day or month has begun."""
        own = sum(visits for minute, visits in unseen.items() if minute >= start)
        return own + (known if kept.read_at >= start else 0)

    return Figures(*map(since, starts, kept.figures))


def _read(now: datetime, period: int, starts: tuple[datetime, ...]) -> None:
    """Asks the database. While it is away, its last answer stands."""
    global _kept, _unseen
    if not _batch.writing.acquire(timeout=WRITE_AFTER):
        return
    try:
        if _kept.period == period:  # another thread was quicker
            return
        with connection.cursor() as cursor:
            cursor.execute(_READ, dict(zip(("running", "today", "month"), starts, strict=False), before=_VISITS_BEFORE))
            known = Figures(*cursor.fetchone())
        with _batch.memory:
            _kept, _unseen = _Kept(period, now, known), Counter(_batch.waiting)
    except Error as error:
        _kept = _kept._replace(period=period)
        logger.warning("The database is away, visit figures are those of %s: %s", _kept.read_at, error)
    finally:
        _batch.writing.release()


def forget() -> None:
    """Drops what this process has in memory. For tests."""
    global _kept
    with _batch.memory:
        _batch.forget()
        _kept = _NOTHING
        _unseen.clear()


_ADD = """
    INSERT INTO portal_visithour AS kept (hour, visits, minutes) VALUES {rows}
    ON CONFLICT (hour) DO UPDATE SET visits = kept.visits + EXCLUDED.visits, minutes = (
        SELECT array_agg(COALESCE(a, 0) + COALESCE(b, 0) ORDER BY minute)
        FROM unnest(kept.minutes, EXCLUDED.minutes) WITH ORDINALITY AS pair (a, b, minute))
"""
_READ = """
    SELECT (SELECT COALESCE(sum(n), 0) FROM portal_visithour, unnest(minutes) WITH ORDINALITY AS began (n, minute)
            WHERE hour > %(running)s - interval '1 hour' AND hour + (minute - 1) * interval '1 minute' >= %(running)s),
        COALESCE(sum(visits) FILTER (WHERE hour >= %(today)s), 0),
        COALESCE(sum(visits) FILTER (WHERE hour >= %(month)s), 0),
        COALESCE(sum(visits), 0) + COALESCE((SELECT visits_before FROM portal_siteidentity), %(before)s)
    FROM portal_visithour
"""
