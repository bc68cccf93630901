"""Which steps an item may take next, for whom, and what the buttons for them say."""

from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from portal.pending import PendingVersion
from portal.publishing import Publishable
from portal.workflow import LIVE, Status

# What the history and the messages say once a button was pressed.
SAID = {
    "submit": "Đã gửi duyệt",
    "return": "Đã trả lại",
    "take-back": "Đã lấy lại để sửa",
    "publish": "Đã duyệt và đăng",
    "schedule": "Đã duyệt và hẹn giờ đăng",
    "unschedule": "Đã bỏ hẹn giờ đăng",
    "withdraw": "Đã rút",
    "discard": "Đã bỏ bản sửa",
}


class Button(NamedTuple):
    act: str  # a name of SAID; empty for saving alone
    label: str


class Buttons(NamedTuple):
    """`saving` come with the whole form, `steps` leave it aside; `hands_back` asks for a remark."""

    saving: list[Button]
    hands_back: bool
    steps: list[Button]


def buttons(item: Publishable, pending: PendingVersion | None, user: AbstractBaseUser, changes: bool) -> Buttons:
    live = item.status in LIVE
    waiting = pending if live and pending else item
    status = waiting.status if waiting is not item or not live else Status.DRAFT
    copy = " bản sửa" if live else ""
    saving = []
    if changes:
        saving.append(Button("", "Lưu bản sửa" if live else "Lưu" if status == Status.REVIEW else "Lưu nháp"))
        if status != Status.REVIEW:
            saving.append(Button("submit", f"Gửi duyệt{copy}"))
        if _may_enter(Status.PUBLISHED, item, pending, user):
            saving.append(Button("publish", f"Duyệt và đăng{copy}"))
            saving += [] if live else [Button("schedule", "Đăng sau")]
    reviews = status == Status.REVIEW
    hands_back = changes and reviews and waiting.submitted_by != user and item.may(user, "edit", "publish")
    return Buttons(saving, hands_back, _steps(item, waiting if reviews else None, pending, user))


def _steps(item: Publishable, reviewed: Any, pending: PendingVersion | None, user: AbstractBaseUser) -> list[Button]:
    steps = []
    if reviewed and reviewed.submitted_by == user:
        steps.append(Button("take-back", "Lấy lại để sửa"))
    if pending and pending.number and (pending.created_by == user or item.may(user, "edit", "publish")):
        steps.append(Button("discard", "Bỏ bản sửa…"))
    if item.status == Status.PUBLISHED and item.may(user, "publish"):
        steps += [Button("unschedule", "Bỏ hẹn giờ…")] if item.is_scheduled else []
        steps.append(Button("withdraw", "Rút…"))
    return steps


def _may_enter(status: str, item: Publishable, pending: PendingVersion | None, user: AbstractBaseUser) -> bool:
    try:
        item.refuse_entry(status, user, pending)
    except ValidationError:
        return False
    return True
