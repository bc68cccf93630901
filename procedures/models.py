"""Administrative procedures. Labels and order of the fields follow the national database (Decree 63/2010/NĐ-CP).

Django looks for models here, so those of the other modules are named here too.
"""

from collections.abc import Iterator
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from portal.addresses import validate_address
from portal.organisation import Agency
from portal.passages import Facets, Passage
from portal.publishing import Publishable, PublishableQuerySet
from portal.text import NFCCharField, NFCTextField, fold, slugify
from procedures import passages
from procedures.classification import Audience, Field, LifeEvent
from procedures.decisions import AnnouncementDecision, DecisionEntry, DecisionFile
from procedures.parts import (
    DossierGroup,
    DossierItem,
    Fee,
    ProcedureBasis,
    ProcedureFile,
    Question,
    Result,
    Step,
    SubmissionMethod,
)

__all__ = [
    "AnnouncementDecision",
    "Audience",
    "DecisionEntry",
    "DecisionFile",
    "DossierGroup",
    "DossierItem",
    "Fee",
    "Field",
    "LifeEvent",
    "ProcedureBasis",
    "ProcedureFile",
    "Question",
    "Result",
    "Step",
    "SubmissionMethod",
]

CODE = r"[0-9]\.[0-9]{6}(?:\.[0-9A-Z]{2,3})*"
_START = Coalesce("effective_from", "announced_on")


class Force(models.TextChoices):
    """Whether a procedure applies on a day. Values are those of the style sheet's marks."""

    IN_FORCE = "in-force", "Còn hiệu lực"
    NOT_YET = "not-yet", "Chưa có hiệu lực"
    ABOLISHED = "expired", "Đã bãi bỏ"
    UNKNOWN = "unknown", "Chưa rõ hiệu lực"


class Level(models.TextChoices):
    MINISTRY = "bo", "Cấp bộ"
    PROVINCE = "tinh", "Cấp tỉnh"
    DISTRICT = "huyen", "Cấp huyện (trước 01/7/2025)"
    COMMUNE = "xa", "Cấp xã"
    OTHER = "khac", "Cơ quan khác"


class OnlineLevel(models.TextChoices):
    """Decree 42/2022/NĐ-CP knows two levels; the rest is information only."""

    FULL = "toan-trinh", "Toàn trình"
    PART = "mot-phan", "Một phần"
    INFORMATION = "thong-tin", "Chỉ cung cấp thông tin"


class ProcedureQuerySet(PublishableQuerySet):
    def for_list(self) -> "ProcedureQuerySet":
        return super().for_list().select_related("field").defer("parts", "conditions", "keywords")

    def for_search(self) -> "ProcedureQuerySet":
        return self.select_related("field").prefetch_related("competent_agencies", "life_events", "files")

    def with_force(self, day: date) -> "ProcedureQuerySet":
        """Annotates `force_on_day`: the same rule as Procedure.force_on(), in the database."""
        cases = [
            models.When(abolished_on__lte=day, then=models.Value(Force.ABOLISHED.value)),
            models.When(begins__gt=day, then=models.Value(Force.NOT_YET.value)),
            models.When(begins__lte=day, then=models.Value(Force.IN_FORCE.value)),
        ]
        case = models.Case(*cases, default=models.Value(Force.UNKNOWN.value), output_field=models.CharField())
        return self.annotate(begins=_START).annotate(force_on_day=case)


class Procedure(Publishable):
    search_label = "Thủ tục"

    title = NFCTextField("tên thủ tục", max_length=1500)
    code = models.CharField(
        "mã thủ tục",
        max_length=40,
        unique=True,
        validators=[RegexValidator(f"^{CODE}$", "Mã thủ tục có dạng 1.001193 hoặc 1.001612.000.00.00.H01.")],
    )
    decision = models.ForeignKey(
        AnnouncementDecision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="procedures",
        verbose_name="quyết định công bố",
    )
    levels = ArrayField(models.CharField(max_length=10, choices=Level), verbose_name="cấp thực hiện", default=list)
    procedure_type = NFCCharField("loại thủ tục", max_length=200, blank=True)
    field = models.ForeignKey(Field, models.PROTECT, related_name="procedures", verbose_name="lĩnh vực")
    audiences = models.ManyToManyField(Audience, blank=True, related_name="procedures", verbose_name="đối tượng")
    life_events = models.ManyToManyField(LifeEvent, blank=True, related_name="procedures", verbose_name="sự kiện")
    implementing_agencies = models.ManyToManyField(
        Agency, blank=True, related_name="procedures", verbose_name="cơ quan thực hiện"
    )
    # One as a rule; where levels share a procedure the national database names several.
    competent_agencies = models.ManyToManyField(
        Agency, blank=True, related_name="decided_procedures", verbose_name="cơ quan có thẩm quyền"
    )
    delegated_agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan được ủy quyền"
    )
    coordinating_agencies = models.ManyToManyField(
        Agency, blank=True, related_name="+", verbose_name="cơ quan phối hợp"
    )
    reception_address = NFCTextField("địa chỉ tiếp nhận hồ sơ", blank=True)
    number_of_sets = models.PositiveSmallIntegerField("số lượng hồ sơ (bộ)", null=True, blank=True)
    conditions = NFCTextField("yêu cầu, điều kiện", blank=True, help_text="Mỗi dòng một điều kiện.")
    no_conditions = models.BooleanField("không có yêu cầu, điều kiện", default=False)
    no_forms = models.BooleanField("không có mẫu đơn, tờ khai", default=False)
    steps_note = NFCTextField("ghi chú về trình tự", blank=True)
    methods_note = NFCTextField("ghi chú về cách nộp, phí", blank=True)
    dossier_note = NFCTextField("ghi chú về hồ sơ", blank=True)
    legal_note = NFCTextField("ghi chú về căn cứ pháp lý", blank=True)
    keywords = NFCTextField("từ khóa", blank=True)
    related = models.ManyToManyField("self", blank=True, symmetrical=False, verbose_name="thủ tục liên quan")
    related_note = NFCTextField("thủ tục liên quan khác", blank=True)
    online_level = models.CharField(
        "mức độ trực tuyến", max_length=12, choices=OnlineLevel, default=OnlineLevel.INFORMATION
    )
    # Never built from the code: the national portal finds a procedure by an identifier of its own.
    apply_url = models.CharField("nơi nộp trực tuyến", max_length=500, blank=True, validators=[validate_address])
    national_uuid = models.UUIDField("mã trên Cổng quốc gia", null=True, blank=True)
    announced_on = models.DateField("ngày công bố", null=True, blank=True)
    effective_from = models.DateField("có hiệu lực từ", null=True, blank=True)
    abolished_on = models.DateField("bãi bỏ từ", null=True, blank=True)
    abolished_by = models.ForeignKey(
        AnnouncementDecision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="abolished",
        verbose_name="quyết định bãi bỏ",
    )
    # The name without its marks, for lists from A to Z whatever the collation of the database.
    sort_title = models.CharField("tên để xếp", max_length=200, blank=True, editable=False)
    # What the parts say, kept with the row so that each version in the history is complete. See procedures/sheet.py.
    parts = models.JSONField("các phần", default=list, editable=False)
    completeness = models.PositiveSmallIntegerField("mức đầy đủ (%)", default=0, editable=False)
    missing = ArrayField(models.CharField(max_length=20), verbose_name="còn thiếu", default=list, editable=False)
    imported = models.CharField("dấu của lần nhập", max_length=64, blank=True, editable=False)

    objects = ProcedureQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "thủ tục hành chính"
        verbose_name_plural = "thủ tục hành chính"
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="procedures_procedure_abolished_after_start",
                condition=Q(abolished_on__isnull=True)
                | Q(effective_from__isnull=True)
                | Q(abolished_on__gte=models.F("effective_from")),
                violation_error_message="Ngày bãi bỏ không thể trước ngày có hiệu lực.",
            ),
            models.CheckConstraint(
                name="procedures_procedure_online_somewhere",
                condition=Q(online_level=OnlineLevel.INFORMATION) | ~Q(apply_url=""),
                violation_error_message="Thủ tục làm trên mạng phải có địa chỉ nộp trực tuyến.",
            ),
        ]

    def get_absolute_url(self) -> str:
        """Short enough to be printed and typed: the code is what officer and citizen both know."""
        return reverse("procedures:procedure", args=[self.code])

    def fill_in(self) -> None:
        self.slug = slugify(self.code.replace(".", "-"))
        self.sort_title = fold(self.title).lstrip(" \"'“”‘’(.-–")[:200]
        super().fill_in()

    def passages(self) -> Iterator[Passage]:
        yield from passages.of(self)
        yield from self.file_passages()

    def search_line(self) -> str:
        return f"Mã {self.code}" if self.code else ""

    def search_status(self) -> Force:
        return self.force

    def facets(self) -> Facets:
        return Facets(
            fields=(self.field.name,),
            issuers=tuple(agency.name for agency in self.competent_agencies.all()),
            year=self.effective_from.year if self.effective_from else 0,
            outdated=self.force == Force.ABOLISHED,
            numbers=(self.code,),
        )

    @classmethod
    def statuses(cls, day: date) -> dict[int, str]:
        return dict(cls.objects.with_force(day).values_list("pk", "force_on_day"))

    def force_on(self, day: date) -> Force:
        start = self.effective_from or self.announced_on
        if self.abolished_on and self.abolished_on <= day:
            return Force.ABOLISHED
        if start is None:
            return Force.UNKNOWN
        return Force.IN_FORCE if start <= day else Force.NOT_YET

    @property
    def force(self) -> Force:
        return self.force_on(timezone.localdate())

    @property
    def outdated(self) -> str:
        return super().outdated or ("đã bãi bỏ" if self.force == Force.ABOLISHED else "")

    def get_levels(self) -> list[str]:
        return [Level(level).label for level in self.levels]

    @property
    def is_online(self) -> bool:
        return self.online_level != OnlineLevel.INFORMATION
