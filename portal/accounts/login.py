"""Signing in: the password, then the code; and the page where staff set the second factor up."""

import time
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from portal.accounts import second_factor
from portal.accounts.sessions import VERIFIED

HALF = "half_login"  # the password was right, the code is still to come
HALF_LASTS = 600  # seconds


def client_address(request: HttpRequest) -> str:
    """Behind our own web server the address it saw, which it adds last; whatever stands before may be invented."""
    if settings.BEHIND_PROXY and (seen := request.META.get("HTTP_X_FORWARDED_FOR", "")):
        return seen.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """After too many wrong passwords, whether the name exists or not."""
    frame = {**admin.site.each_context(request), "title": "Tạm khóa đăng nhập"}
    return render(request, "admin/locked_out.html", {**frame, "limit": settings.AXES_FAILURE_LIMIT}, status=429)


class Login(LoginView):
    """The same answer for a wrong password, an unknown name and an account that was closed."""

    template_name = "admin/login.html"
    authentication_form = AdminAuthenticationForm
    next_page = reverse_lazy("admin:index")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: AdminAuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not second_factor.is_on(user):
            return super().form_valid(form)
        self.request.session.flush()
        self.request.session[HALF] = {"user": user.pk, "backend": user.backend, "at": int(time.time())}
        address = {self.redirect_field_name: self.get_success_url()}
        return redirect(f"{reverse_lazy('second-factor')}?{urlencode(address)}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = {
            **admin.site.each_context(self.request),
            "title": "Đăng nhập",
            "username": self.request.user.get_username(),
        }
        return {**super().get_context_data(**kwargs), **frame, "app_path": self.request.get_full_path()}


class CodeForm(forms.Form):
    code = forms.CharField(
        label="mã xác thực",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: AbstractBaseUser, confirmed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.confirmed = user, confirmed

    def clean_code(self) -> str:
        second_factor.check(self.user, self.cleaned_data["code"], self.confirmed)
        return self.cleaned_data["code"]


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class SecondFactor(RedirectURLMixin, FormView):
    template_name = "admin/second_factor.html"
    form_class = CodeForm
    next_page = reverse_lazy("admin:index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        half = request.session.get(HALF) or {}
        fresh = int(time.time()) - half.get("at", 0) < HALF_LASTS
        user = get_user_model().objects.filter(pk=half.get("user"), is_active=True, is_staff=True).first()
        if not (fresh and user):
            return redirect("admin:login")
        user.backend, self.user = half["backend"], user
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        del self.request.session[HALF]
        login(self.request, self.user)
        self.request.session[VERIFIED] = True
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = {**admin.site.each_context(self.request), "title": "Nhập mã xác thực"}
        return {**super().get_context_data(**kwargs), **frame, "next": self.get_redirect_url()}


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class Setup(FormView):
    """On, off, and new backup codes. Each asks for a code, so that a screen left open is not enough."""

    template_name = "admin/second_factor_setup.html"
    form_class = CodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        return {**super().get_form_kwargs(), "user": user, "confirmed": second_factor.is_on(user)}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        user, wanted = self.request.user, self.request.POST.get("viec", "")
        demanded = second_factor.is_demanded(user)
        if not form.confirmed:
            codes, told = second_factor.turn_on(user), "Bật xác thực hai bước."
        elif wanted == "tat" and not demanded:
            second_factor.turn_off(user)
            codes, told = [], "Tắt xác thực hai bước."
        else:
            codes, told = second_factor.new_codes(user), "Tạo mã dự phòng mới."
        self.request.session[VERIFIED] = second_factor.is_on(user)
        LogEntry.objects.log_actions(user.pk, [user], CHANGE, told, single_object=True)
        context = self.get_context_data(form=self.form_class(user=user), codes=codes, told=told)
        return render(self.request, self.template_name, context)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        state: dict[str, Any] = {"codes": [], "told": "", "is_on": second_factor.is_on(user)}
        state |= {"demanded": second_factor.is_demanded(user), "codes_left": second_factor.codes_left(user)}
        if not state["is_on"]:
            state["secret"] = second_factor.secret(second_factor.begin(user))
        frame = {**admin.site.each_context(self.request), "title": "Xác thực hai bước"}
        return {**frame, **state, **super().get_context_data(**kwargs)}


@never_cache
def qr(request: HttpRequest) -> HttpResponse:
    """What the telephone's camera reads; nothing once the device counts."""
    if second_factor.is_on(request.user):
        raise Http404
    response = HttpResponse(content_type="image/svg+xml")
    picture = segno.make(second_factor.begin(request.user).config_url, error="m", micro=False)
    picture.save(response, kind="svg", scale=5, border=2, light="#fff")
    return response
