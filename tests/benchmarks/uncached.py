"""Pages past the cache: processor time against an empty Django view, many articles against few, deep pages."""

from tests.benchmarks.load import Seen, wrk
from tests.benchmarks.pages import addresses
from tests.benchmarks.servers import Server, empty_django, free_port, granian
from tests.benchmarks.site import FOLDER, environment

ROUNDS = 3
CONNECTIONS, SECONDS = 4, 3
DEEP = 5000  # page of the list of news
PER_PAGE = 12
TARGETS = {
    "article: processor time of the workers / empty Django": "≤ 20",
    "*: time with many articles / with few": "≤ 1.5",
    "list: time of page 5000 / page 1": "≤ 3",
    "*: errors": "= 0",
}


def measure(few: int, many: int) -> dict[str, dict[str, float]]:
    ports = free_port(), free_port()
    told: dict[str, dict[str, float]] = {}
    with (
        empty_django() as django,
        empty_django("usual") as usual,
        granian("portal.wsgi:application", environment(few, ports[0], PAGE_CACHE_MB="0"), ports[0]) as small,
        granian("portal.wsgi:application", environment(many, ports[1], PAGE_CACHE_MB="0"), ports[1]) as large,
    ):
        small.var, large.var = FOLDER / str(few), FOLDER / str(many)
        nothing, usually = _quick(django, "/"), _quick(usual, "/")
        pages, same = addresses(small), addresses(large)
        pages["list, page 2"] = same["list, page 2"] = "/tin-tuc/?trang=2"
        for name, path in pages.items():
            seen, grown = _quick(small, path), _quick(large, same[name])
            told[name] = {
                "processor time of the workers / empty Django": seen.cpu / nothing.cpu,
                "processor time of the workers / the same with the usual middleware": seen.cpu / usually.cpu,
                "processor time with PostgreSQL's / empty Django": (seen.cpu + seen.beside) / nothing.cpu,
                "processor time of the workers, ms": seen.cpu / 1000,
                "requests per second": seen.rate,
                "time with many articles / with few": seen.rate / grown.rate,
                "errors": seen.errors + grown.errors,
            }
        first, deep = _quick(large, "/tin-tuc/"), _quick(large, f"/tin-tuc/?trang={min(DEEP, many // PER_PAGE)}")
        told["list"]["time of page 5000 / page 1"] = first.rate / deep.rate
        told["list"]["errors"] += first.errors + deep.errors
    return told


def _quick(server: Server, path: str) -> Seen:
    """The quickest of several; the first fills what is kept of a page."""
    return max((wrk(server, path, CONNECTIONS, SECONDS) for _ in range(ROUNDS)), key=lambda seen: seen.rate)
