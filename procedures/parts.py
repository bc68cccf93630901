"""The parts of a procedure: steps, ways to apply, fees, papers, legal bases, results, questions."""

from django.db import models
from django.db.models import Q

from portal.attachments import Attachment
from portal.changes import Visible
from portal.legal_bases import LegalBasis
from portal.text import NFCCharField, NFCTextField


def _of_procedure(name: str) -> models.ForeignKey:
    return models.ForeignKey("procedures.Procedure", models.CASCADE, related_name=name, verbose_name="thủ tục")


class Part(Visible):
    """One row of a procedure, in its place among its kind."""

    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]


class ProcedureFile(Attachment):
    procedure = _of_procedure("files")

    class Meta(Attachment.Meta):
        verbose_name = "mẫu đơn, tờ khai"
        verbose_name_plural = "mẫu đơn, tờ khai"


class Step(Part):
    procedure = _of_procedure("steps")
    case = NFCTextField("trường hợp", blank=True, help_text="Nếu trình tự khác nhau theo trường hợp.")
    title = NFCCharField("tên bước", max_length=300, blank=True)
    body = NFCTextField("nội dung", blank=True)
    actor = NFCCharField("ai làm, bao lâu", max_length=200, blank=True)

    class Meta(Part.Meta):
        verbose_name = "bước"
        verbose_name_plural = "trình tự thực hiện"

    def __str__(self) -> str:
        return self.title or self.body[:60]


class SubmissionMethod(Part):
    """One way to apply and how long it takes then."""

    class Channel(models.TextChoices):
        DIRECT = "direct", "Trực tiếp"
        ONLINE = "online", "Trực tuyến"
        POST = "post", "Dịch vụ bưu chính"

    class Unit(models.TextChoices):
        WORKING_DAY = "working-day", "ngày làm việc"
        DAY = "day", "ngày"
        HOUR = "hour", "giờ"
        MONTH = "month", "tháng"

    procedure = _of_procedure("methods")
    channel = models.CharField("cách nộp", max_length=10, choices=Channel)
    duration_value = models.DecimalField("thời hạn", max_digits=8, decimal_places=2, null=True, blank=True)
    duration_unit = models.CharField("đơn vị", max_length=12, choices=Unit, blank=True)
    duration_note = NFCTextField("ghi chú về thời hạn", blank=True)
    description = NFCTextField("mô tả", blank=True)

    class Meta(Part.Meta):
        verbose_name = "cách nộp"
        verbose_name_plural = "cách thức, thời hạn"

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.duration}" if self.duration else self.get_channel_display()

    @property
    def duration(self) -> str:
        """ "10 ngày làm việc"; without a unit where the source names none."""
        if self.duration_value is None:
            return ""
        number = f"{self.duration_value.normalize():f}".replace(".", ",")
        return f"{number} {self.get_duration_unit_display()}".strip()


class Fee(Part):
    class Kind(models.TextChoices):
        CHARGE = "charge", "Phí"
        DUTY = "duty", "Lệ phí"

    procedure = _of_procedure("fees")
    method = models.ForeignKey(
        SubmissionMethod,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="fees",
        verbose_name="cách nộp",
        help_text="Để trống: áp dụng cho mọi cách nộp.",
    )
    kind = models.CharField("loại", max_length=10, choices=Kind, blank=True)
    amount = models.DecimalField(
        "mức thu", max_digits=16, decimal_places=2, null=True, blank=True, help_text="0: miễn phí."
    )
    currency = models.CharField("đơn vị tiền", max_length=3, default="VND")
    amount_text = NFCTextField("mức thu bằng chữ", blank=True, help_text="Nếu mức thu không phải một con số.")
    condition = NFCTextField("áp dụng khi", blank=True)
    exemptions = NFCTextField("miễn, giảm", blank=True, help_text="Ai được miễn, giảm; luôn hiện cho người đọc.")

    class Meta(Part.Meta):
        verbose_name = "phí, lệ phí"
        verbose_name_plural = "phí, lệ phí"
        constraints = [
            models.CheckConstraint(
                name="procedures_fee_says_something",
                condition=Q(amount__isnull=False) | ~Q(amount_text=""),
                violation_error_message="Ghi mức thu (0 nếu miễn phí), hoặc mô tả bằng chữ.",
            )
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """ "600.000 đồng", "Miễn phí", or the source's own words."""
        if self.amount is None:
            return self.amount_text
        if self.amount == 0:
            return "Miễn phí"
        whole, _, rest = f"{self.amount.normalize():f}".partition(".")
        number = f"{int(whole):,}".replace(",", ".") + (f",{rest}" if rest else "")
        return f"{number} {'đồng' if self.currency == 'VND' else self.currency}"


class DossierGroup(Part):
    """The papers of one case: "Đối với chuyên gia"."""

    procedure = _of_procedure("dossier_groups")
    case = NFCTextField("trường hợp")
    alternative = models.BooleanField(
        "ai thuộc trường hợp này mới nộp",
        default=True,
        help_text="Bỏ dấu nếu ai cũng phải nộp, ví dụ “Giấy tờ của trẻ”.",
    )

    class Meta(Part.Meta):
        verbose_name = "trường hợp"
        verbose_name_plural = "các trường hợp của hồ sơ"

    def __str__(self) -> str:
        return self.case


class DossierItem(Part):
    procedure = _of_procedure("dossier_items")
    group = models.ForeignKey(
        DossierGroup,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="items",
        verbose_name="trường hợp",
        help_text="Để trống: mọi trường hợp.",
    )
    name = NFCTextField("tên giấy tờ")
    note = NFCTextField("ghi chú", blank=True)
    originals = models.PositiveSmallIntegerField("bản chính", null=True, blank=True)
    copies = models.PositiveSmallIntegerField("bản sao", null=True, blank=True)
    form_name = NFCTextField("tên mẫu đơn", blank=True)
    form = models.ForeignKey(
        ProcedureFile, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="tệp mẫu đơn"
    )

    class Meta(Part.Meta):
        verbose_name = "giấy tờ"
        verbose_name_plural = "thành phần hồ sơ"

    def __str__(self) -> str:
        return self.name

    @property
    def number_of_copies(self) -> str:
        """ "1 bản chính, 2 bản sao"; empty where the source gives no number."""
        counted = [(self.originals, "bản chính"), (self.copies, "bản sao")]
        return ", ".join(f"{number} {kind}" for number, kind in counted if number)


class ProcedureBasis(LegalBasis):
    procedure = _of_procedure("legal_bases")
    document = models.ForeignKey(
        "legal_docs.Document",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="based_procedures",
        verbose_name="văn bản trên cổng",
        help_text="Để trống: tự tìm theo số ký hiệu.",
    )


class Result(Part):
    procedure = _of_procedure("results")
    name = NFCTextField("kết quả")
    code = models.CharField("mã kết quả", max_length=60, blank=True)
    note = NFCTextField("ghi chú", blank=True)
    sample = models.ForeignKey(
        ProcedureFile, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="tệp mẫu"
    )

    class Meta(Part.Meta):
        verbose_name = "kết quả"
        verbose_name_plural = "kết quả thực hiện"

    def __str__(self) -> str:
        return self.name


class Question(Part):
    procedure = _of_procedure("questions")
    question = NFCTextField("câu hỏi")
    answer = NFCTextField("trả lời")

    class Meta(Part.Meta):
        verbose_name = "câu hỏi thường gặp"
        verbose_name_plural = "câu hỏi thường gặp"

    def __str__(self) -> str:
        return self.question
