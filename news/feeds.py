"""Atom feeds of the news."""

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from news.models import Article, ArticleQuerySet, Category
from portal.feeds import AtomFeed


class AllNews(AtomFeed):
    title = "Tin tức"

    def link(self) -> str:
        return settings.SITE_URL + reverse("news:index")

    def items_of(self, obj: None) -> ArticleQuerySet:
        return Article.objects.published()


class CategoryNews(AtomFeed):
    def get_object(self, request: HttpRequest, slug: str) -> Category:
        return get_object_or_404(Category, slug=slug)

    def title(self, category: Category) -> str:
        return category.name

    def subtitle(self, category: Category) -> str:
        return category.description

    def link(self, category: Category) -> str:
        return settings.SITE_URL + category.get_absolute_url()

    def items_of(self, category: Category) -> ArticleQuerySet:
        return Article.objects.published().filter(category=category)
