"""Whether this process lives (/healthz), and whether it can do its work (/readyz): asked by whoever watches it."""

import functools
import logging
from collections.abc import Callable
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)


class Probes:
    """Answers before any other middleware could redirect, or refuse the name by which a balancer calls us."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            response = HttpResponse("ok\n", "text/plain")
        elif request.path_info == "/readyz":
            response = ready()
        else:
            return self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response


def ready() -> JsonResponse:
    """200 with {"database": true, …}, or 503 where one is false. What follows a failure is not asked."""
    found: dict[str, bool] = {}
    for name, check in (("database", _database), ("migrations", _migrations), ("media", _media)):
        try:
            check()
        except Exception as error:
            logger.warning("Not ready, %s: %s", name, error)
            found[name] = False
            break
        found[name] = True
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@functools.cache
def _migrations() -> None:
    """Asked until the answer is yes: nobody takes migrations back under a running process."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise RuntimeError(f"{len(missing)} migrations are missing; run manage.py migrate")


def _media() -> None:
    name = default_storage.save(f".readyz-{uuid4().hex}", ContentFile(b"ok"))
    default_storage.delete(name)
