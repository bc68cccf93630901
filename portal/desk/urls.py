"""Addresses of the editor's desk, inside the admin's own."""

from django.contrib import admin
from django.urls import path

from portal.desk import advice, guide, reports

guard = admin.site.admin_view

urlpatterns = [
    path("kiem-tra-bai/", guard(advice.advise), name="advice"),
    path("huong-dan/", guard(guide.page), name="guide"),
    path("bao-cao/", guard(reports.index), name="reports"),
    path("bao-cao/theo-nguoi/", guard(reports.by_author), name="report-by-author"),
    path("bao-cao/lau-khong-sua/", guard(reports.ageing), name="report-ageing"),
    path("bao-cao/lien-ket-hong/", guard(reports.broken_links), name="broken-links"),
]
