"""`python -m tests.benchmarks [name …]`: measures, prints a table with targets, writes test-results/benchmarks.json.

What was not measured this time keeps its place in the file, with the time and commit of its own.
"""

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.benchmarks import browser, cached, publishing, search, site, sustained, uncached, visits
from tests.faults import disk_full, postgres, restore_100000, restore_everything, two_machines, workers
from tests.figures import judged

FEW, MANY = 1_000, 100_000
NEED_SITES = ("cached", "uncached", "visits", "publishing", "sustained", "browser")
RESULTS = site.PROJECT / "test-results" / "benchmarks.json"


def build() -> dict[str, dict[str, float]]:
    """Import rates, of when the sites were made."""
    return {f"{articles} articles": site.build(articles) for articles in (FEW, MANY)}


def trial(module: str) -> dict[str, Any]:
    """What a script tells in JSON; it judges that itself, by its exit code."""
    done = subprocess.run([sys.executable, "-m", module], cwd=site.PROJECT, stdout=subprocess.PIPE, text=True)
    return {**json.loads(done.stdout[done.stdout.index("{") :]), "exit code": done.returncode}


TRIALS = ("faults.conflicts", "faults.long_run", "faults.visits")
TRIALS += ("security.siege", "security.slow_clients", "security.uploads", "security.observatory", "security.scanners")
MEASURES: dict[str, tuple[Callable[[], Mapping[str, Any]], Mapping[str, str]]] = {
    "build": (build, {}),
    "cached": (lambda: cached.measure(FEW), cached.TARGETS),
    "uncached": (lambda: uncached.measure(FEW, MANY), uncached.TARGETS),
    "visits": (lambda: visits.measure(FEW), visits.TARGETS),
    "publishing": (lambda: publishing.measure(FEW), publishing.TARGETS),
    "sustained": (lambda: sustained.measure(FEW), sustained.TARGETS),
    "search": (search.measure, search.TARGETS),
    "browser": (lambda: browser.measure(FEW), browser.TARGETS),
    "postgres": (postgres.measure, postgres.TARGETS),
    "workers": (workers.measure, workers.TARGETS),
    "disk-full": (disk_full.measure, disk_full.TARGETS),
    "two-machines": (two_machines.measure, two_machines.TARGETS),
    "restore": (restore_100000.measure, restore_100000.TARGETS),
    "restore-everything": (restore_everything.measure, restore_everything.TARGETS),
    **{name: (partial(trial, f"tests.{name}"), {"exit code": "= 0"}) for name in TRIALS},
}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(MEASURES):
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    missed = 0
    for name in names or MEASURES:
        measure, targets = MEASURES[name]
        try:
            if name in NEED_SITES:
                build()
            began = time.monotonic()
            figures = judged(measure(), targets)
        except Exception:  # the others are still worth knowing
            traceback.print_exc()
            missed += 1
            continue
        sys.stdout.write(f"\n{name} ({time.monotonic() - began:.0f} s)\n" + "\n".join(map(str, figures)) + "\n")
        sys.stdout.flush()
        keep(name, [figure.as_dict() for figure in figures])
        missed += sum(figure.missed for figure in figures)
    sys.stdout.write(
        f"\n{missed} targets missed or not measured; all figures are in {RESULTS.relative_to(site.PROJECT)}\n"
    )
    return 1 if missed else 0


def keep(name: str, figures: list[dict[str, Any]]) -> None:
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=site.PROJECT, capture_output=True, text=True)
    told = {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "commit": head.stdout.strip(), "processors": os.cpu_count()}
    results[name] = {**told, "figures": figures}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
