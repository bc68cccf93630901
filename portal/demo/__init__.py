"""Demonstration content of the kernel: identity, standing pages, menu, links, notices, organisation."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from portal.models import MenuItem, Notice, Official, Page, SiteIdentity, Unit, WebsiteLink
from portal.workflow import Status

HERE = Path(__file__).parent


def load() -> None:
    """Loads into an empty site; leaves everything alone once somebody entered who it belongs to."""
    if SiteIdentity.objects.exists():
        return
    site = json.loads((HERE / "site.json").read_text())
    SiteIdentity.objects.create(**site["identity"])
    _pages()
    _menu(site["menu"])
    for position, link in enumerate(site["links"], start=1):
        WebsiteLink.objects.create(position=position * 10, **link)
    for notice in site["notices"]:
        ends_at = timezone.now() + timedelta(days=notice.pop("days"))
        Notice.objects.create(ends_at=ends_at, **notice)
    for position, unit in enumerate(site["units"], start=1):
        Unit.objects.create(position=position * 10, **unit)
    units = {unit.name: unit for unit in Unit.objects.all()}
    for position, official in enumerate(site["officials"], start=1):
        official["unit"] = units.get(official.get("unit"))
        Official.objects.create(position=position * 10, **official)


def _pages() -> None:
    rows = [json.loads(line) for line in (HERE / "pages.jsonl").read_text().splitlines() if line.strip()]
    pages: dict[str, Page] = {}
    for position, row in enumerate(rows, start=1):
        above, _, slug = row.pop("path").rpartition("/")
        page = Page(slug=slug, parent=pages.get(above), position=position * 10, status=Status.PUBLISHED, **row)
        page.save()
        pages[page.path] = page


def _menu(rows: list[dict[str, Any]], parent: MenuItem | None = None) -> None:
    for position, row in enumerate(rows, start=1):
        page = Page.objects.get(path=row["page"]) if row.get("page") else None
        item = MenuItem(label=row["label"], url=row.get("url", ""), page=page, parent=parent, position=position * 10)
        item.save()
        _menu(row.get("children", []), item)
