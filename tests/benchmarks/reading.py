"""Reading: from the cache, past it, an empty Django, a bare function, nginx; with few and with many articles."""

import os
import tempfile

from tests.benchmarks.load import Seen, best, wrk
from tests.benchmarks.pages import addresses, fetch
from tests.benchmarks.servers import free_port, granian, nginx
from tests.benchmarks.site import FOLDER, environment

TIMES = 3
DEEP = 5000  # page of the list of news; the last one where there are fewer


def cached(articles: int) -> dict[str, float]:
    """Ratios of rates for one article page, as it comes from memory."""
    port, bare_port = free_port(), free_port()
    empty_port = free_port()
    site = environment(articles, port, BEHIND_PROXY="true")
    with granian("portal.wsgi:application", site, port) as server:
        page = addresses(server)["article"]
        body = fetch(server, page)
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            bare = {**os.environ, "BENCH_BODY": file.name}
            empty = {**os.environ, "BENCH_EMPTY_DJANGO": "1"}
            with (
                granian("tests.benchmarks.bare:function", bare, bare_port) as function,
                granian("tests.benchmarks.bare:django", empty, empty_port) as django,
                nginx(port, FOLDER / str(articles), body) as (front, plain),
            ):
                ours = best(TIMES, lambda: wrk(server, page))
                crowd = best(TIMES, lambda: wrk(server, page, 256))
                others = {
                    "function": best(TIMES, lambda: wrk(function, "/")),
                    "empty Django": best(TIMES, lambda: wrk(django, "/")),
                    "nginx file": best(TIMES, lambda: wrk(plain, "/page")),
                }
                behind = best(TIMES, lambda: wrk(front, page))
    told = {f"cached article / {name}": ours.rate / other.rate for name, other in others.items()}
    told |= {"behind nginx / nginx file": behind.rate / others["nginx file"].rate}
    told |= {"p99 ms, 32 connections": ours.p99, "p99 ms, 256 connections": crowd.p99}
    return told | {"errors": ours.errors + crowd.errors + behind.errors, "rate per second": ours.rate}


def uncached(few: int, many: int) -> dict[str, float]:
    """Processor time of a page without the cache, as a multiple of an empty Django view; many articles against few."""
    ports = [free_port() for _ in range(3)]
    empty = {**os.environ, "BENCH_EMPTY_DJANGO": "1"}
    told: dict[str, float] = {}
    with (
        granian("tests.benchmarks.bare:django", empty, ports[0]) as django,
        granian("portal.wsgi:application", environment(few, ports[1], PAGE_CACHE_MB="0"), ports[1]) as small,
        granian("portal.wsgi:application", environment(many, ports[2], PAGE_CACHE_MB="0"), ports[2]) as large,
    ):
        nothing = best(TIMES, lambda: wrk(django, "/"))
        pages, same = addresses(small), addresses(large)
        pages["list, second page"] = same["list, second page"] = "/tin-tuc/?trang=2"
        for name, path in pages.items():
            seen, grown = _quick(small, path), _quick(large, same[name])
            told[f"uncached {name}: processor / empty Django"] = seen.cpu / nothing.cpu
            told[f"uncached {name}: {many} articles / {few}, time"] = seen.rate / grown.rate
        first, deep = _quick(large, "/tin-tuc/"), _quick(large, f"/tin-tuc/?trang={min(DEEP, many // 12)}")
        told["page 5 000 of the list / page 1, time"] = first.rate / deep.rate
    return told


def _quick(server, path: str) -> Seen:
    return best(2, lambda: wrk(server, path, 4, 2))
