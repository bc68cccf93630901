"""The stages an item goes through, and the rules about them that the database holds."""

from django.db import models
from django.db.models import F, Q


class Status(models.TextChoices):
    DRAFT = "draft", "Bản nháp"
    REVIEW = "review", "Chờ duyệt"
    PUBLISHED = "published", "Đã đăng"
    WITHDRAWN = "withdrawn", "Đã rút"


# The fields that say where an item stands, as opposed to what it says.
STAGE = [
    "status",
    "published_at",
    "expires_at",
    "withdrawn_at",
    "withdrawal_reason",
    "forced",
    "created_at",
    "created_by",
]
STAGE += ["submitted_at", "submitted_by", "approved_at", "approved_by"]

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
        name="%(app_label)s_%(class)s_two_persons",
        condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")) | Q(forced=True),
        violation_error_message="Người gửi duyệt không được tự duyệt.",
    ),
]
