"""Accounts and the records of what was done, in the admin."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_static import admin as _static
from django_otp.plugins.otp_totp import admin as _totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts import second_factor
from portal.editorial.list_columns import yes_no
from portal.editorial.readonly_admin import ReadOnlyAdmin

# Their pages show the secrets.
admin.site.unregister([_totp.TOTPDevice, _static.StaticDevice, User, Group])


# Of these nobody keeps rows by hand, so no right to them is offered.
_TECHNICAL = ["axes", "contenttypes", "otp_static", "otp_totp", "sessions"]


class OfferedRights:
    """Only rights that mean something here, as boxes to tick: the double list is unknown to screen readers."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            offered = Permission.objects.exclude(content_type__app_label__in=_TECHNICAL)
            offered = offered.exclude(content_type__model__startswith="historical")
            kwargs["queryset"] = offered.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, widget=forms.CheckboxSelectMultiple(), **kwargs)


@admin.register(Group)
class RoleAdmin(OfferedRights, GroupAdmin):
    pass


class AccountForm(UserChangeForm):
    reset_second_factor = forms.BooleanField(
        label="đặt lại xác thực hai bước",
        required=False,
        help_text="Khi người này mất điện thoại và mã dự phòng. Sau đó họ đăng nhập bằng mật khẩu rồi thiết lập lại.",
    )


@admin.register(User)
class AccountAdmin(OfferedRights, UserAdmin):
    """Accounts are closed, never deleted: the record of what they did would go with them."""

    form = AccountForm
    two_factors = yes_no("has_device", "xác thực hai bước")
    list_display = ["username", "last_name", "first_name", yes_no("is_active", "đang mở"), two_factors, "last_login"]
    list_filter = ["is_active", "is_superuser", "groups"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return super().get_queryset(request).annotate(has_device=Exists(devices))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[tuple]:
        safety = ("Bảo mật", {"fields": ["reset_second_factor"]})
        return [*super().get_fieldsets(request, obj), *([safety] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        own = ["last_login", "date_joined"]
        return own if request.user.is_superuser else [*own, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever keeps accounts cannot take over one that may do more."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("reset_second_factor"):
            second_factor.turn_off(obj)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "told"]
    list_filter = ["action_flag", "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "user__username"]
    date_hierarchy = "action_time"

    @admin.display(description="chi tiết")
    def told(self, entry: LogEntry) -> str:
        return entry.get_change_message()


class SignInAdmin(ReadOnlyAdmin):
    """Everything stands in the list; a page for each row would say no more."""

    list_display_links = None

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    history_view = change_view


@admin.register(AccessLog)
class AccessLogAdmin(SignInAdmin):
    list_display = ["attempt_time", "username", "ip_address", "logout_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(SignInAdmin):
    list_display = ["attempt_time", "username", "ip_address", yes_no("locked_out", "bị khóa")]
    list_filter = ["locked_out"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SignInAdmin):
    """The failures stay in their own record when a person is let in again."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "unlock_button"]
    search_fields = ["username", "ip_address"]

    @admin.display(description="mở khóa")
    def unlock_button(self, attempt: AccessAttempt) -> str:
        button = '<button class="button" formaction="{}" formmethod="post" aria-label="Mở khóa {}">Mở khóa</button>'
        return format_html(button, reverse("admin:axes_unlock", args=[attempt.pk]), attempt.username)

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.unlock))
        return [path("<int:pk>/mo-khoa/", view, name="axes_unlock"), *super().get_urls()]

    def unlock(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("axes.delete_accessattempt"):
            raise PermissionDenied
        attempt = get_object_or_404(AccessAttempt, pk=pk)
        LogEntry.objects.log_actions(request.user.pk, [attempt], DELETION, f"Mở khóa cho {attempt.username}.")
        attempt.delete()
        messages.success(request, f"Đã mở khóa cho {attempt.username}.")
        return redirect("admin:axes_accessattempt_changelist")
