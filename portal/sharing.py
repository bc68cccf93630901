"""Links that show a draft to somebody without an account: signed, expiring, revocable."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils import timezone

from portal.publishing import Publishable
from portal.workflow import person

_SALT = "portal.sharing"


class ShareLink(models.Model):
    model = models.CharField("loại", max_length=100)
    object_id = models.BigIntegerField("mã")
    created_at = models.DateTimeField("tạo lúc", auto_now_add=True)
    created_by = person("người tạo")
    expires_at = models.DateTimeField("hết hạn lúc")
    revoked_at = models.DateTimeField("thu hồi lúc", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "liên kết xem thử"
        default_permissions = ()
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["model", "object_id"], name="portal_sharelink_of_item")]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"

    @classmethod
    def make(cls, item: Publishable, by: AbstractBaseUser, days: int) -> "ShareLink":
        until = timezone.now() + timedelta(days=days)
        return cls.objects.create(model=item._meta.label_lower, object_id=item.pk, created_by=by, expires_at=until)

    @classmethod
    def of(cls, item: Publishable) -> models.QuerySet:
        return cls.objects.filter(model=item._meta.label_lower, object_id=item.pk).select_related("created_by")

    @classmethod
    def open_at(cls, token: str) -> "ShareLink | None":
        """The link behind a token; None when it is forged, expired or revoked."""
        try:
            number = signing.loads(token, salt=_SALT)
        except signing.BadSignature:
            return None
        return cls.objects.filter(pk=number, revoked_at=None, expires_at__gt=timezone.now()).first()

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def address(self) -> str:
        return settings.SITE_URL + reverse("shared-draft", args=[signing.dumps(self.pk, salt=_SALT)])
