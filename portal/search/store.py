"""Where the index of this machine lies, and who may write it.

Under PORTAL_VAR/search each index has a folder; `current` names the one in use, so that a new one is made beside it and
takes its place in one step. A writer holds the lock of the folder; the system lets go of it when the writer is killed.
"""

import fcntl
import json
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import tantivy
from django.conf import settings
from tantivy import Query

from portal.search import index

_STATE = index.number_of("state:0")
_open: tuple[str, tantivy.Index] | None = None
_seen = 0  # when the files in use were last written, as their own clock says
_turn = threading.Lock()
_damaged: set[str] = set()

logger = logging.getLogger(__name__)


class Unavailable(Exception):
    """There is no index that could answer."""


@dataclass(frozen=True)
class State:
    """How far an index has followed: the last change applied, and the day for which its statuses are right."""

    change: int
    day: str


def home() -> Path:
    return settings.VAR / "search"


def _pointer() -> Path:
    return home() / f"current-{index.FORMAT}"


def reader() -> tantivy.Index:
    """The index in use. Raises Unavailable where there is none or it cannot be read."""
    global _open, _seen
    try:
        name = _pointer().read_text()
        written = (home() / name / "meta.json").stat().st_mtime_ns
        with _turn:
            if name in _damaged:
                raise Unavailable(name)
            if _open is None or _open[0] != name:
                found = tantivy.Index.open(str(home() / name))
                found.config_reader("manual")
                _open, _seen = (name, found), 0
            if _seen != written:
                _open[1].reload()
                _seen = written
            return _open[1]
    except (OSError, ValueError) as error:
        raise Unavailable(str(error)) from error


def condemn(error: Exception) -> None:
    """The index in use failed to answer: it is not asked again, and the next one will replace it."""
    logger.error("The search index cannot be read and is made anew: %s", error)
    with suppress(OSError):
        _damaged.add(_pointer().read_text())


def state_of(searcher: tantivy.Searcher) -> State:
    """Raises Unavailable for an index that was never finished."""
    found = searcher.search(Query.term_query(index.SCHEMA, "object", _STATE), 1, count=False).hits
    if not found:
        raise Unavailable("unfinished")
    return State(**json.loads(searcher.doc(found[0][1]).get_first("state")))


def put_state(writer: tantivy.IndexWriter, state: State) -> None:
    """With the next commit: what was indexed and how far that goes are kept together or not at all."""
    writer.delete_documents_by_term("object", _STATE)
    document = {"object": [_STATE], "state": [json.dumps(asdict(state)).encode()], "begins": [index.NEVER], "ends": [0]}
    writer.add_document(tantivy.Document(**document))


@contextmanager
def writing(wait: bool = False) -> Iterator[bool]:
    """Whether this process may write now; False while another does, unless it waits for its turn."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def replacing() -> Iterator[tantivy.Index]:
    """A new index, which takes the place of the old one when the block ends well. Only while writing()."""
    folder = Path(tempfile.mkdtemp(prefix=f"{time.strftime('%Y%m%d-%H%M%S')}-", dir=home()))
    try:
        yield index.create(folder)
        pointer = _pointer().with_suffix(".new")
        pointer.write_text(folder.name)
        pointer.replace(_pointer())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for other in home().iterdir():  # readers that still have the old files open keep them until they let go
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)


def let_go() -> None:
    """Opens the index anew at the next question."""
    global _open
    with _turn:
        _open = None
        _damaged.clear()


def forget() -> None:
    """Removes every index of this machine."""
    let_go()
    shutil.rmtree(home(), ignore_errors=True)
