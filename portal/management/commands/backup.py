"""manage.py backup: database, uploads and a manifest of checksums in one file."""

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.backup import archive, database

FOLDER = settings.VAR / "backups"
# What the admin's first page tells: {"at": ISO 8601, "file", "size": bytes, "sha256", "encrypted"}.
MARKER = FOLDER / "last.json"
PREFIX = "portal-"


class Command(BaseCommand):
    help = "Sao lưu cơ sở dữ liệu và mọi tệp tải lên vào một tệp."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=FOLDER, help="thư mục chứa bản sao lưu")
        parser.add_argument("--keep", type=int, default=0, help="chỉ giữ ngần này bản mới nhất trong thư mục")
        parser.add_argument(
            "--recipient",
            default=settings.BACKUP_RECIPIENT,
            help="khóa công khai age (age1…): bản sao lưu được mã hóa, chỉ khóa bí mật mở được",
        )

    def handle(self, *args: Any, to: Path, keep: int, recipient: str, **options: Any) -> None:
        now = timezone.now()
        path = to.absolute() / f"{PREFIX}{now:%Y%m%dT%H%M%SZ}.tar{'.age' if recipient else ''}"
        try:
            for folder in (path.parent, FOLDER):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            make(path, now, recipient)
            mark(path, now)
        except database.Failed as error:
            raise CommandError(f"Không sao lưu được cơ sở dữ liệu. {error}") from error
        except ValueError as error:
            raise CommandError(f"Khóa công khai không dùng được: {error}") from error
        except OSError as error:
            raise CommandError(f"Không ghi được bản sao lưu: {error}") from error
        if keep > 0:
            for old in sorted(path.parent.glob(f"{PREFIX}*.tar*"))[:-keep]:
                old.unlink()
        self.stdout.write(f"Đã sao lưu vào {path} ({path.stat().st_size / 2**20:.1f} MB).")


def make(path: Path, now: datetime, recipient: str = "") -> None:
    """The database first: whatever file it names at that moment is still there when the files follow."""
    with TemporaryDirectory(prefix=".dump-", dir=path.parent) as folder:
        dump = Path(folder, archive.DUMP)
        with database.snapshot() as (reader, moment):
            database.dump(dump, moment)
            tables = database.fingerprint(reader)
        archive.write(path, dump, {"time": now.isoformat(), "tables": tables}, recipient)


def mark(path: Path, now: datetime) -> None:
    with path.open("rb") as file:
        checksum = archive.sha256(file)
    facts = {"at": now.isoformat(), "file": str(path), "size": path.stat().st_size, "sha256": checksum}
    unfinished = MARKER.with_suffix(".part")
    unfinished.write_text(json.dumps(facts | {"encrypted": path.suffix == ".age"}, indent=1))
    unfinished.rename(MARKER)
