"""wrk, one thread, and what it saw."""

import re
import subprocess
from dataclasses import asdict, dataclass

from tests.benchmarks.servers import Server

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass
class Seen:
    """`p99` in milliseconds; `cpu` in microseconds of the server's processors for one request."""

    rate: float
    p99: float
    errors: int
    cpu: float

    def as_dict(self) -> dict:
        return asdict(self)


def wrk(server: Server, path: str, connections: int = 32, seconds: int = 4, *headers: str) -> Seen:
    before = server.cpu()
    options = [part for header in headers for part in ("-H", header)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *options, server.address + path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    requests = int(re.search(r"(\d+) requests in", said)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    errors = int(refused[1]) if refused else 0
    errors += sum(map(int, broken.groups())) if broken else 0
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    return Seen(rate, float(number) * _MILLISECONDS[unit], errors, (server.cpu() - before) / max(requests, 1) * 1e6)


def best(times: int, ask) -> Seen:
    """The quickest of several: other work on the machine only ever slows."""
    return max((ask() for _ in range(times)), key=lambda seen: seen.rate)
