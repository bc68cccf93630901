"""The change feed: one row for everything saved or deleted that a citizen can see.

Its readers are whatever keeps copies: the fragments below, the page cache, the search index. Each looks at most
four times a second, so every process on every machine follows a publication with PostgreSQL as the only shared part.
"""

import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

# Seconds. Every worker is to show a change within one second, also where processors are busy and a page takes long.
LOOK_EVERY = 0.25
# Scheduled and expiring items change what is seen without a row in the feed, so no copy is kept longer than this.
KEEP_AT_MOST = 30.0  # seconds
MOST_COPIES = 1000  # of one kind; what readers may ask for without end must not fill the memory
# Writers of the feed take turns until they commit, so that a smaller id never appears after a larger one was read.
_TURN = 7_302_117
_last_look: tuple[float, int] = (0.0, 0)
T = TypeVar("T")


class Change(models.Model):
    """Something a citizen can see became different. `object_id` is empty when many rows changed at once."""

    at = models.DateTimeField("lúc", auto_now_add=True)
    model = models.CharField("loại", max_length=100)
    object_id = models.BigIntegerField("mã", null=True)
    deleted = models.BooleanField("đã xóa", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "thay đổi"

    def __str__(self) -> str:
        return f"{self.model} {self.object_id or '*'}"


class VisibleQuerySet(models.QuerySet):
    """Bulk writes leave their row in the feed too."""

    def update(self, **kwargs: Any) -> int:
        with transaction.atomic():
            touched = self._singly(self.values_list("pk", flat=True)) if self.model.followed_singly else [None]
            rows = super().update(**kwargs)
            if rows:
                record(self.model, *touched)
        return rows

    update.alters_data = True

    def bulk_create(self, objs: list[models.Model], *args: Any, **kwargs: Any) -> list[models.Model]:
        with transaction.atomic():
            created = super().bulk_create(objs, *args, **kwargs)
            record(self.model, *self._singly([row.pk for row in created] if self.model.followed_singly else []))
        return created

    bulk_create.alters_data = True

    @staticmethod
    def _singly(pks: Iterable[int | None]) -> list[int | None]:
        """One row for each object, or one for all where some have no number yet."""
        pks = list(pks)
        return pks if pks and None not in pks else [None]


class Visible(models.Model):
    """Anything a citizen can see: saving or deleting it is recorded in the same transaction."""

    followed_singly = False  # whether a bulk write names each object, for readers that follow objects one by one

    objects = VisibleQuerySet.as_manager()

    class Meta:
        abstract = True


def record(model: type[models.Model], *object_ids: int | None, deleted: bool = False) -> None:
    """Adds a row to the feed for each object. Call it inside the transaction of the change itself."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        name = model._meta.label_lower
        Change.objects.bulk_create(Change(model=name, object_id=pk, deleted=deleted) for pk in object_ids or [None])
    forget()


@receiver(post_save, dispatch_uid="changes.saved")
def _saved(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    if issubclass(sender, Visible) and not raw:
        record(sender, instance.pk)
        _record_owner(instance)


@receiver(post_delete, dispatch_uid="changes.deleted")
def _deleted(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    if issubclass(sender, Visible):
        record(sender, instance.pk, deleted=True)
        _record_owner(instance)


def _record_owner(part: models.Model) -> None:
    """A file or a relation is a part of an object that is followed by itself, which a deleted part could not name."""
    for field in part._meta.concrete_fields:
        belongs = field.many_to_one and field.remote_field.on_delete is models.CASCADE
        if belongs and getattr(field.related_model, "followed_singly", False) and getattr(part, field.attname):
            record(field.related_model, getattr(part, field.attname))


@receiver(m2m_changed, dispatch_uid="changes.related")
def _related(instance: models.Model, action: str, **kwargs: Any) -> None:
    if isinstance(instance, Visible) and action.startswith("post_"):
        record(type(instance), instance.pk)


def generation() -> int:
    """The id of the newest change, looked up at most four times a second in this process."""
    global _last_look
    newest = known()
    if newest is None:
        now = time.monotonic()
        newest = Change.objects.aggregate(newest=models.Max("id"))["newest"] or 0
        _last_look = (now + LOOK_EVERY, newest)
    return newest


def known() -> int | None:
    """`generation()` where that needs no look."""
    look_again_at, newest = _last_look
    return newest if time.monotonic() < look_again_at else None


def forget() -> None:
    """Looks again at the next question, so that a process sees its own changes at once."""
    global _last_look
    _last_look = (0.0, _last_look[1])


copies: list[Any] = []  # whatever keeps copies in this process and can `clear()` them


class Copies:
    """Results by key, kept in this process until the feed has a newer row, 30 seconds at most."""

    def __init__(self) -> None:
        self.clear()
        copies.append(self)

    def clear(self) -> None:
        self._kept: tuple[int, float, dict[Any, Any]] = (-1, 0.0, {})

    def get(self, key: Any, load: Callable[[], T]) -> T:
        newest, now = generation(), time.monotonic()
        of, since, kept = self._kept
        if of != newest or now - since > KEEP_AT_MOST or len(kept) >= MOST_COPIES:
            kept = {}
            self._kept = (newest, now, kept)
        if key not in kept:
            kept[key] = load()
        return kept[key]


def until_change(load: Callable[[], T]) -> Callable[[], T]:
    """The function, called again only when the feed has a newer row, or after 30 seconds."""
    kept = Copies()
    return wraps(load)(lambda: kept.get(None, load))


def forget_all() -> None:
    """Drops every kept result of this process."""
    forget()
    for kept in copies:
        kept.clear()
