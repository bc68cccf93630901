"""Takes uploads in, in fresh processes, and tells what that cost: the tests' own process has cost of its own."""

import importlib
import pickle
import re
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Outcome:
    """What came of one file: an intake, or the refusal's code and message."""

    intake: Any = None
    refusal: str = ""
    message: str = ""
    processor_seconds: float = 0


def take_all_in(module: str, paths: list[Path]) -> tuple[dict[Path, Outcome], int]:
    """The outcome for each file, and the peak of resident memory in megabytes of the largest process."""
    # Two processes, because the smallest machine that runs the tests has two cores; each gets every other file.
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda half: _run(module, half), (paths[::2], paths[1::2])))
    return {**halves[0][0], **halves[1][0]}, max(peak for _, peak in halves)


def _run(module: str, paths: list[Path]) -> tuple[dict[Path, Outcome], int]:
    command = [sys.executable, "-m", "tests.measured", module]
    done = subprocess.run(command, input=pickle.dumps(paths), capture_output=True, cwd=ROOT, check=True, timeout=300)
    return pickle.loads(done.stdout)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _outcome(module: Any, path: Path) -> Outcome:
    start = _processor_seconds()
    with path.open("rb") as upload:
        try:
            names = [path.name] if module.__name__ == "portal.files" else []
            outcome = Outcome(module.take_in(upload, *names))
        except ValidationError as error:
            outcome = Outcome(None, error.code, error.messages[0])
    outcome.processor_seconds = _processor_seconds() - start
    return outcome


if __name__ == "__main__":
    from tests import measured

    taker = importlib.import_module(sys.argv[1])
    outcomes = {path: measured._outcome(taker, path) for path in pickle.load(sys.stdin.buffer)}
    # Not ru_maxrss of ourselves: in it stands what the process that started us had before.
    own = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
    peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    sys.stdout.buffer.write(pickle.dumps((outcomes, peak // 1024)))
