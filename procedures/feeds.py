"""Atom feeds of procedures: all, or any filtered list."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from portal.feeds import AtomFeed
from procedures.filters import NAMES, Filters
from procedures.models import Procedure, ProcedureQuerySet


class Procedures(AtomFeed):
    kept = NAMES

    def get_object(self, request: HttpRequest) -> Filters:
        filters = Filters.read(request.GET)
        self.feed_url = settings.SITE_URL + request.path + filters.address().removesuffix("?")
        return filters

    def title(self, filters: Filters) -> str:
        return ", ".join(["Thủ tục hành chính", *(chip["label"] for chip in filters.chips())])

    def link(self, filters: Filters) -> str:
        return f"{settings.SITE_URL}{reverse('procedures:index')}{filters.address().removesuffix('?')}"

    def items_of(self, filters: Filters) -> ProcedureQuerySet:
        filters.order = "moi"
        return filters.apply(Procedure.objects.published())
