"""The decisions that announce procedures: which are new, amended, abolished, and from when."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from portal.attachments import Attachment
from portal.changes import Visible
from portal.organisation import Agency
from portal.text import NFCCharField, NFCTextField, slugify


class AnnouncementDecision(Visible):
    number = NFCCharField("số quyết định", max_length=100, help_text="Ví dụ: 936/QĐ-BTC.")
    slug = models.SlugField("địa chỉ", max_length=140, unique=True, blank=True, editable=False)
    issued_on = models.DateField("ngày ký", null=True, blank=True)
    effective_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan công bố"
    )
    abstract = NFCTextField("trích yếu", blank=True)

    class Meta:
        verbose_name = "quyết định công bố"
        verbose_name_plural = "quyết định công bố thủ tục"
        ordering = [F("issued_on").desc(nulls_last=True), "number"]
        constraints = [
            # Numbers start again every year.
            models.UniqueConstraint(
                fields=["number", "issued_on"], name="procedures_announcementdecision_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="procedures_announcementdecision_numbered", condition=~Q(number="") & ~Q(slug="")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("procedures:decision", args=[self.slug])

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self.slug or self.free_slug()
        super().save(*args, **kwargs)

    def free_slug(self) -> str:
        stem = slugify(self.number.replace("/", "-")) or "quyet-dinh"
        taken = set(type(self).objects.filter(slug__startswith=stem).values_list("slug", flat=True))
        number, slug = 1, stem
        while slug in taken:
            number += 1
            slug = f"{stem}-{number}"
        return slug

    def carry_out(self) -> None:
        """Tells the procedures on the lists what was decided about them, where staff have not said so already."""
        day = self.effective_from or self.issued_on
        for entry in self.entries.exclude(procedure=None).select_related("procedure"):
            procedure, kind = entry.procedure, entry.change
            if kind == DecisionEntry.Change.ABOLISHED:
                known = procedure.abolished_on is not None
                procedure.abolished_by, procedure.abolished_on = self, procedure.abolished_on or day
            else:
                known = procedure.decision_id is not None and kind == DecisionEntry.Change.AMENDED
                procedure.decision = procedure.decision if known else self
                procedure.announced_on = procedure.announced_on or self.issued_on
                procedure.effective_from = procedure.effective_from or self.effective_from
            if not known:
                procedure.save()


class DecisionEntry(Visible):
    """One line of a decision's lists. A procedure that is not ours stands there with its code and name only."""

    class Change(models.TextChoices):
        NEW = "new", "Mới ban hành"
        AMENDED = "amended", "Được sửa đổi, bổ sung"
        ABOLISHED = "abolished", "Bị bãi bỏ"

    decision = models.ForeignKey(
        AnnouncementDecision, models.CASCADE, related_name="entries", verbose_name="quyết định"
    )
    change = models.CharField("danh mục", max_length=10, choices=Change, default=Change.NEW)
    procedure = models.ForeignKey(
        "procedures.Procedure",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="decision_entries",
        verbose_name="thủ tục",
    )
    code = models.CharField("mã thủ tục", max_length=40, blank=True)
    name = NFCTextField("tên thủ tục", blank=True, help_text="Nếu thủ tục không có trên cổng này.")
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "thủ tục trong quyết định"
        verbose_name_plural = "thủ tục mới, sửa đổi, bãi bỏ"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="procedures_decisionentry_named",
                condition=Q(procedure__isnull=False) | ~Q(name=""),
                violation_error_message="Chọn một thủ tục, hoặc ghi tên thủ tục.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.procedure)


class DecisionFile(Attachment):
    decision = models.ForeignKey(AnnouncementDecision, models.CASCADE, related_name="files", verbose_name="quyết định")
