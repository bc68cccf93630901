"""`make run` ends here: one small process that readies the site, serves it, and leaves nothing running behind it.

It is not a command of manage.py, so that it need not keep all of Django in memory only to watch the web server.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.embedded_postgres.server import ServerError, server_in
from portal.management.port import free_port
from portal.management.web import GRACE, SITE

LONGEST_PAUSE = 10.0  # seconds between two attempts to serve
STEADY = 60.0  # whatever ran this long did not die of its start

stop = threading.Event()
renew = threading.Event()


def main() -> None:
    port = free_port(os.environ.get("PORT", "8000"))
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: renew.set())
    try:
        settings.DATABASES  # noqa: B018, read here so that what is wrong in them is said in words
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    with only_one(port):
        shutil.rmtree(settings.VAR / "metrics", ignore_errors=True)  # of workers that are gone
        if settings.DATABASES["default"]["ENGINE"] == "portal.embedded_postgres":
            try:
                # We use it as long as we live, so it is stopped before we end.
                server_in(settings.VAR / "postgres").ensure_running()
            except ServerError as error:
                sys.exit(str(error))
        code = run([sys.executable, "manage.py", "prepare"])
        if code and not stop.is_set():
            sys.exit(code)
        serve(port)


@contextmanager
def only_one(port: int) -> Iterator[None]:
    """Two of us in one data folder would ready it at the same time."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    with (settings.VAR / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            sys.exit(f"Cổng thông tin với dữ liệu trong {settings.VAR} đã chạy sẵn tại {file.read().strip()}")
        file.truncate(0)
        file.write(f"http://localhost:{port}/\n")
        file.flush()
        yield


def serve(port: int) -> None:
    """Until we are told to stop: start the web server, and start it again when it dies."""
    server, started = start(web_server(port)), time.monotonic()
    pause = 0.5
    announced = False
    while not stop.wait(0.1):
        if server.poll() is not None:
            end(server)
            pause = 0.5 if time.monotonic() - started > STEADY else min(2 * pause, LONGEST_PAUSE)
            tell(f"Máy chủ web đã dừng (mã {server.returncode}); chạy lại sau {pause:g} giây.")
            stop.wait(pause)
            server, started = start(web_server(port)), time.monotonic()
        if not announced and listening(port):
            announced = True
            tell(greeting(port))
        if announced and renew.is_set():
            renew.clear()
            server = renewed(server, port)
    end(server)


def renewed(old: subprocess.Popen, port: int) -> subprocess.Popen:
    """A server of the code as it is now, listening beside the old one before that ends. The old one, if it cannot."""
    workers = listening(port)
    new = start(web_server(port))
    while listening(port) < 2 * workers and new.poll() is None and not stop.wait(0.05):
        pass
    if new.poll() is None:
        end(old)
        return new
    end(new)
    tell(f"Bản mới không chạy được (mã {new.returncode}); bản cũ vẫn phục vụ.")
    return old


def web_server(port: int, application: str = SITE) -> list[str]:
    return [sys.executable, "-m", "portal.management.web", str(port), application]


def start(command: list[str]) -> subprocess.Popen:
    # When we are killed and cannot stop it, the kernel does. A process group of its own, so that Ctrl-C reaches us
    # alone, and so that what a killed server leaves behind (workers, which would keep the port) can be found.
    return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], cwd=settings.BASE_DIR, process_group=0)


def end(process: subprocess.Popen) -> None:
    """Nothing of it survives."""
    process.terminate()
    try:
        process.wait(GRACE + 5)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: list[str]) -> int:
    """Runs a command until it ends or we are told to stop, and returns its exit code."""
    process = start(command)
    while process.poll() is None and not stop.wait(0.1):
        pass
    end(process)
    return process.returncode


def listening(port: int) -> int:
    """How many sockets of this machine listen on the port: each worker has its own (proc(5), /proc/net/tcp)."""
    rows = [line.split() for table in ("tcp", "tcp6") for line in _lines(f"/proc/net/{table}")[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def _lines(path: str) -> list[str]:
    with suppress(OSError):
        return Path(path).read_text().splitlines()
    return []


def logs_json() -> bool:
    return settings.LOGGING["handlers"]["console"]["formatter"] == "json"


def tell(text: str) -> None:
    if logs_json():
        now = datetime.now(UTC).isoformat()
        text = json.dumps({"time": now, "level": "INFO", "logger": __spec__.name, "message": text}, ensure_ascii=False)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def greeting(port: int) -> str:
    login = settings.VAR / "staff-login.txt"
    return (
        f"\nCổng thông tin đang chạy tại  http://localhost:{port}/\n"
        f"Trang quản trị                http://localhost:{port}/quan-tri/\n"
        f"{login.read_text() if login.exists() else ''}"
        "Nhấn Ctrl-C để dừng."
    )


if __name__ == "__main__":
    main()
