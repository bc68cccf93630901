"""manage.py mirror DIR: the public site as files; run again, it writes what changed since."""

import fcntl
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone
from tqdm import tqdm

from portal.addresses import Redirect
from portal.changes import Change
from portal.mirror import Mirror
from portal.models import Picture
from portal.publishing import Publishable, content_types

STATE = ".mirror.json"


class Command(BaseCommand):
    help = "Ghi toàn bộ trang công khai thành tệp tĩnh, để máy chủ web phục vụ khi ứng dụng và cơ sở dữ liệu ngừng."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--full", action="store_true", help="ghi lại mọi trang, không chỉ phần đã thay đổi")

    def handle(self, *args: Any, folder: Path, full: bool, **options: Any) -> None:
        if not settings.STATIC_ROOT.is_dir():
            raise CommandError("Chưa có tệp tĩnh. Hãy chạy trước: manage.py prepare")
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # at midnight the full one and the one of every five minutes meet
                self.stderr.write(f"Một lệnh khác đang ghi vào {folder}; chờ lệnh đó xong.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            self._mirror(folder, full)

    def _mirror(self, folder: Path, full: bool) -> None:
        state = folder / STATE
        now, newest = timezone.now(), Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        stale: set[str] | None = None
        if state.exists() and not full:
            before = json.loads(state.read_text())
            stale = stale_paths(folder, before["change"], datetime.fromisoformat(before["time"]), now)
            if stale == set():
                self.stdout.write("Không có gì thay đổi.")
                return
        mirror = Mirror(folder, stale)
        mirror.copy_static()
        with tqdm(unit="trang", disable=None) as bar:
            for waiting in mirror.run():
                bar.total = bar.n + waiting + 1
                bar.update()
        if mirror.failed:
            raise CommandError(f"{len(mirror.failed)} trang chưa ghi được: {', '.join(mirror.failed[:10])}")
        gone = mirror.forget_gone() if stale is None else 0
        state.write_text(json.dumps({"change": newest, "time": now.isoformat()}))
        self.stdout.write(f"Đã xem {len(mirror.seen)} địa chỉ, ghi {mirror.written} tệp, bỏ {gone} tệp.")


def stale_paths(folder: Path, change: int, since: datetime, now: datetime) -> set[str] | None:
    """Items that changed, moved, came or went by date, and every page that names them; None: what all pages show."""
    items: list[Publishable] = []
    marks: set[str] = set()
    for row in Change.objects.filter(pk__gt=change).values("model", "object_id", "deleted").distinct():
        model = apps.get_model(row["model"])
        parts = [field for field in model._meta.fields if field.is_relation and field.related_model in content_types()]
        part = any(not field.null for field in parts)
        changed = model._base_manager.filter(pk=row["object_id"]).first()
        if issubclass(model, Publishable) and changed:
            items.append(changed)
        elif issubclass(model, Picture) and changed:
            marks.add(changed.sha256[:24])
        elif part and row["object_id"]:  # whoever deletes a part saves the whole as well
            items += [whole for field in parts if changed and (whole := getattr(changed, field.name))]
        else:
            return None
    for model in content_types():
        items += model.objects.filter(
            Q(published_at__gt=since, published_at__lte=now) | Q(expires_at__gt=since, expires_at__lte=now)
        )
    paths = {item.get_absolute_url() for item in items}
    paths |= set(Redirect.objects.filter(created_at__gt=since).values_list("old_path", flat=True))
    marks |= {f'"{path}"' for path in paths}
    return paths | set(naming(folder, marks))


def naming(folder: Path, marks: set[str]) -> set[str]:
    """The paths of the pages in whose files one of these stands."""
    wanted = [mark.encode() for mark in marks]
    found = set()
    for file in folder.rglob("index.html") if wanted else ():
        body = file.read_bytes()
        if any(mark in body for mark in wanted):
            found.add(f"/{file.parent.relative_to(folder)}/".replace("/./", "/"))
    return found
