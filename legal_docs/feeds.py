"""Atom feed of any filtered list."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from legal_docs.filters import NAMES, Filters
from legal_docs.models import Document
from portal.feeds import ITEMS, AtomFeed


class Documents(AtomFeed):
    """Newest on the portal first, whatever the order of the list."""

    title = "Văn bản pháp quy"
    kept = NAMES

    def get_object(self, request: HttpRequest) -> Filters:
        filters = Filters(request.GET)
        query = filters.query()
        self.feed_url = settings.SITE_URL + request.path + (f"?{query}" if query else "")
        return filters

    def subtitle(self, filters: Filters) -> str:
        return ", ".join(chip["label"] for chip in filters.chips())

    def link(self, filters: Filters) -> str:
        query = filters.query()
        return settings.SITE_URL + reverse("legal_docs:index") + (f"?{query}" if query else "")

    def items(self, filters: Filters) -> list[Document]:
        return list(filters.in_order().order_by("-published_at", "-issued_on", "-pk")[:ITEMS])

    def item_title(self, item: Document) -> str:
        return f"{item.name}: {item.title}" if item.number else item.title

    def item_description(self, item: Document) -> str:
        issued = f", ban hành ngày {item.issued_on:%d/%m/%Y}" if item.issued_on else ""
        return f"{item.issuer or 'Chưa rõ cơ quan ban hành'}{issued}. {Document.status_on(item).label}."
