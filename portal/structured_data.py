"""schema.org data about what a page shows (https://schema.org; Google reads the same)."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from portal.models import SiteIdentity
from portal.publishing import Publishable

SCHEMA = {"@context": "https://schema.org"}


def absolute(path: str) -> str:
    return path if path.startswith("http") else settings.SITE_URL + path


def organization(site: SiteIdentity) -> dict[str, Any]:
    return {
        **SCHEMA,
        "@type": "GovernmentOrganization",
        "name": site.name,
        "url": absolute("/"),
        "telephone": site.phone,
        "email": site.email,
        "address": site.address,
        "parentOrganization": {"@type": "GovernmentOrganization", "name": site.parent_name},
    }


def website(site: SiteIdentity) -> dict[str, Any]:
    """With its search, which search engines may offer beside the result."""
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": absolute(reverse("search")) + "?q={search_term_string}"},
        "query-input": "required name=search_term_string",
    }
    return {**SCHEMA, "@type": "WebSite", "name": site.name, "url": absolute("/"), "potentialAction": action}


def breadcrumbs(crumbs: list[tuple[str, str | None]], here: str) -> dict[str, Any]:
    trail = [("Trang chủ", "/"), *crumbs]
    items = [
        {"@type": "ListItem", "position": position, "name": label, "item": absolute(url or here)}
        for position, (label, url) in enumerate(trail, start=1)
    ]
    return {**SCHEMA, "@type": "BreadcrumbList", "itemListElement": items}


def article(item: Publishable, kind: str, site: SiteIdentity) -> dict[str, Any]:
    """A Publishable as NewsArticle, Article, …; dates as ISO 8601 with offset."""
    data = {
        **SCHEMA,
        "@type": kind,
        "headline": item.title,
        "description": item.description,
        "mainEntityOfPage": absolute(item.get_absolute_url()),
        "dateModified": item.updated_at.isoformat() if item.updated_at else None,
        "datePublished": item.published_at.isoformat() if item.published_at else None,
        "publisher": {"@type": "GovernmentOrganization", "name": site.name, "url": absolute("/")},
        "inLanguage": "vi",
    }
    if item.cover:
        data["image"] = absolute(item.cover.url)
    return {key: value for key, value in data.items() if value}
