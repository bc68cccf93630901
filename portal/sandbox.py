"""Runs work on files from outside in a process of its own, which may fail, hang or swell without harm to the site."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Result = tuple[dict[str, Any], list[bytes]]

_PROJECT = Path(__file__).resolve().parent.parent
_NO_MEMORY = 3

# The child needs to find its libraries, not the secret key or the database.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


class Failed(Exception):
    """The work ended without a result; `reason` is "time", "memory" or "crash"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run(work: Callable[..., Result], payload: bytes, *args: str, seconds: int, megabytes: int) -> Result:
    """What `work(payload, *args)` returns, computed in a child process within these limits. Raises Failed.

    `work` is a function of a module; it returns facts that JSON can hold and a list of binary contents.
    `seconds` bounds processor time; on a busy machine the child may wait three times as long for its turn.
    """
    limits = [str(seconds), str(megabytes)]
    command = [sys.executable, "-PB", "-m", "portal.sandbox", *limits, work.__module__, work.__qualname__, *args]
    try:
        done = subprocess.run(
            command,
            input=payload,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=4 * seconds,
            env=_environ(),
        )
    except subprocess.TimeoutExpired as error:
        raise Failed("time") from error
    if done.returncode == -signal.SIGXCPU:
        raise Failed("time")
    if done.returncode == _NO_MEMORY:
        raise Failed("memory")
    if done.returncode:
        raise Failed("crash")
    return _unpack(done.stdout)


def _environ() -> dict[str, str]:
    environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One arena: glibc reserves 64 MB for each thread otherwise, and keeps what it freed.
    return environ | {"PYTHONPATH": os.pathsep.join([str(_PROJECT), *filter(None, sys.path)]), "MALLOC_ARENA_MAX": "1"}


def _unpack(output: bytes) -> Result:
    header, _, rest = output.partition(b"\n")
    facts, lengths = json.loads(header)
    contents = []
    for length in lengths:
        contents.append(rest[:length])
        rest = rest[length:]
    return facts, contents


def _limit(seconds: int, megabytes: int) -> None:
    # RLIMIT_DATA follows resident memory; RLIMIT_AS would also count address space that libraries only reserve.
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(seconds: str, megabytes: str, module: str, name: str, *args: str) -> None:
    _limit(int(seconds), int(megabytes))
    # Libraries print warnings; the result must stay alone on standard output.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        facts, contents = getattr(import_module(module), name)(sys.stdin.buffer.read(), *args)
        output.write(json.dumps([facts, [len(content) for content in contents]]).encode() + b"\n")
        output.writelines(contents)
        output.flush()
    except MemoryError:
        os._exit(_NO_MEMORY)
    # Nothing to tidy up, and destructors of damaged documents have been seen to crash.
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
