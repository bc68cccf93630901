"""Sitemaps of every content type, found through the app registry."""

from datetime import datetime
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from portal.publishing import Publishable, PublishableQuerySet, content_types


class _Ours(Sitemap):
    """Addresses start with SITE_URL, whatever Host a request named."""

    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class Published(_Ours):
    limit = 10_000

    def __init__(self, model: type[Publishable]) -> None:
        self.model = model

    def items(self) -> PublishableQuerySet:
        return self.model.objects.published().for_list()

    def lastmod(self, item: Publishable) -> datetime:
        return item.updated_at


class Sections(_Ours):
    """The front pages of the apps."""

    def items(self) -> list[str]:
        return ["home", *(name for app in apps.get_app_configs() for _, name in getattr(app, "sections", []))]

    def location(self, item: str) -> str:
        return reverse(item)


def index(request: HttpRequest) -> TemplateResponse:
    """Django's own index would take the host from the request."""
    files = [
        {"location": f"{settings.SITE_URL}{reverse('sitemap', args=[name])}" + (f"?p={page}" if page > 1 else "")}
        for name, content in sitemaps().items()
        for page in range(1, content.paginator.num_pages + 1)
    ]
    return TemplateResponse(request, "sitemap_index.xml", {"sitemaps": files}, content_type="application/xml")


def sitemaps() -> dict[str, Sitemap]:
    return {"muc": Sections(), **{model._meta.model_name: Published(model) for model in content_types()}}
