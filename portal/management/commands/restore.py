"""manage.py restore: a backup becomes the site. The database changes in one step at the end, or not at all."""

import shutil
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from tqdm import tqdm

from portal import changes
from portal.backup import archive, database


class Command(BaseCommand):
    help = "Khôi phục cổng từ một bản sao lưu."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="tệp khóa bí mật age, nếu bản sao lưu đã mã hóa")
        parser.add_argument("--replace", action="store_true", help="thay toàn bộ dữ liệu đang có")

    def handle(self, *args: Any, file: Path, identity: Path | None, replace: bool, **options: Any) -> None:
        if database.tables() and not replace:
            raise CommandError(
                "Cơ sở dữ liệu đang có dữ liệu. Hãy sao lưu trước, rồi thêm --replace để thay bằng bản sao lưu."
            )
        newest = _newest_change()
        try:
            with archive.opened(file.absolute(), identity) as (tar, manifest):
                _restore_media(tar)
                restore_database(tar, file.absolute().parent)
        except (archive.Damaged, database.Failed, OSError, ValidationError) as error:
            raise CommandError(f"Không khôi phục được, dữ liệu đang có vẫn như cũ. {error}") from error
        call_command("migrate", interactive=False, verbosity=0)
        _tell_copies(newest)
        self.stdout.write(f"Đã khôi phục bản sao lưu lúc {manifest['time']}.")


def restore_database(tar: tarfile.TarFile, beside: Path, **other: Any) -> None:
    with TemporaryDirectory(prefix=".dump-", dir=beside) as folder:
        dump = Path(folder, archive.DUMP)
        with dump.open("wb") as target:
            shutil.copyfileobj(tar.extractfile(archive.DUMP), target)
        database.restore(dump, **other)


def _restore_media(tar: tarfile.TarFile) -> None:
    """Before the database: a file too many harms nobody. Names tell content, so most are there already."""
    entries = [entry for entry in tar.getmembers() if entry.name.startswith(archive.MEDIA)]
    for entry in tqdm(entries, "Tệp tải lên", unit="tệp", disable=None):
        name = entry.name.removeprefix(archive.MEDIA)
        if default_storage.exists(name):
            with default_storage.open(name) as there:
                if archive.sha256(there) == archive.sha256(tar.extractfile(entry)):
                    continue
            default_storage.delete(name)
        if default_storage.save(name, File(tar.extractfile(entry))) != name:
            raise archive.Damaged(f"Không đặt lại được tệp {name}.")


def _newest_change() -> int:
    if changes.Change._meta.db_table not in database.tables():
        return 0
    return changes.Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _tell_copies(newest: int) -> None:
    """Numbers of the feed only grow, whatever was restored, and everything is new to who keeps copies."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            ids = f"pg_get_serial_sequence('{changes.Change._meta.db_table}', 'id')"
            cursor.execute(f"SELECT setval({ids}, GREATEST(nextval({ids}), %s))", [newest + 1])
        for model in apps.get_models():
            if issubclass(model, changes.Visible):
                changes.record(model)
