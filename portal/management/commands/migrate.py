"""manage.py migrate: Django's own, but no reader queues behind a change of a table, and two machines take turns."""

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg2.errors import LockNotAvailable

PATIENCE = "400ms"  # a change waits this long for its table; readers that came after it wait no longer either
ATTEMPTS = 120
PAUSE = 1.0  # seconds in which those readers get their turn
_TURN = 7_302_118


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        self.connection = connections[options["database"]]
        self._sql("SELECT pg_advisory_lock(%s)", _TURN)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    super().handle(*args, **options)
                    break
                except OperationalError as error:
                    if not isinstance(error.__cause__, LockNotAvailable):
                        raise
                    self.stderr.write(f"Bảng đang có người dùng, thử lại lần {attempt} …")
                    time.sleep(PAUSE)
            else:
                raise CommandError("Có giao dịch giữ bảng quá lâu. Hãy kết thúc giao dịch đó rồi chạy lại.")
        finally:
            self._sql("SET lock_timeout = 0")
            self._sql("SELECT pg_advisory_unlock(%s)", _TURN)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """What is not atomic builds its indexes concurrently: it blocks nobody, and must not be broken off."""
        if action in ("apply_start", "unapply_start"):
            self._sql(f"SET lock_timeout = '{PATIENCE if migration.atomic else 0}'")
        super().migration_progress_callback(action, migration, fake)

    def _sql(self, statement: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
