"""What a page is measured against: a function that returns the same bytes, and a Django that does nothing."""

import os
import sys
from pathlib import Path

BODY = Path(os.environ.get("BENCH_BODY", os.devnull)).read_bytes()
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def function(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]


def _empty_django():
    from django.conf import settings

    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", MIDDLEWARE=[])
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    global urlpatterns
    urlpatterns = [path("", lambda request: HttpResponse("ok"))]
    return get_wsgi_application()


if os.environ.get("BENCH_EMPTY_DJANGO"):
    sys.modules.setdefault("tests.benchmarks.bare", sys.modules[__name__])
    django = _empty_django()
