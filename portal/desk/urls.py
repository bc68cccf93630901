"""Addresses of the editor's desk, inside the admin's own."""

from django.contrib import admin
from django.urls import path

from portal.desk import advice

guard = admin.site.admin_view

urlpatterns = [
    path("kiem-tra-bai/", guard(advice.advise), name="advice"),
]
