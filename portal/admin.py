"""How staff keep the portal."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST

from portal.accounts import admin as _accounts  # noqa: F401
from portal.accounts import records as _records  # noqa: F401
from portal.addresses import Redirect
from portal.editorial import search_admin as _search_admin  # noqa: F401
from portal.editorial.deleting import UndoableDelete
from portal.editorial.editing import PublishableAdmin
from portal.editorial.library import PictureAdmin
from portal.editorial.list_columns import yes_no
from portal.editorial.readonly_admin import ReadOnlyAdmin
from portal.models import (
    Agency,
    MenuItem,
    Notice,
    Official,
    Page,
    Picture,
    SiteIdentity,
    SwappedDay,
    Unit,
    VisitHour,
    WebsiteLink,
)

admin.site.site_header = "Quản trị cổng thông tin"
admin.site.site_title = "Quản trị cổng thông tin"
admin.site.index_title = "Bàn làm việc"
admin.site.site_url = "/"
admin.site.empty_value_display = "–"
admin.site.register(Picture, PictureAdmin)


class OrderedAdmin(UndoableDelete):
    """Rows are put in order with two buttons, which works with a keyboard and on a phone."""

    list_per_page = 500
    exclude = ["position"]
    siblings_by: tuple[str, ...] = ()

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_display(request), "order_buttons"]

    @admin.display(description="thứ tự")
    def order_buttons(self, row: Model) -> str:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_move", args=[row.pk])
        ways = [("len", "Đưa lên", "↑"), ("xuong", "Đưa xuống", "↓")]
        return format_html_join(
            " ",
            '<button class="move" formaction="{}?huong={}" formmethod="post" aria-label="{}: {}">{}</button>',
            [(url, way, label, row, arrow) for way, label, arrow in ways],
        )

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_move"
        return [
            path("<int:pk>/thu-tu/", self.admin_site.admin_view(require_POST(self.move)), name=name),
            *super().get_urls(),
        ]

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if self.has_change_permission(request, row):
            same = {name: getattr(row, name) for name in self.siblings_by}
            rows = list(self.model.objects.filter(**same).order_by("position", "pk"))
            here = next(index for index, other in enumerate(rows) if other.pk == row.pk)
            there = here + (-1 if request.GET.get("huong") == "len" else 1)
            if 0 <= there < len(rows):
                rows[here], rows[there] = rows[there], rows[here]
            for index, other in enumerate(rows, start=1):
                if other.position != index * 10:
                    other.position = index * 10
                    other.save()
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        """A new row goes last."""
        if not change:
            last = self.model.objects.order_by("-position").values_list("position", flat=True).first()
            obj.position = (last or 0) + 10
        super().save_model(request, obj, form, change)


class TreeList(ChangeList):
    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        """The order of the tree, which any other order would hide."""
        return super().get_queryset(request, exclude_parameters).order_by().extra(order_by=["__tree.tree_ordering"])


class TreeAdmin(OrderedAdmin):
    """Ordered within each branch, shown with its depth."""

    siblings_by = ("parent",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_tree_fields()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeList

    @admin.display(description="tên")
    def in_tree(self, row: Model) -> str:
        return format_html('<span class="depth-{}">{}</span>', min(row.tree_depth, 3), row)


@admin.register(MenuItem)
class MenuItemAdmin(TreeAdmin):
    list_display = ["in_tree", "leads_to"]
    fields = ["label", "parent", "page", "url"]
    autocomplete_fields = ["page"]
    list_select_related = ["page"]

    @admin.display(description="dẫn tới")
    def leads_to(self, item: MenuItem) -> str:
        return item.get_absolute_url()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "parent":  # two levels
            kwargs["queryset"] = MenuItem.objects.filter(parent=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(WebsiteLink)
class WebsiteLinkAdmin(OrderedAdmin):
    list_display = ["name", "group", "url"]
    list_filter = ["group"]
    search_fields = ["name", "url"]
    autocomplete_fields = ["logo"]


@admin.register(Unit)
class UnitAdmin(OrderedAdmin):
    list_display = ["name", "group", "phone", "email"]
    list_filter = ["group"]
    search_fields = ["name"]


@admin.register(Official)
class OfficialAdmin(OrderedAdmin):
    list_display = ["name", "post", "unit", "phone", yes_no("is_leader", "lãnh đạo Sở")]
    list_filter = ["is_leader", "unit"]
    search_fields = ["name", "post"]
    autocomplete_fields = ["unit", "picture"]


@admin.register(Agency)
class AgencyAdmin(OrderedAdmin):
    list_display = ["name", "short_name", "successor"]
    list_select_related = ["successor"]
    search_fields = ["name", "short_name"]
    autocomplete_fields = ["successor"]


@admin.register(SwappedDay)
class SwappedDayAdmin(UndoableDelete):
    list_display = ["day", yes_no("is_worked", "làm bù"), "note"]
    list_filter = ["is_worked"]
    date_hierarchy = "day"


@admin.register(Notice)
class NoticeAdmin(UndoableDelete):
    list_display = ["text", "level", "starts_at", "ends_at"]
    list_filter = ["level"]
    search_fields = ["text"]


@admin.register(SiteIdentity)
class SiteIdentityAdmin(admin.ModelAdmin):
    autocomplete_fields = ["emblem"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SiteIdentity.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    list_display = ["title", "path", "state", "updated_at"]
    search_fields = ["title", "path"]
    main_fields = ["title", "parent", "summary", "body", "block", "cover"]
    ordering = ["path"]


@admin.register(Redirect)
class RedirectAdmin(UndoableDelete):
    list_display = ["old_path", "new_path", "created_at"]
    search_fields = ["old_path", "new_path"]


@admin.register(VisitHour)
class VisitHourAdmin(ReadOnlyAdmin):
    list_display = ["hour", "visits"]
    date_hierarchy = "hour"
