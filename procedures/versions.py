"""The versions of a procedure that were published, and what changed from one to another."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import DetailView

from portal.comparing import difference
from portal.views import Crumbs, PublicPage
from portal.workflow import Status
from procedures.models import Procedure


def texts(version: Any) -> dict[str, str]:
    """The parts of one version under their headings."""
    made = {"Tên thủ tục": version.title, "Tóm tắt": version.summary}
    return made | {section["heading"]: "\n".join(section["lines"]) for section in version.parts}


def compare(before: Any, after: Any) -> list[dict[str, Any]]:
    """The parts that differ, in the order of the page."""
    old, new = texts(before), texts(after)
    headings = list(dict.fromkeys([*new, *old]))
    differing = [heading for heading in headings if old.get(heading, "") != new.get(heading, "")]
    return [
        {"heading": heading, "runs": difference(old.get(heading, ""), new.get(heading, ""))} for heading in differing
    ]


def public_versions(procedure: Procedure) -> QuerySet:
    """What citizens could once read: saved as published, and its time come."""
    rows = procedure.history.filter(status=Status.PUBLISHED, published_at__lte=timezone.now())
    unexpired = rows.filter(expires_at=None) | rows.filter(expires_at__gt=F("history_date"))
    return unexpired.order_by("-history_date", "-history_id")


class Versions(PublicPage, DetailView):
    """The list of versions; with ?tu= and ?den= the comparison of two."""

    template_name = "procedures/versions.html"
    slug_field = slug_url_kwarg = "code"
    context_object_name = "procedure"
    kept = ("tu", "den")

    def get_queryset(self) -> QuerySet:
        return Procedure.objects.readable().select_related("field")

    def get_title(self) -> str:
        return f"Các bản đã đăng: {self.object.title}"

    def crumbs(self) -> Crumbs:
        trail: Crumbs = [("Thủ tục hành chính", reverse("procedures:index"))]
        return [*trail, (self.object.title, self.object.get_absolute_url()), ("Các bản đã đăng", None)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(public_versions(self.object).only("history_id", "history_date", "version")[:50])
        before, after = self._version("tu"), self._version("den")
        if before and after and before.history_date > after.history_date:
            before, after = after, before
        return super().get_context_data(
            versions=rows,
            before=before,
            after=after,
            changes=compare(before, after) if before and after else [],
            noindex=True,
            **kwargs,
        )

    def _version(self, name: str) -> Any:
        """The version of ?tu= or ?den=; one that was never public is not there."""
        number = self.request.GET.get(name, "")
        if not number:
            return None
        if not (number.isascii() and number.isdigit() and len(number) < 18):
            raise Http404("no such version")
        found = public_versions(self.object).filter(history_id=number).first()
        if found is None:
            raise Http404("no such version")
        return found
