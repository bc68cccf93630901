"""The whole site as in production, for those who attack it: PostgreSQL, the supervisor, the web server, its workers."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg2

from portal.embedded_postgres.account import account_for
from portal.embedded_postgres.server import PACKAGE, PROGRAMS

PROJECT = Path(__file__).resolve().parent.parent
PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_until(met: Callable[[], object], seconds: float = 60) -> float:
    """How long it took, in seconds."""
    began = time.monotonic()
    while not met():
        if time.monotonic() - began > seconds:
            raise TimeoutError(met)
        time.sleep(0.02)
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    with suppress(OSError):
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(each) for thread in threads for each in thread.read_text().split()]
    return []


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


def resident(pid: int) -> float:
    """Megabytes of memory that are this process's alone or its share of what it has in common with others."""
    with suppress(OSError, TypeError):  # gone, or just going
        return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1]) / 1024
    return 0


class Postgres:
    """An outside server, which nobody starts again but we."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        self.account = account_for(folder)
        self.account.open_way_to(folder)
        self.account.open_programs(PROGRAMS / "postgres", PACKAGE.parent.glob("embedded_postgres*"))
        self.account.own(folder)
        self._run("initdb", "-D", "data", "--username=portal", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        with self.connected("postgres") as cursor:
            cursor.execute("CREATE DATABASE portal")

    @property
    def url(self) -> str:
        return f"postgres://portal:x@127.0.0.1:{self.port}/portal"

    def start(self) -> None:
        listen = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories= -c fsync=on"

        def started() -> bool:  # after a crash, the last of the old server's processes must be gone first
            with suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", listen, "start")
                return True
            return False

        wait_until(started)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", "data", "-m", "fast", "-w", "stop")

    def kill(self) -> None:
        """All at once, as when the power fails; returns when nothing of it is left."""
        postmaster = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        everybody = [postmaster, *descendants(postmaster)]
        for each in everybody:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        wait_until(lambda: not any(_lives(each) for each in everybody))

    @contextmanager
    def connected(self, name: str = "portal") -> Iterator[psycopg2.extensions.cursor]:
        with closing(psycopg2.connect(host="127.0.0.1", port=self.port, user="portal", dbname=name)) as connection:
            connection.autocommit = True
            yield connection.cursor()

    def _run(self, program: str, *arguments: str) -> None:
        identity = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if not os.geteuid() else {}
        subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=True,
            **identity,
        )


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


@dataclass
class Answer:
    status: int  # 0: none came
    seconds: float = 0
    at: float = 0  # when it was asked, in seconds of the monotonic clock
    stale: bool = False
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def ask(port: int, path: str, method: str = "GET", body: bytes | None = None, timeout: float = 10, **headers) -> Answer:
    """One request on a connection of its own."""
    began = time.monotonic()
    sent = {"User-Agent": PHONE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        names = {name.lower() for name, _ in response.getheaders()}
        answer = Answer(response.status, body=response.read(), headers={n: response.getheader(n) for n in names})
        answer.stale = "warning" in names
    except (OSError, http.client.HTTPException):
        answer = Answer(0)
    finally:
        connection.close()
    answer.at, answer.seconds = began, time.monotonic() - began
    return answer


class Site:
    """What `make run` starts, with a database of its own."""

    def __init__(self, folder: Path, **settings: str):
        self.var, self.port = folder / "var", free_port()
        self.settings = {"PORTAL_VAR": str(self.var), "PORT": str(self.port), "SECRET_KEY": "x" * 50, **settings}
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "SITE_URL", "PORT")}
        self.environment = {**kept, **self.settings}
        self.log = (folder / "log").open("w")
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "portal.management.serve"]
        self.supervisor = subprocess.Popen(
            command, cwd=PROJECT, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        try:
            wait_until(self.answers, 300)
            wait_until(lambda: len(self.workers()) == len(os.sched_getaffinity(0)))
        except BaseException:
            self.stop()
            raise

    def answers(self) -> bool:
        if self.supervisor.poll() is not None:
            raise RuntimeError(Path(self.log.name).read_text()[-2000:])
        return ask(self.port, "/readyz", timeout=2).status == 200

    def stop(self) -> None:
        self.supervisor.terminate()
        self.supervisor.wait(30)
        self.log.close()

    def server(self) -> int:
        """The process of the web server that watches the workers."""
        return next(each for each in children(self.supervisor.pid) if b"management.web" in _command(each))

    def workers(self) -> list[int]:
        with suppress(StopIteration):
            return children(self.server())
        return []

    def memory(self) -> float:
        """Megabytes of all its processes, without the database."""
        return sum(resident(each) for each in (self.supervisor.pid, *descendants(self.supervisor.pid)))

    def staff(self) -> "Staff":
        words = (self.var / "staff-login.txt").read_text().split()
        return Staff(self.port, words[2], words[-1])


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


class Staff:
    """Somebody signed in to the admin."""

    def __init__(self, port: int, name: str, password: str):
        self.port, self.cookies = port, {}
        self.get("/quan-tri/login/")
        answer = self.post("/quan-tri/login/", {"username": name, "password": password, "next": "/quan-tri/"})
        assert answer.status == 302, answer

    def get(self, path: str) -> Answer:
        return self._ask(path)

    def post(self, path: str, fields: dict[str, object]) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": self.cookies["csrf"]}).encode()
        return self._ask(path, "POST", body, Content_Type="application/x-www-form-urlencoded")

    def upload(self, path: str, fields: dict[str, object], files: dict[str, tuple[str, bytes]]) -> Answer:
        edge = "----portal-edge----"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {**fields, "csrfmiddlewaretoken": self.cookies["csrf"]}.items()
        ]
        for name, (called, content) in files.items():
            named = f'form-data; name="{name}"; filename="{called}"'
            head = f"--{edge}\r\nContent-Disposition: {named}\r\nContent-Type: application/octet-stream\r\n\r\n"
            parts.append(head.encode("utf-8", "surrogateescape") + content + b"\r\n")
        body = b"".join([*parts, f"--{edge}--\r\n".encode()])
        return self._ask(path, "POST", body, timeout=60, Content_Type=f"multipart/form-data; boundary={edge}")

    def _ask(self, path: str, method: str = "GET", body: bytes | None = None, **more) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = ask(self.port, path, method, body, Cookie=cookie, **more)
        for name, value in re.findall(r"(phien|csrf)=([^;]*)", answer.headers.get("set-cookie", "")):
            self.cookies[name] = value
        return answer


class Readers:
    """Ask for the paths in turn, `rate` times a second, whatever becomes of the answers."""

    def __init__(self, port: int, paths: list[str], rate: float = 50, **headers: str):
        self.answers: list[Answer] = []
        self._ask = lambda path: self.answers.append(ask(port, path, **headers))
        self._paths, self._rate, self._stop = paths, rate, threading.Event()

    def __enter__(self) -> "Readers":
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        began, asked = time.monotonic(), 0
        with ThreadPoolExecutor(200) as threads:
            while not self._stop.is_set():
                threads.submit(self._ask, self._paths[asked % len(self._paths)])
                asked += 1
                time.sleep(max(0, began + asked / self._rate - time.monotonic()))

    def share(self, good: Callable[[Answer], bool] = lambda answer: answer.status == 200) -> float:
        """The share of good answers, in per cent."""
        return 100 * sum(map(good, self.answers)) / len(self.answers)

    def figures(self) -> dict[str, object]:
        seconds = sorted(answer.seconds for answer in self.answers)
        counted = {status: sum(a.status == status for a in self.answers) for status in {a.status for a in self.answers}}
        return {
            "requests": len(seconds),
            "by_status": counted,
            "stale": sum(answer.stale for answer in self.answers),
            "p50_ms": round(1000 * seconds[len(seconds) // 2], 1),
            "p99_ms": round(1000 * seconds[len(seconds) * 99 // 100], 1),
            "slowest_ms": round(1000 * seconds[-1]),
        }


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL's account may pass through."""
    path = Path(tempfile.mkdtemp(prefix="portal-live-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def site(outside: bool = False, **settings: str) -> Iterator[Site]:
    """A running site; with `outside`, on a PostgreSQL that is `site.postgres`."""
    with folder() as path:
        postgres = Postgres(path / "postgres") if outside else None
        try:
            running = Site(path, **settings, **({"DATABASE_URL": postgres.url} if postgres else {}))
            running.postgres = postgres
            try:
                yield running
            finally:
                running.stop()
        finally:
            if postgres:
                with suppress(subprocess.CalledProcessError):
                    postgres.stop()
