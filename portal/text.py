"""Vietnamese text: one Unicode form, folding of tones, addresses."""

import re
import unicodedata
from typing import Any

from django.db import models
from django.utils import text as django_text

# Control characters no text needs. PostgreSQL refuses NUL; the others break feeds (XML 1.0 §2.2).
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")

_MARKS = re.compile("[\u0300-\u036f]+")
_STROKE = "\u0335"  # what makes a d a đ
_NOT_ASCII = bytes(range(128, 256))
# A tone at the end has two places in use, hoà and hòa, uỷ and ủy; not in "quý", whose u is no vowel. Marks come apart.
_TONE_LAST = re.compile("(?<!q)(o(?=[ae])|u(?=y))(.)([\u0300\u0301\u0303\u0309\u0323])(?![^\\W_]|[\u0302\u0306])")
_SYLLABLE = re.compile(r"[^\W_]+")


def nfc(text: str) -> str:
    """The text in composed form (TCVN 6909), without control characters."""
    return _CONTROLS.sub("", unicodedata.normalize("NFC", text))


# Every letter that is one Latin letter with marks; most text needs no more than this table, which is ten times as fast.
_BASES = {
    code: parts[0]
    for code in range(0xC0, 0x1F00)
    if len(parts := unicodedata.normalize("NFD", chr(code))) > 1 and parts[0].isascii()
} | {ord("đ"): "d"}


def fold(text: str) -> str:
    """Lower case without tones and marks: "Đường" → "duong"."""
    text = text.lower().translate(_BASES)
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFD", text))


def apart(text: str) -> bytes:
    """A composed text in lower case with each mark behind its letter, in UTF-8, and tones placed in one way.

    What is left without the bytes of marks is folded.
    """
    text = _TONE_LAST.sub(r"\1\3\2", unicodedata.normalize("NFD", text))
    return text.replace("đ", f"d{_STROKE}").encode()


def without_marks(taken_apart: bytes) -> bytes:
    return taken_apart.translate(None, _NOT_ASCII)


def together(taken_apart: bytes) -> str:
    return unicodedata.normalize("NFC", taken_apart.decode().replace(f"d{_STROKE}", "đ"))


def syllables(text: str) -> list[str]:
    """The words of a text in lower case and in order, with their tones: "Đăng-ký!" → ["đăng", "ký"]."""
    return _SYLLABLE.findall(nfc(text).lower())


def pairs(items: list[str]) -> list[str]:
    """Neighbours joined: most Vietnamese words are two syllables long, so pairs tell more than syllables do."""
    return list(map("{}_{}".format, items, items[1:]))


def slugify(text: str, max_length: int = 120) -> str:
    """Unaccented words joined by hyphens, cut between words at `max_length` characters."""
    slug = django_text.slugify(fold(text))
    if len(slug) <= max_length:
        return slug
    return slug[: max_length + 1].rsplit("-", 1)[0][:max_length]


def normalise_number(number: str) -> str:
    """A document's number in the one form all its spellings share: "05/2024/QĐ-TTg", "5-2024 qđ ttg" → "52024qdttg".

    Empty for "Không số".
    """
    letters = re.sub("[^a-z0-9]", "", fold(nfc(number))).lstrip("0")
    return "" if letters == "khongso" else letters


class _NFC:
    """Normalises what is saved and what is looked up, on every path to the database."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return nfc(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return nfc(value) if isinstance(value, str) else value

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = super().pre_save(instance, add)
        if isinstance(value, str):
            value = nfc(value)
            setattr(instance, self.attname, value)
        return value


class NFCCharField(_NFC, models.CharField):
    """A CharField whose text is always NFC."""

    def deconstruct(self) -> tuple[str, str, list, dict]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class NFCTextField(_NFC, models.TextField):
    """A TextField whose text is always NFC, and of which forms take no more than `longest` characters."""

    longest = 100_000

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"max_length": self.max_length or self.longest, **kwargs})

    def deconstruct(self) -> tuple[str, str, list, dict]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs
