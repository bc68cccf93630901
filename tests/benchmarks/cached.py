"""Pages as they come from memory, against a bare function and nginx with the same bytes, and an empty Django."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.benchmarks.load import Seen, wrk
from tests.benchmarks.pages import addresses, fetch_whole
from tests.benchmarks.servers import Server, empty_django, free_port, granian, nginx
from tests.benchmarks.site import FOLDER, environment
from tests.live import PHONE

ROUNDS, SECONDS = 3, 2
FEW_READERS, MANY_READERS = 32, 256
TARGETS = {
    "article: rate / bare function": "≥ 0.85",
    "article: rate / nginx file": "≥ 0.38",
    "article: rate / empty Django": "≥ 3.5",
    "article: behind nginx / nginx file": "≥ 0.7",
    "*: p99 ms, 32 connections": "≤ 20",
    "*: p99 ms, 256 connections": "≤ 60",
    "*: errors": "= 0",
}


def measure(articles: int) -> dict[str, dict[str, float]]:
    port = free_port()
    with ExitStack() as running:
        site = environment(articles, port, BEHIND_PROXY="true")
        server = running.enter_context(granian("portal.wsgi:application", site, port))
        django = running.enter_context(empty_django())
        usual = running.enter_context(empty_django("usual"))
        pages = addresses(server)
        answers = {name: fetch_whole(server, path) for name, path in pages.items()}
        bodies = {name: body for name, (_, body) in answers.items()}
        front, plain = running.enter_context(nginx(port, FOLDER / str(articles), bodies))
        told = {}
        for name, path in pages.items():
            with _bare(*answers[name]) as bare:
                contenders = {
                    "ours": (server, path, FEW_READERS),
                    "function": (bare, "/", FEW_READERS),
                    "file": (plain, f"/{name}", FEW_READERS),
                    "behind": (front, path, FEW_READERS),
                    "crowd": (server, path, MANY_READERS),
                    "django": (django, "/", FEW_READERS),
                }
                if name == "article":
                    contenders["counted"] = (server, path, FEW_READERS, f"User-Agent: {PHONE}")
                    contenders["usual"] = (usual, "/", FEW_READERS)
                told[name] = {"bytes": len(bodies[name]), **_ratios(_in_turn(contenders))}
    return told


@contextmanager
def _bare(headers: list[tuple[str, str]], body: bytes) -> Iterator[Server]:
    """A function that returns this answer."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        same = {**os.environ, "BENCH_BODY": file.name, "BENCH_HEADERS": json.dumps(headers)}
        with granian("tests.benchmarks.bare:function", same, free_port()) as server:
            yield server


def _ratios(seen: dict[str, Seen]) -> dict[str, float]:
    ours, rates = seen["ours"], {who: one.rate for who, one in seen.items()}
    told = {
        "rate per second": ours.rate,
        "rate / bare function": ours.rate / rates["function"],
        "rate / nginx file": ours.rate / rates["file"],
        "rate / empty Django": ours.rate / rates["django"],
        "behind nginx / nginx file": rates["behind"] / rates["file"],
        "bare function / nginx file": rates["function"] / rates["file"],
        "bare function / empty Django": rates["function"] / rates["django"],
        "p99 ms, 32 connections": ours.p99,
        "p99 ms, 256 connections": seen["crowd"].p99,
        "errors": ours.errors + seen["crowd"].errors + seen["behind"].errors,
    }
    if "counted" in rates:
        told["rate with each reading counted / bare function"] = rates["counted"] / rates["function"]
        told["rate / empty Django with the usual middleware"] = ours.rate / rates["usual"]
    return told


def _in_turn(contenders: dict[str, tuple]) -> dict[str, Seen]:
    """The best of each in several rounds: other work on the machine only ever slows, and slows whoever is on."""
    seen: dict[str, list[Seen]] = {who: [] for who in contenders}
    for _ in range(ROUNDS):
        for who, (server, path, connections, *headers) in contenders.items():
            seen[who].append(wrk(server, path, connections, SECONDS, *headers))
    for rounds in seen.values():
        best = max(rounds, key=lambda one: one.rate)
        best.p99, best.errors = min(one.p99 for one in rounds), sum(one.errors for one in rounds)
        rounds[:] = [best]
    return {who: best for who, [best] in seen.items()}
