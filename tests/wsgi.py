"""One request to a WSGI application, under the eyes of the standard library's judge of PEP 3333."""

from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection


def ask(application, path, method="GET", **environ) -> dict[str, Any]:
    """Its status, headers and body. `path` is as a browser sends it; names in capitals go into the environ."""
    address, _, query = path.partition("?")
    sent = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
    }
    sent |= {"SERVER_PORT": "8000", "HTTP_HOST": "localhost:8000"}
    sent |= {"PATH_INFO": unquote_to_bytes(address).decode("latin-1"), "wsgi.input": BytesIO(), **environ}
    setup_testing_defaults(sent)
    answer: dict[str, Any] = {}

    def start_response(status, headers, exc_info=None):
        names = [name.lower() for name, _ in headers if name != "Set-Cookie"]
        assert len(set(names)) == len(names), "a header came twice"
        answer.update(status=int(status[:3]), headers=dict(headers))

    with _transaction_of_the_test():
        response = validator(application)(sent, start_response)
        answer["body"] = b"".join(response)
        response.close()
    return answer


@contextmanager
def _transaction_of_the_test():
    """The end of a request closes connections; as in Django's own client, not the one a test will roll back."""
    signals = (request_started, request_finished) if connection.in_atomic_block else ()
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)
