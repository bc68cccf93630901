"""What a page is measured against: a function that returns the same bytes, and a Django that does nothing, bare or with
the middleware that `django-admin startproject` gives.
"""

import json
import os
import sys
from pathlib import Path

BODY = Path(os.environ.get("BENCH_BODY", os.devnull)).read_bytes()
HEADERS = [tuple(header) for header in json.loads(os.environ.get("BENCH_HEADERS", "[]"))]


def function(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]


USUAL = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def _empty_django(middleware):
    from django.conf import settings

    apps = [f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")]
    settings.configure(
        ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", MIDDLEWARE=middleware, INSTALLED_APPS=apps
    )
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    global urlpatterns
    urlpatterns = [path("", lambda request: HttpResponse("ok"))]
    return get_wsgi_application()


if "BENCH_EMPTY_DJANGO" in os.environ:
    sys.modules.setdefault("tests.benchmarks.bare", sys.modules[__name__])
    django = _empty_django(USUAL if os.environ["BENCH_EMPTY_DJANGO"] == "usual" else [])
