"""The admin's first page and the reports: what waits for whom, in a bounded number of queries."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from news.models import Article, Category
from portal.broken_links import CheckedLink
from portal.models import Page, PendingVersion, VisitHour
from portal.workflow import Status

pytestmark = pytest.mark.django_db
START = "/quan-tri/"


@pytest.fixture
def category():
    return Category.objects.create(name="Việc làm")


@pytest.fixture
def writer(client, django_user_model):
    user = django_user_model.objects.create_user("soanthao", password="mat-khau-rat-dai", is_staff=True)
    rights = ["add_article", "change_article", "view_article"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def boxes(client):
    """Titles of the panels, each with its rows or what it says."""
    page = client.get(START)
    return {panel.title: panel for panel in page.context["panels"]}


def titles(panel):
    return [words for words, _, _ in panel.rows]


def test_each_panel_shows_what_waits_and_for_whom(admin, writer, category, client):
    now = timezone.now()
    mine = {"category": category, "created_by": writer}
    Article.objects.create(title="Nháp của tôi", **mine)
    Article.objects.create(title="Nháp của người khác", category=category)
    Article.objects.create(title="Chờ duyệt", status=Status.REVIEW, submitted_by=writer, submitted_at=now, **mine)
    Article.objects.create(title="Hẹn giờ", status=Status.PUBLISHED, published_at=now + timedelta(days=1), **mine)
    Page.objects.create(title="Sắp đến hạn", status=Status.PUBLISHED, review_by=(now + timedelta(days=3)).date())
    Page.objects.create(title="Còn lâu", status=Status.PUBLISHED, review_by=(now + timedelta(days=99)).date())
    CheckedLink.objects.create(address="/mat/", problem="không có trang này", failing_since=now)
    VisitHour.objects.create(hour=now.replace(minute=0, second=0, microsecond=0), visits=1234, minutes=[0] * 60)
    shown = boxes(admin)
    assert titles(shown["Chờ tôi duyệt"]) == ["Chờ duyệt"]
    assert titles(shown["Hẹn giờ đăng"]) == ["Hẹn giờ"]
    assert titles(shown["Đến hạn xem lại"]) == ["Sắp đến hạn"]
    assert shown["Liên kết hỏng"].total == 1
    assert "1.234 lượt" in shown["Lượt truy cập trong tuần"].empty
    client.force_login(writer)
    shown = boxes(client)
    assert titles(shown["Bản nháp của tôi"]) == ["Nháp của tôi"]
    assert "Chờ tôi duyệt" not in shown
    assert "Bị trả lại, chờ tôi sửa" not in shown
    assert "Sao lưu" not in shown
    assert "Thủ tục chưa đầy đủ" not in shown


def test_an_approver_is_not_shown_what_they_submitted_themselves(client, writer, category):
    writer.user_permissions.add(Permission.objects.get(codename="publish_article"))
    review = {"status": Status.REVIEW, "category": category, "submitted_at": timezone.now()}
    Article.objects.create(title="Của tôi", submitted_by=writer, **review)
    Article.objects.create(title="Của người khác", **review)
    client.force_login(writer)
    assert titles(boxes(client)["Chờ tôi duyệt"]) == ["Của người khác"]


def test_what_was_handed_back_stands_first_and_editors_see_what_waits(client, writer, category):
    mine = {"category": category, "created_by": writer}
    article = Article.objects.create(title="Bị trả lại", remark="Thiếu ảnh", **mine)
    live = Article.objects.create(title="Đang đăng", status=Status.PUBLISHED, **mine)
    copy = PendingVersion.begin(live, {"fields": {"title": "Bản sửa"}, "rows": {}})
    copy.keep(live, copy.after, writer)
    client.force_login(writer)
    shown = boxes(client)
    assert titles(shown["Bị trả lại, chờ tôi sửa"]) == ["Bị trả lại"]
    assert titles(shown["Bản sửa tôi chưa gửi"]) == ["Bản sửa"]
    assert [words for words, _ in client.get(START).context["beginnings"]] == ["Bài viết mới"]
    writer.user_permissions.add(Permission.objects.get(codename="edit_article"))
    Article.objects.filter(pk=article.pk).update(status=Status.REVIEW, submitted_at=timezone.now(), remark="")
    assert titles(boxes(client)["Chờ duyệt, tôi đọc trước"]) == ["Bị trả lại"]


def test_the_last_backup_is_told(admin, settings, tmp_path):
    settings.VAR = tmp_path
    assert boxes(admin)["Sao lưu"].empty == "Chưa có bản sao lưu."
    (tmp_path / "backups").mkdir()
    marker = tmp_path / "backups" / "last.json"
    marker.write_text(json.dumps({"at": (timezone.now() - timedelta(days=9)).isoformat(), "file": "x"}))
    panel = boxes(admin)["Sao lưu"]
    assert "đã 9 ngày" in panel.empty
    assert panel.urgent
    marker.write_text("{")
    assert boxes(admin)["Sao lưu"].empty == "Chưa có bản sao lưu."


def test_the_first_page_asks_no_more_the_more_there_is(admin, demo, django_assert_max_num_queries):
    category = Category.objects.first()
    for number in range(30):
        Article.objects.create(title=f"Nháp {number}", category=category, created_by=admin.user)
        Article.objects.create(title=f"Chờ {number}", category=category, status=Status.REVIEW)
    admin.get(START)
    with django_assert_max_num_queries(38):
        page = admin.get(START)
    drafts = next(panel for panel in page.context["panels"] if panel.title == "Bản nháp của tôi")
    assert (len(drafts.rows), drafts.total) == (6, 30)


def table(answer):
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(StringIO(text)))


def test_who_published_how_much_in_each_month(admin, writer, category):
    at = timezone.make_aware(timezone.datetime(2026, 3, 5, 8))
    for number in range(2):
        Article.objects.create(
            title=f"Bài {number}", category=category, status=Status.PUBLISHED, published_at=at, created_by=writer
        )
    Article.objects.create(title="Nhập", category=category, status=Status.PUBLISHED, published_at=at)
    assert "soanthao" in admin.get(reverse("report-by-author")).content.decode()
    rows = table(admin.get(reverse("report-by-author") + "?dang=csv"))
    assert rows[0] == ["tháng", "người tạo", "loại", "số mục"]
    assert sorted(rows[1:]) == [["03/2026", "(không rõ)", "bài viết", "1"], ["03/2026", "soanthao", "bài viết", "2"]]


def test_what_nobody_has_changed_for_a_year(admin, category, django_assert_max_num_queries):
    old = timezone.now() - timedelta(days=800)
    for number in range(3):
        article = Article.objects.create(title=f"Bài {number}", category=category, status=Status.PUBLISHED)
        Article.objects.filter(pk=article.pk).update(updated_at=old + timedelta(days=number))
    Article.objects.create(title="=Mới()", category=category, status=Status.PUBLISHED)
    with django_assert_max_num_queries(12):
        page = admin.get(reverse("report-ageing")).content.decode()
    assert page.index("Bài 0") < page.index("Bài 2")
    assert "Mới" not in page
    rows = table(admin.get(reverse("report-ageing") + "?dang=csv"))
    assert [row[2] for row in rows[1:]] == ["Bài 0", "Bài 1", "Bài 2"]


def test_reports_are_for_those_who_see_content(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("khach", is_staff=True))
    for name in ("reports", "report-by-author", "report-ageing", "broken-links"):
        assert client.get(reverse(name)).status_code == 403
    client.logout()
    assert client.get(reverse("reports")).status_code == 302
