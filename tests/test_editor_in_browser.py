"""An editor's day in a real browser: writes, adds pictures, previews, schedules, and sees the article appear."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from news.models import Article, Category

PASSWORD = "mat-khau-rat-dai"
WORD = """<p class=MsoNormal style='margin-left:36pt'><b><span style='font-family:"Times New Roman"'>Kết quả</span></b>
<o:p></o:p></p><table class=MsoTableGrid style='width:400pt'><tr><td style='border:solid 1pt'>Tháng</td>
<td>Số người</td></tr><tr><td>01</td><td>3.120</td></tr></table>"""


@pytest.fixture
def editor(page, live_server, transactional_db, django_user_model):
    """A browser in which an editor has logged in; the page must not report any error."""
    django_user_model.objects.create_superuser("bientap", password=PASSWORD)
    Category.objects.create(name="Việc làm")
    troubles = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: troubles.append(request.url) if not ours(request.url, live_server.url) else None)
    page.goto(f"{live_server.url}/quan-tri/")
    page.get_by_label("Tên đăng nhập").fill("bientap")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    yield page
    assert troubles == []


def ours(url, server):
    return url.startswith((server, "data:", "blob:", "about:"))


@pytest.fixture
def photos(tmp_path):
    paths = []
    for number in range(5):
        path = tmp_path / f"anh {number + 1}.jpg"
        Image.new("RGB", (1200, 800), (20 + 40 * number, 70, 150)).save(path, "JPEG")
        paths.append(path)
    return paths


def add_photos(page, paths):
    page.get_by_label("chọn ảnh trên máy").set_input_files(paths)
    rows = page.locator(".photo-row:not(.empty-form)")
    expect(rows).to_have_count(len(paths))
    for number in range(len(paths)):
        rows.nth(number).get_by_label("Mô tả").fill(f"Gian tuyển dụng số {number + 1}")
        rows.nth(number).get_by_label("Chú thích").fill(f"Chú thích ảnh {number + 1}")


def in_editor(page, script, argument=None):
    page.locator(".cke_wysiwyg_frame").wait_for()
    return page.evaluate(f"argument => {{ const editor = CKEDITOR.instances.id_body; {script} }}", argument)


def test_an_editor_writes_previews_and_schedules_an_article(editor, live_server, photos, time_machine):
    page = editor
    page.goto(f"{live_server.url}/quan-tri/news/article/add/")
    page.get_by_label("Tiêu đề:").fill("Phiên giao dịch việc làm tháng 12")
    page.get_by_label("Chuyên mục").select_option(label="Việc làm")
    page.get_by_label("Tóm tắt").fill("Hơn hai nghìn chỗ làm chờ người.")

    # Formatting, a table pasted from Word, and a picture chosen in the editor's own dialog.
    in_editor(page, "editor.setData('<h2>Chỗ làm mới</h2><p>Vào <strong>thứ Năm</strong> tới.</p>')")
    in_editor(page, "editor.focus(); editor.fire('paste', {type: 'html', dataValue: argument, method: 'paste'})", WORD)
    page.locator(".cke_button__image").click()
    page.get_by_role("tab", name="Tải lên").click()
    dialog = page.locator(".cke_dialog_body:visible")
    dialog.frame_locator("iframe").locator("input[type=file]").set_input_files(photos[0])
    dialog.get_by_role("button", name=re.compile("Gửi|Tải")).click()
    dialog.get_by_label(re.compile("Văn bản thay thế|Chú thích|mô tả", re.I)).first.fill("Quầy tư vấn đông người")
    dialog.get_by_role("button", name="Đồng ý").click()

    add_photos(page, photos)

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Xem trước").first.click()
    frame = opened.value
    frame.get_by_label("Điện thoại").check()
    assert frame.locator("iframe").evaluate("frame => frame.clientWidth") == 390
    preview = frame.frame_locator("iframe")
    expect(preview.get_by_role("heading", level=1)).to_have_text("Phiên giao dịch việc làm tháng 12")
    expect(preview.get_by_text("BẢN NHÁP")).to_be_visible()
    expect(preview.locator(".gallery img")).to_have_count(5)
    expect(preview.locator(".prose table")).to_contain_text("3.120")
    expect(preview.get_by_alt_text("Quầy tư vấn đông người")).to_be_visible()
    frame.close()
    assert not Article.objects.exists()

    at = timezone.localtime() + timedelta(hours=3)
    page.locator("#id_published_at_0").fill(f"{at:%d/%m/%Y}")
    page.locator("#id_published_at_1").fill(f"{at:%H:%M}")
    page.get_by_role("button", name="Đăng sau").last.click()
    expect(page.get_by_text("Bài sẽ tự hiện lúc")).to_be_visible()
    expect(page.get_by_text("Hẹn giờ đăng", exact=True)).to_be_visible()

    article = Article.objects.get()
    assert "MsoNormal" not in article.body
    assert "style=" not in article.body
    assert "srcset=" in article.body
    reader = page.context.browser.new_context().new_page()
    assert reader.goto(live_server.url + article.get_absolute_url()).status == 404
    time_machine.move_to(article.published_at + timedelta(seconds=1))
    assert reader.goto(live_server.url + article.get_absolute_url()).status == 200
    expect(reader.locator(".gallery img")).to_have_count(5)
    assert reader.goto(f"{live_server.url}/tin-tuc/").status == 200
    expect(reader.get_by_role("link", name="Phiên giao dịch việc làm tháng 12")).to_be_visible()
    reader.context.close()


def test_a_picture_pasted_from_another_site_is_said_to_be_lost(editor, live_server):
    page = editor
    page.goto(f"{live_server.url}/quan-tri/news/article/add/")
    page.get_by_text("Không thấy gì cần sửa").wait_for()  # the editor stands
    page.locator(".cke_wysiwyg_frame").click()  # and the cursor is in it
    pasted = "<p>Bài chép</p><img src='https://bao.example/anh.jpg' alt=''>"
    in_editor(
        page, "editor.focus(); editor.fire('paste', {type: 'html', dataValue: argument, method: 'paste'})", pasted
    )
    expect(page.get_by_text("Đã bỏ ảnh của trang khác (bao.example)")).to_be_visible()
    assert in_editor(page, "return editor.getData()").strip() == "<p>Bài chép</p>"
    page.locator(".cke_combo_button").first.click()
    menu = page.frame_locator("iframe.cke_panel_frame")
    expect(menu.get_by_text("Tiêu đề cấp 2")).to_be_visible()
