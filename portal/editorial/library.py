"""The picture library in the admin, and the two views the editor uses to reach it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_GET, require_POST

from portal.editorial.deleting import UndoableDelete
from portal.editorial.forms import PictureForm, WordsForm
from portal.picture_uses import uses
from portal.pictures import Picture


class WithoutWords(admin.SimpleListFilter):
    title = "mô tả"
    parameter_name = "mo-ta"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("chua", "Chưa có mô tả"), ("co", "Đã có mô tả")]

    def queryset(self, request: HttpRequest, pictures: QuerySet) -> QuerySet:
        wanted = {"chua": pictures.filter(alt=""), "co": pictures.exclude(alt="")}
        return wanted.get(self.value(), pictures)


class PictureAdmin(UndoableDelete):
    form = PictureForm
    change_list_template = "admin/picture_change_list.html"
    list_display = ["thumbnail", "alt", "created_at"]
    list_display_links = ["thumbnail"]
    list_editable = ["alt"]
    list_filter = [WithoutWords, "created_at"]
    search_fields = ["alt", "caption", "credit"]
    list_per_page = 40
    readonly_fields = ["thumbnail", "width", "height", "used_in"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        words = ["alt", "decorative", "caption", "credit"]
        return ["thumbnail", *words, "width", "height", "used_in"] if obj else ["upload", *words]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        return WordsForm

    @admin.display(description="ảnh")
    def thumbnail(self, picture: Picture) -> str:
        # The words serve as the link's name; a picture without them is named by its number.
        alt = f"Mở ảnh: {picture}"
        return format_html('<img class="thumbnail" src="{}" alt="{}" loading="lazy">', picture.thumbnail_url, alt)

    @admin.display(description="dùng ở")
    def used_in(self, picture: Picture) -> str:
        rows = [(_change_address(item), item._meta.verbose_name, item) for item in uses(picture)]
        items = format_html_join("", '<li><a href="{}">{}: {}</a></li>', rows)
        return format_html('<ul class="uses">{}</ul>', items) if rows else "Chưa dùng ở đâu."

    def save_model(self, request: HttpRequest, obj: Picture, form: ModelForm, change: bool) -> None:
        if not change and obj.created_by is None:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list:
        guard = self.admin_site.admin_view
        return [
            path("tai-len/", guard(require_POST(self.upload)), name="picture-upload"),
            path("chon/", guard(require_GET(self.browse)), name="picture-browse"),
            *super().get_urls(),
        ]

    def upload(self, request: HttpRequest) -> JsonResponse:
        """A picture dropped, pasted or chosen in the editor. Its words are asked for when the text is saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        upload = request.FILES.get("upload")
        if upload is None:
            return self._answer("Không nhận được tệp nào. Hãy thử lại.")
        try:
            picture = Picture.take_in(upload, decorative=True, created_by=request.user)
        except ValidationError as refused:
            return self._answer(" ".join(refused.messages))
        return JsonResponse({"uploaded": 1, "fileName": upload.name, **picture.choice()})

    def _answer(self, message: str) -> JsonResponse:
        return JsonResponse({"uploaded": 0, "error": {"message": message}})

    def browse(self, request: HttpRequest) -> HttpResponse:
        """A window to choose a picture of the library for the text."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.get("q", "").strip()[:100]
        found = Picture.objects.filter(
            Q(alt__icontains=query) | Q(caption__icontains=query) | Q(credit__icontains=query)
        )
        page = Paginator(found, 24).get_page(request.GET.get("trang"))
        context: dict[str, Any] = {"page_obj": page, "query": query, "callback": request.GET.get("CKEditorFuncNum", "")}
        context["many"] = request.GET.get("nhieu", "")
        return render(request, "admin/picture_browse.html", context)


def _change_address(item: Model) -> str:
    try:
        return reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_change", args=[item.pk])
    except NoReverseMatch:
        return item.get_absolute_url()
