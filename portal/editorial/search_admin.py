"""What staff see of the search: synonyms to edit, and what citizens looked for."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.editorial.deleting import UndoableDelete
from portal.editorial.readonly_admin import ReadOnlyAdmin
from portal.models import SearchCount, Synonym
from portal.spreadsheets import csv_response


@admin.register(Synonym)
class SynonymAdmin(UndoableDelete):
    list_display = ["said", "meant"]
    list_editable = ["meant"]
    search_fields = ["said", "meant"]
    list_per_page = 100


class WhatHappened(admin.SimpleListFilter):
    title = "điều đã xảy ra"
    parameter_name = "loai"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("tim", "Đã tìm"), ("khong-co", "Tìm mà không có kết quả"), ("mo", "Đã mở kết quả")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        wanted = {
            "tim": {"address": ""},
            "khong-co": {"address": "", "results": 0},
            "mo": {"address__gt": ""},
        }
        return queryset.filter(**wanted.get(self.value(), {}))


@admin.register(SearchCount)
class SearchCountAdmin(ReadOnlyAdmin):
    """Counts of a day, without anything about who asked."""

    change_list_template = "admin/searches.html"
    list_display = ["day", "query", "times", "results_told", "address"]
    list_display_links = None
    list_filter = [WhatHappened]
    date_hierarchy = "day"
    search_fields = ["query"]

    @admin.display(description="số kết quả", ordering="results")
    def results_told(self, row: SearchCount) -> int | str:
        return "" if row.address else row.results

    def get_urls(self) -> list:
        download = self.admin_site.admin_view(self.download)
        return [path("csv/", download, name="portal_searchcount_csv"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        months = SearchCount.objects.filter(address="")
        context = {
            "title": "Người dân tìm gì",
            "asked": months.aggregate(total=Sum("times"))["total"] or 0,
            "in_vain": months.filter(results=0).aggregate(total=Sum("times"))["total"] or 0,
            "download_query": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def download(self, request: HttpRequest) -> HttpResponse:
        """The rows of the list as it is filtered."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        rows = self.get_changelist_instance(request).get_queryset(request)
        told = ((r.day.strftime("%d/%m/%Y"), r.query, r.times, self.results_told(r), r.address) for r in rows)
        return csv_response("tim-kiem.csv", ["Ngày", "Từ khóa", "Số lần", "Số kết quả", "Kết quả được mở"], told)
