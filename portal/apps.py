"""The kernel's application, and the static files we really ship."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    default = True
    name = "portal"
    verbose_name = "Cổng thông tin"

    def ready(self) -> None:
        autodiscover_modules("checks", "citations")


class StaticFiles(StaticFilesConfig):
    """CKEditor ships 1 257 files; what our configuration never loads stays out of collectstatic."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "galleriffic",
        "file-icons",
        "*ckeditor/adapters",
        "*ckeditor/vendor",
        "kama",
        "moono",
        "moono-dark",
    ]
