"""Log lines: one for each event whatever it quotes, with the id of the request it belongs to.

The web server in front gives each request an id (`X-Request-ID`) and writes it into its own log, so that both can be
read together. An answer that failed carries the id too, so that whoever reports it can name it.
"""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.json import JsonFormatter

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Line breaks in every alphabet, and whatever else a terminal would obey.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class RequestId:
    """Outermost: whatever happens inside can be told by the id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.SECURE_PROXY_SSL_HEADER else ""
        request.id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        token = _request.set(request)
        try:
            response = self.get_response(request)
        finally:
            _request.reset(token)
        if response.status_code >= 500:
            response["X-Request-ID"] = request.id
        return response


class NamesRequest(logging.Filter):
    """Adds what tells the request apart, and nothing that could hold what somebody typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None) or _request.get()
        record.request_id = getattr(request, "id", "-")
        if isinstance(request, HttpRequest):
            record.method, record.path = request.method, request.path
        return True


class Plain(logging.Formatter):
    """For a terminal. Tracebacks keep their lines, messages have one."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], record.message)
        return super().formatMessage(record)


def as_json() -> JsonFormatter:
    """One JSON object a line, for whatever collects logs."""
    known = logging.makeLogRecord({}).__dict__
    return JsonFormatter(
        "{levelname}{name}{message}{request_id}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
        reserved_attrs=[*known, "message", "asctime", "request", "server_time"],
        json_ensure_ascii=False,
    )
