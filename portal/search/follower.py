"""Keeps the index of this machine in step with the change feed.

There is no timer and no process of its own: whoever is about to search looks how far the index is, and applies what is
missing, or leaves that to the process that is already writing. What would take long is done beside the requests.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import tantivy
from django.db import Error, connection, models
from django.utils import timezone

from portal import changes
from portal.changes import Change
from portal.publishing import Publishable, content_types
from portal.search import index, store
from portal.workflow import Status

AT_ONCE = 200  # objects that a reader may have to wait for, about 2 ms each

Affected = dict[type[Publishable], set[int] | None]  # None: every object of the type

logger = logging.getLogger(__name__)
_background: threading.Thread | None = None


def key_of(item: Publishable) -> str:
    return f"{item._meta.label_lower}:{item.pk}"


def entry_of(item: Publishable) -> index.Entry:
    begins, ends = index.Entry.times(item.published_at, item.expires_at)
    day = item.search_day()
    return index.Entry(
        key_of(item),
        item._meta.label_lower,
        str(item.title),
        begins,
        ends,
        item.facets(),
        item.passages(),
        item.get_absolute_url(),
        item.search_line(),
        item.search_status(),
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if day else begins,
    )


def searcher() -> tantivy.Searcher:
    """The index, as far as it could follow now. Raises store.Unavailable where there is none to ask."""
    try:
        current = store.reader().searcher()
        state = store.state_of(current)
    except store.Unavailable:
        _mend()
        return store.reader().searcher()
    now = _now()
    if state == now:
        return current
    if state.change > now.change:  # the database was put back from a backup
        _mend()
    else:
        _follow(affected(state, now), now)
    return store.reader().searcher()


def is_current(searcher: tantivy.Searcher) -> bool:
    """Whether it has followed every change known, and its statuses are those of today."""
    return store.state_of(searcher) == _now()


def _now() -> store.State:
    return store.State(changes.generation(), timezone.localdate().isoformat())


def affected(state: store.State, now: store.State) -> Affected:
    """What has to be indexed again. Changes of anything an object points to (its category, its issuer) count too."""
    found: Affected = defaultdict(set)
    rows = set(Change.objects.filter(id__gt=state.change, id__lte=now.change).values_list("model", "object_id"))
    for kind in content_types():
        for model, pk in rows:
            _add(found, kind, _touched(kind, model, pk))
        if state.day != now.day:
            before, today = (kind.statuses(date.fromisoformat(day)) for day in (state.day, now.day))
            _add(found, kind, {key for key, status in today.items() if before.get(key) != status})
    return found


def _touched(kind: type[Publishable], model: str, pk: int | None) -> set[int] | None:
    if model == kind._meta.label_lower:
        return None if pk is None else {pk}
    found: set[int] = set()
    for field in kind._meta.get_fields():
        points = field.concrete and (field.many_to_one or field.many_to_many)
        if not points or field.related_model is None or field.related_model._meta.label_lower != model:
            continue
        if issubclass(field.related_model, Publishable) or field.name == "cover":
            continue  # nothing of another object is kept with this one
        if pk is None:
            return None
        found |= set(kind.objects.filter(**{field.name: pk}).values_list("pk", flat=True))
    return found


def _add(found: Affected, kind: type[Publishable], pks: set[int] | None) -> None:
    known = found[kind]
    found[kind] = None if known is None or pks is None else known | pks


def _follow(what: Affected, state: store.State) -> None:
    work = sum(kind.objects.count() if pks is None else len(pks) for kind, pks in what.items())
    if work <= AT_ONCE:
        apply(what, state)
    else:
        _beside(lambda: apply(what, state))


def apply(what: Affected, state: store.State) -> None:
    """Indexes these objects again, and notes how far that is. Another process that writes already is left to it."""
    with store.writing() as mine:
        if not mine:
            return
        found = store.reader()
        done = store.state_of(found.searcher())
        if done.change >= state.change and done.day == state.day:
            return
        with index.writer(found) as writer:
            for kind, pks in what.items():
                _write(writer, kind, pks)
            store.put_state(writer, store.State(max(done.change, state.change), state.day))


def _write(writer: tantivy.IndexWriter, kind: type[Publishable], pks: set[int] | None) -> None:
    label, rows = kind._meta.label_lower, public(kind)
    if pks is None:
        writer.delete_documents_by_term("kind", label)
    else:
        rows = rows.filter(pk__in=pks)
        for pk in pks:
            index.remove(writer, f"{label}:{pk}")
    for item in rows.iterator(chunk_size=200):
        index.add(writer, entry_of(item))


def public(kind: type[Publishable]) -> models.QuerySet:
    """What belongs in the index: the published, those of tomorrow and of yesterday too, since times are asked later."""
    return kind.objects.for_search().filter(status=Status.PUBLISHED)


def size() -> int:
    """How many objects belong in the index."""
    return sum(public(kind).count() for kind in content_types())


def rebuild(wait: bool = True, seen: Callable[[int], Any] = bool) -> int:
    """Makes the index anew beside the old one, which answers meanwhile. The number of passages.

    `seen(1)` is called after each object.
    """
    count = 0
    with store.writing(wait) as mine:
        if not mine:
            return count
        newest = Change.objects.aggregate(newest=models.Max("id"))["newest"] or 0
        state = store.State(newest, timezone.localdate().isoformat())
        with store.replacing() as made, index.writer(made, threads=2) as writer:
            for kind in content_types():
                for item in public(kind).iterator(chunk_size=200):
                    count += index.add(writer, entry_of(item))
                    seen(1)
            store.put_state(writer, state)
    return count


def _mend() -> None:
    """The index is missing, old, damaged or ahead of the database."""
    if size() <= AT_ONCE:
        rebuild(wait=False)
    else:
        _beside(lambda: rebuild(wait=False))


def _beside(work: Callable[[], Any]) -> None:
    """In a thread that ends with the process: what it had not committed is simply missing again."""
    global _background
    if _background is None or not _background.is_alive():
        _background = threading.Thread(target=_quietly, args=[work], daemon=True)
        _background.start()


def _quietly(work: Callable[[], Any]) -> None:
    try:
        work()
    except (Error, OSError, ValueError, store.Unavailable):
        logger.exception("The search index could not follow; the next search tries again")
    finally:
        connection.close()


def finish() -> None:
    """Waits for what is done beside the requests."""
    if _background is not None:
        _background.join()
