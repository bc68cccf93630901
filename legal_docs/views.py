"""The public list and page."""

from django.db.models import QuerySet

from legal_docs.models import Document
from portal.views import PublishableDetail


class DocumentDetail(PublishableDetail):
    model = Document
    template_name = "legal_docs/document_detail.html"

    def get_queryset(self) -> QuerySet:
        found = super().get_queryset().select_related("doc_type", "issuer").with_status()
        return found.filter(doc_type__slug=self.kwargs["doc_type"], year=self.kwargs["year"], is_stub=False)
