"""What staff deleted, with everything that went with it: kept thirty days, and put back with one button."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, router, transaction
from django.db.models.deletion import Collector
from django.utils import timezone

from portal import changes
from portal.pending import PendingVersion
from portal.publishing import Publishable
from portal.snapshots import plain_rows
from portal.workflow import person

KEPT = timedelta(days=30)


class Deleted(models.Model):
    """`rows` are what was deleted, in the order in which they can be put back; `links` are the references of other
    rows that were emptied: [model, field, key of the row, key it referred to]."""

    model = models.CharField("loại", max_length=100)
    object_id = models.CharField("mã", max_length=100)
    title = models.CharField("tên", max_length=500)
    rows = models.JSONField("các dòng", encoder=DjangoJSONEncoder)
    links = models.JSONField("tham chiếu", encoder=DjangoJSONEncoder, default=list)
    deleted_at = models.DateTimeField("xóa lúc", auto_now_add=True)
    deleted_by = person("người xóa")

    class Meta:
        verbose_name = verbose_name_plural = "thùng rác"
        default_permissions = ("view",)
        ordering = ["-deleted_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:
        return apps.get_model(self.model)._meta.verbose_name

    @property
    def leaves_on(self) -> Any:
        return self.deleted_at + KEPT

    @classmethod
    def current(cls) -> models.QuerySet:
        """What can still be put back; what is older is gone for good from now on."""
        cls.objects.filter(deleted_at__lt=timezone.now() - KEPT).delete()
        return cls.objects.select_related("deleted_by")

    @classmethod
    def throw_away(cls, item: models.Model, by: AbstractBaseUser) -> "Deleted":
        """Deletes the item and what depends on it. ProtectedError when something must not lose it."""
        with transaction.atomic():
            rows, links = _everything_of(item)
            if isinstance(item, Publishable):
                PendingVersion.objects.filter(model=item._meta.label_lower, object_id=item.pk).delete()
            kept = cls.objects.create(
                model=item._meta.label_lower,
                object_id=str(item.pk),
                title=str(item)[:500],
                rows=rows,
                links=links,
                deleted_by=by,
            )
            item.delete()
        return kept

    def put_back(self, by: AbstractBaseUser) -> models.Model:
        """The item as it was. ValidationError when something else took its place meanwhile."""
        try:
            with transaction.atomic():
                revived = [row.object for row in self._revive()]
                self._link_again()
                self.delete()
        except IntegrityError as clash:
            raise ValidationError(
                "Chưa khôi phục được: địa chỉ hoặc mã của mục này đã có mục khác dùng, hoặc mục mà nó thuộc về đã "
                "bị xóa."
            ) from clash
        for item in revived:
            if isinstance(item, Publishable):
                type(item).history.bulk_history_create(
                    [item], default_user=by, default_change_reason="Khôi phục từ thùng rác"
                )
        return next(item for item in revived if item._meta.label_lower == self.model and str(item.pk) == self.object_id)

    def _revive(self) -> list[Any]:
        """Rows go in as they were, moments included; constraints that look at other rows are checked at the end."""
        rows = list(serializers.deserialize("python", self.rows, ignorenonexistent=True))
        for row in rows:
            if type(row.object)._base_manager.filter(pk=row.object.pk).exists():
                raise IntegrityError(f"{row.object} is there again")
            row.save()
            if isinstance(row.object, changes.Visible):
                changes.record(type(row.object), row.object.pk)
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return rows

    def _link_again(self) -> None:
        for label, field, key, referred in self.links:
            apps.get_model(label)._base_manager.filter(pk=key, **{f"{field}__isnull": True}).update(**{field: referred})


def collect(item: models.Model) -> Collector:
    """What deleting the item takes along. ProtectedError, RestrictedError where it cannot be."""
    collector = Collector(using=router.db_for_write(type(item)), origin=item)
    collector.can_fast_delete = lambda *args, **kwargs: False  # every row by itself, so that each can be kept
    collector.collect([item])
    return collector


def _everything_of(item: models.Model) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    collector = collect(item)
    models_first = list(reversed(list(collector.data)))
    rows = [row for model in models_first for row in plain_rows(collector.data[model])]
    rows.sort(key=lambda row: row["model"] != item._meta.label_lower)
    links = [
        [row._meta.label_lower, field.attname, row.pk, getattr(row, field.attname)]
        for (field, value), groups in collector.field_updates.items()
        if value is None
        for group in groups
        for row in group
    ]
    return rows, links
