"""The kernel's application, and the static files we really ship."""

from typing import Any

from auditlog.apps import AuditlogConfig
from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules, import_string


class PortalConfig(AppConfig):
    default = True
    name = "portal"
    verbose_name = "Cổng thông tin"

    def ready(self) -> None:
        post_migrate.connect(_name_permissions, dispatch_uid="portal.permissions")
        autodiscover_modules("checks", "citations", "dashboard", "records")


def _name_permissions(**kwargs: Any) -> None:
    import_string("portal.accounts.permissions.name_all")()  # models are loaded only now


class SignIns(AxesConfig):
    """The records of signing in, under a name that says so."""

    verbose_name = "Đăng nhập"


class Records(AuditlogConfig):
    verbose_name = "Nhật ký thay đổi"


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
