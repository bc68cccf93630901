"""Figures for Prometheus about every answer, whichever layer gave it. Off unless METRICS_TOKEN is set.

Each worker writes into files of its own below PORTAL_VAR/metrics; whoever is asked adds them up.
"""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare

FOLDER = settings.VAR / "metrics"
FOLDER.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)  # the library reads it when it is imported

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

PATH = "/metrics"
METHODS = {"GET", "HEAD", "POST"}
ANSWERS = Counter("portal_answers", "Answers by method and status.", ["method", "status"])
SECONDS = Histogram(
    "portal_seconds",
    "Seconds until an answer began.",
    ["method"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def measured(application: Application) -> Application:
    """Counts what `application` answers, and answers /metrics to who knows the token."""

    def measure(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            return _tell(environ, start_response)
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in METHODS else "other"
        started = time.perf_counter()

        def counted(status: str, *rest: Any) -> Any:
            ANSWERS.labels(method, status[:3]).inc()
            return start_response(status, *rest)

        try:
            return application(environ, counted)
        finally:
            SECONDS.labels(method).observe(time.perf_counter() - started)

    return measure


def _tell(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    if not constant_time_compare(environ.get("HTTP_AUTHORIZATION", ""), f"Bearer {settings.METRICS_TOKEN}"):
        start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Length", "0")])
        return [b""]
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    body = generate_latest(registry)
    headers = [("Content-Type", CONTENT_TYPE_LATEST), ("Cache-Control", "no-store")]
    start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
    return [body]
