from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "policies"
    verbose_name = "Chính sách"
    sections = [("Các chính sách", "policies:index")]
