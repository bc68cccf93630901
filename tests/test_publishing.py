"""The contract of every content type: who sees what, when; what the database refuses; what moves leave behind.

Each test runs over every subclass of Publishable, so a new type is covered the moment it exists.
"""

from datetime import timedelta
from itertools import count

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from model_bakery import baker

from portal.addresses import Redirect
from portal.changes import Change
from portal.publishing import StaleObject, content_types
from portal.workflow import Status

pytestmark = pytest.mark.django_db
NOW = timezone.now
_numbers = count(1)
# Types whose address is made of something else than a slug of the title, with a fresh value of it.
KEYS = {
    "procedures.Procedure": lambda: {"code": f"1.{next(_numbers):06}"},
    "legal_docs.Document": lambda: {"number": f"{(n := next(_numbers))}/2024/NĐ-CP", "slug": f"so-{n}-2024"},
}


def every_type(test):
    return pytest.mark.parametrize("model", content_types(), ids=lambda model: model.__name__)(test)


def make(model, **fields):
    fields = {
        "title": "Hỗ trợ học nghề",
        "slug": "",
        "status": Status.PUBLISHED,
        "published_at": NOW() - timedelta(days=1),
        **KEYS.get(model._meta.label, dict)(),
        **fields,
    }
    return baker.make(model, summary="Ai cũng học được.", **fields)


def move(item, number):
    """Changes what the address of this type is made of."""
    keys = KEYS.get(item._meta.label, lambda: {"slug": f"dia-chi-moi-{number}"})()
    for name, value in keys.items():
        setattr(item, name, value)
    item.save()


def answer(client, item):
    return client.get(item.get_absolute_url())


@pytest.fixture
def viewer(client, django_user_model):
    """A client logged in as staff who may view everything."""
    client.force_login(django_user_model.objects.create_superuser("canbo", password="mat-khau-rat-dai"))
    return client


@every_type
def test_a_draft_is_nowhere(client, model):
    item = make(model, status=Status.DRAFT)
    assert answer(client, item).status_code == 404
    assert item not in model.objects.published()


@every_type
def test_a_scheduled_item_appears_at_its_time(client, model, time_machine):
    item = make(model, published_at=NOW() + timedelta(hours=2))
    assert item.is_scheduled
    assert answer(client, item).status_code == 404
    time_machine.move_to(NOW() + timedelta(hours=2, seconds=1))
    assert answer(client, item).status_code == 200


@every_type
def test_an_expired_item_is_gone(client, model, time_machine):
    item = make(model, expires_at=NOW() + timedelta(hours=2))
    assert answer(client, item).status_code == 200
    time_machine.move_to(NOW() + timedelta(hours=2, seconds=1))
    assert answer(client, item).status_code == 404
    assert not item.is_published


@every_type
def test_a_published_item_is_on_its_page_in_sitemap_and_search(client, model):
    item = make(model)
    assert item.title in answer(client, item).content.decode()
    sitemap = client.get(f"/sitemap-{model._meta.model_name}.xml").content.decode()
    assert item.get_absolute_url() in sitemap
    assert item.get_absolute_url() in client.get("/tim-kiem/?q=học nghề").content.decode()


@every_type
def test_an_unpublished_item_is_in_no_sitemap_and_no_search(client, model):
    item = make(model, status=Status.DRAFT)
    make(model, title="Bài khác")
    assert item.get_absolute_url() not in client.get(f"/sitemap-{model._meta.model_name}.xml").content.decode()
    assert item.get_absolute_url() not in client.get("/tim-kiem/?q=học nghề").content.decode()


@every_type
def test_a_withdrawn_item_stays_readable_with_its_reason_and_successor(client, model):
    item = make(model)
    item.status, item.withdrawal_reason, item.successor_url = Status.WITHDRAWN, "Đã có hướng dẫn mới", "/chinh-sach/"
    item.save()
    page = answer(client, item)
    assert page.status_code == 200
    assert "Đã có hướng dẫn mới" in page.content.decode()
    assert 'href="/chinh-sach/"' in page.content.decode()
    assert item not in model.objects.published()


@every_type
def test_staff_see_a_draft_at_its_address_and_it_is_never_kept(viewer, model):
    page = answer(viewer, make(model, status=Status.DRAFT))
    assert page.status_code == 200
    assert "BẢN NHÁP" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


@every_type
def test_staff_without_a_right_to_the_type_do_not_see_drafts(client, model, django_user_model):
    client.force_login(django_user_model.objects.create_user("khac", password="mat-khau-rat-dai", is_staff=True))
    assert answer(client, make(model, status=Status.DRAFT)).status_code == 404


@every_type
def test_readers_get_no_cookie_and_no_vary_on_it(client, model):
    page = answer(client, make(model))
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")


@every_type
def test_a_published_address_that_changes_leads_to_the_new_one(client, model):
    item = make(model)
    first = item.get_absolute_url()
    move(item, 1)
    second = item.get_absolute_url()
    move(item, 2)
    for old in (first, second):
        moved = client.get(old)
        assert moved.status_code == 301
        assert moved["Location"] == item.get_absolute_url()


@every_type
def test_an_address_that_is_used_again_leads_to_its_new_owner(client, model):
    item = make(model)
    before = {name: getattr(item, name) for name in KEYS.get(model._meta.label, lambda: {"slug": ""})()}
    first = item.get_absolute_url()
    move(item, 1)
    for name, value in before.items():
        setattr(item, name, value)
    item.save()
    assert client.get(first).status_code == 200
    assert not Redirect.objects.filter(old_path=first).exists()


@every_type
def test_a_draft_that_changes_its_address_leaves_nothing(model):
    item = make(model, status=Status.DRAFT)
    move(item, 1)
    assert not Redirect.objects.exists()


@every_type
def test_two_items_of_one_title_get_two_addresses(model):
    assert make(model).get_absolute_url() != make(model).get_absolute_url()


@every_type
def test_a_stale_copy_cannot_be_saved(model):
    item = make(model)
    stale = model.objects.get(pk=item.pk)
    item.title = "Bản của người thứ nhất"
    item.save()
    stale.title = "Bản của người thứ hai"
    with pytest.raises(StaleObject):
        stale.save()
    assert model.objects.get(pk=item.pk).title == "Bản của người thứ nhất"


@every_type
def test_every_version_is_kept(model):
    item = make(model)
    item.title = "Hỗ trợ học nghề ngắn hạn"
    item.save()
    assert [version.title for version in item.history.all()] == ["Hỗ trợ học nghề ngắn hạn", "Hỗ trợ học nghề"]


@every_type
def test_saving_and_deleting_is_in_the_change_feed_of_the_same_transaction(model):
    label = model._meta.label_lower
    item = make(model)
    number = item.pk
    assert Change.objects.filter(model=label, object_id=number, deleted=False).exists()
    Change.objects.all().delete()
    model.objects.filter(pk=number).update(summary="Khác")
    assert Change.objects.filter(model=label, object_id=number).exists()
    item.delete()
    assert Change.objects.filter(model=label, object_id=number, deleted=True).exists()


@every_type
def test_a_save_that_is_rolled_back_leaves_no_change(model):
    make(model)
    Change.objects.all().delete()
    with transaction.atomic():
        make(model)
        transaction.set_rollback(True)
    assert not Change.objects.exists()


@every_type
@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "hidden"},
        {"title": ""},
        {"slug": ""},
        {"published_at": None},
        {"expires_at": NOW() - timedelta(days=400)},
        {"status": Status.WITHDRAWN, "withdrawal_reason": ""},
    ],
    ids=["unknown status", "no title", "no address", "published never", "expired before", "withdrawn without reason"],
)
def test_the_database_refuses(model, wrong):
    item = make(model)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=item.pk).update(**wrong)


@every_type
def test_the_database_refuses_an_approval_by_the_one_who_submitted(model, django_user_model):
    user = django_user_model.objects.create_user("canbo")
    item = make(model)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=item.pk).update(submitted_by=user, approved_by=user, approved_at=NOW(), forced=False)
    model.objects.filter(pk=item.pk).update(submitted_by=user, approved_by=user, forced=True)


@every_type
def test_text_is_stored_composed_and_clean_whatever_the_path(model):
    item = make(model, title="Hô\u0303 trợ", body="<p onclick=alert(1)>a</p><script>alert(1)</script>")
    model.objects.filter(pk=item.pk).update(summary="Hô\u0303 trợ\x00", body="<script>x</script><h1>Tiêu đề</h1>")
    item.refresh_from_db()
    assert item.title == item.summary == "Hỗ trợ"
    assert item.body == "<h2>Tiêu đề</h2>"
    assert model.objects.filter(title="Hô\u0303 trợ").exists()
