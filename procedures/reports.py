"""Reports for staff: which procedures lack required parts, and what rests on documents that no longer apply."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from portal.legal_bases import kinds
from portal.spreadsheets import csv_response
from procedures import sheet
from procedures.models import Procedure


def report_urls(site: AdminSite) -> list:
    return [
        path("bao-cao/day-du/", site.admin_view(completeness), name="procedures_completeness"),
        path("bao-cao/day-du.csv", site.admin_view(completeness_csv), name="procedures_completeness_csv"),
        path("bao-cao/can-cu/", site.admin_view(changed_bases), name="procedures_changed_bases"),
    ]


def _allowed(request: HttpRequest) -> None:
    if not request.user.has_perm("procedures.view_procedure"):
        raise PermissionDenied


def completeness(request: HttpRequest) -> HttpResponse:
    _allowed(request)
    procedures = Procedure.objects.for_list().order_by("completeness", "sort_title")
    rows = [(procedure, sheet.names(procedure.missing)) for procedure in procedures[:500]]
    return render(
        request,
        "admin/procedure_completeness.html",
        {
            **admin.site.each_context(request),
            **_frame(request, "Thủ tục còn thiếu phần bắt buộc"),
            "rows": rows,
            "total": procedures.count(),
        },
    )


def completeness_csv(request: HttpRequest) -> HttpResponse:
    _allowed(request)
    header = ["mã", "tên thủ tục", "lĩnh vực", "trạng thái", "đầy đủ (%)", "còn thiếu"]
    rows = (
        [
            procedure.code,
            procedure.title,
            procedure.field.name,
            procedure.get_status_display(),
            procedure.completeness,
            ", ".join(sheet.names(procedure.missing)),
        ]
        for procedure in Procedure.objects.for_list().order_by("completeness", "sort_title").iterator()
    )
    return csv_response("muc-day-du.csv", header, rows)


def changed_bases(request: HttpRequest) -> HttpResponse:
    """Everything that names a document which has expired, been replaced or suspended, of whatever app."""
    _allowed(request)
    today = timezone.localdate()
    rows: list[dict[str, Any]] = []
    for model in kinds():
        owner = next(field.name for field in model._meta.fields if field.remote_field and field.name != "document")
        for basis in model.objects.gone(today).select_related(owner).with_status(today):
            item = getattr(basis, owner)
            rows.append(
                {
                    "item": item,
                    "kind": item._meta.verbose_name,
                    "basis": basis,
                    "status": basis.document.status_on(today),
                }
            )
    rows.sort(key=lambda row: (row["kind"], str(row["item"])))
    return render(
        request,
        "admin/changed_bases.html",
        {
            **admin.site.each_context(request),
            **_frame(request, "Căn cứ pháp lý đã thay đổi"),
            "rows": rows,
            "day": today,
        },
    )


def _frame(request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "has_permission": True,
        "site_header": "Quản trị cổng thông tin",
        "opts": Procedure._meta,
    }
