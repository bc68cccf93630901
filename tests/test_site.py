"""The frame around every page: menu, links, standing pages, notices, search, errors, headers, files."""

import json
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error
from PIL import Image

from portal.addresses import Redirect
from portal.models import MenuItem, Notice, Page, Picture, SiteIdentity, WebsiteLink
from portal.workflow import Status

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|src)="(/[^"]*)"')
SEVEN = [
    "Trang chủ",
    "Giới thiệu",
    "Các chính sách",
    "Kinh tế - xã hội",
    "Thủ tục hành chính",
    "Dịch vụ công",
    "Văn bản pháp quy",
]


def words(page):
    return page.content.decode()


def page(**fields):
    return Page.objects.create(status=Status.PUBLISHED, body="<p>Nội dung</p>", **fields)


def test_the_seven_entries_of_the_old_menu_lead_to_pages(client, demo):
    entries = MenuItem.objects.filter(parent=None).order_by("position")
    assert [entry.label for entry in entries] == SEVEN
    home = words(client.get("/"))
    for entry in MenuItem.objects.select_related("page"):
        assert f'href="{entry.get_absolute_url()}"' in home
        assert client.get(entry.get_absolute_url()).status_code == 200, entry.label


def test_loading_the_demonstration_twice_changes_nothing(client, demo):
    before = MenuItem.objects.count(), Page.objects.count(), Picture.objects.count()
    call_command("load_demo", verbosity=0)
    assert before == (MenuItem.objects.count(), Page.objects.count(), Picture.objects.count())


def test_every_internal_link_of_the_demonstration_leads_somewhere(client, demo):
    seen, waiting = set(), ["/"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code in (200, 301, 302), address
        if answer.streaming:
            answer.getvalue()
        elif "html" in answer["Content-Type"]:
            found = {link.split("#")[0].replace("&amp;", "&") for link in LINK.findall(words(answer))}
            ours = {link for link in found if link and not link.startswith(("/static/", "/quan-tri/"))}
            waiting += ours - seen - set(waiting)
    assert len(seen) > 120


def test_the_current_entry_is_marked(client, demo):
    text = words(client.get("/tin-tuc/kinh-te-xa-hoi/"))
    assert '<a href="/tin-tuc/kinh-te-xa-hoi/" aria-current="page">' in text


def test_names_are_data(client, demo):
    assert "Sở Lao động - Thương binh và Xã hội" in words(client.get("/"))
    identity = SiteIdentity.objects.get()
    identity.name = "Sở Nội vụ"
    identity.save()
    assert "Sở Nội vụ" in words(client.get("/"))


def test_an_empty_site_has_a_home_page(client):
    assert client.get("/").status_code == 200


def test_only_listed_websites_are_opened(client):
    link = WebsiteLink.objects.create(group="Trung ương", name="Chính phủ", url="https://chinhphu.vn/")
    assert 'content="0; url=https://chinhphu.vn/"' in words(client.get(f"/lien-ket/di-toi/?trang={link.pk}"))
    for wrong in ("", "999", "https://evil.example", "//evil.example", "1 OR 1=1", "٣", "9" * 30):
        assert client.get("/lien-ket/di-toi/", {"trang": wrong}).status_code == 404


def test_pages_below_move_with_their_parent_and_leave_redirects(client):
    top = page(title="Giới thiệu")
    below = page(title="Cơ cấu tổ chức", parent=top)
    assert below.get_absolute_url() == "/gioi-thieu/co-cau-to-chuc/"
    top.slug = "ve-chung-toi"
    top.save()
    assert client.get("/gioi-thieu/co-cau-to-chuc/")["Location"] == "/ve-chung-toi/co-cau-to-chuc/"
    assert client.get("/ve-chung-toi/co-cau-to-chuc/").status_code == 200


def test_a_notice_shows_from_its_beginning_to_its_end(client, time_machine):
    now = timezone.now()
    Notice.objects.create(text="Nghỉ lễ", starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    assert "Nghỉ lễ" not in words(client.get("/"))
    time_machine.move_to(now + timedelta(minutes=61))
    assert "Nghỉ lễ" in words(client.get("/"))
    time_machine.move_to(now + timedelta(minutes=121))
    assert "Nghỉ lễ" not in words(client.get("/"))


def test_search_finds_words_of_titles_and_says_when_it_finds_nothing(client):
    item = page(title="Trợ cấp thất nghiệp")
    assert item.get_absolute_url() in words(client.get("/tim-kiem/?q=thất nghiệp"))
    assert "Chưa tìm thấy" in words(client.get("/tim-kiem/?q=khongco"))


def test_hostile_words_in_search_are_escaped_and_break_nothing(client, data):
    for name in ("strings.jsonl", "sqli.jsonl", "redirects.jsonl"):
        for line in (data / "attacks" / name).read_text().splitlines()[:250]:
            hostile = str(json.loads(line))
            answer = client.get("/tim-kiem/", {"q": hostile, "trang": hostile})
            assert answer.status_code in (200, 400)
            if "<" in hostile and len(hostile) > 4:
                assert hostile not in words(answer).replace("<svg class", "")


def test_hostile_paths_are_not_found_and_reach_no_file(client, data):
    for line in (data / "attacks" / "paths.jsonl").read_text().splitlines()[:400]:
        path = str(json.loads(line))
        for prefix in ("/", "/media/", "/tin-tuc/"):
            answer = client.get(prefix + quote(path.lstrip("/")))
            assert answer.status_code in (301, 302, 400, 404), path
            assert "root:" not in ("" if answer.streaming else words(answer))


def test_uploaded_files_are_served_inert_and_for_ever(client, settings):
    file = BytesIO()
    Image.new("RGB", (400, 300), "navy").save(file, "PNG")
    file.seek(0)
    answer = client.get(Picture.take_in(file, alt="Nền").url)
    answer.getvalue()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    settings.MEDIA_ROOT.joinpath("x.html").write_text("<script>alert(1)</script>")
    page = client.get("/media/x.html")
    page.getvalue()
    assert page["Content-Disposition"].startswith("attachment")


def test_public_pages_allow_nothing_inline_and_nothing_from_elsewhere(client, demo):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    text = words(client.get("/"))
    assert "style=" not in text
    assert "onclick=" not in text
    assert 'src="http' not in text


def test_a_missing_page_helps_on_in_vietnamese(client, demo):
    answer = client.get("/khong-co/")
    assert answer.status_code == 404
    assert "Trang này không còn ở đây" in words(answer)
    assert 'role="search"' in words(answer)


def test_a_failing_page_is_explained_without_the_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        text = words(server_error(rf.get("/")))
    assert 'lang="vi"' in text
    assert "/tim-kiem/" in text


def test_a_form_that_expired_is_explained(client):
    strict = type(client)(enforce_csrf_checks=True)
    answer = strict.post("/quan-tri/login/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "Phiên làm việc đã hết hạn" in words(answer)


def test_moved_addresses_are_followed_whatever_their_form(client):
    Redirect.objects.create(old_path="/Default.aspx", new_path="/")
    assert client.get("/Default.aspx")["Location"] == "/"


def test_robots_and_sitemaps_name_this_site(client, demo):
    told = words(client.get("/robots.txt"))
    assert "Sitemap: http://localhost:8000/sitemap.xml" in told
    assert "Disallow: /tim-kiem/?*&\n" in told  # each way of narrowing a search would be a page of its own
    index = words(client.get("/sitemap.xml"))
    for name in ("muc", "article", "page"):
        assert f"http://localhost:8000/sitemap-{name}.xml" in index
        assert client.get(f"/sitemap-{name}.xml").status_code == 200


def test_canonical_addresses_drop_unknown_parameters(client, demo):
    assert '<link rel="canonical" href="http://localhost:8000/tin-tuc/">' in words(client.get("/tin-tuc/?utm=1"))
    assert "/tin-tuc/?trang=2" in words(client.get("/tin-tuc/?trang=2&utm=1"))
    assert "/tim-kiem/?q=vi%E1%BB%87c+l%C3%A0m%26x" in words(client.get("/tim-kiem/?q=việc làm%26x"))


def test_the_host_header_changes_no_address(client, demo):
    text = words(client.get("/tin-tuc/", headers={"host": "127.0.0.1:9999"}))
    assert "127.0.0.1" not in text
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_every_section_has_a_front_page_that_says_where_to_turn(client, demo):
    for name in ("policies:index", "procedures:index", "procedures:online", "legal_docs:index"):
        answer = client.get(reverse(name))
        assert answer.status_code == 200
        assert "dichvucong.gov.vn" in words(answer) or "tel:" in words(answer)
