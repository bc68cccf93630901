"""Addresses: which ones staff may enter, and where the old ones lead."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q


def validate_address(address: str) -> None:
    """A page of ours ("/gioi-thieu/") or a complete https address. Anything else could hide a script or a trap."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    unsafe = any(char.isspace() or char == "\\" or not char.isprintable() for char in address)
    ours = address.startswith("/") and not address.startswith("//") and not parts.netloc
    elsewhere = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    if unsafe or not (ours or elsewhere):
        raise ValidationError("Hãy nhập địa chỉ bắt đầu bằng “/” (trang của cổng) hoặc “https://”.")


class Redirect(models.Model):
    """An address that moved. Chains are flattened as they arise, so a reader is sent on once."""

    old_path = models.CharField("địa chỉ cũ", max_length=500, unique=True)
    new_path = models.CharField("địa chỉ mới", max_length=500, validators=[validate_address])
    created_at = models.DateTimeField("từ lúc", auto_now_add=True)

    class Meta:
        verbose_name = "địa chỉ đã chuyển"
        verbose_name_plural = "địa chỉ đã chuyển"
        constraints = [
            models.CheckConstraint(
                name="portal_redirect_elsewhere",
                condition=~Q(old_path=F("new_path")),
                violation_error_message="Địa chỉ mới phải khác địa chỉ cũ.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_path} → {self.new_path}"

    @classmethod
    def leave(cls, old: str, new: str) -> None:
        """Sends readers of `old` to `new` from now on; nothing when they are the same."""
        if old == new:
            return
        cls.objects.filter(old_path=new).delete()
        cls.objects.filter(new_path=old).update(new_path=new)
        cls.objects.update_or_create(old_path=old, defaults={"new_path": new})
