"""The way of a request: visits are counted first, most pages come from the page cache, the rest from Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django_application = get_wsgi_application()

# What stands before Django uses models, which can be imported only now.
from django.conf import settings  # noqa: E402

from portal.pagecache.cache import PageCache  # noqa: E402
from portal.visitors import counted_before  # noqa: E402

page_cache = PageCache(django_application)
application = counted_before(page_cache)

if settings.METRICS_TOKEN:
    from portal.metrics import measured

    application = measured(application)
