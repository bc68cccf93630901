"""What other pages show of the policies."""

from typing import Any

from django import template

from policies.models import Topic
from policies.views import topics

register = template.Library()


@register.inclusion_tag("policies/_topics.html")
def policy_topics() -> dict[str, Any]:
    return {"topics": topics()}


@register.simple_tag
def policy_topic_list() -> list[Topic]:
    return topics()
