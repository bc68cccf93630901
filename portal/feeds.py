"""Atom feeds of published items."""

from typing import IO, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed

from portal.models import SiteIdentity
from portal.publishing import Publishable, PublishableQuerySet
from portal.text import nfc

ITEMS = 30


class Atom(Atom1Feed):
    """What XML cannot hold is left out: one damaged row would otherwise silence the whole feed."""

    def write(self, outfile: IO[bytes], encoding: str) -> None:
        for told in (self.feed, *self.items):
            told.update({name: nfc(value) for name, value in told.items() if isinstance(value, str)})
        super().write(outfile, encoding)


class AtomFeed(Feed):
    """Subclasses give `items_of(obj)`: a queryset of published items. Addresses are absolute, from SITE_URL."""

    feed_type = Atom
    language = "vi"
    kept: tuple[str, ...] = ()  # as in portal.views.PublicPage

    def items_of(self, obj: Any) -> PublishableQuerySet:
        raise NotImplementedError

    def items(self, obj: Any) -> list[Publishable]:
        return list(self.items_of(obj).for_list()[:ITEMS])

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.feed_url = settings.SITE_URL + request.path
        return super().__call__(request, *args, **kwargs)

    def author_name(self) -> str:
        return SiteIdentity.current().name

    def item_title(self, item: Publishable) -> str:
        return item.title

    def item_description(self, item: Publishable) -> str:
        return item.summary

    def item_link(self, item: Publishable) -> str:
        return settings.SITE_URL + item.get_absolute_url()

    def item_pubdate(self, item: Publishable) -> Any:
        return item.published_at

    def item_updateddate(self, item: Publishable) -> Any:
        return item.updated_at
