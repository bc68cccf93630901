"""How staff write news."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from news.forms import PhotoForm, PhotoFormSet
from news.models import Article, ArticleFile, ArticlePhoto, Category
from portal.admin import TreeAdmin
from portal.editorial.attachment_admin import AttachmentInline
from portal.editorial.editing import PublishableAdmin


class PhotoInline(admin.StackedInline):
    model = ArticlePhoto
    form = PhotoForm
    formset = PhotoFormSet
    template = "admin/gallery_inline.html"
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("picture")


class FileInline(AttachmentInline):
    model = ArticleFile


@admin.register(Article)
class ArticleAdmin(PublishableAdmin):
    list_display = ["title", "state", "published_at", "category", "updated_by"]
    list_filter = ["status", "category", "published_at"]
    list_select_related = ["category", "updated_by"]
    main_fields = ["title", "category", "summary", "body", "cover", "featured"]
    inlines = [PhotoInline, FileInline]
    changed_together = ["category", "featured"]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        source = ("Tác giả, nguồn", {"fields": ["author_name", "source_name", "source_url"], "classes": ["collapse"]})
        return [*super().get_fieldsets(request, obj), source]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        waiting = sum(formset.undescribed() for formset in formsets if isinstance(formset, PhotoFormSet))
        if waiting:
            messages.warning(request, f"Còn {waiting} ảnh trong bộ ảnh chưa có mô tả. Hãy ghi trước khi gửi duyệt.")

    def settle(self, request: HttpRequest, item: Article, target: str | None) -> str | None:
        """Without a picture of its own, an article is shown with the first of its gallery."""
        first = item.photos.first() if item.cover_id is None else None
        if first:
            item.cover = first.picture
        return super().settle(request, item, target)


@admin.register(Category)
class CategoryAdmin(TreeAdmin):
    list_display = ["in_tree", "slug"]
    search_fields = ["name"]
