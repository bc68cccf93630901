from django.apps import AppConfig


class NewsConfig(AppConfig):
    name = "news"
    verbose_name = "Tin tức"
    # Where a menu entry may lead, and what stands on the site map.
    sections = [("Tin tức", "news:index")]
