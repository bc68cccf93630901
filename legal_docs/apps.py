from django.apps import AppConfig


class LegalDocsConfig(AppConfig):
    name = "legal_docs"
    verbose_name = "Văn bản"
    sections = [("Văn bản pháp quy", "legal_docs:index")]
