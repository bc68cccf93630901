"""What other pages show of the news: each tag fetches its own data."""

from typing import Any

from django import template

from news.models import Article, Category
from news.views import categories

register = template.Library()
ANNOUNCEMENTS = "thong-bao"


@register.inclusion_tag("news/_front_page_stories.html")
def front_page_stories(count: int = 5) -> dict[str, Any]:
    """The lead story (the newest marked as such, else the newest) and the next ones."""
    latest = Article.objects.published().for_list().exclude(category__slug=ANNOUNCEMENTS)
    # Two short walks along the date index; sorting by `featured` would read every article.
    found = latest.filter(featured=True)[:1].union(latest[:count])
    stories = sorted(found, key=lambda article: (article.featured, article.published_at, article.pk), reverse=True)
    return {"lead": stories[0] if stories else None, "others": stories[1:count]}


@register.inclusion_tag("news/_stories_by_category.html")
def stories_by_category(count: int = 3) -> dict[str, Any]:
    """The newest of each category: one query, one short walk along its index for each."""
    shown = [category for category in categories() if category.slug != ANNOUNCEMENTS]
    newest = [Article.objects.published().for_list().filter(category=category)[:count] for category in shown]
    stories: dict[int, list[Article]] = {}
    for article in newest[0].union(*newest[1:]).order_by("-published_at", "-id") if newest else []:
        stories.setdefault(article.category_id, []).append(article)
    return {"sections": [{"category": c, "stories": stories[c.pk]} for c in shown if c.pk in stories]}


@register.inclusion_tag("news/_announcements.html")
def announcements(count: int = 4) -> dict[str, Any]:
    articles = list(Article.objects.published().for_list().filter(category__slug=ANNOUNCEMENTS)[:count])
    return {"category": articles[0].category if articles else None, "articles": articles}


@register.simple_tag
def news_categories() -> list[Category]:
    return categories()
