"""What the admin's templates of ours use."""

from typing import Any

from django import template

from portal.images import MAX_BYTES

register = template.Library()


@register.inclusion_tag("admin/_uploads.html")
def uploads() -> dict[str, Any]:
    """The place where many pictures at once are dropped or chosen; static/admin/uploads.js sends them."""
    return {"most_bytes": MAX_BYTES}
