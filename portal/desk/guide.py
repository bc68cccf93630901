"""The guide for staff: what they need in their first week, with pictures of their own screens."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WIDTH, HEIGHT = 1120, 700  # CSS pixels of each picture

# (name of the picture, address in the admin, what is brought into view)
PICTURES = [
    ("ban-lam-viec", "", ""),
    ("viet-bai", "news/article/add/", ".field-title"),
    ("bo-anh", "news/article/{gallery}/change/", ".gallery-rows"),
    ("sua-bai-dang", "news/article/{gallery}/change/", ".standing"),
    ("thu-vien", "portal/picture/", ""),
    ("bao-mat", "bao-mat/", ""),
]


def page(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Hướng dẫn", "width": WIDTH, "height": HEIGHT}
    return render(request, "admin/guide.html", context)
