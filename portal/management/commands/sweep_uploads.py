"""manage.py sweep_uploads: removes uploaded files that nothing in the database names any more."""

import re
from datetime import timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.backup import database
from portal.storage import names_in

_NAME = re.compile(rb"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*/[A-Za-z0-9_.-]+")
_PLAIN = re.compile(_NAME.pattern.decode())


class Command(BaseCommand):
    help = "Xóa tệp tải lên mà không nội dung nào, kể cả phiên bản cũ, còn nhắc đến."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="chỉ liệt kê, không xóa")
        parser.add_argument("--days", type=int, default=7, help="chỉ xét tệp cũ hơn ngần này ngày (mặc định 7)")

    def handle(self, *args: Any, dry_run: bool, days: int, **options: Any) -> None:
        before = timezone.now() - timedelta(days=days)
        # Files first: what is uploaded from now on is too young to be looked at anyway.
        old = {name for name in names_in(default_storage) if default_storage.get_modified_time(name) <= before}
        try:
            orphans = sorted(name for name in old - named_in_database() if _PLAIN.fullmatch(name))
        except database.Failed as error:
            raise CommandError(str(error)) from error
        size = sum(default_storage.size(name) for name in orphans)
        for name in orphans:
            self.stdout.write(name)
            if not dry_run:
                default_storage.delete(name)
        verb = "Có thể xóa" if dry_run else "Đã xóa"
        self.stdout.write(f"{verb} {len(orphans)} tệp, {size / 2**20:.1f} MB.")


def named_in_database() -> set[str]:
    """Every path in any column of any table, also in texts, old versions and what waits to be undone.

    No list of fields could be forgotten that way. Addresses start with the folder of media, names do not.
    """
    found: set[bytes] = set()
    for line in database.data_as_text():
        for path in _NAME.findall(line):
            found |= {path, path.partition(b"media/")[2]}
    return {path.decode() for path in found}
