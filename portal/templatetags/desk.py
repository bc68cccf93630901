"""What the admin's templates of ours use."""

from typing import Any

from django import template
from django.template import Context

from portal.desk.dashboard import beginnings, panels
from portal.images import MAX_BYTES

register = template.Library()


@register.inclusion_tag("admin/_uploads.html")
def uploads() -> dict[str, Any]:
    """The place where many pictures at once are dropped or chosen; static/admin/uploads.js sends them."""
    return {"most_bytes": MAX_BYTES}


@register.inclusion_tag("admin/_dashboard.html", takes_context=True)
def dashboard(context: Context) -> dict[str, Any]:
    request = context["request"]
    return {"panels": panels(request), "beginnings": beginnings(request.user)}
