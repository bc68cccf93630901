"""Where a picture of the library is shown."""

from django.apps import apps
from django.db import models
from django.db.models import Q

from portal.pictures import Picture
from portal.publishing import Publishable
from portal.richtext import RichTextField

MOST = 50  # uses named of each kind of content


def uses(picture: Picture) -> list[models.Model]:
    """The items whose fields, galleries or texts show the picture. One query for each kind of content."""
    stem, found = picture.sha256[:24], []
    for model in apps.get_models():
        if hasattr(model, "history_object") or model is Picture:
            continue
        fields = [field for field in model._meta.fields if field.related_model is Picture]
        texts = [field for field in model._meta.fields if isinstance(field, RichTextField)]
        if not (fields or texts):
            continue
        condition = Q(pk__in=[])
        for field in fields:
            condition |= Q(**{field.name: picture})
        for field in texts:
            condition |= Q(**{f"{field.name}__contains": stem})
        found += [_owner(row) for row in model._base_manager.filter(condition).order_by("-pk")[:MOST]]
    return list(dict.fromkeys(found))


def _owner(row: models.Model) -> models.Model:
    """A photo of a gallery is shown by what the gallery belongs to."""
    for field in row._meta.fields:
        related = field.related_model
        if related and not isinstance(row, Publishable) and issubclass(related, Publishable):
            return getattr(row, field.name)
    return row
