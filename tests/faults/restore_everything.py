"""`python -m tests.faults.restore_everything`: the demonstration and all imports, restored into an empty site.

Every table and every upload must be equal; only the change feed has grown, so that no copy takes the old for the new.
Uses the site of the benchmarks (all legal documents and procedures, a thousand articles): the first time, making it
takes ten minutes.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from portal.backup import archive
from tests.benchmarks.site import FOLDER, build
from tests.faults.site import Site
from tests.figures import main

ARTICLES = 1_000
FEED = {"portal_change", "portal_change_id_seq"}
STATE = """
import json
from contextlib import closing
from portal.backup import database
with closing(database.connect()) as reader:
    print(json.dumps(database.fingerprint(reader)))
"""
TARGETS = {"tables: differ": "= 0", "files: differ": "= 0", "rehearsal: equal": "= 1"}


def tables(site: Site) -> dict[str, Any]:
    return json.loads(site.python(STATE))


def files(site: Site) -> dict[str, str]:
    found = {}
    for path in (site.var / "media").rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            with path.open("rb") as file:
                found[str(path.relative_to(site.var))] = archive.sha256(file)
    return found


def seconds(site: Site, *command: str) -> tuple[float, str]:
    began = time.monotonic()
    said = site.manage(*command)
    return round(time.monotonic() - began, 1), said


def measure() -> dict[str, dict[str, object]]:
    build(ARTICLES)
    whole = Site(FOLDER / str(ARTICLES))
    with tempfile.TemporaryDirectory(prefix="portal-restore-") as folder:
        Path(folder).chmod(0o755)
        backup, _ = seconds(whole, "backup", "--to", folder)
        (file,) = Path(folder).glob("portal-*.tar")
        rehearsal, said = seconds(whole, "rehearse_restore", str(file))
        empty = Site(Path(folder, "var"))
        empty.var.mkdir()
        restore, _ = seconds(empty, "restore", str(file))
        known, found = tables(whole), tables(empty)
        stored, brought = files(whole), files(empty)
        shutil.rmtree(empty.var)
    differ = [name for name in {*known, *found} - FEED if known.get(name) != found.get(name)]
    return {
        "backup": {"seconds": backup},
        "rehearsal": {"seconds": rehearsal, "equal": "giống hệt" in said},
        "restore": {"seconds": restore},
        "tables": {"compared": len({*known} - FEED), "differ": len(differ), "names": differ},
        "files": {"compared": len(stored), "differ": sum(stored.get(n) != brought.get(n) for n in {*stored, *brought})},
    }


if __name__ == "__main__":
    sys.exit(main(measure, TARGETS))
