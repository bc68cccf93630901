"""Every public page and the main admin pages: nothing against WCAG 2.2 AA that a program finds, no sideways scroll."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import Count
from django.utils import timezone

from legal_docs.models import Document
from news.models import Article
from portal.models import CheckedLink, Deleted, PendingVersion, Picture, ShareLink, WebsiteLink
from portal.workflow import Status

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PUBLIC = [
    "/",
    "/tin-tuc/",
    "/tin-tuc/?trang=2",
    "/tin-tuc/kinh-te-xa-hoi/",
    "/tin-tuc/luu-tru/2018/1/",
    "/chinh-sach/",
    "/thu-tuc-hanh-chinh/",
    "/thu-tuc-hanh-chinh/?linh-vuc=tre-em&chu=D&q=con",
    "/thu-tuc-hanh-chinh/?q=khongcotunao",
    "/thu-tuc-hanh-chinh/2.001263/",
    "/thu-tuc-hanh-chinh/1.002551/?truong-hop=1&nop=2026-04-28",
    "/thu-tuc-hanh-chinh/1.013157/",
    "/thu-tuc-hanh-chinh/2.001263/cac-ban/",
    "/thu-tuc-hanh-chinh/quyet-dinh/",
    "/thu-tuc-hanh-chinh/quyet-dinh/361-qd-btp/",
    "/chinh-sach/nguoi-lao-dong/",
    "/chinh-sach/nguoi-lao-dong/di-lam-viec-o-nuoc-ngoai-theo-hop-dong/",
    "/dich-vu-cong/",
    "/van-ban/",
    "/van-ban/?q=lao động&hieu-luc=in-force",
    "/van-ban/?q=khongcotunao",
    "/van-ban/du-thao/",
    "/van-ban/bo-luat/2019/45-2019-qh14/",
    "/van-ban/bo-luat/2012/10-2012-qh13/?ngay=2020-12-31",
    "/van-ban/phap-lenh/2020/02-2020-ubtvqh14/",
    "/gioi-thieu/",
    "/gioi-thieu/co-cau-to-chuc/",
    "/gioi-thieu/lanh-dao/",
    "/gioi-thieu/lien-he/",
    "/tiep-can/",
    "/en/",
    "/lien-ket/",
    "/thong-ke-truy-cap/",
    "/so-do-trang/",
    "/tim-kiem/?q=việc làm",
    "/tim-kiem/?q=khongcotunao",
    "/tim-kiem/",
    "/khong-co-trang-nay/",
]


def special_documents():
    """A draft with articles, and the document with most relations."""
    drafts = Document.objects.filter(is_draft=True).select_related("doc_type")
    tied = Document.objects.published().annotate(ties=Count("acted_on_by")).select_related("doc_type").order_by("-ties")
    return [item.get_absolute_url() for item in (*drafts, tied.first())]


def special_articles():
    """Articles that test a page hardest: galleries, a wide table, a very long title, no picture, withdrawn."""
    articles = list(Article.objects.select_related("category"))
    longest = max(articles, key=lambda article: len(article.title))
    table = next(article for article in articles if "<table" in article.body)
    galleries = sorted(articles, key=lambda article: article.photos.count())
    gone = Article.objects.exclude(pk__in=[longest.pk, table.pk, galleries[-1].pk]).first()
    gone.status, gone.withdrawal_reason, gone.successor_url = Status.WITHDRAWN, "Đã có bài mới hơn", "/tin-tuc/"
    gone.save()
    return [item.get_absolute_url() for item in (longest, table, galleries[0], galleries[-1], gone)]


def troubles(page, address, rules):
    """What axe finds on the page, and whether it scrolls sideways."""
    page.goto(address)
    found = [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in Axe().run(page, options={"runOnly": rules}).response["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return [f"{address}: {trouble}" for trouble in found]


@pytest.mark.parametrize(
    ("width", "preferences"),
    [(1280, {}), (320, {"text": "large"}), (390, {"contrast": "high"})],
    ids=["desktop", "small phone with large text", "phone in high contrast"],
)
def test_public_pages(page, live_server, transactional_db, demo, width, preferences):
    page.set_viewport_size({"width": width, "height": 800})
    page.add_init_script(f"Object.entries({preferences}).forEach(([key, value]) => localStorage.setItem(key, value))")
    found = []
    for path in [*PUBLIC, *special_articles(), *special_documents()]:
        found += troubles(page, live_server.url + path, [*WCAG, "best-practice"])
    assert not found, "\n".join(found)


@pytest.mark.ignore_template_errors  # Django's own widget of the password
def test_admin_pages(page, live_server, transactional_db, demo, django_user_model):
    user = django_user_model.objects.create_superuser("quantri", password="mat-khau-rat-dai")
    found = troubles(page, f"{live_server.url}/quan-tri/login/", WCAG)
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill("mat-khau-rat-dai")
    page.get_by_role("button", name="Đăng nhập").click()
    article, picture = Article.objects.first(), Picture.objects.first()
    copy = PendingVersion.begin(article, {"fields": {"title": article.title}, "rows": {}})
    copy.keep(article, {"fields": {"title": "Tiêu đề khác hẳn"}, "rows": {}}, user)
    ShareLink.make(article, user, 3)
    Deleted.throw_away(WebsiteLink.objects.first(), user)
    gallery = Article.objects.annotate(many=Count("photos")).latest("many")
    CheckedLink.objects.create(address="/mat/", problem="không có trang này", failing_since=timezone.now())
    for path in [
        "",
        "news/article/",
        "news/article/add/",
        f"news/article/{article.pk}/change/",
        f"news/article/{article.pk}/history/",
        f"news/article/{article.pk}/history/{article.history.first().pk}/",
        f"news/article/{article.pk}/ban-sua/",
        f"news/article/{article.pk}/xem-thu/",
        f"news/article/{article.pk}/delete/",
        f"news/article/buoc/withdraw/?muc={article.pk}",
        f"news/article/buoc/publish/?muc={article.pk}",
        "thung-rac/",
        "tim/?q=lao dong",
        "ai-duoc-lam-gi/",
        "news/category/",
        "procedures/procedure/",
        "procedures/procedure/add/",
        "procedures/procedure/bao-cao/day-du/",
        "procedures/procedure/bao-cao/can-cu/",
        "policies/policy/",
        "policies/policy/add/",
        "portal/menuitem/",
        "portal/page/",
        "portal/picture/",
        "portal/picture/add/",
        f"portal/picture/{picture.pk}/change/",
        "portal/picture/chon/?CKEditorFuncNum=1",
        "portal/siteidentity/1/change/",
        "portal/agency/",
        "legal_docs/document/",
        "legal_docs/document/add/",
        f"legal_docs/document/{Document.objects.get(number='45/2019/QH14').pk}/change/",
        "legal_docs/document/mau-thuan/",
        "legal_docs/document/import/",
        "legal_docs/document/export/",
        "legal_docs/documenttype/",
        "bao-mat/",
        "bao-cao/",
        "bao-cao/theo-nguoi/",
        "bao-cao/lau-khong-sua/",
        "bao-cao/lien-ket-hong/",
        "huong-dan/",
        "portal/picture/chon/?nhieu=1",
        f"news/article/{gallery.pk}/change/",
        f"auth/user/{user.pk}/change/",
        "admin/logentry/",
        "axes/accesslog/",
    ]:
        found += troubles(page, f"{live_server.url}/quan-tri/{path}", WCAG)
    assert not found, "\n".join(found)
