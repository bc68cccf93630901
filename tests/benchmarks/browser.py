"""Lighthouse (mobile) and the weight of the home page."""

import json
import os
import shutil
import subprocess

from tests.benchmarks.pages import addresses
from tests.benchmarks.servers import Server, free_port, granian
from tests.benchmarks.site import FOLDER, environment

VERSION = "12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGETS = {
    "*: performance": "≥ 98",
    "*: accessibility": "= 100",
    "*: best-practices": "= 100",
    "*: seo": "= 100",
    "home: without photos, kB": "≤ 60",
    "*: layout shift": "≤ 0.01",
}


def measure(articles: int) -> dict[str, dict[str, float]]:
    folder = FOLDER / f"lighthouse-{VERSION}"
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, f"lighthouse@{VERSION}"], check=True)
    port = free_port()
    told: dict[str, dict[str, float]] = {}
    site = environment(articles, port, SITE_URL=f"http://localhost:{port}")
    with granian("portal.wsgi:application", site, port) as server:
        for name, path in addresses(server).items():
            report = _report(str(program), server, path)
            audits = report["audits"]
            told[name] = {category: 100 * report["categories"][category]["score"] for category in CATEGORIES}
            told[name]["largest contentful paint, ms"] = audits["largest-contentful-paint"]["numericValue"]
            told[name]["layout shift"] = audits["cumulative-layout-shift"]["numericValue"]
            own = [item for item in audits["network-requests"]["details"]["items"] if "/media/" not in item["url"]]
            told[name]["without photos, kB"] = sum(item["transferSize"] for item in own) / 1000
    return told


def _report(program: str, server: Server, path: str) -> dict:
    """The median of three would be quieter; one is enough to see what to mend."""
    command = ["node", program, server.address + path, "--output=json", "--quiet"]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    return json.loads(subprocess.run([*command, flags], env=environment, capture_output=True, check=True).stdout)
