"""What one document does to another: one directed edge, "source acts on target", with a label for each page."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.changes import Visible, VisibleQuerySet
from portal.text import NFCCharField
from portal.workflow import Status


class Kind(models.TextChoices):
    """Labelled by what an editor says of the source: "this document … that one"."""

    AMENDS = "amends", "sửa đổi, bổ sung"
    REPLACES = "replaces", "thay thế"
    REPEALS = "repeals", "bãi bỏ"
    SUSPENDS = "suspends", "đình chỉ thi hành"
    INTERRUPTS = "interrupts", "tạm ngưng hiệu lực"
    CORRECTS = "corrects", "đính chính"
    DETAILS = "details", "quy định chi tiết"
    GUIDES = "guides", "hướng dẫn áp dụng"
    CONSOLIDATES = "consolidates", "hợp nhất"
    INTERPRETS = "interprets", "giải thích"
    ANNOUNCES = "announces", "công bố"
    BASED_ON = "based_on", "căn cứ vào"
    CITES = "cites", "dẫn chiếu đến"


# (heading over the targets, on the source's page; heading over the sources, on the target's page). The passive one
# stands on the page of the document that acts: "Văn bản được sửa đổi" lists what this document amends.
HEADINGS = {
    Kind.AMENDS: ("Văn bản được sửa đổi, bổ sung", "Văn bản sửa đổi, bổ sung"),
    Kind.REPLACES: ("Văn bản bị thay thế", "Văn bản thay thế"),
    Kind.REPEALS: ("Văn bản bị bãi bỏ", "Văn bản bãi bỏ"),
    Kind.SUSPENDS: ("Văn bản bị đình chỉ thi hành", "Văn bản đình chỉ thi hành"),
    Kind.INTERRUPTS: ("Văn bản bị tạm ngưng hiệu lực", "Văn bản tạm ngưng hiệu lực"),
    Kind.CORRECTS: ("Văn bản được đính chính", "Văn bản đính chính"),
    Kind.DETAILS: ("Văn bản được quy định chi tiết", "Văn bản quy định chi tiết, hướng dẫn thi hành"),
    Kind.GUIDES: ("Văn bản được hướng dẫn áp dụng", "Văn bản hướng dẫn áp dụng"),
    Kind.CONSOLIDATES: ("Văn bản được hợp nhất", "Văn bản hợp nhất"),
    Kind.INTERPRETS: ("Văn bản được giải thích", "Văn bản giải thích"),
    Kind.ANNOUNCES: ("Văn bản được công bố", "Văn bản công bố"),
    Kind.BASED_ON: ("Văn bản căn cứ", "Văn bản áp dụng làm căn cứ"),
    Kind.CITES: ("Văn bản dẫn chiếu", "Được dẫn chiếu trong"),
}
ENDING = [Kind.REPLACES, Kind.REPEALS]
PAUSING = [Kind.SUSPENDS, Kind.INTERRUPTS]
CHANGING = [*ENDING, *PAUSING, Kind.AMENDS]


def public(side: str) -> Q:
    """That the document on a side may be named to citizens: they can read it, or it is known by name only."""
    seen = {f"{side}__status__in": [Status.PUBLISHED, Status.WITHDRAWN], f"{side}__published_at__lte": timezone.now()}
    return Q(**{f"{side}__is_stub": True}) | Q(**seen)


class RelationQuerySet(VisibleQuerySet):
    def dated(self) -> "RelationQuerySet":
        """With `starts`: the day it takes effect, its own or the source's first day; null when neither is known."""
        return self.annotate(starts=Coalesce("effective_on", "source__effective_from"))

    def that_count(self) -> "RelationQuerySet":
        """Those that are law: of issued documents that citizens may see or that we know only by name."""
        return self.dated().filter(public("source"), source__is_draft=False)


class Relation(Visible):
    source = models.ForeignKey(
        "legal_docs.Document", models.CASCADE, related_name="acts_on", verbose_name="văn bản tác động"
    )
    kind = models.CharField("quan hệ", max_length=12, choices=Kind)
    target = models.ForeignKey(
        "legal_docs.Document", models.CASCADE, related_name="acted_on_by", verbose_name="văn bản bị tác động"
    )
    provisions = NFCCharField(
        "phần bị tác động",
        max_length=300,
        blank=True,
        help_text="Ví dụ: khoản 2 Điều 5. Để trống: toàn bộ văn bản.",
    )
    source_provisions = NFCCharField("quy định tại", max_length=300, blank=True, help_text="Ví dụ: Điều 1.")
    effective_on = models.DateField(
        "từ ngày", null=True, blank=True, help_text="Để trống: từ ngày văn bản tác động có hiệu lực."
    )
    effective_until = models.DateField("đến ngày", null=True, blank=True, help_text="Chỉ khi đình chỉ, tạm ngưng.")
    note = NFCCharField("ghi chú", max_length=500, blank=True)

    objects = RelationQuerySet.as_manager()

    class Meta:
        verbose_name = "quan hệ văn bản"
        verbose_name_plural = "quan hệ văn bản"
        ordering = ["kind", "effective_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="legal_docs_relation_two_documents",
                condition=~Q(source=F("target")),
                violation_error_message="Một văn bản không có quan hệ với chính nó.",
            ),
            models.CheckConstraint(
                name="legal_docs_relation_kind",
                condition=Q(kind__in=Kind.values),
                violation_error_message="Loại quan hệ không hợp lệ.",
            ),
            models.CheckConstraint(
                name="legal_docs_relation_only_pauses_end",
                condition=Q(effective_until__isnull=True) | Q(kind__in=PAUSING),
                violation_error_message="Chỉ đình chỉ và tạm ngưng mới có ngày kết thúc.",
            ),
            models.CheckConstraint(
                name="legal_docs_relation_ends_later",
                condition=Q(effective_until__isnull=True)
                | Q(effective_on__isnull=True)
                | Q(effective_until__gt=F("effective_on")),
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.UniqueConstraint(
                fields=["source", "kind", "target", "provisions", "source_provisions"],
                name="legal_docs_relation_once",
                violation_error_message="Quan hệ này đã có.",
            ),
        ]
        indexes = [
            # Serves validity_on(): what ended, paused or changed a document.
            models.Index(
                fields=["target", "kind"], name="legal_docs_relation_changing", condition=Q(kind__in=CHANGING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.get_kind_display()} {self.target}"

    def is_past(self, day: date) -> bool:
        """Whether it has taken effect by a day; needs `starts`, see dated()."""
        return self.starts is not None and self.starts <= day
