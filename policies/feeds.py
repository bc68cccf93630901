"""Atom feeds of policies."""

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from policies.models import Policy, PolicyQuerySet, Topic
from portal.feeds import AtomFeed


class AllPolicies(AtomFeed):
    title = "Các chính sách"

    def link(self) -> str:
        return settings.SITE_URL + reverse("policies:index")

    def items_of(self, obj: None) -> PolicyQuerySet:
        return Policy.objects.published()


class TopicPolicies(AtomFeed):
    def get_object(self, request: HttpRequest, slug: str) -> Topic:
        return get_object_or_404(Topic, slug=slug)

    def title(self, topic: Topic) -> str:
        return topic.name

    def link(self, topic: Topic) -> str:
        return settings.SITE_URL + topic.get_absolute_url()

    def items_of(self, topic: Topic) -> PolicyQuerySet:
        return Policy.objects.published().filter(topic=topic)
