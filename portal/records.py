"""What staff wrote, with before and after: every save and deletion through the admin, of whatever is kept there.

Texts with a page keep every version whole besides (simple_history), so their bodies are not copied here again.
"""

from auditlog.context import auditlog_disabled
from auditlog.middleware import AuditlogMiddleware
from auditlog.registry import auditlog
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest, HttpResponse

from portal.accounts.login import client_address
from portal.addresses import Redirect
from portal.changes import Visible
from portal.richtext import RichTextField

# Commands and importers keep records of their own; only a member of staff writes here.
auditlog_disabled.set(True)
_UNTOLD = {"updated_at", "version", "last_login"}


class StaffRecords(AuditlogMiddleware):
    """Readers have no session; asking who they are would open one and keep their page out of every cache."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        disabled = auditlog_disabled.set(False)
        try:
            return super().__call__(request)
        finally:
            auditlog_disabled.reset(disabled)

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str:
        """The package would believe whoever sends X-Forwarded-For."""
        return client_address(request)


def _keep(model: type[models.Model]) -> None:
    names = {field.name for field in model._meta.concrete_fields}
    untold = [field.name for field in model._meta.concrete_fields if field.name in _UNTOLD or _is_long(field)]
    auditlog.register(
        model,
        exclude_fields=untold,
        mask_fields=["password"] if "password" in names else None,
        m2m_fields={field.name for field in model._meta.many_to_many},
    )


def _is_long(field: models.Field) -> bool:
    """A text with versions of its own, or what we read out of an uploaded file."""
    return isinstance(field, RichTextField) or (isinstance(field, models.TextField) and not field.editable)


for _model in [*apps.get_models(), User, Group, Redirect]:
    if not auditlog.contains(_model) and (issubclass(_model, Visible) or _model in (User, Group, Redirect)):
        _keep(_model)
