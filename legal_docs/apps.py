from django.apps import AppConfig


class LegalDocsConfig(AppConfig):
    name = "legal_docs"
    verbose_name = "Văn bản"
    sections = [("Văn bản pháp quy", "legal_docs:index"), ("Dự thảo lấy ý kiến", "legal_docs:drafts")]
