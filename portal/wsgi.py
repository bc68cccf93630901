"""The way of a request: the counting request is answered first, everything else by Django; figures, if any, of all."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django_application = get_wsgi_application()

# What stands before Django uses models, which can be imported only now.
from django.conf import settings  # noqa: E402

from portal.visitors import counted_before  # noqa: E402

application = counted_before(django_application)

if settings.METRICS_TOKEN:
    from portal.metrics import measured

    application = measured(application)
