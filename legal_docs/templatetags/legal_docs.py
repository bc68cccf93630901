"""What other pages show of the documents."""

from typing import Any

from django import template
from django.db.models import F

from legal_docs.filters import listed

register = template.Library()


@register.inclusion_tag("legal_docs/_new_documents.html")
def new_documents(count: int = 4) -> dict[str, Any]:
    """The latest issued, with whether each applies today."""
    latest = listed().order_by(F("issued_on").desc(nulls_last=True), "-pk")
    return {"documents": list(latest.for_list()[:count])}
