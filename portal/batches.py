"""Counts that wait in memory and reach the database together, at most once a second in each process.

No request ever waits for a count to be written, and none fails because of it.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

from django.db import Error, connection

WRITE_AFTER = 1.0  # seconds; a rush of readers costs each process one statement a second
MOST = 20_000  # different things that wait; only a database that is away for long lets so many gather

logger = logging.getLogger(__name__)


class Batch:
    """`save` adds counts to the database. While that is away they go on waiting and are tried again.

    `writing` is held while counts are on their way, `memory` while what waits is looked at or changed.
    """

    def __init__(self, name: str, save: Callable[[Counter[Any]], None]) -> None:
        self.name, self.save = name, save
        self.writing, self.memory = threading.Lock(), threading.RLock()
        self.waiting: Counter[Any] = Counter()
        self._timer: threading.Timer | None = None
        self._away = False

    def add(self, key: Hashable) -> None:
        with self.memory:
            if key in self.waiting or len(self.waiting) < MOST:
                self.waiting[key] += 1
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
            with self.memory:
                batch, self.waiting = self.waiting, Counter()
            if not batch:
                return
            try:
                self.save(batch)
                self._away = False
            except Error as error:
                with self.memory:
                    self.waiting.update(batch)
                    self._write_soon()
                if not self._away:
                    logger.warning("The database is away, %s wait in memory: %s", self.name, error)
                self._away = True

    def forget(self) -> None:
        """Drops what waits. For tests."""
        with self.memory:
            if self._timer:
                self._timer.cancel()
            self._timer = None
            self.waiting.clear()
