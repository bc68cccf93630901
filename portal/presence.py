"""Who has an item open in the admin right now, told by the open pages themselves."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from portal.workflow import name_of

FRESH = timedelta(seconds=75)  # the page says it is still open every 30 seconds


class Presence(models.Model):
    model = models.CharField("loại", max_length=100)
    object_id = models.BigIntegerField("mã")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="người mở")
    seen_at = models.DateTimeField("thấy lúc")

    class Meta:
        verbose_name = verbose_name_plural = "đang mở"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["model", "object_id", "user"], name="portal_presence_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.model} {self.object_id}"

    @classmethod
    def note(cls, item: models.Model, user: AbstractBaseUser) -> list[str]:
        """Notes that the user has the item open; the names of the others who do."""
        now, place = timezone.now(), {"model": item._meta.label_lower, "object_id": item.pk}
        cls.objects.filter(seen_at__lt=now - FRESH).delete()
        cls.objects.update_or_create(**place, user=user, defaults={"seen_at": now})
        others = cls.objects.filter(**place).exclude(user=user).select_related("user")
        return [name_of(other.user) for other in others]

    @classmethod
    def leave(cls, item: models.Model, user: AbstractBaseUser) -> None:
        cls.objects.filter(model=item._meta.label_lower, object_id=item.pk, user=user).delete()
