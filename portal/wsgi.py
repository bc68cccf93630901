"""The way of a request: the counting request is answered first, everything else by Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django_application = get_wsgi_application()

# What stands before Django uses models, which can be imported only now.
from portal.visitors import counted_before  # noqa: E402

application = counted_before(django_application)
