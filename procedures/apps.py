from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "procedures"
    verbose_name = "Thủ tục hành chính"
    sections = [("Thủ tục hành chính", "procedures:index"), ("Dịch vụ công", "procedures:online")]
