"""From draft to withdrawal: working copies, the two persons, history, guests, the bin, many items at once."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker

from news.models import Article, ArticlePhoto, Category
from policies.models import Policy
from portal import roles
from portal.models import Deleted, MenuItem, PendingVersion, Picture, ShareLink
from portal.publishing import content_types
from portal.workflow import Status
from tests.browser_form import fields
from tests.test_editing import jpeg
from tests.test_publishing import every_type, make
from tests.test_roles import saved, step, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return Category.objects.create(name="Việc làm")


@pytest.fixture
def people(django_user_model):
    """writer, editor, approver: one of each role, with an address for letters."""
    made = {}
    for name, role in [("writer", roles.WRITER), ("editor", roles.EDITOR), ("approver", roles.APPROVER)]:
        made[name] = django_user_model.objects.create_user(name, f"{name}@so.gov.vn", is_staff=True)
        made[name].groups.add(Group.objects.get(name=role))
    return made


@pytest.fixture
def live(category, people):
    """An article of the writer that readers see, with two photos."""
    article = Article.objects.create(
        title="Phiên giao dịch",
        summary="Cũ.",
        body="<p>Có <strong>20</strong> doanh nghiệp.</p>",
        category=category,
        status=Status.PUBLISHED,
        published_at=timezone.now() - timedelta(days=2),
        created_by=people["writer"],
    )
    for number in (1, 2):
        picture = Picture.take_in(jpeg(color=["", "navy", "gold"][number]), alt=f"Ảnh {number}")
        ArticlePhoto.objects.create(article=article, picture=picture, caption=f"Chú thích {number}", position=number)
    article.cover = article.photos.first().picture
    article.save()
    return article


def words(page):
    return page.content.decode()


def write(client, item, button="", **changes):
    """Opens the form, changes it and presses a button."""
    page = client.get(url(item, "change"))
    return client.post(url(item, "change"), fields(page, _do=button, **changes))


def read(client, item):
    client.logout()
    return words(client.get(item.get_absolute_url()))


def test_what_is_live_stays_until_its_copy_is_approved_by_somebody_else(client, live, people):
    client.force_login(people["writer"])
    write(client, live, title="Phiên giao dịch mới", **{"photos-0-caption": "Chú thích mới"})
    write(client, live, "submit", summary="Mới.")
    assert "Phiên giao dịch mới" not in read(client, live)
    assert "Chú thích 1" in read(client, live)
    client.force_login(people["approver"])
    comparison = words(client.get(url(live, "pending")))
    assert "<ins>Mới.</ins>" in comparison
    assert "Chú thích mới" in comparison or "<ins>mới" in comparison
    assert write(client, live, "publish").status_code == 302
    page = read(client, live)
    assert "Phiên giao dịch mới" in page
    assert "Chú thích mới" in page
    live.refresh_from_db()
    assert (live.submitted_by, live.approved_by, live.forced) == (people["writer"], people["approver"], False)
    assert PendingVersion.of(live) is None


def test_a_copy_may_gain_and_lose_photos_and_they_appear_only_when_it_is_approved(client, live, people):
    client.force_login(people["writer"])
    page = client.get(url(live, "change"))
    new = {"photos-TOTAL_FORMS": 3, "photos-2-upload": jpeg("moi.jpg", "maroon"), "photos-2-alt": "Ảnh ba"}
    new |= {"photos-2-position": 3, "photos-2-caption": "Ảnh thêm", "photos-1-DELETE": "on"}
    client.post(url(live, "change"), fields(page, _do="submit", **new))
    assert [photo.caption for photo in live.photos.all()] == ["Chú thích 1", "Chú thích 2"]
    client.force_login(people["approver"])
    assert "Ảnh thêm" in words(client.get(url(live, "change")))
    step(client, live, "publish")
    assert [photo.caption for photo in live.photos.all()] == ["Chú thích 1", "Ảnh thêm"]
    assert live.photos.last().picture.alt == "Ảnh ba"


def test_who_submitted_a_copy_does_not_approve_it(client, live, people):
    client.force_login(people["approver"])
    write(client, live, "submit", title="Tự sửa")
    page = write(client, live, "publish")
    assert "Bài cần hai người" in words(page)
    step(client, live, "publish")
    live.refresh_from_db()
    assert live.title == "Phiên giao dịch"


def test_a_copy_is_returned_with_a_remark_and_taken_back_and_discarded(client, live, people):
    client.force_login(people["writer"])
    write(client, live, "submit", title="Sửa")
    assert not saved(client, live)  # it waits
    step(client, live, "take-back")
    write(client, live, "submit", summary="Sửa nữa.")
    client.force_login(people["editor"])
    assert "Hãy ghi lý do" in words(write(client, live, "return"))
    write(client, live, "return", _remark="Thiếu số liệu tháng 11")
    client.force_login(people["writer"])
    assert "Thiếu số liệu tháng 11" in words(client.get(url(live, "change")))
    step(client, live, "discard")
    assert PendingVersion.of(live) is None
    assert "Phiên giao dịch" in read(client, live)


def test_what_changes_beside_a_copy_is_not_undone_by_it(client, live, people):
    client.force_login(people["writer"])
    write(client, live, "submit", title="Tiêu đề của bản sửa")
    article = Article.objects.get(pk=live.pk)
    article.featured = True
    article.save()
    client.force_login(people["approver"])
    step(client, live, "publish")
    live.refresh_from_db()
    assert (live.title, live.featured) == ("Tiêu đề của bản sửa", True)


def test_a_forced_publication_is_recorded(admin, client, category):
    article = make(Article, status=Status.DRAFT, category=category)
    write(admin, article, "publish")
    article.refresh_from_db()
    assert article.forced
    assert "Đăng không qua người thứ hai" in words(admin.get(url(article, "change")))
    assert article.history.first().history_change_reason == "Đã duyệt và đăng, không qua người thứ hai"


@every_type
def test_publication_outside_the_admin_is_recorded_as_nobodys_approval(model):
    assert make(model).forced


@every_type
def test_what_readers_saw_cannot_become_a_draft_again_whatever_the_path(model):
    item = make(model)
    item.status = Status.DRAFT
    with pytest.raises(ValidationError, match="chỉ có thể rút"):
        item.save()
    draft = model.objects.filter(pk=make(model, status=Status.DRAFT).pk)
    for bypass in ({"status": "published", "published_at": timezone.now()}, {"status": "review"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            draft.update(**bypass)
    live = model.objects.filter(pk=make(model).pk)
    for status in ("draft", "review"):
        with pytest.raises(IntegrityError, match="Không chuyển được"), transaction.atomic():
            live.update(status=status, submitted_at=timezone.now())


def test_a_scheduled_item_needs_a_time_to_come_and_can_be_called_off(client, category, people):
    article = make(Article, status=Status.REVIEW, category=category, published_at=None, submitted_by=people["writer"])
    client.force_login(people["approver"])
    assert "chọn ngày giờ sau lúc này" in words(write(client, article, "schedule"))
    at = timezone.localtime() + timedelta(hours=3)
    moment = {"published_at_0": f"{at:%d/%m/%Y}", "published_at_1": f"{at:%H:%M}"}
    write(client, article, "schedule", **moment)
    article.refresh_from_db()
    assert article.is_scheduled
    step(client, article, "unschedule")
    article.refresh_from_db()
    assert article.status == Status.DRAFT


def test_letters_go_to_approvers_and_then_to_the_writer(client, category, people, django_capture_on_commit_callbacks):
    article = make(Article, status=Status.DRAFT, category=category, created_by=people["writer"])
    with django_capture_on_commit_callbacks(execute=True):
        client.force_login(people["writer"])
        write(client, article, "submit")
    assert [letter.to for letter in mail.outbox] == [["approver@so.gov.vn"]]
    with django_capture_on_commit_callbacks(execute=True):
        client.force_login(people["editor"])
        write(client, article, "return", _remark="Thiếu ảnh")
    assert mail.outbox[-1].to == ["writer@so.gov.vn"]
    assert "Thiếu ảnh" in mail.outbox[-1].body


def test_the_history_tells_who_did_what_in_words_and_brings_words_and_gallery_back(client, live, people):
    client.force_login(people["writer"])
    write(client, live, "submit", body="<p>Có <strong>35</strong> doanh nghiệp.</p>", **{"photos-1-DELETE": "on"})
    client.force_login(people["approver"])
    step(client, live, "publish")
    history = words(client.get(url(live, "history")))
    assert "Đã duyệt và đăng" in history
    for raw in ("None", "<p>", "Change", "reason", "UTC", "+00:00"):
        assert raw not in history.split("<tbody>")[1]
    newest = live.history.first()
    address = reverse("admin:news_article_simple_history", args=[live.pk, newest.pk])
    comparison = words(client.get(address))
    assert "<del>20</del><ins>35</ins>" in comparison
    assert "&lt;" not in comparison.split('class="compared"')[1]


def test_an_old_version_of_a_draft_comes_back_with_its_photos(client, category, people):
    client.force_login(people["writer"])
    draft = make(Article, status=Status.DRAFT, category=category, created_by=people["writer"])
    photo = {"photos-TOTAL_FORMS": 1, "photos-0-upload": jpeg(), "photos-0-alt": "Quầy", "photos-0-position": 1}
    client.post(url(draft, "change"), fields(client.get(url(draft, "change")), title="Bản một", **photo))
    first = draft.history.first()
    write(client, draft, title="Bản hai", **{"photos-0-DELETE": "on"})
    assert not draft.photos.exists()
    client.post(reverse("admin:news_article_simple_history", args=[draft.pk, first.pk]))
    draft.refresh_from_db()
    assert (draft.title, draft.status, draft.photos.count()) == ("Bản một", Status.DRAFT, 1)


def test_an_old_version_of_what_is_live_becomes_a_copy_to_be_approved(client, live, people):
    old = live.history.first()
    live.title = "Bản hai"
    live.save()
    client.force_login(people["editor"])
    client.post(reverse("admin:news_article_simple_history", args=[live.pk, old.pk]))
    live.refresh_from_db()
    assert live.title == "Bản hai"
    assert PendingVersion.of(live).after["fields"]["title"] == "Phiên giao dịch"


def test_a_conflict_lists_only_what_the_other_really_changed_in_words(client, live, people):
    client.force_login(people["editor"])
    page = client.get(url(live, "change"))
    rewritten = "<p>Có\n\t<strong>20</strong>&nbsp;doanh nghiệp.</p>\n".replace("&nbsp;", " ")
    client.force_login(people["approver"])
    write(client, live, summary="Tóm tắt của người kia.")
    client.force_login(people["editor"])
    mine = fields(page, title="Tiêu đề của tôi", body=rewritten)
    answer = client.post(url(live, "change"), mine)
    form = answer.context["adminform"].form
    assert [part["heading"] for part in form.conflict] == ["Tóm tắt"]
    assert form["summary"].value() == "Tóm tắt của người kia."
    assert form["title"].value() == "Tiêu đề của tôi"
    client.post(url(live, "change"), fields(answer))
    assert PendingVersion.of(live).after["fields"]["title"] == "Tiêu đề của tôi"
    assert PendingVersion.of(live).after["fields"]["summary"] == "Tóm tắt của người kia."


def test_a_withdrawal_asks_for_a_reason_and_a_successor_that_exists_and_names_it(client, live, people):
    other = make(Article, title="Phiên giao dịch tháng 12", category=live.category)
    client.force_login(people["approver"])
    assert "Hãy ghi lý do" in words(step(client, live, "withdraw"))
    wrong = step(client, live, "withdraw", reason="Nhầm", successor="/khong-co-trang-nay/")
    assert "không có trang này" in words(wrong)
    found = words(step(client, live, "withdraw", reason="Nhầm", successor="tháng 12"))
    assert f'value="{other.get_absolute_url()}"' in found
    step(client, live, "withdraw", reason="Nhầm ngày", successor=other.get_absolute_url())
    page = read(client, live)
    assert "Nhầm ngày" in page
    assert f'<a href="{other.get_absolute_url()}">Phiên giao dịch tháng 12</a>' in page


def test_a_preview_of_a_copy_is_framed_and_never_kept(client, live, people):
    client.force_login(people["writer"])
    write(client, live, title="Bản sửa")
    page = write(client, live, summary="Chưa lưu.", _preview="1")
    assert "Bản sửa" in words(page)
    assert "Chưa lưu." in words(page)
    assert "<iframe" in words(page)
    assert set(page["Cache-Control"].split(", ")) >= {"no-store", "private"}
    assert PendingVersion.of(live).after["fields"]["summary"] == "Cũ."


@every_type
def test_a_guest_sees_the_draft_behind_a_link_until_it_ends(client, model, django_user_model, time_machine):
    item = make(model, title="Bản nháp bí mật", status=Status.DRAFT)
    link = ShareLink.make(item, None, 3)
    address = link.address.removeprefix("http://localhost:8000")
    page = client.get(address)
    assert "Bản nháp bí mật" in words(page)
    assert "BẢN NHÁP" in words(page)
    assert set(page["Cache-Control"].split(", ")) >= {"no-store", "private"}
    assert page["X-Robots-Tag"] == "noindex"
    assert "visit.js" not in words(page)
    assert not page.cookies
    assert client.get(address[:-2] + "x/").status_code == 410
    time_machine.move_to(timezone.now() + timedelta(days=3, seconds=1))
    assert client.get(address).status_code == 410


def test_a_guest_sees_the_copy_of_what_is_live_and_a_revoked_link_shows_nothing(client, live, people):
    client.force_login(people["writer"])
    write(client, live, title="Bản sửa cho khách")
    client.post(url(live, "links"), {"so-ngay": "7"})
    link = ShareLink.objects.get()
    address = link.address.removeprefix("http://localhost:8000")
    assert address in words(client.get(url(live, "links")))
    client.logout()
    assert "Bản sửa cho khách" in words(client.get(address))
    client.force_login(people["writer"])
    client.post(url(live, "links"), {"thu-hoi": link.pk})
    client.logout()
    assert client.get(address).status_code == 410


def test_deleting_says_what_breaks_and_the_bin_gives_everything_back(client, live, people):
    target = live.get_absolute_url()
    make(Policy, title="Chính sách có liên kết", body=f'<p><a href="{target}">bài</a></p>')
    MenuItem.objects.create(label="Bài trên menu", url=target)
    client.force_login(people["approver"])
    asked = words(client.get(url(live, "delete")))
    assert "Chính sách có liên kết" in asked
    assert "Bài trên menu" in asked
    client.post(url(live, "delete"), {"post": "yes"})
    assert not Article.objects.exists()
    created, at = live.created_at, live.published_at
    client.post(reverse("trash"), {"muc": Deleted.objects.get().pk})
    article = Article.objects.get()
    assert (article.pk, article.created_at, article.published_at) == (live.pk, created, at)
    assert [photo.caption for photo in article.photos.all()] == ["Chú thích 1", "Chú thích 2"]
    assert article.history.first().history_change_reason == "Khôi phục từ thùng rác"
    assert "Phiên giao dịch" in read(client, article)


@every_type
def test_every_type_comes_back_from_the_bin(admin, model):
    item = make(model)
    address = item.get_absolute_url()
    admin.post(url(item, "delete"), {"post": "yes"})
    assert admin.get(address).status_code == 404
    admin.post(reverse("trash"), {"muc": Deleted.objects.get().pk})
    assert admin.get(address).status_code == 200


def test_references_emptied_by_a_deletion_come_back(admin):
    from legal_docs.models import Document
    from policies.models import PolicyBasis

    document = make(Document)
    basis = baker.make(PolicyBasis, policy=make(Policy), document=document, number=document.number)
    admin.post(url(document, "delete"), {"post": "yes"})
    basis.refresh_from_db()
    assert basis.document is None
    admin.post(reverse("trash"), {"muc": Deleted.objects.get().pk})
    basis.refresh_from_db()
    assert basis.document == document


def test_the_bin_is_emptied_after_thirty_days_and_says_when_it_cannot_give_back(admin, category, time_machine):
    article = make(Article, slug="mot-dia-chi", category=category)
    admin.post(url(article, "delete"), {"post": "yes"})
    make(Article, slug="mot-dia-chi", category=category)
    row = Deleted.objects.get()
    answer = admin.post(reverse("trash"), {"muc": row.pk}, follow=True)
    assert "Chưa khôi phục được" in words(answer)
    time_machine.move_to(timezone.now() + timedelta(days=31))
    admin.force_login(admin.user)
    assert "Thùng rác trống" in words(admin.get(reverse("trash")))


def test_many_items_are_asked_about_first_and_each_gets_its_entry(client, category, people):
    waiting = [make(Article, status=Status.REVIEW, category=category, submitted_by=people["writer"]) for _ in range(3)]
    done = make(Article, title="Đã đăng rồi", category=category)
    client.force_login(people["approver"])
    chosen = {"action": "publish", "_selected_action": [item.pk for item in [*waiting, done]]}
    asked = client.post(reverse("admin:news_article_changelist"), chosen, follow=True)
    assert "Duyệt và đăng 3 mục" in words(asked)
    assert "đã đăng và không có bản sửa" in words(asked)
    assert Article.objects.published().count() == 1
    client.post(asked.request["PATH_INFO"], {"muc": [item.pk for item in waiting]})
    assert Article.objects.published().count() == 4
    for item in waiting:
        assert item.history.first().history_change_reason == "Đã duyệt và đăng"
        assert LogEntry.objects.filter(object_id=item.pk, user=people["approver"]).exists()


def test_the_category_of_many_is_changed_after_a_question(client, category, people):
    other = Category.objects.create(name="Người có công")
    articles = [make(Article, category=category) for _ in range(2)]
    old = articles[0].get_absolute_url()
    own = make(Article, category=category, status=Status.DRAFT, created_by=people["writer"])
    address = reverse("admin:news_article_together", args=["category"])
    chosen = {"action": "change_category", "_selected_action": [item.pk for item in [*articles, own]]}
    client.force_login(people["writer"])
    asked = client.post(reverse("admin:news_article_changelist"), chosen, follow=True)
    assert "Đổi 3 mục" in words(asked)
    client.post(address, {"muc": [item.pk for item in [*articles, own]], "category": other.pk})
    assert list(Article.objects.filter(category=other)) == [own]
    client.force_login(people["approver"])
    client.post(address, {"muc": [item.pk for item in articles], "category": other.pk})
    assert Article.objects.filter(category=other).count() == 3
    assert articles[0].history.first().history_change_reason == "Đổi chuyên mục: Người có công"
    assert client.get(old).status_code == 301


@pytest.mark.parametrize(("name", "status"), [("writer", 403), ("editor", 403), ("approver", 200)])
def test_a_spreadsheet_is_brought_in_by_those_who_publish(client, people, name, status):
    client.force_login(people[name])
    for address in ("legal_docs/document", "procedures/procedure"):
        assert client.get(f"/quan-tri/{address}/import/").status_code == status


@pytest.mark.parametrize("query", ["thất nghiệp", "that nghiep", "NGHIỆP"])
def test_staff_find_items_of_every_type_and_stage(client, people, query):
    for model in content_types():
        make(model, title="Trợ cấp thất nghiệp", status=Status.DRAFT)
    client.force_login(people["writer"])
    page = words(client.get(reverse("staff-search"), {"q": query}))
    assert page.count("Trợ cấp thất nghiệp</a>") == len(content_types())


def test_whoever_opens_what_another_has_open_is_told(client, live, people, time_machine):
    client.force_login(people["editor"])
    client.get(url(live, "change"))
    client.force_login(people["approver"])
    assert "editor cũng đang mở mục này" in words(client.get(url(live, "change")))
    ping = reverse("still-open", args=["news.article", live.pk])
    assert client.post(ping).json()["others"] == ["editor"]
    time_machine.move_to(timezone.now() + timedelta(minutes=2))
    client.force_login(people["approver"])
    assert client.post(ping).json()["others"] == []


def test_every_deletion_in_the_admin_can_be_undone(admin, rf):
    from django.contrib import admin as django_admin

    from portal.changes import Visible
    from portal.editorial.deleting import UndoableDelete

    request = rf.get("/")
    request.user = admin.user
    for model, model_admin in django_admin.site._registry.items():
        if issubclass(model, Visible) and model_admin.has_delete_permission(request):
            assert isinstance(model_admin, UndoableDelete), model
