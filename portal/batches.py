"""Counts that wait and reach the database together, at most once a second in each process, each exactly once.

No request ever waits for a count to be written, and none fails because of it. Whatever dies meanwhile, database or
process, loses none (portal.journals) and none is added twice (Batched).
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

from django.conf import settings
from django.db import Error, connection, models, transaction

from portal.journals import Journal, left_behind

WRITE_AFTER = 1.0  # seconds; a rush of readers costs each process one statement a second
MOST = 20_000  # different things that wait; only a database that is away for long lets so many gather

logger = logging.getLogger(__name__)


class Batched(models.Model):
    """A journal whose counts the database has. The row goes once the file is gone."""

    name = models.UUIDField("tên", primary_key=True)

    class Meta:
        verbose_name = verbose_name_plural = "số đếm đã ghi"

    def __str__(self) -> str:
        return str(self.name)


class Batch:
    """`save` adds counts to the database, `read` makes what was counted of its str(). While the database is away
    counts go on waiting and are tried again.

    `writing` is held while counts are on their way, `memory` while what waits is looked at or changed.
    """

    def __init__(self, name: str, save: Callable[[Counter[Any]], None], read: Callable[[str], Hashable] = str) -> None:
        self.name, self.save, self.read = name, save, read
        self.writing, self.memory = threading.Lock(), threading.RLock()
        self._folder = settings.VAR / "counts" / name
        self._open = Journal(self._folder)
        self._sealed: Journal | None = None  # on its way; when the database went away meanwhile, perhaps arrived
        self._done = ""  # the name of the last journal whose file is gone
        self._timer: threading.Timer | None = None
        self._away = False

    @property
    def waiting(self) -> Counter[Any]:
        with self.memory:
            return self._open.counts + (self._sealed.counts if self._sealed else Counter())

    def add(self, key: Hashable) -> None:
        with self.memory:
            if key in self._open.counts or len(self._open.counts) < MOST:
                self._open.add(key)
            self._write_soon()

    def _write_soon(self) -> None:
        """Not a daemon, so that the end of the process waits for it; `atexit` is never called in granian's workers."""
        if self._timer is None and threading.main_thread().is_alive():
            self._timer = threading.Timer(WRITE_AFTER, self._write_in_thread)
            self._timer.daemon = False
            self._timer.start()

    def _write_in_thread(self) -> None:
        with self.memory:
            self._timer = None
        try:
            self.write()
        finally:
            connection.close()  # this thread's own; a restarted database is met with a new one

    def write(self) -> None:
        with self.writing:
            try:
                while journal := self._sealed or self._seal():
                    self._write(journal)
                    self._sealed = None
                for journal in left_behind(self._folder, self.read):
                    self._write(journal)
                self._away = False
            except Error as error:
                with self.memory:
                    self._write_soon()
                if not self._away:
                    logger.warning("The database is away, %s wait in memory: %s", self.name, error)
                self._away = True

    def _seal(self) -> Journal | None:
        with self.memory:
            if self._open.counts:
                self._sealed, self._open = self._open, Journal(self._folder)
            return self._sealed

    def _write(self, journal: Journal) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if self._done:
                    cursor.execute("DELETE FROM portal_batched WHERE name = %s", [self._done])
                cursor.execute("INSERT INTO portal_batched VALUES (%s) ON CONFLICT DO NOTHING", [journal.name])
                is_new = cursor.rowcount == 1
            if is_new and journal.counts:
                self.save(journal.counts)
        self._done = journal.name if journal.drop() else ""

    def forget(self) -> None:
        """Drops what waits. For tests."""
        with self.memory:
            if self._timer:
                self._timer.cancel()
            self._timer = None
            for journal in filter(None, (self._open, self._sealed)):
                journal.drop()
            self._open, self._sealed, self._done = Journal(self._folder), None, ""
