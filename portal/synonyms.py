"""Synonyms: what people say, and what the documents call it. Staff edit the table; it starts with the shipped list."""

from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import models

from portal.changes import Visible, until_change
from portal.text import NFCCharField, syllables

SHIPPED = Path(__file__).parent / "search" / "synonyms.txt"
Pairs = tuple[tuple[str, str], ...]


def _searchable(text: str) -> None:
    if not syllables(text):
        raise ValidationError("Ghi ít nhất một chữ hoặc số.")


class Synonym(Visible):
    """A search for `said` also finds what is written as `meant`. Tones may be left out; capitals make no difference."""

    said = NFCCharField(
        "người dân gõ",
        max_length=100,
        validators=[_searchable],
        help_text="Chữ viết tắt hoặc cách nói hằng ngày: BHTN, sổ đỏ, bằng lái. Gõ không dấu, gõ chữ hoa vẫn khớp.",
    )
    meant = NFCCharField(
        "tìm cả",
        max_length=200,
        validators=[_searchable],
        help_text="Cách gọi trong văn bản, thủ tục: bảo hiểm thất nghiệp. Nhiều cách gọi thì ghi nhiều dòng.",
    )

    class Meta:
        verbose_name = "từ đồng nghĩa khi tìm kiếm"
        verbose_name_plural = "từ đồng nghĩa khi tìm kiếm"
        ordering = ["said", "meant"]
        constraints = [
            models.UniqueConstraint(
                fields=["said", "meant"],
                name="portal_synonym_once",
                violation_error_message="Cặp từ này đã có.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.said} → {self.meant}"


@cache
def shipped() -> Pairs:
    """The list the software comes with: lines of "as people say, or so = as the documents say | or so"."""
    lines = (line.split("#")[0].partition("=") for line in SHIPPED.read_text(encoding="utf-8").splitlines())
    return tuple(
        dict.fromkeys(
            (said.strip(), meant.strip())
            for sayings, _, meanings in lines
            for said in sayings.split(",")
            for meant in meanings.split("|")
            if said.strip() and meant.strip()
        )
    )


@until_change
def current() -> Pairs:
    """What staff made of it."""
    return tuple(Synonym.objects.order_by("pk").values_list("said", "meant"))
