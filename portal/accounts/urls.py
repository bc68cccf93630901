"""Addresses of staff accounts, inside the admin's own."""

from django.contrib import admin
from django.urls import path

from portal.accounts import login

urlpatterns = [
    path("login/", login.Login.as_view()),  # stands before the admin's own view of this address
    path("xac-thuc/", login.SecondFactor.as_view(), name="second-factor"),
    path("bao-mat/", admin.site.admin_view(login.Setup.as_view()), name="second-factor-setup"),
    path("bao-mat/ma-qr.svg", admin.site.admin_view(login.qr), name="second-factor-qr"),
]
