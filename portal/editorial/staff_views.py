"""What staff need across all types: search in everything, and who else has an item open."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import CharField, Func, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from portal import roles
from portal.presence import Presence
from portal.publishing import Publishable, content_types
from portal.text import fold, nfc

PER_TYPE = 30
_ACCENTED = "".join(filter(lambda char: len(fold(char)) == 1 and fold(char) != char, map(chr, range(0xE0, 0x1EFA))))


def search(request: HttpRequest) -> HttpResponse:
    """Items of every type and stage with all the words, with or without their accents."""
    query = " ".join(nfc(request.GET.get("q", "")).split())[:200]
    groups: list[dict[str, Any]] = []
    for model in content_types() if query else []:
        model_admin = admin.site._registry.get(model)
        if model_admin and model_admin.has_view_or_change_permission(request):
            found = _found(model_admin, request, query)
            rows = [(item, model_admin.state(item)) for item in found[:PER_TYPE]]
            groups.append({"opts": model._meta, "rows": rows, "more": len(found) > PER_TYPE})
    context = {**admin.site.each_context(request), "title": "Tìm trong mọi nội dung", "query": query}
    context |= {"groups": [group for group in groups if group["rows"]], "hide_search": True}
    return TemplateResponse(request, "admin/staff_search.html", context)


def _found(model_admin: admin.ModelAdmin, request: HttpRequest, query: str) -> list[Publishable]:
    """By what the type's own list searches, or by the title without its accents."""
    rows = model_admin.get_queryset(request)
    listed, _ = model_admin.get_search_results(request, rows, query)
    folded = Func(
        *(Lower("title"), Value(_ACCENTED), Value("".join(map(fold, _ACCENTED)))),
        function="translate",
        output_field=CharField(),
    )
    plain = Q()
    for word in query.split()[:10]:
        plain &= Q(folded__contains=fold(word))
    both: QuerySet = rows.annotate(folded=folded).filter(Q(pk__in=listed.values("pk")) | plain)
    return list(both.select_related("updated_by").defer("body").order_by("-updated_at")[: PER_TYPE + 1])


def who_may(request: HttpRequest) -> HttpResponse:
    """The roles and what each may do with each content type, as it is set now."""
    alike: list[tuple[list[str], dict]] = []  # types about which the same holds share a table
    for model in content_types():
        name, table = str(model._meta.verbose_name_plural), roles.table(model)
        same = next((kinds for kinds, other in alike if other == table), None)
        if same is None:
            alike.append(([name], table))
        else:
            same.append(name)
    tables = [(", ".join(kinds), table) for kinds, table in alike]
    names = list(next(iter(tables[0][1].values())))
    context = {**admin.site.each_context(request), "title": "Ai được làm gì", "tables": tables, "names": names}
    return TemplateResponse(request, "admin/who_may.html", context)


@require_POST
def still_open(request: HttpRequest, label: str, pk: int) -> JsonResponse:
    """The open form says so every half minute, and hears who else has it open; `roi` says that it was left."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as unknown:
        raise Http404 from unknown
    model_admin = admin.site._registry.get(model)
    item = model_admin.get_object(request, str(pk)) if model_admin and issubclass(model, Publishable) else None
    if item is None or not model_admin.has_view_or_change_permission(request, item):
        raise Http404
    if "roi" in request.POST:
        Presence.leave(item, request.user)
        return JsonResponse({"others": []})
    return JsonResponse({"others": Presence.note(item, request.user), "version": item.version})
