"""What every template may use. Loaded as built-ins, so no template names this library."""

import json
import re
from itertools import count
from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.paginator import Page as PageOfList
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal import destinations, visits
from portal.changes import Copies, until_change
from portal.citations import linked
from portal.models import MenuItem, Notice, Page, SiteIdentity, WebsiteLink
from portal.outline import anchored
from portal.pictures import Picture
from portal.workflow import name_of

register = template.Library()
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_SCROLLER = '<div class="scroller" role="region" tabindex="0" aria-label="Bảng {}, cuộn ngang được">{}</div>'


@until_change
def _menu() -> list[MenuItem]:
    """All items in order, each with `below`, its children, and `url`. One query."""
    items = list(MenuItem.objects.with_tree_fields().select_related("page"))
    for item in items:
        item.url = item.get_absolute_url()
        item.below = [child for child in items if child.parent_id == item.pk]
    return items


@until_change
def _notices() -> list[Notice]:
    return list(Notice.objects.filter(ends_at__gt=timezone.now()))


@until_change
def _link_groups() -> list[tuple[str, list[WebsiteLink]]]:
    groups: dict[str, list[WebsiteLink]] = {}
    for link in WebsiteLink.objects.select_related("logo"):
        groups.setdefault(link.group, []).append(link)
    return list(groups.items())


@until_change
def _standing_pages() -> list[Page]:
    """Top-level pages that the menu does not show: accessibility, privacy, the English page …"""
    return list(Page.objects.published().for_list().filter(parent=None, menuitem=None))


_as_json = json.JSONEncoder(ensure_ascii=False).encode
_menus, _notice_lines, _visit_figures = Copies(), Copies(), Copies()


@register.simple_tag
def identity() -> SiteIdentity:
    return SiteIdentity.current()


@register.simple_tag
def notices() -> SafeString:
    """Those that stand above every page now."""
    current = [notice for notice in _notices() if notice.is_current]
    shown = tuple(notice.pk for notice in current)
    return _notice_lines.get(shown, lambda: render_to_string("portal/_notices.html", {"notices": current}))


@register.simple_tag
def standing_pages() -> list[Page]:
    return _standing_pages()


@register.simple_tag
def visit_figures() -> SafeString:
    figures = visits.figures()
    return _visit_figures.get(figures, lambda: render_to_string("portal/_visits.html", {"visits": figures}))


@register.simple_tag
def link_groups() -> list[tuple[str, list[WebsiteLink]]]:
    return _link_groups()


@register.inclusion_tag("portal/_website_links.html")
def website_links() -> dict[str, Any]:
    return {"groups": _link_groups()}


@register.simple_tag(takes_context=True)
def menu(context: Context) -> SafeString:
    """The menu, which differs from page to page only in what is marked as current."""
    path = context["request"].path if "request" in context else ""
    above = tuple(item.url for item in _menu() if path.startswith(item.url))

    def render() -> SafeString:
        items = [_entry(item, path) for item in _menu() if item.parent_id is None]
        return render_to_string("portal/_menu.html", {"items": items})

    return _menus.get((path in above, above), render)


def _entry(item: MenuItem, path: str) -> dict[str, Any]:
    """`current` is "page" for the page itself, "true" for the branch it lies in."""
    url = item.url
    current = "page" if path == url else "true" if len(url) > 1 and path.startswith(url) else ""
    children = [_entry(child, path) for child in item.below]
    if not current and any(child["current"] for child in children):
        current = "true"
    return {"label": item.label, "url": url, "current": current, "children": children}


@register.inclusion_tag("portal/_pages.html", takes_context=True)
def pagination(context: Context, page: PageOfList) -> dict[str, Any]:
    query = context["request"].GET.copy()
    query.pop("trang", None)
    kept = query.urlencode()
    numbers = [
        None if number == page.paginator.ELLIPSIS else number
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return {"page": page, "numbers": numbers, "query": f"{kept}&" if kept else ""}


@register.simple_tag
def picture(
    pic: Picture,
    sizes: str = "100vw",
    width: int = 640,
    alt: str | None = None,
    lazy: bool = True,
    priority: bool = False,
) -> SafeString:
    extra = ' fetchpriority="high"' if priority else ' loading="lazy"' if lazy else ""
    return mark_safe(pic.html(sizes, width, alt, extra))  # every value is escaped in Picture.html


@register.simple_tag
def enlargeable(pic: Picture, sizes: str) -> SafeString:
    return mark_safe(pic.enlargeable(sizes))  # every value is escaped there


@register.simple_tag
def preload(pic: Picture, sizes: str) -> SafeString:
    return mark_safe(pic.preload(sizes))  # every value is escaped there


@register.filter
def richtext(html: str) -> SafeString:
    """Cleaned HTML as it stands in the database. Nothing else may be trusted; wide tables get a scrolling region."""
    place = count(1)
    return mark_safe(_TABLE.sub(lambda table: _SCROLLER.format(next(place), table[0]), linked(html)))


@register.simple_block_tag
def cited(content: str) -> SafeString:
    """Plain texts with their numbers of documents made links: one question for all that stands between the tags."""
    return mark_safe(linked(content))  # rendered, so escaped already


@register.filter
def with_anchors(html: str, contents: list[dict[str, Any]]) -> SafeString:
    """Cleaned HTML whose headings bear the anchors of its contents list."""
    return mark_safe(anchored(richtext(html), contents))


@register.simple_tag(takes_context=True)
def structured_data(context: Context) -> SafeString:
    """schema.org data for search engines. `<` is escaped, so no text can end the element."""
    blocks = [_as_json(data).replace("<", "\\u003c") for data in context["structured_data"]]
    return mark_safe("".join(f'<script type="application/ld+json">{block}</script>' for block in blocks))


@register.simple_tag(takes_context=True)
def page_address(context: Context) -> str:
    """The complete address of this page, as it is printed."""
    return settings.SITE_URL + context["request"].path


@register.filter
def number(value: int | None) -> str:
    return f"{value or 0:,}".replace(",", ".")


@register.filter
def phone_link(value: str) -> str:
    """tel: address of a Vietnamese number: "(0220) 3000 000" → "tel:+842203000000"; short ones stay ("tel:111")."""
    digits = re.sub(r"\D", "", value)
    return f"tel:+84{digits[1:]}" if digits.startswith("0") and len(digits) > 8 else f"tel:{digits}"


@register.filter
def email(value: str) -> SafeString:
    """An e-mail address that goes on in the next line behind its @ where there is no room, and nowhere else."""
    name, at, host = value.partition("@")
    return format_html("{}{}<wbr>{}", name, at, host)


@register.filter
def lines(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip()]


@register.simple_tag
def title_at(address: str) -> str:
    """What the page at an address of ours is called; empty when that cannot be told."""
    return destinations.title_of(address)


@register.filter
def person(user: AbstractBaseUser | None, nobody: str = "Ai đó") -> str:
    """What colleagues call somebody of the staff."""
    return name_of(user) if user else nobody
