"""Who may do what: the table made from the roles, tried through HTTP for every role, action and content type."""

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from news.models import Article, ArticlePhoto
from portal import roles
from portal.models import Deleted, PendingVersion
from portal.pictures import Picture
from portal.publishing import content_types
from portal.workflow import Status
from tests.browser_form import fields
from tests.test_editing import jpeg
from tests.test_publishing import KEYS, make

pytestmark = pytest.mark.django_db
ROLES = [roles.WRITER, roles.EDITOR, roles.APPROVER, roles.ADMINISTRATOR]
PASSWORD = "mat-khau-rat-dai"


@pytest.fixture
def staff(django_user_model):
    """staff("Biên tập"): somebody of this role and no other rights."""

    def hire(role, name=None):
        user = django_user_model.objects.create_user(name or f"{role}-{timezone.now().timestamp()}", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    return hire


def url(item, view):
    return reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_{view}", args=[item.pk])


def step(client, item, name, **words):
    address = reverse(f"admin:{item._meta.app_label}_{item._meta.model_name}_step", args=[name])
    return client.post(address, {"muc": item.pk, **words})


def saved(client, item, button=""):
    """Whether the form could be sent, with this button."""
    page = client.get(url(item, "change"))
    if 'name="_do"' not in page.content.decode():
        return False
    return client.post(url(item, "change"), fields(page, _do=button, summary="Sửa rồi.")).status_code == 302


class Attempts:
    """Each line of roles.WHO_MAY, as somebody would try it; true when it had its effect."""

    def __init__(self, client, model, user, other):
        self.client, self.model, self.user, self.other = client, model, user, other

    def item(self, by, status=Status.DRAFT, **more):
        return make(self.model, status=status, created_by=by, submitted_by=by, **more)

    def stands(self, item):
        item.refresh_from_db()
        return item.status

    def copy(self, item, submitted_by):
        before = {"fields": {"summary": "Cũ"}, "rows": {}}
        copy = PendingVersion.begin(item, before)
        copy.submit(submitted_by)
        copy.keep(item, {"fields": {"summary": "Mới"}, "rows": {}}, submitted_by)

    def write(self):
        address = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_add")
        page = self.client.get(address)
        if page.status_code != 200:
            return False
        self.item(self.other)  # so that there is a category, a topic, a field to choose
        page = self.client.get(address)
        keys = KEYS.get(self.model._meta.label, dict)()
        before = self.model.objects.count()
        self.client.post(address, fields(page, title="Bài mới toanh", **keys))
        return self.model.objects.count() == before + 1

    def change_own_draft(self):
        return saved(self.client, self.item(self.user))

    def change_other_draft(self):
        return saved(self.client, self.item(self.other))

    def submit_own(self):
        item = self.item(self.user)
        saved(self.client, item, "submit")
        return self.stands(item) == Status.REVIEW

    def hand_back(self):
        item = self.item(self.other, Status.REVIEW)
        step(self.client, item, "return", reason="Thiếu ảnh")
        return self.stands(item) == Status.DRAFT

    def approve(self):
        item = self.item(self.other, Status.REVIEW)
        saved(self.client, item, "publish")
        return self.stands(item) == Status.PUBLISHED

    def publish_directly(self):
        item = self.item(self.user)
        saved(self.client, item, "publish")
        return self.stands(item) == Status.PUBLISHED

    def copy_of_own(self):
        item = self.item(self.user, Status.PUBLISHED)
        return saved(self.client, item) and PendingVersion.of(item) is not None

    def copy_of_other(self):
        item = self.item(self.other, Status.PUBLISHED)
        return saved(self.client, item) and PendingVersion.of(item) is not None

    def approve_copy(self):
        item = self.item(self.other, Status.PUBLISHED)
        self.copy(item, self.other)
        step(self.client, item, "publish")
        item.refresh_from_db()
        return item.summary == "Mới"

    def withdraw(self):
        item = self.item(self.other, Status.PUBLISHED)
        step(self.client, item, "withdraw", reason="Đăng nhầm")
        return self.stands(item) == Status.WITHDRAWN

    def delete(self, by, status=Status.DRAFT):
        item = self.item(by, status)
        self.client.post(url(item, "delete"), {"post": "yes"})
        return not self.model.objects.filter(pk=item.pk).exists()

    def all(self):
        tries = [self.write, self.change_own_draft, self.change_other_draft, self.submit_own, self.hand_back]
        tries += [self.approve, self.publish_directly, self.copy_of_own, self.copy_of_other, self.approve_copy]
        tries += [self.withdraw, lambda: self.delete(self.user), lambda: self.delete(self.other)]
        tries += [lambda: self.delete(self.other, Status.PUBLISHED)]
        return dict(zip(roles.WHO_MAY, tries, strict=True))


@pytest.mark.parametrize("model", content_types(), ids=lambda model: model.__name__)
@pytest.mark.parametrize("role", ROLES)
def test_the_table_is_what_happens(client, staff, role, model):
    user, other = staff(role), staff(roles.WRITER)
    client.force_login(user)
    attempts = Attempts(client, model, user, other).all()
    expected = {action: may[role] for action, may in roles.table(model).items()}
    assert {action: attempt() for action, attempt in attempts.items()} == expected


def test_the_table_can_be_read_in_the_admin(client, staff):
    client.force_login(staff(roles.WRITER))
    page = client.get(reverse("who-may")).content.decode()
    assert page.count("Lập bản sửa cho bài của mình đang đăng") == 1  # the same holds for all types
    assert all(str(model._meta.verbose_name_plural) in page.lower() for model in content_types())
    Group.objects.get(name=roles.EDITOR).permissions.add(Permission.objects.get(codename="publish_policy"))
    page = client.get(reverse("who-may")).content.decode()
    assert page.count("Lập bản sửa cho bài của mình đang đăng") == 2


@pytest.mark.parametrize("role", [roles.WRITER, roles.EDITOR, roles.APPROVER])
@pytest.mark.parametrize("model", content_types(), ids=lambda model: model.__name__)
def test_every_section_of_the_form_is_there_for_those_who_write(client, staff, role, model):
    client.force_login(staff(role))
    page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"))
    wanted = django_admin.site._registry[model].inlines
    shown = [formset.opts.__class__ for formset in page.context["inline_admin_formsets"]]
    assert shown == list(wanted)
    assert all(formset.has_add_permission for formset in page.context["inline_admin_formsets"])


@pytest.mark.parametrize("role", [roles.WRITER, roles.EDITOR, roles.APPROVER])
def test_those_who_write_can_upload_and_choose_pictures(client, staff, role):
    client.force_login(staff(role))
    answer = client.post(reverse("admin:picture-upload"), {"upload": jpeg()})
    assert answer.status_code == 200
    assert Picture.objects.get().created_by == client.get("/quan-tri/").wsgi_request.user
    assert client.get(reverse("admin:picture-browse")).status_code == 200


def test_administrators_reach_everything_the_admin_has(client, staff):
    client.force_login(staff(roles.ADMINISTRATOR))
    for model in django_admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert client.get(address).status_code == 200, address


def test_writers_see_only_what_they_threw_away_themselves(client, staff):
    writer, other = staff(roles.WRITER), staff(roles.EDITOR)
    model = content_types()[0]
    for user in (writer, other):
        Deleted.throw_away(make(model, title=f"Của {user.pk}", status=Status.DRAFT), user)
    client.force_login(writer)
    page = client.get(reverse("trash")).content.decode()
    assert f"Của {writer.pk}" in page
    assert f"Của {other.pk}" not in page


def test_whoever_may_only_look_is_shown_the_photos_not_fields_for_them(client, staff):
    article = make(Article, created_by=staff(roles.EDITOR), body="<p>Đọc được</p>")
    ArticlePhoto.objects.create(article=article, picture=Picture.take_in(jpeg(), alt="Bà con xem bảng tin"))
    client.force_login(staff(roles.WRITER))
    page = client.get(url(article, "change")).content.decode()
    assert "Bà con xem bảng tin" in page
    assert "chọn ảnh trên máy" not in page
    assert 'name="photos-0-alt"' not in page
    assert "<p>Đọc được</p>" in page
