"""The real settings with a temporary PORTAL_VAR. Nothing a test does reaches a site of the person who runs it."""

import os
import tempfile

os.environ["PORTAL_VAR"] = tempfile.mkdtemp(prefix="portal-tests-")
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["SITE_URL"] = "http://localhost:8000"

from portal.settings import *  # noqa: F403
from portal.settings import STORAGES

# Static files need no collecting, and passwords no minute of hashing.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
