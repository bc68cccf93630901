"""manage.py import_articles FILE: articles as JSON Lines.

A row has `id`, `title`, `sapo` (summary) and `body` (plain text, a paragraph a line), and may have `published_at`
(ISO 8601), `category` (slug), `author`, `source`. Rows are recognised by `id`, so a second run changes nothing.
"""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import escape

from news.models import Article, Category
from portal.importing import ImportCommand, Refused, text_of
from portal.richtext import clean
from portal.text import nfc, slugify
from portal.workflow import Status


class Command(ImportCommand):
    help = "Nhập bài viết từ tệp JSON Lines."
    fields_updated = [
        "title",
        "summary",
        "body",
        "category",
        "author_name",
        "source_name",
        "published_at",
        "updated_at",
    ]

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--category", default="tin-tong-hop", help="chuyên mục của dòng không ghi chuyên mục")

    def prepare(self, options: dict[str, Any]) -> None:
        self.categories = {category.slug: category for category in Category.objects.all()}
        self.default = options["category"]
        self.known = {article.import_key: article for article in Article.objects.exclude(import_key="")}
        self.slugs = set(Article.objects.values_list("slug", flat=True))
        self.now = timezone.now()

    def build(self, row: dict[str, Any]) -> Article | None:
        key = str(row.get("id") or "")
        if not key or len(key) > 100:
            raise Refused("thiếu “id”")
        article = self.known.get(key)
        values = self._values(row)
        if article is None:
            article = self.known[key] = Article(
                import_key=key, slug=self._slug(values["title"]), status=Status.PUBLISHED, published_at=self.now
            )
        elif all(getattr(article, name) == value for name, value in values.items()):
            return None
        elif not article.pk:
            raise Refused(f"“id” {key} đã có ở một dòng trước")
        for name, value in values.items():
            setattr(article, name, value)
        article.updated_at = self.now
        article.clean_fields(exclude=["cover", "category", "created_by", "updated_by", "submitted_by", "approved_by"])
        return article

    def _values(self, row: dict[str, Any]) -> dict[str, Any]:
        paragraphs = text_of(row, "body", required=True).splitlines()
        body = "".join(f"<p>{escape(line.strip())}</p>" for line in paragraphs if line.strip())
        values = {
            "title": nfc(" ".join(text_of(row, "title", required=True).split())),
            "summary": nfc(text_of(row, "sapo")),
            "body": clean(nfc(body)),
            "category": self._category(text_of(row, "category") or self.default),
            "author_name": nfc(text_of(row, "author")),
            "source_name": nfc(text_of(row, "source")),
        }
        if at := self._moment(text_of(row, "published_at")):
            values["published_at"] = at
        return values

    def _moment(self, text: str) -> datetime | None:
        try:
            moment = parse_datetime(text) if text else None
        except ValueError:
            moment = None
        if text and moment is None:
            raise Refused(f"“published_at” không phải thời điểm: {text[:40]}")
        return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment

    def _category(self, slug: str) -> Category:
        if slug not in self.categories:
            if slug != self.default:
                raise Refused(f"không có chuyên mục “{slug[:60]}”")
            name = "Tin tổng hợp" if slug == "tin-tong-hop" else slug
            self.categories[slug] = Category.objects.create(slug=slug, name=name, position=1000)
        return self.categories[slug]

    def _slug(self, title: str) -> str:
        stem = slugify(title) or "bai"
        number, slug = 1, stem
        while slug in self.slugs:
            number += 1
            slug = f"{stem}-{number}"
        self.slugs.add(slug)
        return slug
