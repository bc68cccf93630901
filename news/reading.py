"""What the page of an article reads from the database: four queries, prepared."""

from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone

from news.models import Article, ArticleFile, ArticlePhoto, ArticleQuerySet
from portal.prepared import Prepared

_THEN, _NOW = datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 2, 2, tzinfo=UTC)
_ARTICLE, _CATEGORY = 1_000_001, 1_000_002
_SHOWN = ("caption", "picture__file", "picture__width", "picture__height", "picture__renditions", "picture__alt")


def _beside(category: int, now: datetime) -> ArticleQuerySet:
    return Article.objects.published(now).filter(category=category).only("title", "slug", "published_at")


# The bound on the date alone lets the index start there, however old the article is.
_older = Prepared(
    lambda category, at, pk, now: _beside(category, now).filter(
        Q(published_at__lt=at) | Q(pk__lt=pk), published_at__lte=at
    )[:5],
    *(_CATEGORY, _THEN, _ARTICLE, _NOW),
)
_newer = Prepared(
    lambda category, at, pk, now: (
        _beside(category, now)
        .filter(Q(published_at__gt=at) | Q(pk__gt=pk), published_at__gte=at)
        .order_by("published_at", "pk")[:3]
    ),
    *(_CATEGORY, _THEN, _ARTICLE, _NOW),
)
_by_slug = Prepared(
    lambda slug, now: Article.objects.readable(now).filter(slug=slug).select_related("cover", "category"),
    *("mot-dia-chi", _NOW),
)
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
    return _photos(article.pk)


def files(article: Article) -> list[ArticleFile]:
    return _files(article.pk)


def around(article: Article) -> tuple[Article | None, Article | None, list[Article]]:
    """The neighbours by date in the same category, and a few more of it nearby."""
    if article.published_at is None:
        return None, None, []
    here = (article.category_id, article.published_at, article.pk, timezone.now())
    older, newer = _older(*here), _newer(*here)
    for other in (*older, *newer):
        other.category = article.category
    return (older or [None])[0], (newer or [None])[0], [*newer[1:], *older[1:]][:4]
