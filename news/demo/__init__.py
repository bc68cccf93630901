"""Demonstration news: categories, articles, drawn pictures."""

import json
from pathlib import Path
from typing import Any

from django.utils.dateparse import parse_datetime

from news.models import Article, ArticlePhoto, Category
from portal.pictures import Picture
from portal.workflow import Status

HERE = Path(__file__).parent


def load() -> None:
    """Loads into a site without categories."""
    if Category.objects.exists():
        return
    for position, row in enumerate(json.loads((HERE / "categories.json").read_text()), start=1):
        Category.objects.create(position=position * 10, **row)
    categories = {category.slug: category for category in Category.objects.all()}
    for line in (HERE / "articles.jsonl").read_text().splitlines():
        if line.strip():
            _article(json.loads(line), categories)


def _article(row: dict[str, Any], categories: dict[str, Category]) -> None:
    article = Article.objects.create(
        slug=row["slug"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"],
        category=categories[row["category"]],
        author_name=row.get("author") or "",
        source_name=row.get("source_name") or "",
        source_url=row.get("source_url") or "",
        featured=row.get("featured", False),
        cover=_picture(row["cover"]) if row.get("cover") else None,
        status=Status.PUBLISHED,
        published_at=parse_datetime(row["published_on"]),
    )
    for position, photo in enumerate(row.get("photos") or [], start=1):
        picture = _picture(photo)
        ArticlePhoto.objects.create(
            article=article, picture=picture, caption=photo.get("caption", ""), position=position * 10
        )


def _picture(row: dict[str, Any]) -> Picture:
    with (HERE / "photos" / row["file"]).open("rb") as file:
        return Picture.take_in(file, alt=row["alt"], caption=row.get("caption", ""), credit=row.get("credit", ""))
