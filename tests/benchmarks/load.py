"""wrk, one thread, and what it saw."""

import re
import subprocess
from dataclasses import dataclass

from tests.benchmarks.servers import Server, seconds_used

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Seen:
    """`p99` in milliseconds; processor microseconds for one request: `cpu` of the server, `beside` of its database."""

    rate: float
    p99: float
    requests: int
    errors: int
    cpu: float = 0
    beside: float = 0


def wrk(server: Server, path: str, connections: int = 32, seconds: int = 3) -> Seen:
    before = seconds_used(server.processes()), seconds_used(server.database())
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", server.address + path]
    seen = heard(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    after = seconds_used(server.processes()), seconds_used(server.database())
    seen.cpu, seen.beside = (
        (late - early) / max(seen.requests, 1) * 1e6 for early, late in zip(before, after, strict=True)
    )
    return seen


def heard(said: str) -> Seen:
    """What wrk printed."""
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return Seen(
        rate=float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
        p99=float(number) * _MILLISECONDS[unit],
        requests=int(re.search(r"(\d+) requests in", said)[1]),
        errors=(int(refused[1]) if refused else 0) + (sum(map(int, broken.groups())) if broken else 0),
    )
