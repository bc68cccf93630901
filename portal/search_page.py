"""The search page, the suggestions while typing, the feed of a search, and what browsers are told about it."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import TemplateView

from portal import readership, searches, visitors
from portal.feeds import ITEMS, AtomFeed
from portal.models import SiteIdentity
from portal.publishing import Publishable, content_types
from portal.search import follower, store, suggestions
from portal.search.plain import plain_filter
from portal.search.query import LONGEST, Question, understand
from portal.search.results import NARROWED_BY, NEWEST, OLDEST, PER_PAGE, PUBLISHED, Asked, Found, find, items
from portal.synonyms import current
from portal.text import fold, nfc, slugify, syllables
from portal.views import PublicPage

PARAMETERS = {"field": "linh-vuc", "issuer": "co-quan", "year": "nam", "status": "tinh-trang"}
LABELS = {"field": "Lĩnh vực", "issuer": "Cơ quan", "year": "Năm", "status": "Tình trạng"}
ORDERS = [("", "Đúng nhất"), (NEWEST, "Mới nhất"), (OLDEST, "Cũ nhất")]
LAST_PAGE = 50
SHOWN = 70  # characters of a choice
KEPT = 1  # seconds: what begins or ends at a time of its own is to be seen within two
Answer = TypeVar("Answer")


def kinds() -> dict[str, type[Publishable]]:
    """Content types by the word that stands in the address."""
    return {slugify(kind.search_label): kind for kind in content_types()}


def read(request: HttpRequest) -> Asked:
    """The search that an address asks for; what makes no sense is left out."""
    told = {name: nfc(request.GET.get(parameter, ""))[:250] for name, parameter in PARAMETERS.items()}
    if not (told["year"].isascii() and told["year"].isdigit() and len(told["year"]) == 4):
        told["year"] = ""
    kind = kinds().get(request.GET.get("loai", ""))
    order = request.GET.get("xep", "")
    return Asked(
        understand(request.GET.get("q", ""), current()),
        kind._meta.label_lower if kind else "",
        {name: value for name, value in told.items() if value},
        order if order in (NEWEST, OLDEST) else "",
    )


def of_index(ask: Callable[[], Answer], otherwise: Callable[[], Answer]) -> Answer:
    """What the index says; `otherwise` while there is none, or when it cannot be read, after which it is made anew."""
    try:
        return ask()
    except store.Unavailable:
        return otherwise()
    except (ValueError, OSError) as error:
        store.condemn(error)
    except BaseException as error:  # a panic of the engine is no Exception
        if type(error).__name__ != "PanicException":
            raise
        store.condemn(error)
    return otherwise()


def answer(asked: Asked, page: int, per_page: int = PER_PAGE) -> Found:
    """From the index, or by the database's plain filter."""
    return of_index(partial(find, asked, page, per_page), partial(plain_filter, asked, page, per_page))


class SearchPage(PublicPage, TemplateView):
    template_name = "portal/search.html"
    title = "Tìm kiếm"
    kept = ("q", "loai", *PARAMETERS.values(), "xep", "trang")

    def get_description(self) -> str:
        typed = nfc(self.request.GET.get("q", ""))[:LONGEST]
        looked_for = f" “{typed}”" if typed else ""
        return f"Tìm{looked_for} trong thủ tục hành chính, chính sách, văn bản pháp quy và tin tức."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = read(self.request)
        number = self.request.GET.get("trang", "")
        page = min(LAST_PAGE, max(1, int(number))) if number.isascii() and number.isdigit() and len(number) < 6 else 1
        found = answer(asked, page) if asked.question else Found(0, [], {}, {})
        pages = Paginator(range(min(found.total, LAST_PAGE * PER_PAGE)), PER_PAGE)
        if page > pages.num_pages:
            page = pages.num_pages
            found = answer(asked, page) if asked.question else found
        if page == 1 and (noted := searches.noted(asked.question.typed, found.total)):
            self.request.META[readership.SHOWN] = noted
        return super().get_context_data(
            query=asked.question.typed,
            found=found,
            page_obj=pages.get_page(page),
            tabs=self._tabs(asked, found) if found.kinds else [],
            groups=self._groups(asked, found),
            chips=[
                {"label": f"{LABELS[n]}: {value}", "url": self._with(**{PARAMETERS[n]: ""})}
                for n, value in asked.chosen.items()
            ],
            orders=[(label, self._with(xep=value), value == asked.order) for value, label in ORDERS],
            kept_fields=[(name, self.request.GET[name]) for name in ("loai", "xep") if self.request.GET.get(name)],
            meant=self._meant(asked.question),
            feed_url=reverse("search-feed") + self._with()[len(self.request.path) :],
            noindex=not _may_be_listed(asked, found),
            **kwargs,
        )

    def _with(self, **changed: str) -> str:
        """The address of this search with other parameters, on its first page."""
        query = self.request.GET.copy()
        query.pop("trang", None)
        for name, value in changed.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}"

    def _tabs(self, asked: Asked, found: Found) -> list[dict[str, Any]]:
        everything = {"label": "Tất cả", "url": self._with(loai=""), "count": sum(found.kinds.values())}
        tabs = [{**everything, "current": not asked.kind}]
        for slug, kind in kinds().items():
            label = kind._meta.label_lower
            if found.kinds.get(label) or asked.kind == label:
                tab = {"label": kind.search_label, "url": self._with(loai=slug), "count": found.kinds.get(label, 0)}
                tabs.append({**tab, "current": asked.kind == label})
        return tabs

    def _groups(self, asked: Asked, found: Found) -> list[dict[str, Any]]:
        groups = []
        for name in NARROWED_BY:
            chosen = asked.chosen.get(name, "")
            choices = dict(found.choices.get(name, []))
            if chosen or len(choices) > 1:
                options = [
                    # Cut here: Django's filter takes a third of the template's time.
                    (value, value if len(value) < SHOWN else f"{value[:SHOWN].rstrip()}…", amount, value == chosen)
                    for value, amount in ({chosen: 0} | choices).items()
                    if value
                ]
                groups.append({"name": PARAMETERS[name], "label": LABELS[name], "options": options})
        return groups

    def _meant(self, question: Question) -> dict[str, str] | None:
        """What was probably meant, where something seems misspelt."""
        if not question or question.numbers:
            return None
        words = of_index(lambda: suggestions.correction(follower.searcher(), question), str)
        return {"words": words, "url": self._with(q=words)} if words else None

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        patch_cache_control(response, **({"max_age": KEPT} if context["found"].is_current else {"no_cache": True}))
        return response


def _may_be_listed(asked: Asked, found: Found) -> bool:
    """Whether search engines may keep a page of results: where the first is called by all the words that were typed.

    Others would fill ours with words of their own, by links to searches for them.
    """
    if asked.question and not found.results:
        return False
    name = syllables(fold(" ".join(f"{result.title} {result.line}" for result in found.results[:1])))
    return all(fold(word) in name for word in asked.question.words)


@require_GET
def suggest(request: HttpRequest) -> JsonResponse:
    """Up to eight titles that go on as the reader began."""
    labels = {kind._meta.label_lower: kind.search_label for kind in content_types()}
    typed, now = request.GET.get("q", ""), timezone.now().timestamp()
    hits = of_index(lambda: suggestions.titles(follower.searcher(), typed, now), list)
    rows = [{"title": hit.said("title"), "kind": labels.get(hit.said("key").partition(":")[0], "")} for hit in hits]
    response = JsonResponse({"suggestions": rows})
    patch_cache_control(response, public=True, max_age=60)
    return response


@csrf_exempt  # counts only; readers have no session that could be abused
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """A result was opened. Only addresses of this site are counted."""
    address = request.POST.get("dia-chi", "").partition("#")[0]
    try:
        resolve(address)
    except Resolver404:
        return HttpResponse(status=400)
    noted = searches.noted(request.POST.get("q", ""), 0, address)
    if noted and not visitors.is_program(request.headers.get("User-Agent", "")):
        searches.count(noted)
    return HttpResponse(status=204)


def describe(request: HttpRequest) -> HttpResponse:
    """OpenSearch 1.1: browsers offer the portal as a search engine of their own."""
    context = {"site": SiteIdentity.current(), "home": settings.SITE_URL, "longest": LONGEST}
    return render(request, "portal/opensearch.xml", context, "application/opensearchdescription+xml; charset=utf-8")


class SearchFeed(AtomFeed):
    """The newest of what a search finds."""

    kept = SearchPage.kept

    def get_object(self, request: HttpRequest) -> Asked:
        self.asked_url = request.get_full_path()
        return read(request)

    def title(self, obj: Asked) -> str:
        return f"Tìm kiếm: {obj.question.typed}"

    def link(self, obj: Asked) -> str:
        return settings.SITE_URL + reverse("search") + "".join(self.asked_url.partition("?")[1:])

    def items(self, obj: Asked) -> list[Publishable]:
        if not obj.question:
            return []
        newest = Asked(obj.question, obj.kind, obj.chosen, PUBLISHED)
        return items(answer(newest, 1, ITEMS).results)
