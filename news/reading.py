"""What the page of an article reads from the database: prepared queries."""

from bisect import bisect
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from news.models import Article, ArticleFile, ArticlePhoto
from portal.prepared import Prepared

_THEN, _NOW = datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 2, 2, tzinfo=UTC)
_ARTICLE, _CATEGORY = 1_000_001, 1_000_002
_SHOWN = ("caption", "picture__file", "picture__width", "picture__height", "picture__renditions", "picture__alt")


class Beside(NamedTuple):
    """An article near another one of its category."""

    published_at: datetime
    pk: int
    title: str
    address: str


def _around(category: int, at: datetime, pk: int, now: datetime) -> QuerySet:
    """Five before it and three after. The bound on the date alone lets the index start there, however old it is."""
    near = Article.objects.published(now).filter(category=category).values_list("published_at", "pk", "title", "slug")
    older = near.filter(Q(published_at__lt=at) | Q(pk__lt=pk), published_at__lte=at)[:5]
    newer = near.filter(Q(published_at__gt=at) | Q(pk__gt=pk), published_at__gte=at).order_by("published_at", "pk")[:3]
    return older.union(newer, all=True)


_near = Prepared(_around, _CATEGORY, _THEN, _ARTICLE, _NOW)


def _readable(slug: str, now: datetime) -> QuerySet:
    """With what it has besides, which most have not: asking for it is worth a question only where it is there."""
    own = OuterRef("pk")
    return (
        Article.objects.readable(now)
        .filter(slug=slug)
        .select_related("cover", "category")
        .annotate(
            has_photos=Exists(ArticlePhoto.objects.filter(article=own)),
            has_files=Exists(ArticleFile.objects.filter(article=own)),
        )
    )


_by_slug = Prepared(_readable, "mot-dia-chi", _NOW)
_photos = Prepared(
    lambda article: (
        ArticlePhoto.objects.filter(article=article)
        .select_related("picture")
        .only(*_SHOWN, "position", "picture__decorative", "picture__caption", "picture__credit")
    ),
    _ARTICLE,
)
_files = Prepared(lambda article: ArticleFile.objects.filter(article=article).defer("text"), _ARTICLE)


def readable(slug: str) -> Article | None:
    return next(iter(_by_slug(slug, timezone.now())), None)


def photos(article: Article) -> list[ArticlePhoto]:
    return _photos(article.pk) if getattr(article, "has_photos", True) else []


def files(article: Article) -> list[ArticleFile]:
    return _files(article.pk) if getattr(article, "has_files", True) else []


def around(article: Article) -> tuple[Beside | None, Beside | None, list[Beside]]:
    """The neighbours by date in the same category, and a few more of it nearby."""
    if article.published_at is None:
        return None, None, []
    rows = _near(article.category_id, article.published_at, article.pk, timezone.now())
    near = sorted(Beside(at, pk, title, article.category.address_of(slug)) for at, pk, title, slug in rows)
    here = bisect(near, (article.published_at, article.pk))
    older, newer = near[:here][::-1], near[here:]
    return (older or [None])[0], (newer or [None])[0], [*newer[1:], *older[1:]][:4]
