"""What other pages show of the procedures: each tag fetches its own data."""

from typing import Any

from django import template
from django.db.models import Count, Q

from portal.changes import until_change
from procedures.models import Field, OnlineLevel, Procedure

register = template.Library()


@until_change
def _figures() -> dict[str, int]:
    return Procedure.objects.published().aggregate(
        total=Count("pk"),
        full=Count("pk", filter=Q(online_level=OnlineLevel.FULL)),
        part=Count("pk", filter=Q(online_level=OnlineLevel.PART)),
    )


@until_change
def _fields() -> list[Field]:
    return list(Field.objects.filter(on_front_page=True))


@until_change
def _online() -> list[Procedure]:
    online = Procedure.objects.published().exclude(online_level=OnlineLevel.INFORMATION)
    # Those of the department's own fields first; imported ones of other ministries after them.
    return list(online.for_list().order_by("-field__on_front_page", "field__position", "sort_title")[:5])


@register.inclusion_tag("procedures/_fields.html")
def procedure_fields() -> dict[str, Any]:
    return {"fields": _fields(), "total": _figures()["total"]}


@register.inclusion_tag("procedures/_online.html")
def online_services() -> dict[str, Any]:
    return {"figures": _figures(), "procedures": _online()}
