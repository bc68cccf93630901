"""Links of all texts that lead nowhere, found once a week by `manage.py check_links`, listed for staff."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from portal import link_targets
from portal.proofreading import Text
from portal.publishing import Publishable, content_types
from portal.richtext import RichTextField

USES_KEPT = 20  # places named for one address


class CheckedLink(models.Model):
    """An address that our texts link to, and what came of following it. `uses` names where: model, pk, title."""

    address = models.CharField("địa chỉ", max_length=2000, unique=True)
    problem = models.CharField("vấn đề", max_length=300, blank=True)
    checked_at = models.DateTimeField("kiểm tra lúc", null=True, blank=True)
    failing_since = models.DateTimeField("hỏng từ", null=True, blank=True)
    uses = models.JSONField("dùng ở", default=list)

    class Meta:
        verbose_name = "liên kết trong bài"
        verbose_name_plural = "liên kết trong bài"
        ordering = ["failing_since", "address"]

    def __str__(self) -> str:
        return self.address

    def note(self, problem: str) -> None:
        """Saves the outcome of a look just taken."""
        self.problem, self.checked_at = problem[:300], timezone.now()
        self.failing_since = (self.failing_since or self.checked_at) if problem else None
        self.save()

    @property
    def places(self) -> list[dict[str, str]]:
        """Title and admin address of each item the link stands in."""
        places = []
        for use in self.uses:
            try:
                places.append({"title": use["title"], "url": reverse(f"admin:{use['model']}_change", args=[use["pk"]])})
            except NoReverseMatch:  # a kind of content that is gone
                continue
        return places


def broken() -> models.QuerySet:
    return CheckedLink.objects.exclude(problem="")


def texts() -> Iterator[tuple[Publishable, str]]:
    """Each item that citizens may see, with its formatted text. One item in memory at a time."""
    for model in content_types():
        names = [field.name for field in model._meta.fields if isinstance(field, RichTextField)]
        for item in model.objects.published().only("pk", "title", *names).iterator(200):
            yield item, "".join(getattr(item, name) for name in names)


def _addresses() -> Iterator[tuple[str, Publishable]]:
    for item, html in texts():
        if "href=" in html:
            for address, _ in Text.of(html).links:
                address = address.partition("#")[0]
                if address.startswith(("http://", "https://", "/")) and len(address) <= 2000:
                    yield link_targets.own_path(address) or address, item


@transaction.atomic
def gather() -> None:
    """The table follows the texts: new addresses come in, those no text holds any more go."""
    uses: dict[str, dict[tuple, dict[str, Any]]] = defaultdict(dict)
    for address, item in _addresses():
        if len(uses[address]) < USES_KEPT:
            name = f"{item._meta.app_label}_{item._meta.model_name}"
            uses[address][name, item.pk] = {"model": name, "pk": item.pk, "title": item.title}
    CheckedLink.objects.exclude(address__in=uses).delete()
    CheckedLink.objects.bulk_create(
        [CheckedLink(address=address, uses=list(places.values())) for address, places in uses.items()],
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=["uses"],
        batch_size=500,
    )


def reader() -> HttpRequest:
    """The request of somebody who is nobody in particular."""
    request = HttpRequest()
    host, _, port = settings.SITE_URL.partition("://")[2].partition(":")
    request.META = {"SERVER_NAME": host, "SERVER_PORT": port or ("443" if settings.HTTPS else "80")}
    request.method, request.user = "GET", AnonymousUser()
    return request
