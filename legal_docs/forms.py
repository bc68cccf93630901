"""The form of a document: its file goes in with it, and its text comes out of the file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from legal_docs import intake
from legal_docs.models import Document
from legal_docs.parts import DocumentFile
from portal.editorial.forms import PublishableForm


class DocumentForm(PublishableForm):
    """`attachment` is the file taken in, to be saved after the document; `notes` tell what became of its text."""

    upload = forms.FileField(
        label="Tệp văn bản",
        required=False,
        help_text="PDF hoặc DOCX. Ô nội dung còn trống thì chữ được lấy từ tệp này.",
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.doc"}),
    )
    replace_body = forms.BooleanField(label="Lấy lại nội dung từ tệp, bỏ nội dung đang có", required=False)
    attachment: DocumentFile | None = None

    class Meta:
        model = Document
        fields = "__all__"  # the admin names them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notes: list[str] = []

    def _post_clean(self) -> None:
        """The rest of the form is right: only now is the file opened and stored."""
        super()._post_clean()
        upload = self.cleaned_data.get("upload")
        if not upload or self.errors:
            return
        attachment = DocumentFile(role=DocumentFile.Role.ORIGINAL)
        try:
            attachment.take_in(upload, upload.name)
        except ValidationError as refused:
            self.add_error("upload", refused)
            return
        self.attachment = attachment
        if self.instance.body and not self.cleaned_data.get("replace_body"):
            return
        body = intake.body_of(attachment, upload)
        if body:
            self.instance.body = body
            self.notes.append("Nội dung đã được lấy từ tệp. Hãy đọc lại trước khi đăng.")
        else:
            self.notes.append("Không trích được nội dung từ tệp này (bản chụp, hoặc chữ không đọc được).")
