"""The texts that programs look for under names everybody knows: robots.txt and security.txt."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from portal.models import SiteIdentity
from portal.templatetags.portal import phone_link

TEXT = "text/plain; charset=utf-8"


def robots(request: HttpRequest) -> HttpResponse:
    # A search is open by its words alone: every way of narrowing it is an address of its own.
    search = reverse("search")
    closed = (reverse("admin:index"), f"{search}?*&", f"{search}goi-y/", "/xem-thu/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join([*lines, f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]), TEXT)


def security(request: HttpRequest) -> HttpResponse:
    """Where to tell of a weakness (RFC 9116), from what staff entered about the agency. Valid half a year at a time."""
    site = SiteIdentity.current()
    contacts = [f"mailto:{site.email}"] if site.email else []
    contacts += [phone_link(site.phone)] if site.phone else []
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [f"Contact: {contact}" for contact in contacts or [f"{settings.SITE_URL}/"]]
    lines += [f"Expires: {expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: vi, en"]
    return HttpResponse("\n".join([*lines, f"Canonical: {settings.SITE_URL}{request.path}", ""]), TEXT)
