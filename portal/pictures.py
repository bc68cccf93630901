"""The picture library: every photo of the site is a row here, whatever page shows it."""

import hashlib
import json
import re
from functools import cached_property, lru_cache
from html import escape
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models

from portal import images
from portal.changes import Visible
from portal.text import NFCCharField

# Pictures inside a text are as wide as its column, at most 66 characters.
_BODY_SIZES = "(min-width: 48em) 42rem, 100vw"
_BODY_WIDTH = 1024
_LAZY = ' loading="lazy"'
_IMG = re.compile(r"<img [^>]*>")
_SRC = re.compile(r' src="([^"]*)"')
_ALT = re.compile(r' alt="([^"]*)"')


class Picture(Visible):
    """A photo taken in by `portal.images`: a master without metadata and smaller WebP renditions.

    Names carry the hash of the content, so a file never changes under its address. `renditions` is a list of
    {"name", "width", "height"} from narrow to wide.
    """

    file = models.FileField("tệp", max_length=200, editable=False)
    sha256 = models.CharField("mã băm của tệp tải lên", max_length=64, unique=True, editable=False)
    width = models.PositiveIntegerField("rộng", editable=False)
    height = models.PositiveIntegerField("cao", editable=False)
    renditions = models.JSONField("các cỡ", default=list, editable=False)
    alt = NFCCharField(
        "mô tả ảnh",
        max_length=300,
        blank=True,
        help_text="Ảnh cho thấy gì, nói cho người không nhìn được. Ví dụ: “Cụ bà nhận sổ lương hưu tại quầy Một cửa”.",
    )
    decorative = models.BooleanField(
        "ảnh trang trí", default=False, help_text="Đánh dấu nếu ảnh không thêm thông tin gì cho bài."
    )
    caption = NFCCharField("chú thích", max_length=500, blank=True)
    credit = NFCCharField("nguồn ảnh", max_length=200, blank=True, help_text="Người chụp hoặc cơ quan giữ ảnh.")
    created_at = models.DateTimeField("tải lên lúc", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name="người tải lên"
    )

    class Meta:
        verbose_name = "ảnh"
        verbose_name_plural = "thư viện ảnh"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="portal_picture_has_alt",
                condition=~models.Q(alt="") | models.Q(decorative=True),
                violation_error_message="Hãy mô tả ảnh, hoặc đánh dấu đó là ảnh trang trí.",
            ),
        ]

    def __str__(self) -> str:
        return self.alt or self.caption or f"Ảnh {self.pk} (chưa có mô tả)"

    @classmethod
    def take_in(cls, upload: IO[bytes], **fields: Any) -> "Picture":
        """The picture of this upload; the one already in the library when the same file came before.

        Raises ValidationError when the file is not a picture we accept.
        """
        known = cls.objects.filter(sha256=hashlib.file_digest(upload, "sha256").hexdigest()).first()
        if known:
            return known
        intake = images.take_in(upload)
        stem = f"anh/{intake.sha256[:2]}/{intake.sha256[:24]}"
        renditions = [
            {
                "name": default_storage.save(f"{stem}-{size.width}.webp", ContentFile(size.content)),
                "width": size.width,
                "height": size.height,
            }
            for size in intake.renditions
        ]
        master = default_storage.save(f"{stem}.{intake.extension}", ContentFile(intake.master))
        size = {"width": intake.width, "height": intake.height}
        return cls.objects.get_or_create(
            sha256=intake.sha256, defaults={"file": master, "renditions": renditions, **size, **fields}
        )[0]

    @cached_property
    def url(self) -> str:
        """The master's address: the largest we keep, at most 2560 px."""
        return _address(self.file.name)

    def rendition_url(self, width: int) -> str:
        """The narrowest rendition at least `width` CSS pixels wide, or the master when it is not wider than that."""
        for rendition in self.renditions:
            if rendition["width"] >= width:
                return _address(rendition["name"])
        return self.url

    @property
    def thumbnail_url(self) -> str:
        return self.rendition_url(320)

    @property
    def body_url(self) -> str:
        return self.rendition_url(_BODY_WIDTH)

    def choice(self) -> dict[str, Any]:
        """What the admin's windows need to know of it."""
        words = {"alt": self.alt, "caption": self.caption, "credit": self.credit}
        size = {"width": self.width, "height": self.height}
        return {"id": self.pk, "url": self.body_url, "thumbnail": self.thumbnail_url, **words, **size}

    @property
    def choice_json(self) -> str:
        return json.dumps(self.choice(), ensure_ascii=False)

    @cached_property
    def srcset(self) -> str:
        """Renditions, and the master where it is wider than they are."""
        sizes = [f"{_address(size['name'])} {size['width']}w" for size in self.renditions]
        if not self.renditions or self.width > self.renditions[-1]["width"]:
            sizes.append(f"{self.url} {self.width}w")
        return ", ".join(sizes)

    def preload(self, sizes: str) -> str:
        """For the head of a page whose first picture this is, with the sizes it has there."""
        return (
            f'<link rel="preload" as="image" href="{escape(self.url)}" imagesrcset="{escape(self.srcset)}"'
            f' imagesizes="{escape(sizes)}" fetchpriority="high">'
        )

    def html(self, sizes: str, width: int = 640, alt: str | None = None, extra: str = "") -> str:
        """The <img> element: sized, so that the page never shifts. `alt` is text, `extra` trusted attributes."""
        words = "" if self.decorative else self.alt
        return (
            f'<img src="{escape(self.rendition_url(width))}" srcset="{escape(self.srcset)}" sizes="{escape(sizes)}"'
            f' alt="{escape(words if alt is None else alt)}" width="{self.width}" height="{self.height}"{extra}>'
        )

    def enlargeable(self, sizes: str) -> str:
        """The <img> as a link to the whole picture, with what the viewer of a gallery wants to know."""
        return (
            f'<a href="{escape(self.url)}" data-srcset="{escape(self.srcset)}" data-width="{self.width}"'
            f' data-height="{self.height}">{self.html(sizes, extra=_LAZY)}</a>'
        )


@lru_cache(8192)
def _address(name: str) -> str:
    """Where a stored file is fetched; names are never given to other content."""
    return default_storage.url(name)


def dress(html: str) -> str:
    """Cleaned HTML in which each picture of the library has its sizes, renditions and words. One query."""
    found = {src[1]: _stem(src[1]) for tag in _IMG.findall(html) if (src := _SRC.search(tag))}
    if not found:
        return html
    by_stem = {picture.sha256[:24]: picture for picture in Picture.objects.filter(_any_stem(set(found.values())))}

    def dressed(tag: re.Match) -> str:
        src = _SRC.search(tag[0])
        picture = by_stem.get(found.get(src[1], "")) if src else None
        if not picture:
            return tag[0]
        alt = _ALT.search(tag[0])
        words = alt[1] if alt and alt[1] else escape(picture.alt)
        img = picture.html(_BODY_SIZES, _BODY_WIDTH, alt="", extra=_LAZY)
        return img.replace(' alt=""', f' alt="{words}"', 1)

    return _IMG.sub(dressed, html)


def _stem(url: str) -> str:
    """The hash in a library address: /media/anh/ab/abcd…-640.webp → abcd…"""
    return url.rsplit("/", 1)[-1].split("-")[0].split(".")[0][:24]


def _any_stem(stems: set[str]) -> models.Q:
    condition = models.Q(pk__in=[])
    for stem in filter(None, stems):
        condition |= models.Q(sha256__startswith=stem)
    return condition
