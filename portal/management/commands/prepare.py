"""`manage.py prepare`: brings database, first content, staff login and static files to where the site can be served."""

import hashlib
import os
import secrets
import sys
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command
from django.db import NotSupportedError, OperationalError

STAFF = "quantri"
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that a reader could take for another
LOGIN = settings.VAR / "staff-login.txt"


class Command(BaseCommand):
    help = "Chuẩn bị cơ sở dữ liệu, nội dung mẫu (lần đầu), tài khoản quản trị và tệp tĩnh."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except NotSupportedError as error:
            sys.exit(f"Cần PostgreSQL 14 trở lên: {error}")
        except OperationalError as error:
            sys.exit(f"Không kết nối được cơ sở dữ liệu: {error}")
        if get_user_model().objects.filter(is_superuser=True).exists():
            forget_changed_password()
        else:
            self.stdout.write("Lần chạy đầu tiên: đang nạp nội dung mẫu …")
            self.stdout.flush()
            call_command("load_demo")
            create_staff_login()  # last, since its presence tells that the first start is done
        collect_static()


def create_staff_login() -> None:
    """A superuser with a random password. The password is written first, so that it cannot be lost in between."""
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    LOGIN.unlink(missing_ok=True)
    with os.fdopen(os.open(LOGIN, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"Tài khoản: {STAFF}\nMật khẩu:  {password}\n")
    get_user_model().objects.create_superuser(STAFF, password=password)


def forget_changed_password() -> None:
    """What `make run` prints must be true: a password that has been changed since is no longer told."""
    if LOGIN.exists():
        user = get_user_model().objects.filter(username=STAFF).first()
        if user is None or not user.check_password(LOGIN.read_text().split()[-1]):
            LOGIN.unlink()


def collect_static() -> None:
    """Only when a source file differs from last time: compressing them all takes several seconds.

    Nothing is cleared: the version that still serves, and pages that readers have open, name the files of before.
    """
    stamp = settings.VAR / "static.stamp"
    state = static_sources()
    if settings.STATIC_ROOT.is_dir() and stamp.exists() and stamp.read_text() == state:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(state)


def static_sources() -> str:
    """A digest of the names, sizes and times of all static files, and of how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list(apps.get_app_config("staticfiles").ignore_patterns):
            status = os.stat(storage.path(name))
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
