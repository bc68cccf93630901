"""What stands at an address of ours: whether it is there, and what it is called."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve

from portal.publishing import Publishable, content_types
from portal.views import PublishableDetail


def item_at(address: str) -> Publishable | None:
    """The item that readers find at an address of ours. Http404 when they would find nothing."""
    try:
        match = resolve(address.split("#")[0].split("?")[0])
    except Resolver404 as nothing:
        raise Http404 from nothing
    view_class = getattr(match.func, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, PublishableDetail)):
        return None
    view, request = view_class(), HttpRequest()
    request.method, request.path = "GET", address
    view.setup(request, *match.args, **match.kwargs)
    return view.get_object()


def check(address: str) -> None:
    """ValidationError when a reader sent to this address of ours would find nothing, or something withdrawn."""
    if not address.startswith("/"):
        return
    try:
        item = item_at(address)
    except Http404 as nothing:
        raise ValidationError(f"Trên cổng không có trang {address}.") from nothing
    if item is not None and item.is_withdrawn:
        raise ValidationError("Trang thay thế này cũng đã bị rút. Hãy chọn trang khác.")


def title_of(address: str) -> str:
    """What the page at an address is called; empty when that cannot be told."""
    try:
        item = item_at(address) if address.startswith("/") else None
    except Http404:
        return ""
    if item is not None:
        return item.title
    view_class = (
        getattr(resolve(address.split("#")[0].split("?")[0]).func, "view_class", None)
        if address.startswith("/")
        else None
    )
    return getattr(view_class, "title", "")


def find(words: str) -> list[Publishable]:
    """Published items of every type with all the words, the newest first."""
    found = [item for model in content_types() for item in model.objects.published().matching(words).for_list()[:10]]
    return sorted(found, key=lambda item: item.published_at, reverse=True)[:10]
