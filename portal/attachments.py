"""Files that stand beside a text: forms, decisions, tables. Each content type has its own table of them."""

from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models

from portal import files
from portal.changes import Visible
from portal.text import NFCCharField, NFCTextField


class Attachment(Visible):
    """A document taken in by `portal.files`. Subclasses add the foreign key to what it belongs to."""

    title = NFCCharField("tên tệp", max_length=300, blank=True, help_text="Để trống: lấy theo tên tệp tải lên.")
    file = models.FileField("tệp", max_length=300, upload_to="tep/%Y/%m")
    kind = models.CharField("loại", max_length=10, editable=False)
    size = models.PositiveBigIntegerField("dung lượng (byte)", editable=False)
    pages = models.PositiveIntegerField("số trang", null=True, editable=False)
    sha256 = models.CharField("mã băm", max_length=64, editable=False)
    text = NFCTextField("chữ trong tệp", blank=True, editable=False)
    position = models.PositiveIntegerField("thứ tự", default=0)

    class Meta:
        abstract = True
        verbose_name = "tệp đính kèm"
        verbose_name_plural = "tệp đính kèm"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def label(self) -> str:
        """What the reader gets: "(PDF, 1,2 MB, 8 trang)"."""
        return files.label(self.kind, self.size, self.pages)

    @property
    def weight(self) -> str:
        return files.weight(self.size)

    @property
    def download_name(self) -> str:
        """What the reader's copy is called; the stored one is named by its content."""
        return files.safe_name(f"{self.title}.{self.kind.lower()}")

    def take_in(self, upload: IO[bytes], name: str) -> None:
        """Fills every field from an upload, without saving. ValidationError when the file is refused."""
        intake = files.take_in(upload, name)
        self.title = self.title or files.safe_name(name).rsplit(".", 1)[0]
        upload.seek(0)
        self.file.save(f"{intake.sha256[:24]}.{intake.extension}", ContentFile(upload.read()), save=False)
        self.kind, self.size, self.pages = intake.kind, intake.size, intake.pages
        self.sha256, self.text = intake.sha256, intake.text

    def clean(self) -> None:
        """A new upload is looked at before anything is stored."""
        super().clean()
        upload = self.file
        if upload and not upload._committed:
            try:
                self.take_in(upload.file, upload.name)
            except ValidationError as refused:
                raise ValidationError({"file": refused.messages}) from refused

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.sha256:
            self.clean()
        super().save(*args, **kwargs)
