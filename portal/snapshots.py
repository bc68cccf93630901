"""An item with its rows (gallery, files, steps …) as plain data, and the way back into the database.

A snapshot is {"fields": {name: value}, "rows": {"app.model.foreign_key": [{"pk": 1, "fields": {…}}]}}, everything as
Django's JSON serializer writes it; relations to many stand among the fields as lists of keys.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from portal import changes
from portal.pictures import Picture
from portal.workflow import STAGE

Snapshot = dict[str, Any]
Relations = list[tuple[type[models.Model], str]]  # the kinds of rows, each with its foreign key to the item


@contextmanager
def undone() -> Iterator[None]:
    """What is saved inside can be looked at inside, and never happened."""
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        changes.forget_all()  # copies made inside show what never happened


class _Exact(DjangoJSONEncoder):
    """Moments to the microsecond, which Django's encoder cuts off."""

    def default(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else super().default(value)


def plain_rows(objects: Any) -> list[dict[str, Any]]:
    return json.loads(serializers.serialize("json", objects, cls=_Exact))


def take(item: models.Model, relations: Relations) -> Snapshot:
    """The item as it stands in the database and in memory: fields from memory, rows from the database."""
    return {"fields": plain_rows([item])[0]["fields"], "rows": rows_of(item, relations)}


def rows_of(item: models.Model, relations: Relations) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for model, key in relations:
        rows = plain_rows(model._base_manager.filter(**{key: item.pk}).order_by("pk"))
        found[f"{model._meta.label_lower}.{key}"] = [{"pk": row["pk"], "fields": row["fields"]} for row in rows]
    return found


def set_fields(item: models.Model, before: Snapshot, after: Snapshot, keep: list[str] = STAGE) -> dict[str, list]:
    """Sets in memory what differs between two snapshots, except the fields to `keep`.

    Returns the relations to many that differ; they can be set once the item is saved.
    """
    changed = {
        name: value
        for name, value in after["fields"].items()
        if name not in keep and before["fields"].get(name) != value
    }
    revived = _revive({"model": item._meta.label_lower, "pk": item.pk, "fields": changed})
    for name in changed.keys() - revived.m2m_data.keys():
        field = item._meta.get_field(name)
        setattr(item, field.attname, getattr(revived.object, field.attname))
    return revived.m2m_data


def write_rows(item: models.Model, before: Snapshot, after: Snapshot) -> None:
    """Brings the rows in the database from one snapshot to the other; what neither mentions is left alone."""
    for name, rows in after["rows"].items():
        label, _, _ = name.rpartition(".")
        model = apps.get_model(label)
        old = {row["pk"]: row["fields"] for row in before["rows"].get(name, [])}
        new = {row["pk"]: row["fields"] for row in rows}
        model._base_manager.filter(pk__in=old.keys() - new.keys()).delete()
        for pk, fields in new.items():
            if old.get(pk) != fields:
                _write_row(model, pk, fields, old.get(pk, {}))


def _write_row(model: type[models.Model], pk: int, fields: dict[str, Any], old: dict[str, Any]) -> None:
    row = model._base_manager.filter(pk=pk).first()
    changed = fields if row is None else {name: value for name, value in fields.items() if old.get(name) != value}
    revived = _revive({"model": model._meta.label_lower, "pk": pk, "fields": changed})
    row = row or model(pk=pk)
    for name in changed.keys() - revived.m2m_data.keys():
        attribute = model._meta.get_field(name).attname
        setattr(row, attribute, getattr(revived.object, attribute))
    row.save()
    for name, keys in revived.m2m_data.items():
        getattr(row, name).set(keys)


def _revive(data: dict[str, Any]) -> Any:
    return next(serializers.deserialize("python", [data], ignorenonexistent=True))


def revived(model: type[models.Model], snapshot: Snapshot) -> Any:
    """The item of a snapshot in memory only: `.object`, and `.m2m_data` with its relations to many."""
    fields = snapshot["fields"]
    return _revive({"model": model._meta.label_lower, "pk": None, "fields": fields})


def pictures_of(item: models.Model, snapshot: Snapshot) -> list[Picture]:
    """The pictures that fields and rows of a snapshot name."""
    tables = [(type(item), [snapshot["fields"]])]
    tables += [
        (apps.get_model(name.rpartition(".")[0]), [row["fields"] for row in rows])
        for name, rows in snapshot["rows"].items()
    ]
    named = set()
    for model, rows in tables:
        names = [field.name for field in model._meta.fields if field.related_model is Picture]
        named |= {row[name] for row in rows for name in names if row.get(name)}
    return list(Picture.objects.filter(pk__in=named))


def keep_pictures(pictures: list[Picture]) -> None:
    """Pictures taken in, or described anew, while something was only tried belong to the library all the same."""
    known = Picture.objects.in_bulk([picture.pk for picture in pictures])
    for picture in pictures:
        stored = known.get(picture.pk)
        words = [(p.alt, p.caption, p.credit, p.decorative) for p in (picture, stored) if p]
        if stored is None or words[0] != words[1]:
            picture.save(force_insert=stored is None)
