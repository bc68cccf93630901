"""Counts that outlive their process: in memory to be read, in a file to be found when the process was killed.

The file is not synced to the disk: it is there for processes that end, not for machines that lose their power.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4


class Journal:
    """One line for each thing counted. Where nothing can be written, the counts are in memory only.

    It is named when something is counted, not before: processes forked until then would share the name.
    """

    def __init__(self, folder: Path, name: str = "", file: int | None = None) -> None:
        self.folder, self.name = folder, name
        self.counts: Counter[Any] = Counter()
        self._file = file

    def add(self, key: Hashable) -> None:
        self.counts[key] += 1
        self.name = self.name or uuid4().hex
        with suppress(OSError):
            if self._file is None:
                self._file = self._create()
            os.write(self._file, f"{key}\n".encode())

    def _create(self) -> int:
        """Under its name only once it is locked: what is not locked belongs to nobody."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unnamed = self.folder / f".{self.name}"
        file = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        unnamed.rename(self.folder / self.name)
        return file

    def drop(self) -> bool:
        """First the file, then its lock, so that nobody takes over what is done. False where it cannot be removed."""
        try:
            (self.folder / self.name).unlink(missing_ok=True)
        except OSError:
            return False
        finally:
            self.close()
        return True

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def left_behind(folder: Path, read: Callable[[str], Hashable]) -> Iterator[Journal]:
    """What processes that are gone had counted; `read` makes the thing counted of its line."""
    for path in folder.glob("[!.]*"):
        if (file := _taken(path)) is not None:
            journal = Journal(folder, path.name, file)
            for line in path.read_text(errors="replace").splitlines():
                with suppress(ValueError):  # the last line may be half a one
                    journal.counts[read(line)] += 1
            try:
                yield journal
            finally:
                journal.close()


def _taken(path: Path) -> int | None:
    """The locked file; None while its process lives, or when somebody else was quicker."""
    with suppress(OSError):
        file = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:
                return file
        except BlockingIOError:
            pass
        os.close(file)
    return None
