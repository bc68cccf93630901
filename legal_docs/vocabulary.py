"""The lists a document chooses from."""

from typing import Any

from django.db import models

from portal.changes import Visible, VisibleQuerySet
from portal.text import NFCCharField, slugify


class TermQuerySet(VisibleQuerySet):
    def named(self, name: str) -> Any:
        """The entry of this name whatever its capitals and marks, made when it is new."""
        return self.get_or_create(slug=slugify(name), defaults={"name": name})[0]


class Term(Visible):
    name = NFCCharField("tên", max_length=250)
    slug = models.SlugField("địa chỉ", max_length=140, unique=True, blank=True, help_text="Để trống: lấy từ tên.")
    position = models.PositiveIntegerField("thứ tự", default=0)

    objects = TermQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.slug = self.slug or slugify(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or slugify(self.name)
        super().save(*args, **kwargs)


class DocumentType(Term):
    """Luật, Nghị định, Thông tư, Quyết định …; its slug is the first part of a document's address."""

    class Meta(Term.Meta):
        verbose_name = "loại văn bản"
        verbose_name_plural = "loại văn bản"


class Field(Term):
    """What documents are about: Lao động, Người có công …"""

    class Meta(Term.Meta):
        verbose_name = "lĩnh vực"
        verbose_name_plural = "lĩnh vực văn bản"
