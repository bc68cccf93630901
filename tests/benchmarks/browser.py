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


def judged(articles: int) -> dict[str, float]:
    folder = FOLDER / f"lighthouse-{VERSION}"
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, f"lighthouse@{VERSION}"], check=True)
    port = free_port()
    told: dict[str, float] = {}
    site = environment(articles, port, SITE_URL=f"http://localhost:{port}")
    with granian("portal.wsgi:application", site, port) as server:
        for name, path in addresses(server).items():
            report = _report(str(program), server, path)
            for category in CATEGORIES:
                told[f"{name}: {category}"] = 100 * report["categories"][category]["score"]
            if name == "home":
                sent = report["audits"]["network-requests"]["details"]["items"]
                own = [item for item in sent if "/media/" not in item["url"]]
                told["home without photos, kB"] = sum(item["transferSize"] for item in own) / 1000
    return told


def _report(program: str, server: Server, path: str) -> dict:
    """The median of three would be quieter; one is enough to see what to mend."""
    command = ["node", program, server.address + path, "--output=json", "--quiet"]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    return json.loads(subprocess.run([*command, flags], env=environment, capture_output=True, check=True).stdout)
