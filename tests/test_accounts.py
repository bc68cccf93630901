"""Staff accounts: wrong passwords, lockout, the second factor, sessions that end, records that stay."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from news.models import Article, Category

pytestmark = pytest.mark.django_db
PASSWORD = "mat-khau-rat-dai"
START, LOGIN, CODE, SETUP = "/quan-tri/", "/quan-tri/login/", "/quan-tri/xac-thuc/", "/quan-tri/bao-mat/"


@pytest.fixture
def clock(time_machine):
    """A clock that passes on, and can be put forward."""
    time_machine.move_to(timezone.now())
    return time_machine


@pytest.fixture
def publisher(django_user_model):
    user = django_user_model.objects.create_user("pheduyet", password=PASSWORD, is_staff=True)
    rights = ["view_article", "change_article", "publish_article"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def sign_in(client, name="pheduyet", password=PASSWORD):
    return client.post(LOGIN, {"username": name, "password": password, "next": START}, follow=True)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def code_of(user, confirmed=True):
    device = TOTPDevice.objects.get(user=user, confirmed=confirmed)
    return f"{totp(device.bin_key, step=device.step, t0=device.t0, digits=device.digits):06d}"


def set_up(client, user):
    """Turns the second factor on; returns the backup codes."""
    client.get(SETUP)
    page = client.post(SETUP, {"code": code_of(user, confirmed=False), "viec": "bat"})
    return re.findall(r"<li><code>(\w+)</code>", page.content.decode())


def test_wrong_unknown_and_closed_accounts_get_the_same_answer(client, publisher, django_user_model):
    django_user_model.objects.create_user("danghi", password=PASSWORD, is_staff=True, is_active=False)
    django_user_model.objects.create_user("banhdoc", password=PASSWORD)
    tries = [("pheduyet", "sai-mat-khau"), ("khong-co", PASSWORD), ("danghi", PASSWORD), ("banhdoc", PASSWORD)]
    answers = {words(sign_in(client, name, password)) for name, password in tries}
    assert len(answers) == 1
    assert "Đăng nhập" in answers.pop()


def test_six_wrong_passwords_close_the_name_to_that_address_only(publisher, admin, clock):
    client = Client()
    for name in ("pheduyet", "khong-co"):
        for _ in range(6):
            page = sign_in(client, name, "sai-mat-khau")
        assert page.status_code == 429
        assert "Tạm khóa đăng nhập" in words(page)
    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).request["PATH_INFO"] == START
    record = AccessAttempt.objects.get(username="pheduyet")
    page = admin.post(reverse("admin:axes_unlock", args=[record.pk]), follow=True)
    assert "Đã mở khóa cho pheduyet" in words(page)
    assert sign_in(Client()).request["PATH_INFO"] == START
    assert AccessFailureLog.objects.filter(username="pheduyet").count() >= 6
    clock.shift(timedelta(minutes=16))
    assert sign_in(Client(), "khong-co", "sai").status_code == 200


def test_a_publisher_sets_the_second_factor_up_before_anything_else(client, publisher, settings):
    settings.TWO_FACTOR = True
    page = sign_in(client)
    assert page.request["PATH_INFO"] == SETUP
    assert client.get("/quan-tri/news/article/")["Location"] == SETUP
    picture = client.get(f"{SETUP}ma-qr.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert "Nhập sáu chữ số" in words(client.get(SETUP))
    assert "Mã không đúng" in words(client.post(SETUP, {"code": "000000", "viec": "bat"}))
    time_passes(publisher)
    assert len(set_up(client, publisher)) == 10
    assert client.get("/quan-tri/news/article/").status_code == 200
    assert client.get(f"{SETUP}ma-qr.svg").status_code == 404
    assert LogEntry.objects.filter(user=publisher, change_message__contains="Bật xác thực").exists()


def time_passes(user):
    """The pause after a wrong code is over."""
    TOTPDevice.objects.filter(user=user).update(throttling_failure_timestamp=None, throttling_failure_count=0)


def test_with_the_second_factor_the_password_alone_opens_nothing(client, publisher):
    client.force_login(publisher)
    codes = set_up(client, publisher)
    draft = Article.objects.create(title="Nháp", category=Category.objects.create(name="Việc làm"))
    other = Client()
    page = sign_in(other)
    assert page.request["PATH_INFO"] == CODE
    assert LOGIN in other.get(START)["Location"]
    assert other.get(draft.get_absolute_url()).status_code == 404
    assert "Mã không đúng" in words(other.post(CODE, {"code": "123456"}))
    assert "Đã nhập sai nhiều lần" in words(other.post(CODE, {"code": code_of(publisher)}))
    assert other.post(CODE, {"code": f" {codes[0].upper()} ", "next": START})["Location"] == START
    assert other.get(START).status_code == 200
    third = Client()
    sign_in(third)
    assert "Mã không đúng" in words(third.post(CODE, {"code": codes[0]}))
    time_passes(publisher)
    TOTPDevice.objects.update(last_t=-1)
    assert third.post(CODE, {"code": code_of(publisher), "next": "https://evil.example/"})["Location"] == START


def test_the_code_page_opens_only_after_the_password_and_not_for_long(client, publisher, clock):
    client.force_login(publisher)
    set_up(client, publisher)
    other = Client()
    assert other.get(CODE)["Location"] == LOGIN
    sign_in(other)
    assert other.get(CODE).status_code == 200
    clock.shift(timedelta(minutes=11))
    assert other.get(CODE)["Location"] == LOGIN


def test_a_session_from_before_the_second_factor_ends(client, publisher):
    before = Client()
    before.force_login(publisher)
    client.force_login(publisher)
    set_up(client, publisher)
    assert LOGIN in before.get(START)["Location"]
    assert client.get(START).status_code == 200


@pytest.mark.ignore_template_errors  # Django's own widget of the password
def test_an_administrator_resets_the_second_factor_of_a_lost_telephone(admin, publisher):
    client = Client()
    client.force_login(publisher)
    set_up(client, publisher)
    address = reverse("admin:auth_user_change", args=[publisher.pk])
    form = admin.get(address).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    joined = publisher.date_joined.astimezone()
    fields |= {"date_joined_0": f"{joined:%d/%m/%Y}", "date_joined_1": f"{joined:%H:%M:%S}"}
    admin.post(address, {**fields, "reset_second_factor": "on"})
    assert not TOTPDevice.objects.filter(user=publisher, confirmed=True).exists()
    assert sign_in(Client()).request["PATH_INFO"] == START


def test_a_try_out_has_one_password_and_a_real_site_two_factors():
    asked = {}
    for address in ("http://localhost:8000", "https://sld.example.gov.vn"):
        environment = {**os.environ, "SITE_URL": address, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        command = [sys.executable, "-c", "from django.conf import settings; print(settings.TWO_FACTOR)"]
        root = Path(__file__).resolve().parent.parent
        run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
        asked[address] = run.stdout.strip()
    assert asked == {"http://localhost:8000": "False", "https://sld.example.gov.vn": "True"}


def test_a_session_ends_after_an_hour_without_work_and_a_waiting_page_is_no_work(client, publisher, clock):
    client.force_login(publisher)
    assert client.get(START).status_code == 200
    clock.shift(timedelta(minutes=50))
    assert client.get(START).status_code == 200
    by_script = {"Sec-Fetch-Dest": "empty"}
    clock.shift(timedelta(minutes=50))
    client.post("/quan-tri/kiem-tra-bai/", {"text": "Đang viết"}, headers=by_script)
    for _ in range(3):
        clock.shift(timedelta(minutes=19))
        client.post("/quan-tri/dang-mo/", headers=by_script)
    clock.shift(timedelta(minutes=5))
    page = client.get(START, follow=True)
    assert page.request["PATH_INFO"] == LOGIN
    assert "Phiên làm việc đã kết thúc" in words(page)


@pytest.mark.parametrize("what", ["password", "closed"])
def test_a_session_ends_when_the_password_changes_or_the_account_is_closed(client, publisher, what):
    client.force_login(publisher)
    assert client.get(START).status_code == 200
    if what == "password":
        publisher.set_password("mot-mat-khau-khac")
    else:
        publisher.is_active = False
    publisher.save()
    assert LOGIN in client.get(START)["Location"]


@pytest.mark.parametrize("poor", ["ngan-qua", "12345678901234", "pheduyet-pheduyet"])
def test_poor_passwords_are_refused_in_vietnamese(admin, poor):
    fields = {"username": "pheduyet-pheduyet", "password1": poor, "password2": poor, "usable_password": "true"}
    page = admin.post(reverse("admin:auth_user_add"), fields)
    assert page.status_code == 200
    assert "Mật khẩu" in " ".join(page.context["adminform"].form.errors["password2"])


def test_records_can_be_read_but_neither_changed_nor_deleted(admin, publisher):
    sign_in(Client())
    sign_in(Client(), password="sai")
    admin.post(reverse("admin:news_category_add"), {"name": "Việc làm"})
    for model in (LogEntry, AccessLog, AccessFailureLog):
        name, row = f"{model._meta.app_label}_{model._meta.model_name}", model.objects.first()
        assert "pheduyet" in admin.get(reverse(f"admin:{name}_changelist")).content.decode() or model is LogEntry
        assert admin.get(reverse(f"admin:{name}_add")).status_code == 403
        assert admin.post(reverse(f"admin:{name}_change", args=[row.pk]), {"username": "x"}).status_code in (302, 403)
        assert admin.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert list(model.objects.filter(pk=row.pk).values()) == [
            {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
        ]
    assert admin.post(reverse("admin:auth_user_delete", args=[publisher.pk]), {"post": "yes"}).status_code == 403


def test_who_keeps_accounts_cannot_become_more_than_that(client, publisher, django_user_model):
    publisher.user_permissions.add(*Permission.objects.filter(codename__in=["view_user", "change_user"]))
    boss = django_user_model.objects.create_superuser("quantri", password=PASSWORD)
    client.force_login(publisher)
    assert client.post(reverse("admin:auth_user_change", args=[boss.pk]), {}).status_code == 403
    address = reverse("admin:auth_user_change", args=[publisher.pk])
    joined = publisher.date_joined.astimezone()
    when = {"date_joined_0": f"{joined:%d/%m/%Y}", "date_joined_1": f"{joined:%H:%M:%S}"}
    client.post(address, {"username": "pheduyet", "is_active": "on", "is_staff": "on", "is_superuser": "on", **when})
    publisher.refresh_from_db()
    assert not publisher.is_superuser
