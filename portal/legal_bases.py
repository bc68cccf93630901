"""The documents that something rests on: each a row of its own, tied to our copy of the document where we have it."""

from datetime import date
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.signals import post_save
from django.dispatch import receiver

from portal.changes import Visible, VisibleQuerySet
from portal.text import NFCCharField, NFCTextField, normalise_number

# What rests on such a document no longer stands as it is written.
GONE = ("expired", "suspended")


class LegalBasisQuerySet(VisibleQuerySet):
    def with_status(self, day: date) -> "LegalBasisQuerySet":
        """Each basis with its document, and whether that applies on a day: two queries for all of them."""
        return self.prefetch_related(Prefetch("document", self.model.library().objects.for_list().with_status(day)))

    def gone(self, day: date) -> "LegalBasisQuerySet":
        """Those whose document has expired, been replaced or suspended on a day."""
        ended = self.model.library().objects.with_status(day).filter(validity__in=GONE)
        return self.filter(document__in=ended.values("pk"))


class LegalBasis(Visible):
    """Subclasses add the foreign key to what rests on it, and `document`, a nullable one to the legal library."""

    number = NFCCharField("số ký hiệu", max_length=100, blank=True, help_text="Ví dụ: 45/2019/QH14.")
    number_normalised = models.CharField("số ký hiệu để so", max_length=100, blank=True, editable=False, db_index=True)
    name = NFCTextField("trích yếu", blank=True)
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    issuer = NFCCharField("cơ quan ban hành", max_length=300, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)

    objects = LegalBasisQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = "căn cứ pháp lý"
        verbose_name_plural = "căn cứ pháp lý"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_named",
                condition=~Q(number="", name=""),
                violation_error_message="Ghi số ký hiệu hoặc tên văn bản.",
            )
        ]

    def __str__(self) -> str:
        return self.number or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.number_normalised = normalise_number(self.number)
        if self.document_id is None and self.number_normalised:
            self.document = in_library(type(self).library(), self.number_normalised, self.issued_on)
        super().save(*args, **kwargs)

    @classmethod
    def library(cls) -> type[models.Model]:
        """The model of legal documents, which subclasses know by its name only."""
        return cls._meta.get_field("document").related_model

    def is_gone(self, day: date) -> bool:
        return self.document is not None and self.document.status_on(day) in GONE


def in_library(library: type[models.Model], number: str, issued_on: date | None = None) -> models.Model | None:
    """The document of a number. A number alone is no key: where two bear it, the date decides, or nothing does."""
    found = library.objects.filter(number_normalised=number)
    if issued_on:
        found = found.filter(issued_on=issued_on)
    same = list(found[:2])
    return same[0] if len(same) == 1 else None


def kinds() -> list[type[LegalBasis]]:
    return [model for model in apps.get_models() if issubclass(model, LegalBasis)]


def link_all() -> int:
    """Ties every basis without a document to the one of its number. Returns how many found theirs."""
    linked = 0
    for model in kinds():
        waiting = model.objects.filter(document=None).exclude(number_normalised="")
        for number in set(waiting.values_list("number_normalised", flat=True)):
            if document := in_library(model.library(), number):
                linked += waiting.filter(number_normalised=number).update(document=document)
    return linked


@receiver(post_save, dispatch_uid="legal_bases.document_saved")
def _document_saved(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    """A document that enters the library is tied to what already names it."""
    for model in kinds():
        if sender is model.library() and not raw and instance.number_normalised:
            for basis in model.objects.filter(document=None, number_normalised=instance.number_normalised):
                basis.save()
