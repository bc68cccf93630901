"""What stands at an address of ours: whether it is there, and what it is called."""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve

from portal import link_targets
from portal.publishing import Publishable, content_types
from portal.text import nfc
from portal.views import PublishableDetail


def item_at(address: str) -> Publishable | None:
    """The item that readers find at an address of ours. Http404 when they would find nothing."""
    view_class = _view_class(address)
    if view_class is None or not issubclass(view_class, PublishableDetail):
        return None
    view, request, match = view_class(), HttpRequest(), resolve(_path(address))
    request.method, request.path = "GET", address
    view.setup(request, *match.args, **match.kwargs)
    return view.get_object()


def _path(address: str) -> str:
    return nfc(unquote(urlsplit(address).path))


def _view_class(address: str) -> type | None:
    try:
        return getattr(resolve(_path(address)).func, "view_class", None)
    except Resolver404 as nothing:
        raise Http404 from nothing


def check(address: str, request: HttpRequest) -> None:
    """ValidationError when a reader sent to this address of ours would find nothing, or something that is over."""
    if address.startswith("/") and (trouble := link_targets.trouble(address, request)):
        raise ValidationError(f"Không dẫn người đọc tới {address} được: {trouble}.")


def title_of(address: str) -> str:
    """What the page at an address of ours is called; empty when that cannot be told."""
    if not address.startswith("/"):
        return ""
    try:
        item = item_at(address)
    except Http404:
        return ""
    return item.title if item else getattr(_view_class(address), "title", "")


def find(words: str) -> list[Publishable]:
    """Published items of every type with all the words, the newest first."""
    found = [item for model in content_types() for item in model.objects.published().matching(words).for_list()[:10]]
    return sorted(found, key=lambda item: item.published_at, reverse=True)[:10]
