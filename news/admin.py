"""How staff write news."""

from typing import IO, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from news.models import Article, ArticleFile, ArticlePhoto, Category
from portal.admin import TreeAdmin
from portal.editing import PublishableAdmin
from portal.pictures import Picture


class PhotoForm(forms.ModelForm):
    """A photo of the gallery: a new file with its words, or one of the library."""

    upload = forms.FileField(
        label="tệp ảnh mới", required=False, widget=forms.FileInput(attrs={"accept": "image/*,.heic,.heif"})
    )
    alt = forms.CharField(label="mô tả ảnh", required=False, max_length=300, help_text="Nói cho người không nhìn được.")
    credit = forms.CharField(label="nguồn ảnh", required=False, max_length=200)

    class Meta:
        model = ArticlePhoto
        fields = ["upload", "alt", "caption", "credit", "picture", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].required = False
        if self.instance.pk:
            self.initial |= {"alt": self.instance.picture.alt, "credit": self.instance.picture.credit}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if upload := data.get("upload"):
            self._take_in(upload, data)
        elif not data.get("picture") and self.has_changed():
            self.add_error("upload", "Hãy chọn tệp ảnh, hoặc chọn ảnh trong thư viện.")
        return data

    def _take_in(self, upload: IO[bytes], data: dict[str, Any]) -> None:
        """A browser forgets chosen files when a form comes back with an error, so the row then names the picture."""
        words = {"alt": data.get("alt", ""), "credit": data.get("credit", "")}
        try:
            data["picture"] = Picture.take_in(upload, decorative=not words["alt"], **words)
        except ValidationError as refused:
            self.add_error("upload", refused)
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("picture")] = str(data["picture"].pk)
        if not words["alt"]:
            self.add_error(
                "alt", "Hãy mô tả ảnh cho người không nhìn được. Ảnh đã ở trong thư viện, không cần chọn lại."
            )

    def save(self, commit: bool = True) -> ArticlePhoto:
        """Words changed here are changed in the library too."""
        picture, data = self.instance.picture, self.cleaned_data
        if data["alt"] and (picture.alt, picture.credit) != (data["alt"], data["credit"]):
            picture.alt, picture.credit, picture.decorative = data["alt"], data["credit"], False
            picture.save()
        return super().save(commit)


class PhotoInline(admin.StackedInline):
    model = ArticlePhoto
    form = PhotoForm
    extra = 0
    autocomplete_fields = ["picture"]
    readonly_fields = ["thumbnail"]
    fields = ["thumbnail", "upload", "alt", "caption", ("credit", "position"), "picture"]

    @admin.display(description="ảnh")
    def thumbnail(self, photo: ArticlePhoto) -> str:
        if not photo.pk:
            return "(chưa có)"
        return format_html('<img class="thumbnail" src="{}" alt="">', photo.picture.thumbnail_url)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("picture")


class FileInline(admin.TabularInline):
    model = ArticleFile
    extra = 0
    fields = ["file", "title", "position"]


@admin.register(Article)
class ArticleAdmin(PublishableAdmin):
    list_display = ["title", "category", "state", "published_at", "updated_by"]
    list_filter = ["status", "category", "published_at"]
    list_select_related = ["category", "updated_by"]
    main_fields = ["title", "category", "summary", "body", "cover", "featured"]
    inlines = [PhotoInline, FileInline]
    changed_together = ["category", "featured"]

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        source = ("Tác giả, nguồn", {"fields": ["author_name", "source_name", "source_url"], "classes": ["collapse"]})
        return [*super().get_fieldsets(request, obj), source]

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
