"""What other pages show of the news: each tag fetches its own data."""

from typing import Any

from django import template

from news.models import Article, Category
from news.views import categories

register = template.Library()
ANNOUNCEMENTS = "thong-bao"


@register.simple_tag
def top_stories(count: int = 5) -> list[Article]:
    """The lead story (the newest marked as such, else the newest), then the newest others."""
    latest = Article.objects.published().for_list().exclude(category__slug=ANNOUNCEMENTS)
    # Two short walks along the date index; sorting by `featured` would read every article.
    found = latest.filter(featured=True)[:1].union(latest[:count])
    stories = sorted(found, key=lambda article: (article.published_at, article.pk), reverse=True)
    lead = next((story for story in stories if story.featured), None)
    return [lead, *(story for story in stories if story != lead)][:count] if lead else stories[:count]


@register.inclusion_tag("news/_stories_by_category.html")
def stories_by_category(shown: list[Article], count: int = 3) -> dict[str, Any]:
    """The newest of each category that are not `shown` above: one query, one short walk along its index for each."""
    listed = [category for category in categories() if category.slug != ANNOUNCEMENTS]
    enough = count + len(shown)
    newest = [Article.objects.published().for_list().filter(category=category)[:enough] for category in listed]
    stories: dict[int, list[Article]] = {}
    found = newest[0].union(*newest[1:]) if newest else []
    for article in sorted(found, key=lambda article: (article.published_at, article.pk), reverse=True):
        if article not in shown:
            stories.setdefault(article.category_id, []).append(article)
    return {"sections": [{"category": c, "stories": stories[c.pk][:count]} for c in listed if c.pk in stories]}


@register.inclusion_tag("news/_announcements.html")
def announcements(count: int = 4) -> dict[str, Any]:
    articles = list(Article.objects.published().for_list().filter(category__slug=ANNOUNCEMENTS)[:count])
    return {"category": articles[0].category if articles else None, "articles": articles}


@register.simple_tag
def news_categories() -> list[Category]:
    return categories()
