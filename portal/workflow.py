"""The stages an item goes through, who may move it on, and the rules about them that the database holds."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.addresses import validate_address
from portal.text import NFCCharField, NFCTextField
from portal.transitions import AllowedMoves


class Status(models.TextChoices):
    DRAFT = "draft", "Bản nháp"
    REVIEW = "review", "Chờ duyệt"
    PUBLISHED = "published", "Đã đăng"
    WITHDRAWN = "withdrawn", "Đã rút"


LIVE = (Status.PUBLISHED, Status.WITHDRAWN)  # what has an address that readers know
# What once stood before citizens leaves them only by being withdrawn, with a notice.
MOVES = {
    Status.DRAFT: {Status.REVIEW, Status.PUBLISHED},
    Status.REVIEW: {Status.DRAFT, Status.PUBLISHED},
    Status.PUBLISHED: {Status.WITHDRAWN},
    Status.WITHDRAWN: {Status.PUBLISHED},
}
# The fields that say where an item stands, as opposed to what it says.
STAGE = ["status", "withdrawn_at", "withdrawal_reason", "successor_url", "remark", "forced", "version"]
STAGE += [f"{act}_{what}" for act in ("created", "updated", "submitted", "approved") for what in ("at", "by")]
# What an old version keeps to itself when its words are brought back.
TIMES = ["published_at", "expires_at"]

RULES = [
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_status",
        condition=Q(status__in=Status.values),
        violation_error_message="Trạng thái không hợp lệ.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_titled",
        condition=~Q(title="") & ~Q(slug=""),
        violation_error_message="Cần có tiêu đề và địa chỉ.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_published_when",
        condition=~Q(status=Status.PUBLISHED) | Q(published_at__isnull=False),
        violation_error_message="Mục đã đăng phải có thời điểm đăng.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_expires_later",
        condition=Q(expires_at__isnull=True) | Q(published_at__isnull=True) | Q(expires_at__gt=F("published_at")),
        violation_error_message="Thời điểm gỡ phải sau thời điểm đăng.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_withdrawn_why",
        condition=~Q(status=Status.WITHDRAWN) | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
        violation_error_message="Khi rút một mục, hãy ghi lý do cho người đọc.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_submitted_when",
        condition=~Q(status=Status.REVIEW) | Q(submitted_at__isnull=False),
        violation_error_message="Mục chờ duyệt phải có thời điểm gửi duyệt.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_approved",
        condition=~Q(status=Status.PUBLISHED) | Q(approved_at__isnull=False) | Q(forced=True),
        violation_error_message="Mục đã đăng phải có người duyệt, hoặc ghi nhận là đăng không qua người thứ hai.",
    ),
    models.CheckConstraint(
        name="%(app_label)s_%(class)s_two_persons",
        condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")) | Q(forced=True),
        violation_error_message="Người gửi duyệt không được tự duyệt.",
    ),
    AllowedMoves(
        name="%(app_label)s_%(class)s_moves",
        pairs=[(str(before), str(after)) for before, moves in MOVES.items() for after in moves],
    ),
]


def name_of(user: AbstractBaseUser) -> str:
    """As Vietnamese write it, family name first; the account's name when it has none."""
    return f"{user.last_name} {user.first_name}".strip() or user.get_username()


def person(label: str) -> models.ForeignKey:
    user = settings.AUTH_USER_MODEL
    return models.ForeignKey(
        user, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=label
    )


class Submitted(models.Model):
    """Waits for somebody else's approval, or was handed back with a remark."""

    submitted_at = models.DateTimeField("gửi duyệt lúc", null=True, blank=True, editable=False)
    submitted_by = person("người gửi duyệt")
    remark = NFCTextField("lời trả lại", max_length=1000, blank=True, editable=False)

    class Meta:
        abstract = True

    def submit(self, by: AbstractBaseUser | None) -> None:
        self.submitted_by, self.submitted_at, self.remark = by, timezone.now(), ""
        self.status = Status.REVIEW

    def hand_back(self, by: AbstractBaseUser, remark: str) -> None:
        """To its writer with a reason; whoever submitted it may take it back without one."""
        if not remark.strip() and by != self.submitted_by:
            raise ValidationError("Hãy ghi lý do trả lại, để người viết biết cần sửa gì.")
        self.remark, self.status = remark.strip(), Status.DRAFT


class Staged(Submitted):
    """Where an item of a content type stands."""

    status = models.CharField("trạng thái", max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(
        "đăng lúc", null=True, blank=True, help_text="Để trống: đăng ngay. Chọn lúc sau này: bài tự hiện đúng giờ."
    )
    expires_at = models.DateTimeField("gỡ lúc", null=True, blank=True, help_text="Để trống nếu không gỡ.")
    withdrawn_at = models.DateTimeField("rút lúc", null=True, blank=True, editable=False)
    withdrawal_reason = NFCCharField("lý do rút", max_length=500, blank=True, help_text="Người đọc thấy lý do này.")
    successor_url = models.CharField(
        "trang thay thế",
        max_length=500,
        blank=True,
        validators=[validate_address],
        help_text="Địa chỉ trang nên đọc thay cho trang đã rút.",
    )
    approved_at = models.DateTimeField("duyệt lúc", null=True, blank=True, editable=False)
    approved_by = person("người duyệt")
    forced = models.BooleanField("đăng không qua người thứ hai", default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def is_withdrawn(self) -> bool:
        return self.status == Status.WITHDRAWN

    @property
    def is_scheduled(self) -> bool:
        now = timezone.now()
        return self.status == Status.PUBLISHED and self.published_at is not None and self.published_at > now

    def may(self, user: AbstractBaseUser, *actions: str) -> bool:
        """Whether the user holds any of these rights on the type."""
        meta = self._meta
        return any(user.has_perm(f"{meta.app_label}.{action}_{meta.model_name}") for action in actions)

    def note_times(self) -> None:
        """What follows from the status. Publication that nobody approved (an import, a shell) is recorded as such."""
        now = timezone.now()
        if self.status == Status.PUBLISHED:
            self.published_at = self.published_at or now
            self.forced = self.forced or self.approved_at is None
        if self.status == Status.REVIEW:
            self.submitted_at = self.submitted_at or now
        if self.status == Status.WITHDRAWN:
            self.withdrawn_at = self.withdrawn_at or now

    def refuse_move_from(self, before: "Staged") -> None:
        """ValidationError when the stage of `before` does not lead to this one, whoever asks."""
        cancelled = before.is_scheduled and self.status == Status.DRAFT
        if self.status == before.status or self.status in MOVES.get(before.status, ()) or cancelled:
            return
        now, then = self.get_status_display(), before.get_status_display()
        raise ValidationError(f"Không chuyển được từ “{then}” sang “{now}”. Mục người đọc đã thấy thì chỉ có thể rút.")

    def refuse_entry(self, status: str, by: AbstractBaseUser, submission: Submitted | None = None) -> None:
        """ValidationError where `by` may not bring the item (or the `submission`, a new version of it) there."""
        waiting = submission or self
        if status in LIVE and not self.may(by, "publish"):
            raise ValidationError("Ông/bà chưa có quyền đăng hoặc rút mục này. Hãy gửi duyệt.")
        if status == Status.DRAFT and waiting.submitted_by != by and not self.may(by, "edit", "publish"):
            raise ValidationError("Chỉ biên tập viên, người phê duyệt hoặc chính người gửi mới trả lại được.")
        own = waiting.status != Status.REVIEW or waiting.submitted_by == by
        if status == Status.PUBLISHED and own and not self.may(by, "force_publish"):
            raise ValidationError("Bài cần hai người: một người gửi duyệt, người khác duyệt. Hãy gửi duyệt.")

    def enter(self, status: str, by: AbstractBaseUser, reason: str = "", submission: Submitted | None = None) -> None:
        """Moves on and notes who did it, when and why. ValidationError where `by` may not, or a reason is missing."""
        self.refuse_entry(status, by, submission)
        if status == Status.REVIEW:
            self.submit(by)
        elif status == Status.DRAFT:
            self.hand_back(by, reason or ("Bỏ hẹn giờ đăng" if self.is_scheduled else ""))
        elif status == Status.PUBLISHED:
            self._approve(by, submission or self, timezone.now())
        else:
            if not reason.strip():
                raise ValidationError("Khi rút một mục, hãy ghi lý do cho người đọc.")
            self.withdrawal_reason, self.withdrawn_at = reason.strip(), timezone.now()
        self.status = status

    def _approve(self, by: AbstractBaseUser, waiting: Submitted, now: datetime) -> None:
        reviewed = waiting.status == Status.REVIEW
        self.submitted_by = waiting.submitted_by if reviewed else by
        self.submitted_at = waiting.submitted_at if reviewed else now
        self.approved_by, self.approved_at, self.forced = by, now, self.submitted_by == by
        self.withdrawn_at, self.withdrawal_reason, self.successor_url, self.remark = None, "", "", ""
        if self.forced:
            self._change_reason = f"{getattr(self, '_change_reason', '') or 'Đã đăng'}, không qua người thứ hai"
