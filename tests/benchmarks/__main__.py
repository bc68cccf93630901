"""`python -m tests.benchmarks [name …]`: measures, prints a table, writes test-results/benchmarks.json."""

import json
import os
import subprocess
import sys
import time

from tests.benchmarks import browser, living, reading, site, visits

FEW, MANY = 1_000, 100_000


def build() -> dict[str, float]:
    """Import and rebuild rates, where the sites had to be made."""
    sites = [(articles, site.build(articles)) for articles in (FEW, MANY)]
    return {f"{step}, {articles} articles, s": s for articles, steps in sites for step, s in steps.items()}


MEASURES = {
    "build": build,
    "cached": lambda: reading.cached(FEW),
    "uncached": lambda: reading.uncached(FEW, MANY),
    "visits": lambda: visits.counted(FEW),
    "publishing": lambda: living.published(FEW),
    "memory": lambda: living.memory_of_site(FEW),
    "browser": lambda: browser.judged(FEW),
}


def main(names: list[str]) -> None:
    results: dict[str, dict[str, float]] = {}
    for name in ["build", *(names or [name for name in MEASURES if name != "build"])]:
        began = time.monotonic()
        results[name] = {label: round(float(value), 3) for label, value in MEASURES[name]().items()}
        sys.stdout.write(f"\n{name} ({time.monotonic() - began:.0f} s)\n")
        for label, value in results[name].items():
            sys.stdout.write(f"  {label:<60} {value:>12,.2f}\n")
        sys.stdout.flush()
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=site.PROJECT, capture_output=True, text=True)
    told = {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "commit": head.stdout.strip(), "processors": os.cpu_count()}
    folder = site.PROJECT / "test-results"
    folder.mkdir(exist_ok=True)
    (folder / "benchmarks.json").write_text(json.dumps({**told, "results": results}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
