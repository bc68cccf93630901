"""No English where staff look: words of the packages' own English texts must not appear on the admin's screens."""

import re
from html.parser import HTMLParser
from pathlib import Path

import axes
import django
import django_otp
import import_export
import polib
import pytest
import simple_history
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from legal_docs.models import Document
from news.models import Article
from portal.models import Picture
from portal.publishing import Publishable
from procedures.models import Procedure

# Syllables of Vietnamese without marks, and the names of two keys.
SHARED = {"thai", "than", "control", "command"}
PLACES = [Path(package.__file__).parent for package in (django, axes, django_otp, import_export, simple_history)]
SHOWN = ("title", "aria-label", "placeholder", "alt", "summary")


def english_words():
    """Words of the texts that the packages would show in English."""
    words = set()
    for place in PLACES:
        for catalogue in [*place.glob("**/locale/en/**/*.po"), *place.glob("**/locale/fr/**/*.po")]:
            if re.search(r"contrib/(gis|flatpages|humanize|redirects|admindocs|syndication|sites)/", str(catalogue)):
                continue
            for entry in polib.pofile(str(catalogue)):
                text = re.sub(r"%\(\w+\)\w|\{\w+\}|<[^>]+>|%s", " ", f"{entry.msgid} {entry.msgid_plural}")
                words |= set(re.findall(r"[a-z]{4,}", text.lower()))
    return words - SHARED


class Words(HTMLParser):
    """What a person sees or hears of a page."""

    def __init__(self, page):
        super().__init__()
        self.found, self.silent = [], 0
        self.feed(page.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.silent += tag in ("script", "style")
        self.found += [given[name] for name in SHOWN if given.get(name)]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.found.append(given.get("value") or "")

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.silent:
            self.found.append(data)


def english_of(page, english):
    text = re.sub(r"https?://\S+|\S+@\S+|/\S+/|\S+\.\w{2,4}\b", " ", " ".join(Words(page).found)).lower()
    return sorted(set(re.findall(r"(?<![^\W_])[a-z]{4,}(?![^\W_])", text)) & english)


def screens():
    """Every list, form, history and deletion page, and what stands beside them."""
    yield from ("/quan-tri/", "/quan-tri/password_change/", "/quan-tri/bao-mat/", "/quan-tri/bao-cao/")
    yield from ("/quan-tri/bao-cao/theo-nguoi/", "/quan-tri/bao-cao/lau-khong-sua/", "/quan-tri/bao-cao/lien-ket-hong/")
    yield from ("/quan-tri/huong-dan/", "/quan-tri/portal/picture/chon/")
    yield from ("/quan-tri/thung-rac/", "/quan-tri/tim/?q=lao", "/quan-tri/ai-duoc-lam-gi/")
    for model in django_admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{name}_changelist")
        yield reverse(f"admin:{name}_add")
        if row := model._base_manager.first():
            yield reverse(f"admin:{name}_change", args=[row.pk])
            yield reverse(f"admin:{name}_history", args=[row.pk])
            if isinstance(row, Publishable):
                yield reverse(f"admin:{name}_simple_history", args=[row.pk, row.history.first().pk])
                yield reverse(f"admin:{name}_step", args=["withdraw"]) + f"?muc={row.pk}"
                yield reverse(f"admin:{name}_links", args=[row.pk])
                yield reverse(f"admin:{name}_delete", args=[row.pk])


@pytest.mark.ignore_template_errors  # Django's own widget of the password
def test_the_screens_of_the_admin_speak_vietnamese(admin, demo):
    english = english_words()
    assert {"history", "delete", "permission", "username"} <= english
    Group.objects.get(name="Biên tập").permissions.set(Permission.objects.all())
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.create(username="quantri", ip_address="127.0.0.1", **_of(model))
    for model in (Article, Procedure, Document, Picture):  # each has something to show in its history
        row = model.objects.first()
        admin.post(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]), {})
    found = {}
    for address in screens():
        page = admin.get(address)
        if page.status_code == 200 and (words := english_of(page, english)):
            found[address] = words
    for page in (Client().get("/quan-tri/login/"), Client().post("/quan-tri/login/", {"username": "a"})):
        found |= {"login": words} if (words := english_of(page, english)) else {}
    empty = {f"{rows}-{name}_FORMS": 0 for rows in ("photos", "files") for name in ("TOTAL", "INITIAL")}
    faulty = {"published_at_0": "x", "category": "x", "slug": "?", **empty}
    wrong = admin.post("/quan-tri/news/article/add/", faulty)
    found |= {"errors": words} if (words := english_of(wrong, english)) else {}
    assert found == {}


def _of(model):
    return {"get_data": "", "post_data": "", "failures_since_start": 1} if model is AccessAttempt else {}


def test_rights_and_apps_are_named_in_vietnamese(admin):
    english = english_words() | {"can", "add", "view"}
    form = admin.get("/quan-tri/auth/group/add/").context["adminform"].form
    labels = [label for _, label in form.fields["permissions"].choices]
    assert any("Sửa bài viết" in label for label in labels)
    for model in django_admin.site._registry:
        app = apps.get_app_config(model._meta.app_label)
        labels += [str(name) for name in (model._meta.verbose_name, model._meta.verbose_name_plural, app.verbose_name)]
    for label in labels:
        assert not set(re.findall(r"(?<![^\W_])[a-z]{3,}(?![^\W_])", label.lower())) & english, label
