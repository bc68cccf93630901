"""A citizen's visit in a real browser: with and without JavaScript, with a keyboard, on paper."""

import re

import pytest
from playwright.sync_api import expect

from news.models import Article
from portal import visits
from portal.models import SiteIdentity, VisitHour

READER = "Mozilla/5.0 (Linux; Android 14; SM-A055F) AppleWebKit/537.36 Chrome/149.0.0.0 Mobile Safari/537.36"
CONFERENCE = "/tin-tuc/kinh-te-xa-hoi/hoi-nghi-trien-khai-cong-tac-lao-dong-nguoi-co-cong-va-xa-hoi-nam-2018/"
PATHS = [
    "/",
    "/tin-tuc/",
    CONFERENCE,
    "/gioi-thieu/co-cau-to-chuc/",
    "/lien-ket/",
    "/thong-ke-truy-cap/",
    "/tim-kiem/?q=a",
]

MENU = ["Trang chủ", "Giới thiệu", "Các chính sách", "Kinh tế - xã hội"]
MENU += ["Thủ tục hành chính", "Dịch vụ công", "Văn bản pháp quy"]


@pytest.fixture
def site(transactional_db, demo, live_server):
    return live_server.url


@pytest.fixture
def reader(browser):
    """Opens a fresh browser; whatever the page complains of fails the test."""
    troubles, contexts = [], []

    def open_browser(**options):
        context = browser.new_context(**{"user_agent": READER, "locale": "vi-VN", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert troubles == []


def test_the_old_page_is_recognised_piece_by_piece(reader, site):
    page = reader()
    page.goto(site + CONFERENCE)
    menu = page.get_by_role("navigation", name="Danh mục chính").locator("> ul > li > a")
    expect(menu).to_have_text(MENU)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Hội nghị triển khai công tác lao động, người có công và xã hội năm 2018"
    )
    for figure in ("36.750", "106,8", "4.938", "37.226", "289.961", "21.104", "4,5 tỷ"):
        expect(page.locator("article").first).to_contain_text(figure)
    expect(page.locator(".gallery figure")).to_have_count(5)
    expect(page.get_by_role("heading", name="Liên kết website")).to_be_visible()
    expect(page.locator(".visits")).to_contain_text(re.compile(r"1\.631\.5(29|30)"))


@pytest.mark.parametrize("width", [390, 1280])
def test_an_error_page_leads_home(page, site, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/tin-tuc/luu-tru/?thang=x")
    expect(page.get_by_role("heading", level=1)).to_have_text("Yêu cầu chưa đúng")
    page.get_by_role("link", name="Trang chủ").click()
    expect(page).to_have_url(f"{site}/")


def test_the_gallery_opens_moves_and_closes_with_the_keyboard(reader, site):
    page = reader(reduced_motion="reduce")
    page.goto(site + CONFERENCE)
    first = page.locator(".gallery a").first
    first.focus()
    page.keyboard.press("Enter")
    shown = page.locator(".pswp")
    expect(shown).to_be_visible()
    expect(shown).to_contain_text("Cờ thi đua")
    page.keyboard.press("ArrowRight")
    expect(shown).to_contain_text("Bằng khen")
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    assert page.url.split("#")[0] == site + CONFERENCE


def test_everything_is_reached_without_javascript(reader, site):
    page = reader(java_script_enabled=False, viewport={"width": 390, "height": 800})
    for path in PATHS:
        page.goto(site + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(site + "/")
    page.get_by_role("button", name="Danh mục").click()
    page.get_by_role("navigation", name="Danh mục chính").get_by_role("link", name="Kinh tế - xã hội").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kinh tế - xã hội")
    page.goto(site + CONFERENCE)
    with page.expect_response(re.compile(r"/media/")):
        page.locator(".gallery a").first.click()


def test_the_list_of_websites_opens_only_with_its_button(reader, site):
    page = reader(viewport={"width": 1280, "height": 900})
    page.goto(site + CONFERENCE)
    page.route("https://**", lambda route: route.fulfill(body="đến nơi"))
    page.get_by_label("Chọn cơ quan, đơn vị").select_option(index=1)
    assert page.url == site + CONFERENCE
    page.get_by_role("button", name="Đi tới").click()
    page.wait_for_url("https://**")


def counted():
    visits.write()
    return sum(VisitHour.objects.values_list("visits", flat=True))


def visit(page, address, request=True):
    """Opens a page and waits for the counting request where one is due."""
    if request:
        with page.expect_response(re.compile("/luot-truy-cap/")):
            page.goto(address)
    else:
        page.goto(address)
        page.wait_for_load_state("networkidle")


def test_a_reader_counts_once_and_gets_no_cookie_for_the_pages(reader, site):
    page = reader()
    visit(page, site + "/")
    visit(page, site + "/tin-tuc/", request=False)
    assert counted() == 1
    assert [cookie["path"] for cookie in page.context.cookies()] == ["/luot-truy-cap/"]
    expect(page.locator(".visits")).to_contain_text("1.631.530")


def test_a_reader_without_javascript_counts_too(reader, site):
    page = reader(java_script_enabled=False)
    visit(page, site + "/")
    visit(page, site + "/tin-tuc/")
    assert counted() == 1


def test_an_automatic_browser_does_not_count(reader, site):
    page = reader(user_agent=READER.replace("Chrome", "HeadlessChrome"))
    visit(page, site + "/")
    assert counted() == 0


def test_text_size_and_contrast_are_kept_on_the_readers_device(reader, site):
    page = reader(viewport={"width": 1280, "height": 900})
    page.goto(site + "/")
    page.get_by_role("button", name="Chữ lớn").click()
    page.get_by_role("button", name="Tương phản cao").click()
    page.goto(site + "/tin-tuc/")
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    expect(page.locator("html")).to_have_attribute("data-contrast", "high")
    expect(page.get_by_role("button", name="Tương phản cao")).to_have_attribute("aria-pressed", "true")


def test_the_skip_link_is_first_and_leads_to_the_content(reader, site):
    page = reader()
    page.goto(site + "/tin-tuc/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Chuyển đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"


def test_an_article_prints_with_its_source_and_without_navigation(reader, site):
    page = reader()
    page.goto(site + CONFERENCE)
    page.emulate_media(media="print")
    expect(page.locator(".source")).to_be_visible()
    expect(page.locator(".source")).to_contain_text(CONFERENCE)
    expect(page.get_by_role("navigation", name="Danh mục chính")).to_be_hidden()
    expect(page.locator(".identity").first).to_be_visible()


def test_pages_ask_for_little(reader, site):
    """Bounds of the budget: requests of one page, none of them to another host, elements in the document."""
    page = reader()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", CONFERENCE):
        asked.clear()
        page.goto(site + path)
        page.wait_for_load_state("networkidle")
        assert all(url.startswith(site) for url in asked)
        assert len(asked) <= 30
        assert page.evaluate("document.querySelectorAll('*').length") <= 1200


def test_the_identity_of_the_site_is_what_staff_entered(reader, site):
    SiteIdentity.objects.filter(pk=1).update(name="Sở Nội vụ", hotline="1900 1234")
    page = reader()
    page.goto(site + Article.objects.first().get_absolute_url())
    expect(page.locator(".identity-name").first).to_have_text("Sở Nội vụ")
    expect(page.get_by_role("link", name="1900 1234").first).to_have_attribute("href", "tel:19001234")
