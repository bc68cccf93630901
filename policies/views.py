"""Policies by topic, and one policy."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from policies.models import Policy, PolicyQuerySet, Topic
from portal.changes import until_change
from portal.paging import PagedList
from portal.views import Crumbs, PublicPage, PublishableDetail

INDEX = "Các chính sách"


@until_change
def topics() -> list[Topic]:
    return list(Topic.objects.all())


class PolicyIndex(PublicPage, TemplateView):
    """Everything, by topic: citizens look for themselves among the topics, not for a date."""

    template_name = "policies/policy_index.html"
    title = INDEX
    description = "Ông/bà được hưởng những gì, với điều kiện nào, và làm thủ tục gì để được hưởng."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        published = Policy.objects.published().for_list()
        filled = Topic.objects.prefetch_related(Prefetch("policies", published, to_attr="shown"))
        return super().get_context_data(topics=[topic for topic in filled if topic.shown], **kwargs)


class TopicList(PublicPage, PagedList):
    template_name = "policies/topic.html"
    paginate_by = 20
    kept = ("trang",)

    def get_queryset(self) -> PolicyQuerySet:
        self.topic = get_object_or_404(Topic, slug=self.kwargs["slug"])
        return Policy.objects.published().for_list().filter(topic=self.topic)

    def get_title(self) -> str:
        return self.topic.name

    def get_description(self) -> str:
        return self.topic.description

    def crumbs(self) -> Crumbs:
        return [(INDEX, reverse("policies:index")), (self.topic.name, None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(topic=self.topic, topics=topics(), **kwargs)


class PolicyDetail(PublishableDetail):
    model = Policy
    template_name = "policies/policy_detail.html"

    def get_queryset(self) -> PolicyQuerySet:
        return super().get_queryset().select_related("topic")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        # A policy has one address; it moves with its topic.
        if self.object.topic.slug != kwargs["topic"]:
            return HttpResponsePermanentRedirect(self.object.get_absolute_url())
        return self.render_to_response(self.get_context_data(object=self.object))

    def crumbs(self) -> Crumbs:
        topic = self.object.topic
        return [(INDEX, reverse("policies:index")), (topic.name, topic.get_absolute_url()), (self.object.title, None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        bases = list(self.object.legal_bases.with_status(today))
        return super().get_context_data(
            bases=bases,
            gone=[basis for basis in bases if basis.is_gone(today)],
            procedures=list(self.object.procedures.published().for_list()),
            files=list(self.object.files.defer("text")),
            overdue=self.object.review_by is not None and self.object.review_by < today,
            **kwargs,
        )
