"""What a document is made of: the bodies that issued it together, its provisions, its files."""

from django.db import models
from django.urls import reverse

from portal.attachments import Attachment
from portal.changes import Visible
from portal.organisation import Agency
from portal.text import NFCCharField


class Issuance(Visible):
    """A further body that issued a joint document, with its signer; the first stands in the document itself."""

    document = models.ForeignKey(
        "legal_docs.Document", models.CASCADE, related_name="issuances", verbose_name="văn bản"
    )
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="issuances", verbose_name="cơ quan")
    signer = NFCCharField("người ký", max_length=150, blank=True)
    signer_post = NFCCharField("chức danh", max_length=150, blank=True)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "cơ quan cùng ban hành"
        verbose_name_plural = "cơ quan cùng ban hành (văn bản liên tịch)"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "agency"],
                name="legal_docs_issuance_once",
                violation_error_message="Cơ quan này đã có trong danh sách.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} ({self.signer})" if self.signer else str(self.agency)


class Provision(Visible):
    """An entry of the table of contents, parsed from the body on every save."""

    class Kind(models.TextChoices):
        PART = "part", "Phần"
        CHAPTER = "chapter", "Chương"
        SECTION = "section", "Mục"
        SUBSECTION = "subsection", "Tiểu mục"
        ARTICLE = "article", "Điều"
        APPENDIX = "appendix", "Phụ lục"

    document = models.ForeignKey(
        "legal_docs.Document", models.CASCADE, related_name="provisions", verbose_name="văn bản"
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="below", verbose_name="thuộc"
    )
    kind = models.CharField("loại", max_length=10, choices=Kind)
    number = NFCCharField("số", max_length=30, blank=True)
    heading = NFCCharField("tên", max_length=500, blank=True)
    anchor = models.SlugField("neo", max_length=60)
    position = models.PositiveIntegerField("thứ tự")

    class Meta:
        verbose_name = "điều khoản"
        verbose_name_plural = "điều khoản"
        ordering = ["position"]
        constraints = [
            # Also serves the table of contents of a document.
            models.UniqueConstraint(fields=["document", "position"], name="legal_docs_provision_order"),
            models.UniqueConstraint(fields=["document", "anchor"], name="legal_docs_provision_anchor"),
        ]

    def __str__(self) -> str:
        return f"{self.label}. {self.heading}" if self.heading else self.label

    @property
    def label(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()


class DocumentFile(Attachment):
    class Role(models.TextChoices):
        ORIGINAL = "original", "Bản gốc"
        WORD = "word", "Bản Word"
        APPENDIX = "appendix", "Phụ lục"
        OTHER = "other", "Tệp khác"

    document = models.ForeignKey("legal_docs.Document", models.CASCADE, related_name="files", verbose_name="văn bản")
    role = models.CharField("là", max_length=8, choices=Role, default=Role.ORIGINAL)

    def get_absolute_url(self) -> str:
        """Where it is taken and the taking is counted."""
        return reverse("legal_docs:file", args=[self.pk])
