"""Many photos at once in a real browser: dropped, chosen, refused, described, put in order with the keyboard alone."""

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import expect

from news.models import Article, Category
from portal.models import Picture

PASSWORD = "mat-khau-rat-dai"
ADD = "/quan-tri/news/article/add/"
# What the browser sends while a mouse drags; its own dragging depends on the speed of the machine.
DRAG_LAST_TO_FIRST = """() => {
    const rows = document.querySelectorAll(".photo-row:not(.empty-form)");
    const top = rows[0].getBoundingClientRect().top + 2;
    const send = (target, kind) => target.dispatchEvent(
        new DragEvent(kind, { bubbles: true, cancelable: true, clientY: top, dataTransfer: new DataTransfer() }));
    const handle = rows[rows.length - 1].querySelector(".photo-handle");
    send(handle, "dragstart");
    send(rows[0], "dragover");
    send(rows[0], "drop");
    send(handle, "dragend");
}"""


@pytest.fixture
def editor(page, live_server, transactional_db, django_user_model):
    """A browser in which an editor has logged in; the page must not report any error."""
    django_user_model.objects.create_superuser("bientap", password=PASSWORD)
    Category.objects.create(name="Việc làm")
    page.goto(f"{live_server.url}/quan-tri/")
    page.get_by_label("Tên đăng nhập").fill("bientap")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    assert troubles == []


@pytest.fixture
def photos(tmp_path):
    """photos(3): as many different pictures."""

    def make(many):
        paths = [tmp_path / f"anh {number + 1}.jpg" for number in range(many)]
        for number, path in enumerate(paths):
            Image.new("RGB", (400, 300), (8 * number, 70, 150)).save(path, "JPEG")
        return paths

    return make


def begin(page, live_server, title="Lễ phát động"):
    page.goto(live_server.url + ADD)
    page.get_by_text("Không thấy gì cần sửa").wait_for()  # the editor stands, and nothing moves any more
    page.get_by_label("Tiêu đề:").fill(title)
    page.get_by_label("Chuyên mục").select_option(label="Việc làm")


def rows(page):
    return page.locator(".photo-row:not(.empty-form)")


def gallery(page):
    return page.locator(".gallery-rows")


def stored_files():
    found, folders = set(), ["anh"]
    while folders:
        folder = folders.pop()
        below, files = default_storage.listdir(folder)
        folders += [f"{folder}/{name}" for name in below]
        found |= {f"{folder}/{name}" for name in files}
    return found


def test_thirty_real_photos_at_once_are_taken_in_or_refused_by_name_and_nothing_is_half_saved(
    editor, live_server, data
):
    page = editor
    before = stored_files() if default_storage.exists("anh") else set()
    paths = sorted(path for path in (data / "photos").glob("*/*") if path.is_file())[:30]
    assert len(paths) == 30
    begin(page, live_server)
    gallery(page).get_by_label("chọn ảnh trên máy").set_input_files(paths)
    expect(gallery(page).get_by_role("progressbar")).to_be_visible()
    expect(gallery(page).get_by_text("Đã nhận")).to_be_visible(timeout=180_000)
    refused = gallery(page).locator(".uploads li").all_inner_texts()
    taken = rows(page).count()
    assert taken + len(refused) == 30
    assert taken >= 20
    names = {path.name for path in paths}
    for told in refused:
        name, _, reason = told.partition(": ")
        assert name in names
        assert any(word in reason for word in ("Ảnh", "Không nhận", "Tệp"))
    assert any("incomplete_image.jpg" in told and "bị hỏng" in told for told in refused)
    assert any("vips_logo.svg" in told and "SVG" in told for told in refused)
    assert Article.objects.count() == 0
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text(f"Còn {taken} ảnh trong bộ ảnh chưa có mô tả")).to_be_visible()
    article = Article.objects.get()
    kept = [photo.picture for photo in article.photos.select_related("picture")]
    assert len(kept) == taken
    named = {picture.file.name for picture in kept} | {size["name"] for picture in kept for size in picture.renditions}
    assert named == stored_files() - before
    assert Picture.objects.count() == len(set(kept))


def test_photos_are_described_ordered_and_dropped_with_the_keyboard_alone(editor, live_server, photos):
    page = editor
    begin(page, live_server)
    chooser = gallery(page).get_by_label("chọn ảnh trên máy")
    chooser.focus()
    with page.expect_file_chooser() as opened:
        page.keyboard.press("Space")
    opened.value.set_files(photos(3))
    expect(rows(page)).to_have_count(3)
    for number in range(3):
        rows(page).nth(number).get_by_label("Mô tả").focus()
        page.keyboard.type(f"Ảnh số {number + 1}")
    rows(page).nth(2).get_by_role("button", name="Đưa ảnh này lên").focus()
    page.keyboard.press("Enter")
    expect(gallery(page).get_by_text("Ảnh nay đứng thứ 2 trong 3 ảnh")).to_be_visible()
    page.keyboard.press("Enter")
    rows(page).nth(2).get_by_role("button", name="Bỏ").focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Lưu nháp").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Lễ phát động").first).to_be_visible()
    article = Article.objects.get()
    assert [photo.picture.alt for photo in article.photos.all()] == ["Ảnh số 3", "Ảnh số 1"]
    assert article.cover == article.photos.first().picture


def test_photos_are_dragged_in_and_dragged_into_order_and_saving_waits_for_them(editor, live_server, photos):
    page = editor
    begin(page, live_server)
    drop = """async ([target, files]) => {
        const carried = new DataTransfer();
        for (const [name, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name));
        for (const kind of ["dragenter", "dragover", "drop"])
            target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
    }"""
    target = gallery(page).locator(".uploads").element_handle()
    page.evaluate(drop, [target, [(path.name, list(path.read_bytes())) for path in photos(3)]])
    expect(gallery(page).get_by_text("Đã nhận 3 ảnh.")).to_be_visible()
    expect(rows(page)).to_have_count(3)
    last = rows(page).nth(2).locator("[name$=-picture]").input_value()
    page.evaluate(DRAG_LAST_TO_FIRST)
    assert rows(page).nth(0).locator("[name$=-picture]").input_value() == last
    gallery(page).get_by_label("chọn ảnh trên máy").set_input_files(photos(6))
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("chưa có mô tả").first).to_be_visible(timeout=30_000)
    assert Article.objects.get().photos.count() == 9


def test_a_picture_of_the_library_is_found_and_put_into_the_text_the_gallery_and_the_cover(editor, live_server, photos):
    page = editor
    for number, path in enumerate(photos(3)):
        with path.open("rb") as file:
            Picture.take_in(file, alt=f"Quầy số {number + 1}", credit="Sở")
    begin(page, live_server)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Chọn trong thư viện").click()
    window = opened.value
    window.get_by_label("Tìm theo mô tả").fill("quầy số 2")
    window.keyboard.press("Enter")
    expect(window.locator(".shelf button")).to_have_count(1)
    window.get_by_role("button", name="Quầy số 2").click()
    expect(window.get_by_text("Đã thêm: Quầy số 2")).to_be_visible()
    window.close()
    expect(rows(page).first.get_by_label("Mô tả")).to_have_value("Quầy số 2")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Chọn bằng hình").first.click()
    opened.value.get_by_role("button", name="Quầy số 3").click()
    page.locator(".cke_button__image").click()
    dialog = page.locator(".cke_dialog_body:visible")
    with page.expect_popup() as opened:
        dialog.get_by_role("button", name="Duyệt máy chủ").click()
    opened.value.get_by_role("button", name="Quầy số 1").click()
    expect(dialog.get_by_label("Mô tả ảnh")).to_have_value("Quầy số 1")
    dialog.get_by_role("button", name="Đồng ý").click()
    page.get_by_role("button", name="Lưu nháp").last.click()
    expect(page.get_by_text("Lễ phát động").first).to_be_visible()
    article = Article.objects.get()
    assert article.photos.get().picture.alt == "Quầy số 2"
    assert article.cover.alt == "Quầy số 3"
    assert 'alt="Quầy số 1"' in article.body
    for picture in Picture.objects.all():
        page.goto(f"{live_server.url}/quan-tri/portal/picture/{picture.pk}/change/")
        expect(page.locator(".uses")).to_contain_text("Bài viết: Lễ phát động", ignore_case=True)


def test_pictures_sent_to_the_library_are_described_together(editor, live_server, photos):
    page = editor
    page.goto(f"{live_server.url}/quan-tri/portal/picture/")
    page.get_by_label("chọn ảnh trên máy").set_input_files(photos(3))
    page.get_by_role("link", name="Ghi mô tả cho 3 ảnh").click()
    words = page.locator("textarea[name$=-alt]")
    expect(words).to_have_count(3)
    for number in range(3):
        words.nth(number).fill(f"Gian hàng {number}")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".messagelist")).to_be_visible()
    assert Picture.objects.filter(alt__startswith="Gian hàng", decorative=False).count() == 3
    page.get_by_role("link", name="Chưa có mô tả").click()
    expect(page.locator("textarea")).to_have_count(0)


def test_what_may_not_be_sent_is_said(editor, live_server, photos, django_user_model):
    page = editor
    user = django_user_model.objects.get()
    user.is_superuser = False
    rights = ["add_article", "add_articlephoto", "view_category", "add_picture"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    user.save()
    begin(page, live_server)
    user.user_permissions.remove(Permission.objects.get(codename="add_picture"))
    gallery(page).get_by_label("chọn ảnh trên máy").set_input_files(photos(1))
    expect(gallery(page).get_by_text("Tài khoản này chưa được phép tải ảnh lên")).to_be_visible()
    user.is_active = False
    user.save()
    gallery(page).get_by_label("chọn ảnh trên máy").set_input_files(photos(1))
    expect(gallery(page).get_by_text("Phiên làm việc đã hết")).to_be_visible()
    user.is_active = user.is_superuser = True
    user.save()
    gallery(page).get_by_role("button", name="Thử lại").click()
    expect(rows(page)).to_have_count(1)
