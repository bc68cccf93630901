"""Advice to editors: what the rules find, and where it is told."""

import http.server
import json
import threading
from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse

from legal_docs.models import Document, DocumentType
from news.models import Article, Category
from portal import proofreading
from portal.broken_links import CheckedLink
from portal.models import Redirect
from portal.workflow import Status

LONG = " ".join(["tiếng"] * 61) + "."


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<h3>Hồ sơ</h3><p>a</p>", "nên là cấp 2"),
        ("<h2>Hồ sơ</h2><h4>Mẫu đơn</h4>", "Tiêu đề “Mẫu đơn” (cấp 4) nhảy cóc: ngay trên nó là cấp 2, nên dùng cấp 3"),
        ("<p><strong>Thành phần hồ sơ</strong></p><p>a</p>", "trông như tiêu đề"),
        ('<p><img src="/media/anh/a.webp" alt=""></p>', "Ảnh thứ 1 chưa có mô tả"),
        ('<p><img src="https://bao.example/a.jpg" alt="x"></p>', "nằm ở trang khác (bao.example) nên bị bỏ khi lưu"),
        ('<p>Xem <a href="/a/">Tại đây</a>.</p>', "Liên kết “Tại đây” không nói dẫn tới đâu"),
        ('<p><a href="/a/">xem chi tiết…</a></p>', "không nói dẫn tới đâu"),
        ('<a href="https://x.example/">https://x.example/rat-dai/rat-dai/</a>', "hiện nguyên địa chỉ"),
        ("<table><tr><td>Tháng</td><td>Số</td></tr></table>", "Bảng bắt đầu bằng “Tháng Số” chưa có ô tiêu đề"),
        ("<p>QUYẾT ĐỊNH VỀ VIỆC PHÊ DUYỆT KẾ HOẠCH</p>", "viết hoa toàn bộ"),
        (f"<p>Ngắn thôi. {LONG}</p>", "Câu dài 61 tiếng"),
    ],
)
def test_what_a_reader_would_stumble_over_is_told(html, told):
    assert any(told in words for words in proofreading.read(html)), proofreading.read(html)


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Một</h2><h3>Hai</h3><h4>Ba</h4><h2>Bốn</h2><h3>Năm</h3>",
        "<p><strong>Chú ý:</strong> nộp trước ngày 30.</p><p><strong>Hạn cuối là thứ Sáu.</strong></p>",
        '<p><img src="/media/anh/a.webp" alt="Quầy tư vấn"></p>',
        '<p><a href="/a/">Mẫu đơn số 01</a> và <a href="https://x.example/">x.example</a></p>',
        "<table><tr><th>Tháng</th></tr><tr><td>1</td></tr></table>",
        "<p>Sở LĐTBXH, UBND TP HCM ban hành 12/QĐ-UBND ngày 01/02/2026.</p>",
        f"<p>{' '.join(['tiếng'] * 40)}. {' '.join(['tiếng'] * 40)}.</p>",
        "<h3>Chương I. QUY ĐỊNH CHUNG VỀ VIỆC HỖ TRỢ</h3><h4>Điều 1. Phạm vi</h4><p><strong>Nơi nhận</strong></p>",
        "",
        "<p>chưa <b>đóng <a href='/x",
    ],
)
def test_good_texts_are_left_alone(html):
    assert proofreading.read(html) == []


@pytest.fixture
def category(db):
    return Category.objects.create(name="Việc làm")


def article(category, **fields):
    return Article.objects.create(category=category, **{"title": "Bài", "status": Status.PUBLISHED, **fields})


def ask(client, html, title=""):
    return json.loads(client.post(reverse("advice"), {"title": title, "text": html}).content)["told"]


def test_links_to_what_is_gone_are_told_while_editing(admin, category):
    live = article(category, title="Còn đây")
    draft = article(category, title="Bản nháp", status=Status.DRAFT)
    withdrawn = article(category, title="Đã rút", withdrawal_reason="Cũ", status=Status.WITHDRAWN)
    withdrawn.published_at = live.published_at
    withdrawn.save()
    law = Document.objects.create(
        title="Luật cũ",
        number="10/2012/QH13",
        doc_type=DocumentType.objects.create(name="Luật"),
        issued_on=date(2012, 6, 18),
        effective_from=date(2013, 5, 1),
        effective_to=date(2021, 1, 1),
        status=Status.PUBLISHED,
    )
    Redirect.leave("/tin-tuc/cu/", "/tin-tuc/")
    expected = {
        live.get_absolute_url(): None,
        "/": None,
        "/tin-tuc/": None,
        f"http://localhost:8000{live.get_absolute_url()}?a=1#b": None,
        "https://elsewhere.example/": None,
        "mailto:a@b.vn": None,
        draft.get_absolute_url(): "“Bản nháp” chưa đăng",
        withdrawn.get_absolute_url(): "“Đã rút” đã bị rút",
        law.get_absolute_url(): "hết hiệu lực",
        "/tin-tuc/cu/": "đã chuyển sang /tin-tuc/",
        "/khong-co/": "không có trang này",
        "/tin-tuc/viec-lam/khong-co/": "không có trang này",
        "/media/anh/khong-co.jpg": "không có trang này",
        "/media/../settings.py": "không có trang này",
        "/quan-tri/news/article/": "là trang quản trị",
    }
    for address, told in expected.items():
        answers = ask(admin, f'<p><a href="{address}">Mẫu đơn</a></p>')
        if told:
            assert len(answers) == 1, address
            assert told in answers[0], (address, answers)
        else:
            assert answers == [], address


def test_advice_is_for_staff_and_the_title_is_read_too(admin, client, category):
    assert "viết hoa toàn bộ" in ask(admin, "", "THÔNG BÁO TUYỂN DỤNG VIÊN CHỨC")[0]
    assert admin.get(reverse("advice")).status_code == 405
    client.logout()
    assert client.post(reverse("advice"), {"text": ""}).status_code == 302


def test_after_saving_the_advice_is_told_and_nothing_is_held_back(admin, category):
    empty = {f"{rows}-{name}_FORMS": 0 for rows in ("photos", "files") for name in ("TOTAL", "INITIAL")}
    body = '<p>Xem <a href="/khong-co/">tại đây</a> <img src="https://bao.example/a.jpg" alt="x"></p>'
    fields = {"title": "Bài", "category": category.pk, "body": body, "status": Status.DRAFT, "read_version": ""}
    page = admin.post(reverse("admin:news_article_add"), {**fields, **empty}, follow=True)
    told = page.content.decode()
    assert "Nên xem lại" in told
    for words in ("không có trang này", "không nói dẫn tới đâu", "nằm ở trang khác (bao.example)"):
        assert words in told
    assert "bao.example" not in Article.objects.get().body


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Another site."""

    def do_HEAD(self):
        self.server.asked.append((self.command, self.path))
        status = {"/co": 200, "/mat": 404, "/chi-get": 405 if self.command == "HEAD" else 200, "/cam": 403}
        status |= {"/chuyen": 301, "/vong": 302}
        self.send_response(status.get(self.path, 500))
        if self.path in ("/chuyen", "/vong"):
            self.send_header("Location", {"/chuyen": "/co", "/vong": "/vong"}[self.path])
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *args):
        pass


@pytest.fixture
def elsewhere():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def check(*arguments):
    call_command("check_links", *arguments, verbosity=0)
    return {link.address: link.problem for link in CheckedLink.objects.exclude(problem="")}


def test_the_weekly_look_lists_broken_links_with_their_places(category, elsewhere, settings, admin):
    paths = ["co", "mat", "chi-get", "cam", "chuyen", "vong"]
    links = "".join(f'<a href="{elsewhere.address}/{path}#x">{path}</a>' for path in paths)
    dead = article(category, body=f'<p>{links}<a href="/khong-co/">x</a><a href="/tin-tuc/">y</a></p>')
    article(category, title="Nháp", status=Status.DRAFT, body='<p><a href="/nhap-khong-co/">x</a></p>')
    assert check() == {"/khong-co/": "không có trang này"}
    assert elsewhere.asked == []
    settings.CHECK_LINKS = True
    assert check()[f"{elsewhere.address}/co"] == "địa chỉ nằm trong mạng nội bộ, người đọc không tới được"
    assert elsewhere.asked == []
    settings.CHECK_LINKS_PRIVATE = True
    found = check()
    assert found == {
        "/khong-co/": "không có trang này",
        f"{elsewhere.address}/mat": "trang kia báo lỗi 404",
        f"{elsewhere.address}/vong": "chuyển hướng vòng quanh",
    }
    link = CheckedLink.objects.get(address="/khong-co/")
    assert link.places == [{"title": "Bài", "url": reverse("admin:news_article_change", args=[dead.pk])}]
    dead.body = "<p>Đã sửa</p>"
    dead.save()
    assert check() == {}
    assert not CheckedLink.objects.exists()


def test_the_weekly_look_asks_no_more_than_it_is_told_and_those_not_asked_for_longest_first(
    category, elsewhere, settings
):
    settings.CHECK_LINKS = settings.CHECK_LINKS_PRIVATE = True
    links = "".join(f'<a href="{elsewhere.address}/{path}">{path}</a>' for path in ("co", "cam", "mat"))
    article(category, body=f"<p>{links}</p>")
    for _ in range(3):
        check("--most", "1")
    assert CheckedLink.objects.filter(checked_at=None).count() == 0
    assert len({path for _, path in elsewhere.asked}) == 3
