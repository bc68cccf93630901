"""The servers that are measured, each as it is shipped, and what they use of the processors and of memory."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.management.serve import web_server
from tests.benchmarks.site import PROJECT
from tests.faults.site import shipped
from tests.live import descendants, free_port, resident

TICKS = os.sysconf("SC_CLK_TCK")
START = 60  # seconds


class Server:
    """A process, with what it started, and the port it listens on. `var`: the data folder whose database it uses."""

    def __init__(self, process: subprocess.Popen, port: int) -> None:
        self.process, self.port = process, port
        self.address = f"http://localhost:{port}"
        self.var: Path | None = None

    def processes(self) -> list[int]:
        return family(self.process.pid)

    def database(self) -> list[int]:
        return database(self.var) if self.var else []


def seconds_used(pids: list[int]) -> float:
    """Processor time of processes so far."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory(pids: list[int]) -> float:
    """Megabytes; what they share is counted once."""
    return sum(map(resident, pids))


@contextmanager
def started(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=2)
    try:
        deadline = time.monotonic() + START
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"did not start: {' '.join(command)}")
            time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def granian(application: str, environment: dict[str, str], port: int) -> Iterator[Server]:
    """The command of `make run`, with another application where one is named."""
    with started(web_server(port, application), port, environment) as server:
        yield server


@contextmanager
def empty_django(middleware: str = "none") -> Iterator[Server]:
    """A view that says "ok", with no middleware or the `usual`."""
    environment = {**os.environ, "BENCH_EMPTY_DJANGO": middleware}
    with granian("tests.benchmarks.bare:django", environment, free_port()) as server:
        yield server


@contextmanager
def nginx(upstream: int, var: Path, bodies: dict[str, bytes]) -> Iterator[tuple[Server, Server]]:
    """deploy/nginx in front of a port, and the same nginx sending `bodies` as files by name: (front, static).

    Without TLS and without limits: all the load comes from one address.
    """
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    front, plain = free_port(), free_port()
    folder.chmod(0o755)
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    shared = unlimited(shipped(folder, var, upstream, {}))
    site = folder / "site.conf"
    site.write_text(unlimited(site.read_text()))
    (folder / "nginx.conf").write_text(
        f"user www-data; worker_processes auto; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 4096; }\nhttp { include /etc/nginx/mime.types; sendfile on; tcp_nopush on;\n"
        f"access_log {folder}/log combined buffer=64k; keepalive_requests 100000;\n{shared}\n"
        f"server {{ listen 127.0.0.1:{front}; server_name localhost; include {folder}/site.conf; }}\n"
        f"server {{ listen 127.0.0.1:{plain}; access_log off; root {folder}; default_type text/html; }} }}\n"
    )
    try:
        with started(["nginx", "-c", str(folder / "nginx.conf")], front, dict(os.environ)) as server:
            yield server, Server(server.process, plain)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unlimited(configuration: str) -> str:
    return re.sub(r"\n *limit_(?:conn|req) .*", "", configuration)


def database(var: Path) -> list[int]:
    """The processes of the embedded PostgreSQL of a data folder."""
    return family(int((var / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))


def family(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *descendants(pid)]
