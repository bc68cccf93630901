"""Every write of staff is kept with before and after, and nobody edits that."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry as Record
from django.contrib.auth.models import Group, User
from django.utils import timezone

from portal.models import MenuItem, Notice, WebsiteLink


def only_record():
    record = Record.objects.get()
    return record.actor.username, record.get_action_display(), record.object_repr, record.changes_dict


@pytest.fixture
def link(db):
    return WebsiteLink.objects.create(group="Trung ương", name="Bộ Nội vụ", url="https://moha.gov.vn/", position=10)


def change(client, row, **fields):
    page = f"/quan-tri/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    form = client.get(page).context["adminform"].form
    sent = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    answer = client.post(page, {**sent, **fields})
    assert answer.status_code == 302, answer.context["errors"]


def test_a_changed_link_is_told_with_before_and_after(admin, link):
    change(admin, link, url="https://moha.gov.vn/moi/")
    told = {"url": ["https://moha.gov.vn/", "https://moha.gov.vn/moi/"]}
    assert only_record() == ("quantri", "update", "Bộ Nội vụ", told)


def test_a_new_order_of_the_menu_is_told(admin, db):
    MenuItem.objects.create(label="A", url="/", position=10)
    second = MenuItem.objects.create(label="B", url="/", position=20)
    admin.post(f"/quan-tri/portal/menuitem/{second.pk}/thu-tu/?huong=len")
    told = {record.object_repr: record.changes_dict for record in Record.objects.all()}
    assert told == {"A": {"position": ["10", "20"]}, "B": {"position": ["20", "10"]}}


def test_a_deleted_notice_is_told_with_what_it_said(admin, db):
    notice = Notice.objects.create(text="Nghỉ lễ", ends_at=timezone.now() + timedelta(days=1))
    admin.post(f"/quan-tri/portal/notice/{notice.pk}/delete/", {"post": "yes"})
    name, action, text, changes = only_record()
    assert (name, action, text, changes["text"]) == ("quantri", "delete", "Nghỉ lễ", ["Nghỉ lễ", "None"])


@pytest.mark.ignore_template_errors  # of Django's own page
def test_rights_given_are_told_and_no_password_is(admin, db):
    group = Group.objects.create(name="Tổ tin")
    person = User.objects.create_user("an", password="mat-khau-rat-dai")
    change(admin, person, groups=[group.pk], is_active="on", date_joined_0="01/01/2026", date_joined_1="00:00")
    assert any(record.changes_dict.get("groups", {}).get("objects") == ["Tổ tin"] for record in Record.objects.all())
    new = "doi-mat-khau-moi-2026"
    Record.objects.all().delete()
    admin.post(
        f"/quan-tri/auth/user/{person.pk}/password/", {"password1": new, "password2": new, "usable_password": "true"}
    )
    person.refresh_from_db()
    assert person.check_password(new)
    _, _, _, changes = only_record()
    assert person.password not in str(changes)


def test_nothing_is_told_of_commands_and_readers(client, link):
    link.save()
    client.get("/")
    assert not Record.objects.exists()


def test_records_are_read_and_never_edited(admin, link):
    change(admin, link, name="<b>Bộ</b>")
    page = admin.get("/quan-tri/auditlog/logentry/").content.decode()
    assert "<b>tên</b>: Bộ Nội vụ → &lt;b&gt;Bộ&lt;/b&gt;" in page
    record = Record.objects.get()
    assert admin.get(f"/quan-tri/auditlog/logentry/{record.pk}/change/").status_code == 200
    for way in ("change", "delete"):
        assert admin.post(f"/quan-tri/auditlog/logentry/{record.pk}/{way}/", {"post": "yes"}).status_code == 403


def test_forms_take_no_text_without_end(admin, link):
    form = admin.get("/quan-tri/portal/siteidentity/add/").context["adminform"].form
    unbounded = [name for name, field in form.fields.items() if getattr(field, "max_length", 1) is None]
    assert unbounded == []
