"""The picture library in the admin, and the two views the editor uses to reach it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from portal.deleting import UndoableDelete
from portal.forms import PictureForm
from portal.pictures import Picture


class PictureAdmin(UndoableDelete):
    form = PictureForm
    list_display = ["thumbnail", "__str__", "credit", "size", "created_at"]
    list_display_links = ["__str__"]
    search_fields = ["alt", "caption", "credit"]
    list_per_page = 40
    readonly_fields = ["thumbnail"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        words = ["alt", "decorative", "caption", "credit"]
        return ["thumbnail", *words] if obj else ["upload", *words]

    @admin.display(description="ảnh")
    def thumbnail(self, picture: Picture) -> str:
        return format_html('<img class="thumbnail" src="{}" alt="">', picture.thumbnail_url)

    @admin.display(description="cỡ", ordering="width")
    def size(self, picture: Picture) -> str:
        return f"{picture.width} × {picture.height}"

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
        size = {"width": picture.width, "height": picture.height}
        return JsonResponse({"uploaded": 1, "fileName": upload.name, "url": picture.body_url, **size})

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
        return render(request, "admin/picture_browse.html", context)
