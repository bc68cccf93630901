"""The second factor: a six-digit code of the telephone (TOTP, RFC 6238), and backup codes for when it is lost."""

from base64 import b32encode

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

CODES = 10


def is_on(user: AbstractBaseUser) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def is_demanded(user: AbstractBaseUser) -> bool:
    """Of everybody who may put something before the citizens, unless TWO_FACTOR is off."""
    if not settings.TWO_FACTOR:
        return False
    return any(name.partition(".")[2].startswith("publish_") for name in user.get_all_permissions())


def begin(user: AbstractBaseUser) -> TOTPDevice:
    """The device that is being set up; it counts only once a code of it was typed."""
    return TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "điện thoại"})[0]


def secret(device: TOTPDevice) -> str:
    """What is typed where no camera can read the picture, in groups of four."""
    letters = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def check(user: AbstractBaseUser, typed: str, confirmed: bool = True) -> None:
    """Raises ValidationError unless `typed` is the code of now, or an unused backup code, which is used up by it."""
    code = "".join(typed.lower().split()).replace("-", "")
    kind = TOTPDevice if code.isdigit() else StaticDevice
    if kind is StaticDevice and not confirmed:
        raise ValidationError("Hãy nhập sáu chữ số mà ứng dụng đang hiện.")
    refusal = "Mã không đúng hoặc đã dùng. Hãy nhập mã đang hiện trên điện thoại, hoặc một mã dự phòng chưa dùng."
    with transaction.atomic():  # the failures that slow guessing down must be kept, so nothing is raised in here
        device = kind.objects.select_for_update().filter(user=user, confirmed=confirmed).first()
        allowed, _ = device.verify_is_allowed() if device else (True, None)
        matches = allowed and device is not None and device.verify_token(code)
    if not allowed:
        raise ValidationError("Đã nhập sai nhiều lần. Hãy đợi một lát rồi nhập mã mới.")
    if not matches:
        raise ValidationError(refusal)


@transaction.atomic
def turn_on(user: AbstractBaseUser) -> list[str]:
    """The device being set up becomes the only one. Returns the backup codes, which are shown once."""
    device = begin(user)
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save()
    return new_codes(user)


@transaction.atomic
def new_codes(user: AbstractBaseUser) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="mã dự phòng")
    codes = [StaticToken.random_token() for _ in range(CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def codes_left(user: AbstractBaseUser) -> int:
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def turn_off(user: AbstractBaseUser) -> None:
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=user).delete()
