"""Misuse of the kernel fails at start-up."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from portal.changes import Visible, VisibleQuerySet
from portal.publishing import Publishable, content_types


@register
def content_types_keep_the_rules(**kwargs: Any) -> list[CheckMessage]:
    """Each content type inherits the constraints and permissions of Publishable."""
    rules = {constraint.name.split("%(class)s")[1] for constraint in Publishable.Meta.constraints}
    errors: list[CheckMessage] = []
    for model in content_types():
        own = {constraint.name for constraint in model._meta.constraints}
        missing = [rule for rule in rules if not any(name.endswith(rule) for name in own)]
        if missing or "publish" not in model._meta.default_permissions:
            hint = "Write `class Meta(Publishable.Meta)` and add to its constraints instead of replacing them."
            errors.append(Error(f"{model.__name__} lost rules of Publishable: {missing}", hint, model, "portal.E001"))
        if not callable(getattr(model, "get_absolute_url", None)):
            errors.append(Error(f"{model.__name__} has no get_absolute_url()", obj=model, id="portal.E002"))
    return errors


@register
def bulk_writes_reach_the_feed(**kwargs: Any) -> list[CheckMessage]:
    """A manager that is not built on VisibleQuerySet would change pages behind the back of caches and search."""
    return [
        Error(f"{model.__name__}.objects must come from a VisibleQuerySet", obj=model, id="portal.E003")
        for model in apps.get_models()
        if issubclass(model, Visible) and not isinstance(model._default_manager.all(), VisibleQuerySet)
    ]
