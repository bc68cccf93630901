"""Questions to all content types at once, answered in one query."""

from datetime import datetime
from typing import NamedTuple

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import CharField, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from portal.publishing import Publishable, content_types


class Item(NamedTuple):
    """An item of any type as lists show it; `at` is the moment asked for."""

    kind: str
    title: str
    url: str
    at: datetime | None

    @property
    def day(self) -> str:
        return f"{timezone.localtime(self.at):%d/%m/%Y}" if self.at else ""


def kinds(user: AbstractBaseUser, right: str) -> list[type[Publishable]]:
    """The content types on which a user has a right."""
    return [
        model for model in content_types() if user.has_perm(f"{model._meta.app_label}.{right}_{model._meta.model_name}")
    ]


def items(models: list[type[Publishable]], condition: Q, when: str) -> QuerySet:
    """Rows for item(), by the field `when`, which is a date or a moment; at least one model."""
    parts = [_part(model, condition, when) for model in models]
    return (parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]).order_by("at", "pk")


def _part(model: type[Publishable], condition: Q, when: str) -> QuerySet:
    columns = {"kind": Value(model._meta.label_lower, CharField()), "name": Cast("title", CharField())}
    rows = model._base_manager.filter(condition).order_by()
    return rows.annotate(at=Cast(F(when), DateTimeField()), **columns).values_list("kind", "pk", "name", "at")


def item(kind: str, pk: int, title: str, at: datetime | None) -> Item:
    url = reverse(f"admin:{kind.replace('.', '_')}_change", args=[pk])
    return Item(str(apps.get_model(kind)._meta.verbose_name), title, url, at)
