"""What the import commands share: JSON Lines in, progress, refusals by line, exit 1 if any row was refused."""

import gzip
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history
from tqdm import tqdm

BATCH = 500  # rows written in one transaction
LONGEST_LINE = 20 * 2**20  # bytes


class Refused(Exception):
    """A row cannot be taken; the message says why, in Vietnamese."""


class ImportCommand(BaseCommand):
    """Subclasses give `build(row)`: a new object, a changed one, or None when nothing changed."""

    fields_updated: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON Lines, nén gzip hoặc không")

    def build(self, row: dict[str, Any]) -> models.Model | None:
        raise NotImplementedError

    def prepare(self, options: dict[str, Any]) -> None:
        """Runs once before the first row."""

    def finish(self) -> None:
        """Runs once after the last row was written."""

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"Không có tệp {path}.")
        self.prepare(options)
        self.refused = 0
        counts = {"new": 0, "changed": 0, "same": 0}
        batch: list[models.Model] = []
        for number, row in self._rows(path):
            try:
                item = self.build(row)
            except Refused as why:
                self._refuse(number, str(why))
            except ValidationError as why:
                self._refuse(number, "; ".join(why.messages))
            else:
                counts["same" if item is None else "changed" if item.pk else "new"] += 1
                batch += [item] if item else []
            if len(batch) >= BATCH:
                self._write(batch)
                batch = []
        self._write(batch)
        self.finish()
        if counts["new"] + counts["changed"] > BATCH:
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # until PostgreSQL knows of the new rows, it plans slow ways through them
        done = "Thêm mới {new}, cập nhật {changed}, giữ nguyên {same}".format(**counts)
        self.stdout.write(f"{done}, từ chối {self.refused}.")
        if self.refused:
            raise CommandError(f"{self.refused} dòng bị từ chối, xem danh sách ở trên.", returncode=1)

    def _rows(self, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
        with path.open("rb") as raw, tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc=path.name) as bar:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            lines = gzip.GzipFile(fileobj=raw) if zipped else raw
            for number, line in enumerate(self._lines(lines), start=1):
                bar.update(raw.tell() - bar.n)
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    self._refuse(number, "không phải JSON")
                    continue
                if isinstance(row, dict):
                    yield number, row
                else:
                    self._refuse(number, "không phải một đối tượng JSON")
            bar.update(raw.tell() - bar.n)

    def _lines(self, lines: Any) -> Iterator[bytes]:
        try:
            while line := lines.readline(LONGEST_LINE):
                yield line
        except (OSError, EOFError) as broken:
            raise CommandError(f"Tệp nén bị hỏng: {broken}") from broken

    def _refuse(self, number: int, why: str) -> None:
        self.refused += 1
        tqdm.write(f"Dòng {number}: {why}", file=self.stderr)

    def _write(self, batch: list[models.Model]) -> None:
        """New and changed rows with their history, all or none."""
        model = type(batch[0]) if batch else None
        new, changed = [item for item in batch if not item.pk], [item for item in batch if item.pk]
        for item in batch:
            item.note_times()
        with transaction.atomic():
            if new:
                bulk_create_with_history(new, model, batch_size=BATCH)
            if changed:
                bulk_update_with_history(changed, model, self.fields_updated, batch_size=BATCH)


def text_of(row: dict[str, Any], name: str, required: bool = False) -> str:
    """A text of the row, stripped; Refused when it is missing or not a text."""
    value = row.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Refused(f"“{name}” phải là chữ")
    if required and not value.strip():
        raise Refused(f"thiếu “{name}”")
    return value.strip()
