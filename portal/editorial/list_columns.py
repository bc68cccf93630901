"""Columns of the admin's lists."""

from collections.abc import Callable

from django.contrib import admin
from django.db.models import Model


def yes_no(name: str, label: str, ordering: str | None = None) -> Callable[[Model], str]:
    """A column for a boolean, in words: Django's pictures are called True and False."""

    @admin.display(description=label, ordering=ordering or name)
    def column(row: Model) -> str:
        return "Có" if getattr(row, name) else "Không"

    return column
