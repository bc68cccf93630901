"""The web server: the site is loaded once and its workers are forked off it, so that a dead one is replaced at once and
what they all know is in memory once.

    python -m portal.management.web PORT [APPLICATION]
"""

import ctypes
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.db import Error, connection
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

SITE = "portal.wsgi:application"
PR_SET_PDEATHSIG = 1
GRACE = 5  # seconds for requests under way
PAUSE = 0.05  # seconds before a dead worker is replaced


class Replaced(dict):
    """When which worker was replaced. granian gives up, and stops answering, where one dies twice within 5.5 seconds:
    it expects workers that cannot start. Ours cannot fail to, the site is loaded before there is any."""

    def __setitem__(self, worker: int, at: float) -> None:
        time.sleep(PAUSE)


def warm(application: Callable[..., Iterable[bytes]]) -> None:
    """Asks for some pages before there are workers. What the first reader of each would wait half a second for,
    templates and queries, is then made once for all; a worker that replaces a dead one answers at once.

    Searches are not among them: the threads of the index would be missing in the workers.
    """
    try:
        with suppress(Error):
            connection.ensure_connection()
            front = import_module("portal.sitemaps").Sections()  # not to be had before Django is set up
            for path in map(front.location, front.items()):
                environ = {"PATH_INFO": path, "HTTP_HOST": urlsplit(settings.SITE_URL).netloc}
                environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"] = urlsplit(settings.SITE_URL).scheme
                setup_testing_defaults(environ)
                b"".join(application(environ, lambda *_: None))
    finally:
        connection.close()  # no two processes may talk on one


def main(port: str, application: str = SITE) -> None:
    """One worker per core and one thread in each: the work is Python's, and the database is near."""
    log = os.environ.get("LOG_FORMAT") == "json" and json.loads(Path("deploy/granian-log.json").read_text())
    server = Granian(
        application,
        address=os.environ.get("LISTEN", "127.0.0.1"),
        port=int(port),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        websockets=False,
        workers=len(os.sched_getaffinity(0)),
        blocking_threads=1,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        log_level=LogLevels.warning,
        log_dictconfig=log or None,
    )
    server.respawned_wrks = Replaced()

    # Workers end when the process that watches them is killed, or nobody could find them any more (prctl(2)).
    os.register_at_fork(after_in_child=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM))

    @server.on_startup
    def load() -> Any:
        module, _, name = application.partition(":")
        loaded = getattr(import_module(module), name)
        if application == SITE:
            warm(loaded)
        gc.collect()
        gc.freeze()  # the collector would write to every object, and so copy the memory that workers share

    server.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
