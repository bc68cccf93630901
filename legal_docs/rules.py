"""What the database holds about documents: which rows are impossible, and how the lists find theirs."""

from django.db import models
from django.db.models import Q

from legal_docs.validity import STATED
from portal.workflow import Status

RULES = [
    models.UniqueConstraint(
        fields=["number_normalised", "issuer", "issued_on"],
        name="legal_docs_document_identity",
        condition=~Q(number_normalised=""),
        nulls_distinct=False,
        violation_error_message="Đã có văn bản cùng số, cùng cơ quan, cùng ngày ban hành.",
    ),
    models.UniqueConstraint(fields=["doc_type", "year", "slug"], name="legal_docs_document_address"),
    models.CheckConstraint(
        name="legal_docs_document_stub_is_no_page",
        condition=Q(is_stub=False) | Q(status=Status.DRAFT),
        violation_error_message="Văn bản chỉ biết tên thì chưa đăng được.",
    ),
    models.CheckConstraint(
        name="legal_docs_document_stated_since",
        condition=Q(stated_validity="", stated_from__isnull=True)
        | Q(stated_validity__in=[value for value, _ in STATED], stated_from__isnull=False),
        violation_error_message="Tình trạng do cơ quan xác định phải có ngày kèm theo, và ngược lại.",
    ),
    models.CheckConstraint(
        name="legal_docs_document_consultation",
        condition=Q(consultation_opens__isnull=True)
        | Q(consultation_closes__isnull=True)
        | Q(consultation_closes__gte=models.F("consultation_opens")),
        violation_error_message="Ngày kết thúc lấy ý kiến phải sau ngày bắt đầu.",
    ),
]

INDEXES = [
    # Serves the public list, newest issued first, and its pages.
    models.Index(
        models.F("issued_on").desc(nulls_last=True),
        models.F("id").desc(),
        name="legal_docs_document_issued",
        condition=Q(status=Status.PUBLISHED, is_draft=False),
    ),
    # Serves citations, imports and the search by number.
    models.Index(fields=["number_normalised"], name="legal_docs_document_number"),
]
