"""The roles in a real browser, with the keyboard alone: an article from its first word to its withdrawal.

`pressed` counts what would be clicks; docs/decisions/0008-working-copies.md compares them with other systems.
"""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from PIL import Image
from playwright.sync_api import Error, expect

from news.models import Article, Category
from portal import roles

PASSWORD = "mat-khau-rat-dai"
SUBMIT, PUBLISH, SAVE = (f'.publishing button[value="{value}"]' for value in ("submit", "publish", ""))


class Person:
    """Somebody at a keyboard. Every element is reached with Tab."""

    def __init__(self, browser, server, name=None):
        self.context = browser.new_context(locale="vi-VN", viewport={"width": 1280, "height": 900})
        self.page, self.server, self.pressed = self.context.new_page(), server, 0
        self.page.goto(server + ("/quan-tri/" if name else "/"))
        if name:
            self.write("#id_username", name)
            self.write("#id_password", PASSWORD)
            self.page.keyboard.press("Enter")
            self.page.wait_for_url(server + "/quan-tri/")

    def reach(self, selector):
        """Tab by Tab, backwards where that is the shorter way, as people do at the end of a long form."""
        self.page.locator(selector).first.wait_for(state="attached")
        for _ in range(400):
            if self.page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def write(self, selector, text):
        self.reach(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def press(self, selector):
        self.reach(selector)
        self.page.keyboard.press("Enter")
        self.pressed += 1

    def open(self, article):
        self.page.goto(f"{self.server}/quan-tri/news/article/{article.pk}/change/")
        self.page.locator(".cke_wysiwyg_frame").first.wait_for()

    def counted(self):
        """What was pressed since the last time this was asked."""
        pressed, self.pressed = self.pressed, 0
        return pressed


@pytest.fixture
def office(browser, live_server, transactional_db, django_user_model):
    """office("writer") is a browser in which that person has logged in; office() one of a reader."""
    roles.grant()
    Category.objects.create(name="Việc làm")
    for name, role in [("writer", roles.WRITER), ("editor", roles.EDITOR), ("approver", roles.APPROVER)]:
        user = django_user_model.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
    people = []

    def enter(name=None):
        people.append(Person(browser, live_server.url, name))
        return people[-1]

    yield enter
    for person in people:
        person.context.close()


@pytest.fixture
def photos(tmp_path):
    paths = []
    for number in range(5):
        paths.append(tmp_path / f"anh-{number + 1}.jpg")
        Image.new("RGB", (1200, 800), (20 + 40 * number, 70, 150)).save(paths[-1], "JPEG")
    return paths


def add_photos(person, paths):
    person.reach("#photos-group input[type=file][multiple]")
    person.page.get_by_label("chọn ảnh trên máy").set_input_files(paths)  # the system's own dialog
    expect(person.page.locator(".photo-row:not(.empty-form)")).to_have_count(len(paths))
    for number in range(len(paths)):
        person.write(f"#id_photos-{number}-alt", f"Gian tuyển dụng số {number + 1}")
        person.write(f"#id_photos-{number}-caption", f"Chú thích ảnh {number + 1}")


def test_an_article_from_its_first_word_to_its_withdrawal(office, photos):
    writer, editor, approver, reader = office("writer"), office("editor"), office("approver"), office()
    writer.press('a[href="/quan-tri/news/article/add/"]')
    writer.page.locator(".cke_wysiwyg_frame").wait_for()
    writer.write("#id_title", "Phiên giao dịch việc làm tháng 12")
    writer.reach("#id_category")
    writer.page.keyboard.press("ArrowDown")
    writer.write("#id_summary", "Hơn hai nghìn chỗ làm chờ người.")
    writer.reach("iframe.cke_wysiwyg_frame")
    writer.page.keyboard.insert_text("Vào thứ Năm tới, tại Trung tâm.")
    add_photos(writer, photos)
    writer.counted()
    writer.press(SUBMIT)
    expect(writer.page.get_by_text("Đã gửi duyệt: Phiên giao dịch")).to_be_visible()
    assert writer.counted() == 1
    article = Article.objects.get()
    address = reader.server + article.get_absolute_url()
    assert reader.page.goto(address).status == 404

    editor.open(article)
    editor.press("details.hand-back summary")
    editor.write("#id_remark", "Ghi rõ giờ mở cửa.")
    editor.press('button[value="return"]')
    expect(editor.page.get_by_text("Đã trả lại: Phiên giao dịch")).to_be_visible()
    assert editor.counted() == 2

    writer.open(article)
    expect(writer.page.get_by_text("Ghi rõ giờ mở cửa.")).to_be_visible()
    writer.write("#id_summary", "Mở cửa từ 7 giờ 30.")
    writer.press(SUBMIT)
    expect(writer.page.get_by_text("Đã gửi duyệt: Phiên giao dịch")).to_be_visible()
    assert writer.counted() == 1

    approver.open(article)
    approver.press(PUBLISH)
    expect(approver.page.get_by_text("Đã duyệt và đăng: Phiên giao dịch")).to_be_visible()
    assert approver.counted() == 1
    assert reader.page.goto(address).status == 200
    expect(reader.page.get_by_text("Mở cửa từ 7 giờ 30.")).to_be_visible()
    expect(reader.page.locator(".gallery img")).to_have_count(5)

    writer.open(article)
    writer.write("#id_title", "Phiên giao dịch việc làm dời ngày")
    writer.press(SUBMIT)
    expect(writer.page.get_by_text("Đã gửi duyệt: Phiên giao dịch")).to_be_visible()
    assert writer.counted() == 1
    reader.page.reload()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Phiên giao dịch việc làm tháng 12")
    approver.open(article)
    expect(approver.page.get_by_text("Bản sửa chờ duyệt")).to_be_visible()
    approver.press(PUBLISH)
    expect(approver.page.get_by_text("Đã duyệt và đăng: Phiên giao dịch")).to_be_visible()
    assert approver.counted() == 1
    reader.page.reload()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Phiên giao dịch việc làm dời ngày")

    approver.open(article)
    approver.press('.publishing a[href*="/buoc/withdraw/"]')
    approver.write("#ly-do", "Đăng nhầm ngày.")
    approver.press(".submit-row button.default")
    expect(approver.page.get_by_text("Đã rút: Phiên giao dịch")).to_be_visible()
    assert approver.counted() == 2
    assert reader.page.reload().status == 200
    expect(reader.page.get_by_text("Đăng nhầm ngày.")).to_be_visible()


def draft(django_user_model, **fields):
    writer = django_user_model.objects.get(username="writer")
    category = Category.objects.get()
    return Article.objects.create(title="Bản nháp", category=category, created_by=writer, **fields)


def test_two_browsers_on_one_item_lose_nothing(office, django_user_model):
    article = draft(django_user_model, body="<p>Cũ</p>", summary="Cũ.")
    writer, editor = office("writer"), office("editor")
    writer.open(article)
    editor.open(article)
    expect(editor.page.get_by_text("writer cũng đang mở mục này")).to_be_visible()
    writer.write("#id_summary", "Tóm tắt của người viết.")
    writer.press(SAVE)
    expect(writer.page.get_by_text("Đã lưu “Bản nháp”.")).to_be_visible()
    editor.write("#id_title", "Tiêu đề của biên tập")
    editor.press(SAVE)
    expect(editor.page.get_by_text("Người khác đã lưu mục này trong lúc ông/bà soạn")).to_be_visible()
    expect(editor.page.locator(".conflict h3")).to_have_count(1)
    expect(editor.page.locator(".conflict ins")).to_contain_text(["Tóm tắt của người viết."])
    editor.press(SAVE)
    expect(editor.page.get_by_text("Đã lưu “Tiêu đề của biên tập”.")).to_be_visible()
    article.refresh_from_db()
    assert (article.title, article.summary) == ("Tiêu đề của biên tập", "Tóm tắt của người viết.")


def test_a_link_for_a_guest_is_made_and_taken_back(office, django_user_model):
    article = draft(django_user_model)
    writer, guest = office("writer"), office()
    writer.page.goto(f"{writer.server}/quan-tri/news/article/{article.pk}/xem-thu/")
    writer.press("form.asked button")
    link = writer.page.get_by_label("Địa chỉ để gửi").input_value()
    address = guest.server + "/" + link.split("/", 3)[3]
    assert guest.page.goto(address).status == 200
    expect(guest.page.get_by_text("BẢN NHÁP", exact=True)).to_be_visible()
    writer.press('button[name="thu-hoi"]')
    expect(writer.page.get_by_text("Ai mở liên kết này từ bây giờ")).to_be_visible()
    assert guest.page.goto(address).status == 410


def kill(folder):
    """Ends the browser of this folder as a power cut would."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in command and b"chrom" in command:
            os.kill(int(process.name), signal.SIGKILL)


def on_disk(folder, text, seconds=20):
    """Whether the browser has written this text to its folder, which it does every few seconds."""
    until = time.monotonic() + seconds
    wanted = [text.encode(), text.encode("utf-16-le")]
    while time.monotonic() < until:
        for path in folder.rglob("Local Storage/leveldb/*.log"):
            content = path.read_bytes()
            if any(form in content for form in wanted):
                return True
        time.sleep(0.2)
    return False


def test_what_was_being_written_comes_back_after_the_browser_was_killed(
    office, playwright, browser_type_launch_args, live_server, django_user_model, tmp_path, photos
):
    article = draft(django_user_model, body="<p>Cũ</p>")
    folder = tmp_path / "ho-so"

    def start():
        context = playwright.chromium.launch_persistent_context(folder, **browser_type_launch_args, locale="vi-VN")
        page = context.pages[0]
        page.goto(f"{live_server.url}/quan-tri/news/article/{article.pk}/change/")
        return context, page

    def log_in(page):
        page.get_by_label("Tên đăng nhập").fill("writer")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.locator(".cke_wysiwyg_frame").wait_for()

    context, page = start()
    log_in(page)
    page.locator("#id_title").fill("Tieu de chua luu")
    page.frame_locator(".cke_wysiwyg_frame").locator("body").fill("Ca trang chu viet hoc tay")
    page.get_by_label("chọn ảnh trên máy").set_input_files(photos[0])
    page.locator("#id_photos-0-caption").fill("Chu thich chua luu")
    assert on_disk(folder, "Chu thich chua luu")
    kill(folder)
    with contextlib.suppress(Error):
        context.close()
    for lock in folder.glob("Singleton*"):
        lock.unlink()

    context, page = start()
    if page.get_by_label("Tên đăng nhập").count():
        log_in(page)
    page.get_by_role("button", name="Lấy lại bản đang viết").click()
    expect(page.locator("#id_title")).to_have_value("Tieu de chua luu")
    expect(page.frame_locator(".cke_wysiwyg_frame").locator("body")).to_have_text("Ca trang chu viet hoc tay")
    expect(page.locator("#id_photos-0-caption")).to_have_value("Chu thich chua luu")
    page.locator(SAVE).first.click()
    expect(page.get_by_text("Đã lưu “Tieu de chua luu”.")).to_be_visible()
    expect(page.locator(".unsaved")).to_have_count(0)
    article.refresh_from_db()
    assert (article.title, article.body) == ("Tieu de chua luu", "<p>Ca trang chu viet hoc tay</p>")
    assert article.photos.get().caption == "Chu thich chua luu"
    context.close()
    shutil.rmtree(folder, ignore_errors=True)
