"""`make run` ends here: one small process that readies the site, serves it, and leaves nothing running behind it.

It is not a command of manage.py, so that it need not keep all of Django in memory only to watch the web server.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.embedded_postgres.server import ServerError, server_in
from portal.management.port import free_port

LONGEST_PAUSE = 10.0  # seconds between two attempts to serve
BETWEEN_RENEWALS = 20.0  # seconds; the web server takes a second signal in the middle of the first for a failure
STEADY = 60.0  # whatever ran this long did not die of its start
GRACE = 5  # seconds for requests under way

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
    pause = 0.5
    announced = False
    renewed = 0.0

    def attend(server: subprocess.Popen) -> None:
        """Told to renew (SIGUSR1), the web server starts new workers and lets the old ones finish."""
        nonlocal announced, renewed
        if not announced and answers(port):
            announced = True
            tell(greeting(port))
        if announced and renew.is_set() and time.monotonic() - renewed > BETWEEN_RENEWALS:
            renew.clear()
            renewed = time.monotonic()
            server.send_signal(signal.SIGHUP)

    while not stop.is_set():
        started = time.monotonic()
        code = run(web_server(port), attend)
        if not stop.is_set():
            pause = 0.5 if time.monotonic() - started > STEADY else min(2 * pause, LONGEST_PAUSE)
            tell(f"Máy chủ web đã dừng (mã {code}); chạy lại sau {pause:g} giây.")
            stop.wait(pause)


def web_server(port: int) -> list[str]:
    """One worker per core and one thread in each: the work is Python's, and the database is near."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", os.environ.get("LISTEN", "127.0.0.1"), "--port", str(port), "--log-level", "warning"),
        *("--workers", str(len(os.sched_getaffinity(0))), "--blocking-threads", "1"),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(GRACE)),
        *(("--log-config", "deploy/granian-log.json") if logs_json() else ()),
        "portal.wsgi:application",
    ]


def run(command: list[str], meanwhile: Callable[[subprocess.Popen], None] = lambda _: None) -> int:
    """Run a command until it ends or we are told to stop. Nothing of it survives, and its exit code is returned."""
    # When we are killed and cannot stop it, the kernel does. A process group of its own, so that Ctrl-C reaches us
    # alone, and so that what a killed server leaves behind (workers, which would keep the port) can be found.
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], cwd=settings.BASE_DIR, process_group=0)
    while process.poll() is None and not stop.wait(0.1):
        meanwhile(process)
    process.terminate()
    try:
        process.wait(GRACE + 5)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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
