"""manage.py rehearse_restore: shows that a backup can be restored, without touching the site."""

from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import psycopg2
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg2 import sql

from portal.backup import archive, database
from portal.management.commands.restore import restore_database


class Command(BaseCommand):
    help = "Thử khôi phục một bản sao lưu vào cơ sở dữ liệu trống và so từng bảng, từng tệp."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="tệp khóa bí mật age, nếu bản sao lưu đã mã hóa")

    def handle(self, *args: Any, file: Path, identity: Path | None, **options: Any) -> None:
        began = monotonic()
        try:
            with archive.opened(file.absolute(), identity) as (tar, manifest):
                found = _restored(lambda name: restore_database(tar, file.absolute().parent, dbname=name))
        except psycopg2.errors.InsufficientPrivilege as error:
            raise CommandError(
                "Người dùng cơ sở dữ liệu chưa được tạo cơ sở dữ liệu mới: ALTER ROLE … CREATEDB."
            ) from error
        except (archive.Damaged, database.Failed, OSError, psycopg2.Error) as error:
            raise CommandError(f"Bản sao lưu này không khôi phục được! {error}") from error
        expected = manifest["tables"]
        different = [name for name in sorted(expected | found) if expected.get(name) != found.get(name)]
        if different:
            raise CommandError(f"Khác với lúc sao lưu: {', '.join(different)}")
        rows = sum(facts[0] for facts in found.values() if len(facts) > 1)
        self.stdout.write(
            f"Khôi phục được: {len(found)} bảng và bộ đếm, {rows} dòng, {len(manifest['files']) - 1} tệp tải lên "
            f"giống hệt lúc sao lưu ({monotonic() - began:.0f} giây)."
        )


def _restored(restore: Any) -> database.Fingerprint:
    """The fingerprint of a database made for this, which is gone afterwards."""
    name = f"portal_rehearsal_{uuid4().hex[:8]}"
    with closing(database.connect(dbname=_maintenance())) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            try:
                restore(name)
                with closing(database.connect(dbname=name)) as reader:
                    return database.fingerprint(reader)
            finally:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _maintenance() -> str:
    """One does not create a database from within itself being used; the site's own will do as well as any."""
    return database.parameters()["dbname"]
