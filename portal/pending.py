"""A working copy of what citizens read: written and reviewed beside it, taking its place when it is approved."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from portal import snapshots
from portal.publishing import Publishable
from portal.snapshots import Snapshot
from portal.workflow import Status, Submitted, person

_KEPT_SAVES = 20


class PendingVersion(Submitted):
    """`before` is the item when the copy was made, `after` what it is to become. What somebody changes in the item
    meanwhile stays, because only the difference between the two is carried over."""

    model = models.CharField("loại", max_length=100)
    object_id = models.BigIntegerField("mã")
    before = models.JSONField("bản gốc", encoder=DjangoJSONEncoder)
    after = models.JSONField("bản sửa", encoder=DjangoJSONEncoder)
    saves = models.JSONField("các lần lưu", default=dict, encoder=DjangoJSONEncoder)  # {version: fields}
    number = models.PositiveIntegerField("lần lưu", default=0)
    status = models.CharField("trạng thái", max_length=10, choices=Status.choices[:2], default=Status.DRAFT)
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)
    created_by = person("người tạo")
    updated_at = models.DateTimeField("sửa lúc", auto_now=True)
    updated_by = person("người sửa")

    class Meta:
        verbose_name = verbose_name_plural = "bản sửa chờ duyệt"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "object_id"], name="portal_pendingversion_one"),
            models.CheckConstraint(name="portal_pendingversion_status", condition=Q(status__in=["draft", "review"])),
            models.CheckConstraint(
                name="portal_pendingversion_submitted_when",
                condition=~Q(status=Status.REVIEW) | Q(submitted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.after["fields"].get("title", "")

    @classmethod
    def of(cls, item: Publishable, lock: bool = False) -> "PendingVersion | None":
        rows = cls.objects.select_for_update() if lock else cls.objects
        return rows.filter(model=item._meta.label_lower, object_id=item.pk).first()

    @classmethod
    def statuses(cls, model: type[Publishable]) -> models.Subquery:
        """For annotating a list of items with the status of their working copies."""
        rows = cls.objects.filter(model=model._meta.label_lower, object_id=models.OuterRef("pk"))
        return models.Subquery(rows.values("status")[:1])

    @classmethod
    def begin(cls, item: Publishable, before: Snapshot) -> "PendingVersion":
        return cls(model=item._meta.label_lower, object_id=item.pk, before=before, after=before)

    def keep(self, item: Publishable, after: Snapshot, by: AbstractBaseUser) -> None:
        """One more save. A copy that was waiting goes on waiting."""
        self.after, self.updated_by = after, by
        self.created_by = self.created_by or by
        self.number += 1
        self.saves[str(item.version + self.number)] = after["fields"]
        self.saves = dict(sorted(self.saves.items(), key=lambda kept: int(kept[0]))[-_KEPT_SAVES:])
        self.save()

    def lay_over(self, item: Publishable) -> None:
        """Writes the copy into the item's rows as they would be, for a look inside `snapshots.undone()`.

        The item's version then also tells saves of the copy apart.
        """
        version, item.skip_history_when_saving = item.version, True
        self._carry(item)
        type(item)._base_manager.filter(pk=item.pk).update(version=version + self.number)
        item.refresh_from_db()

    def approve(self, item: Publishable, by: AbstractBaseUser) -> None:
        """The copy takes the place of the item. ValidationError when `by` may not."""
        item.refuse_entry(Status.PUBLISHED, by, self)
        item.updated_by = self.updated_by
        item.enter(Status.PUBLISHED, by, submission=self)
        self._carry(item)
        self.delete()

    def _carry(self, item: Publishable) -> None:
        many = snapshots.set_fields(item, self.before, self.after)
        item.save()
        for name, keys in many.items():
            getattr(item, name).set(keys)
        snapshots.write_rows(item, self.before, self.after)
