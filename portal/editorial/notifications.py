"""Letters to those whom a step concerns.

Without EMAIL_URL they go to the log. A mail server that fails stops nothing.
"""

import logging

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from portal.editorial.buttons import SAID
from portal.publishing import Publishable
from portal.workflow import name_of

_log = logging.getLogger(__name__)
_TO_WRITER = {"return", "publish", "schedule", "withdraw"}


def tell(step: str, item: Publishable, by: AbstractBaseUser, reason: str = "") -> None:
    """After the commit: approvers hear of a submission, the writer and the submitter of what became of it."""
    meta = item._meta
    if step == "submit":
        users = get_user_model().objects.with_perm(
            f"{meta.app_label}.publish_{meta.model_name}", backend="django.contrib.auth.backends.ModelBackend"
        )
    elif step in _TO_WRITER:
        users = get_user_model().objects.filter(pk__in=[item.created_by_id, item.submitted_by_id, item.updated_by_id])
    else:
        return
    addresses = sorted({user.email for user in users if user.email and user.is_active and user != by})
    if not addresses:
        return
    edit = settings.SITE_URL + reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[item.pk])
    who = name_of(by)
    lines = [f"{who}: {SAID[step].lower()} {meta.verbose_name} “{item}”."]
    lines += [f"Lý do: {reason}"] if reason else []
    lines += ["", edit]
    transaction.on_commit(lambda: _send(f"{SAID[step]}: {item}"[:150], "\n".join(lines), addresses))


def _send(subject: str, body: str, addresses: list[str]) -> None:
    for address in addresses:
        try:
            send_mail(" ".join(subject.split()), body, None, [address])
        except OSError:
            _log.exception("The letter “%s” could not be sent", subject)
