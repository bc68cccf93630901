"""The admin as staff meet it: rules about who publishes, preview, conflicts, order, pictures."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from news.models import Article, Category
from portal.models import MenuItem, PendingVersion, Picture, WebsiteLink
from portal.workflow import Status

pytestmark = pytest.mark.django_db
ADD = "/quan-tri/news/article/add/"


@pytest.fixture
def category():
    return Category.objects.create(name="Việc làm")


@pytest.fixture
def staff(django_user_model):
    """staff("add", "publish"): a user with these rights on articles."""

    def make(*rights, name="soanthao"):
        user = django_user_model.objects.create_user(name, password="mat-khau-rat-dai", is_staff=True)
        names = [f"{right}_article" for right in ("view", *rights)]
        user.user_permissions.set(Permission.objects.filter(codename__in=names))
        return user

    return make


def jpeg(name="anh.jpg", color="navy"):
    file = BytesIO()
    Image.new("RGB", (640, 400), color).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def form(category, photos=(), **fields):
    """What the browser would post."""
    data = {"title": "Phiên giao dịch việc làm", "category": category.pk, "summary": "", "body": "<p>Nội dung</p>"}
    data |= {"_do": "", "read_version": "", "photos-TOTAL_FORMS": len(photos), "photos-INITIAL_FORMS": 0}
    data |= {"files-TOTAL_FORMS": 0, "files-INITIAL_FORMS": 0}
    for number, photo in enumerate(photos):
        data |= {f"photos-{number}-{name}": value for name, value in {"position": number, **photo}.items()}
    return data | fields


def change(article):
    return reverse("admin:news_article_change", args=[article.pk])


def words(page):
    return page.content.decode()


def errors(page):
    return " ".join(str(page.context["errors"]).split())


def test_an_article_written_in_the_admin_is_on_the_site(admin, client, category):
    admin.post(ADD, form(category, _do="publish"))
    article = Article.objects.get()
    assert article.slug == "phien-giao-dich-viec-lam"
    assert article.created_by == article.approved_by == admin.user
    assert article.forced
    assert "Nội dung" in words(client.get(article.get_absolute_url()))


def test_a_writer_cannot_publish(client, category, staff):
    client.force_login(staff("add", "change"))
    page = client.get(ADD)
    assert "Gửi duyệt" in words(page)
    assert 'value="publish"' not in words(page)
    assert "chưa có quyền đăng" in errors(client.post(ADD, form(category, _do="publish")))
    assert not Article.objects.exists()
    client.post(ADD, form(category, _do="submit"))
    assert Article.objects.get().submitted_by.username == "soanthao"


def test_a_writer_changes_what_is_live_only_in_a_copy_of_what_is_theirs(client, category, staff):
    writer = staff("add", "change")
    theirs = Article.objects.create(title="Của người khác", category=category, status=Status.PUBLISHED)
    own = Article.objects.create(title="Của mình", category=category, status=Status.PUBLISHED, created_by=writer)
    client.force_login(writer)
    assert client.post(change(theirs), form(category, read_version=1)).status_code == 403
    client.post(change(own), form(category, title="Sửa", read_version=1))
    assert Article.objects.get(pk=own.pk).title == "Của mình"
    assert PendingVersion.of(own).after["fields"]["title"] == "Sửa"


def test_who_submitted_does_not_approve_but_another_does(client, category, staff):
    writer = staff("add", "change", "publish")
    client.force_login(writer)
    client.post(ADD, form(category, _do="submit"))
    article = Article.objects.get()
    page = client.post(change(article), form(category, _do="publish", read_version=article.version))
    assert "Bài cần hai người" in errors(page)
    client.force_login(staff("change", "publish", name="phe-duyet"))
    client.post(change(article), form(category, _do="publish", read_version=article.version))
    article.refresh_from_db()
    assert article.is_published
    assert (article.submitted_by, article.approved_by.username, article.forced) == (writer, "phe-duyet", False)


def test_an_expiry_before_publication_is_explained_in_vietnamese(admin, category):
    soon = timezone.localtime() - timedelta(days=1)
    fields = {"expires_at_0": f"{soon:%d/%m/%Y}", "expires_at_1": f"{soon:%H:%M:%S}"}
    page = admin.post(ADD, form(category, _do="publish", **fields))
    assert "Thời điểm gỡ phải sau thời điểm đăng" in errors(page)


def test_a_stale_save_shows_what_the_other_changed_and_loses_nothing(admin, category):
    article = Article.objects.create(title="Tiêu đề cũ", category=category, summary="Cũ", body="<p>Cũ</p>")
    other = Article.objects.get(pk=article.pk)
    other.summary = "Tóm tắt của người kia"
    other.body = "<p>Nội dung của người kia</p>"
    other.save()
    mine = form(category, title="Tiêu đề của tôi", summary="Cũ", body="<p>Nội dung của tôi</p>", read_version=1)
    page = admin.post(change(article), mine)
    text = words(page)
    assert "người khác đã lưu mục này" in errors(page)
    assert "Tóm tắt của người kia" in text
    assert "Nội dung của người kia" in text
    bound = page.context["adminform"].form
    assert bound["title"].value() == "Tiêu đề của tôi"
    assert bound["body"].value() == "<p>Nội dung của tôi</p>"
    assert bound["summary"].value() == "Tóm tắt của người kia"
    again = form(
        category,
        read_version=bound["read_version"].value(),
        **{n: bound[n].value() for n in ("title", "body", "summary")},
    )
    admin.post(change(article), again)
    article.refresh_from_db()
    assert (article.title, article.summary) == ("Tiêu đề của tôi", "Tóm tắt của người kia")
    assert [version.body for version in article.history.all()][1] == "<p>Nội dung của người kia</p>"


def test_a_preview_shows_the_public_page_and_saves_nothing(admin, category):
    photos = [{"upload": jpeg(), "alt": "Quầy tư vấn", "caption": "Quầy tư vấn của Trung tâm"}]
    page = admin.post(ADD, form(category, photos, title="Bài đang viết", _preview="1"))
    assert "Bài đang viết" in words(page)
    assert "Quầy tư vấn của Trung tâm" in words(page)
    assert "BẢN NHÁP" in words(page)
    assert "no-store" in page["Cache-Control"]
    assert not Article.objects.exists()
    assert not Picture.objects.exists()
    assert "đã được thêm" not in words(admin.get("/quan-tri/"))


def test_a_preview_of_a_faulty_form_says_what_is_wrong(admin, category):
    page = admin.post(ADD, form(category, title="", _preview="1"))
    assert "Chưa xem trước được" in words(page)
    assert not Article.objects.exists()


def test_a_preview_of_a_live_article_leaves_the_live_one_alone(admin, client, category):
    article = Article.objects.create(title="Bản đang đăng", category=category, status=Status.PUBLISHED)
    page = admin.post(change(article), form(category, title="Bản sửa", read_version=1, _preview="1"))
    assert "Bản sửa" in words(page)
    article.refresh_from_db()
    assert (article.title, article.version, article.history.count()) == ("Bản đang đăng", 1, 1)


def test_five_photos_are_uploaded_with_the_article_and_the_first_becomes_its_cover(admin, client, category):
    colors = ["navy", "gold", "maroon", "white", "black"]
    photos = [{"upload": jpeg(color=c), "alt": f"Nền {c}", "caption": f"Ảnh {c}", "credit": "Sở"} for c in colors]
    admin.post(ADD, form(category, photos, _do="publish"))
    article = Article.objects.get()
    assert [photo.picture.alt for photo in article.photos.all()] == [f"Nền {c}" for c in colors]
    assert article.cover == article.photos.first().picture


def test_one_bad_photo_is_named_and_nothing_is_half_saved(admin, category):
    photos = [{"upload": jpeg(), "alt": "Tốt"}, {"upload": SimpleUploadedFile("x.jpg", b"<html>"), "alt": "Hỏng"}]
    page = admin.post(ADD, form(category, photos))
    assert page.status_code == 200
    assert "ảnh" in errors(page).lower()
    assert not Article.objects.exists()


def test_a_photo_stays_chosen_when_the_form_comes_back_with_an_error(admin, category):
    page = admin.post(ADD, form(category, [{"upload": jpeg(), "caption": "Quầy tư vấn"}], title=""))
    row = page.context["inline_admin_formsets"][0].formset.forms[0]
    picture = Picture.objects.get()
    assert row["picture"].value() == str(picture.pk)
    admin.post(ADD, form(category, [{"picture": picture.pk, "alt": "Quầy đông người", "caption": "Quầy tư vấn"}]))
    photo = Article.objects.get().photos.get()
    assert (photo.picture.alt, photo.picture.decorative, photo.caption) == ("Quầy đông người", False, "Quầy tư vấn")


def with_file(category, upload, title=""):
    fields = {"files-TOTAL_FORMS": 1, "files-0-file": upload, "files-0-title": title, "files-0-position": 0}
    return form(category, _do="publish", **fields)


def test_an_attached_file_is_shown_with_kind_size_and_pages_and_can_be_kept(admin, client, category, data):
    pdf = SimpleUploadedFile("Kế hoạch năm.pdf", (data / "office" / "01.pdf").read_bytes())
    admin.post(ADD, with_file(category, pdf))
    article = Article.objects.get()
    attachment = article.files.get()
    assert (attachment.title, attachment.kind, attachment.download_name) == ("Kế hoạch năm", "PDF", "Kế hoạch năm.pdf")
    page = words(client.get(article.get_absolute_url()))
    assert re.search(r"\(PDF, \d+ KB, \d+ trang\)", page)
    assert 'download="Kế hoạch năm.pdf"' in page
    answer = client.get(attachment.file.url)
    assert len(answer.getvalue()) == attachment.size == (data / "office" / "01.pdf").stat().st_size


def test_a_file_stays_chosen_when_the_form_comes_back_with_an_error(admin, client, category, data):
    pdf = SimpleUploadedFile("Kế hoạch.pdf", (data / "office" / "01.pdf").read_bytes())
    page = admin.post(ADD, {**with_file(category, pdf, title="Bảng"), "title": ""})
    assert "Đã nhận “Kế hoạch.pdf”, không cần chọn lại" in words(page)
    row = page.context["inline_admin_formsets"][1].formset.forms[0]
    waiting = row.waiting
    assert client.get(f"/media/{waiting}").status_code == 404
    again = {**with_file(category, "", title="Bảng"), "files-0-kept": row["kept"].value()}
    assert "files-0-kept" in again
    page = admin.post(ADD, {**again, "title": ""})  # and once more
    assert "Đã nhận" in words(page)
    admin.post(ADD, again)
    attachment = Article.objects.get().files.get()
    assert (attachment.title, attachment.kind) == ("Bảng", "PDF")
    assert not default_storage.exists(waiting)
    forged = {**with_file(category, ""), "files-0-kept": "cho/../secret_key:abc", "title": "Khác"}
    assert "files" in str(admin.post(ADD, forged).context["inline_admin_formsets"][1].formset.prefix)
    assert not Article.objects.filter(title="Khác").exists()


def test_a_file_that_is_not_what_it_says_is_refused_and_the_article_kept_in_the_form(admin, category):
    page = admin.post(ADD, with_file(category, SimpleUploadedFile("don.pdf", b"MZ\x90\x00" + b"\0" * 500)))
    assert "Không nhận loại tệp này" in errors(page)
    assert page.context["adminform"].form["title"].value() == "Phiên giao dịch việc làm"
    assert not Article.objects.exists()


def test_a_photo_without_words_waits_in_a_draft_and_is_asked_for_them_before_it_goes_on(admin, category):
    page = admin.post(ADD, form(category, [{"upload": jpeg()}], _do="submit"))
    assert "Hãy mô tả ảnh" in errors(page)
    page = admin.post(ADD, form(category, [{"upload": jpeg()}]), follow=True)
    assert "Còn 1 ảnh trong bộ ảnh chưa có mô tả" in words(page)
    assert Article.objects.get().photos.get().picture.alt == ""


def test_a_picture_in_the_text_without_words_is_asked_for_them(admin, category):
    page = admin.post(ADD, form(category, body='<p><img src="/media/anh/ab/abc-640.webp" alt=""></p>'))
    assert "chưa có mô tả" in errors(page)


def test_the_editor_uploads_with_permission_and_token_only(admin, client, staff, django_user_model):
    address = reverse("admin:picture-upload")
    answer = admin.post(address, {"upload": jpeg()}).json()
    assert answer["uploaded"] == 1
    assert answer["url"].startswith("/media/anh/")
    refused = admin.post(address, {"upload": SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>")}).json()
    assert refused["uploaded"] == 0
    assert refused["error"]["message"]
    assert admin.get(address).status_code == 405
    client.force_login(staff("add"))
    assert client.post(address, {"upload": jpeg()}).status_code == 403
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(admin.user)
    assert strict.post(address, {"upload": jpeg()}).status_code == 403
    assert "/quan-tri/login/" in type(client)().post(address, {"upload": jpeg()})["Location"]


def test_the_same_photo_is_kept_once(admin):
    address = reverse("admin:picture-upload")
    first = admin.post(address, {"upload": jpeg()}).json()["url"]
    assert admin.post(address, {"upload": jpeg("khac.jpg")}).json()["url"] == first
    assert Picture.objects.count() == 1


def test_entries_are_put_in_order_with_buttons(admin):
    for number, label in enumerate(["Một", "Hai", "Ba"], start=1):
        MenuItem.objects.create(label=label, url="/", position=number * 10)
    third = MenuItem.objects.get(label="Ba")
    admin.post(reverse("admin:portal_menuitem_move", args=[third.pk]) + "?huong=len")
    assert list(MenuItem.objects.order_by("position").values_list("label", flat=True)) == ["Một", "Ba", "Hai"]
    assert admin.get(reverse("admin:portal_menuitem_move", args=[third.pk])).status_code == 405


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "http://a@b/", "/\\evil", "abc"])
def test_links_to_nowhere_good_are_refused(admin, address):
    fields = {"group": "Trung ương", "name": "Bẫy", "url": address}
    page = admin.post("/quan-tri/portal/websitelink/add/", fields)
    assert "Hãy nhập địa chỉ" in errors(page)
    assert not WebsiteLink.objects.exists()


def test_every_list_and_form_of_the_admin_opens(admin, category):
    Article.objects.create(title="Bài", category=category)
    from django.contrib import admin as django_admin

    for model in django_admin.site._registry:
        for view in ("changelist", "add"):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}")
            assert admin.get(address).status_code in (200, 403), address
    history = admin.get(reverse("admin:news_article_history", args=[Article.objects.get().pk]))
    assert "Lịch sử" in words(history)
