"""News as a citizen meets it: lists, months, neighbours, gallery, feeds; bounded queries; the importer."""

import gzip
import json
import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from model_bakery import baker
from PIL import Image

from news.models import Article, ArticlePhoto, Category
from portal.pictures import Picture
from portal.workflow import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return Category.objects.create(name="Kinh tế - xã hội")


def article(category, title="Thêm việc làm", days=1, **fields):
    at = timezone.now() - timedelta(days=days)
    return Article.objects.create(
        title=title, category=category, status=Status.PUBLISHED, published_at=at, summary="Tóm tắt.", **fields
    )


def photo(color="navy", **words):
    file = BytesIO()
    Image.new("RGB", (800, 500), color).save(file, "JPEG")
    file.seek(0)
    return Picture.take_in(file, **{"alt": f"Nền {color}", **words})


def words(page):
    return page.content.decode()


def test_a_category_lists_its_articles_newest_first(client, category):
    for number in (3, 1, 2):
        article(category, f"Bài số {number}", days=number)
    page = words(client.get("/tin-tuc/kinh-te-xa-hoi/"))
    assert page.index("Bài số 1") < page.index("Bài số 2") < page.index("Bài số 3")


def test_an_empty_category_says_so(client, category):
    assert client.get(category.get_absolute_url()).status_code == 200


def test_long_lists_are_paged_and_keep_their_order(client, category):
    for number in range(30):
        article(category, f"Bài {number:02}", days=number)
    second = words(client.get("/tin-tuc/?trang=2"))
    assert "Bài 12" in second
    assert "Bài 11" not in second
    assert client.get("/tin-tuc/?trang=99").status_code == 404


def test_an_article_has_one_address_whatever_category_is_typed(client, category):
    item = article(category)
    moved = client.get("/tin-tuc/viec-lam/them-viec-lam/")
    assert moved.status_code == 301
    assert moved["Location"] == item.get_absolute_url() == "/tin-tuc/kinh-te-xa-hoi/them-viec-lam/"


def test_a_renamed_category_takes_its_readers_along(client, category):
    article(category)
    category.slug = "doi-song"
    category.save()
    assert client.get("/tin-tuc/kinh-te-xa-hoi/")["Location"] == "/tin-tuc/doi-song/"
    assert client.get("/tin-tuc/kinh-te-xa-hoi/them-viec-lam/")["Location"] == "/tin-tuc/doi-song/them-viec-lam/"


def test_the_archive_shows_one_month_in_vietnamese_time(client, category):
    def at(*moment):
        return timezone.make_aware(datetime(*moment))

    for title, moment in [("Đầu tháng", at(2018, 1, 1, 0, 5)), ("Cuối tháng", at(2018, 1, 31, 23, 55))]:
        article(category, title)
        Article.objects.filter(title=title).update(published_at=moment)
    article(category, "Tháng khác")
    page = words(client.get("/tin-tuc/luu-tru/2018/1/"))
    assert "Đầu tháng" in page
    assert "Cuối tháng" in page
    assert "Tháng khác" not in page
    assert client.get("/tin-tuc/luu-tru/?thang=2018-01")["Location"] == "/tin-tuc/luu-tru/2018/1/"
    assert client.get("/tin-tuc/luu-tru/2018/13/").status_code == 404
    assert client.get("/tin-tuc/luu-tru/9999/12/").status_code == 404
    malformed = client.get("/tin-tuc/luu-tru/?thang=x")
    assert malformed.status_code == 400
    assert "quay lại trang trước" in malformed.content.decode()


def test_the_front_page_leads_with_the_newest_featured_article_and_repeats_none(client, category):
    article(category, "Nổi bật cũ", days=9, featured=True)
    for number in range(1, 8):
        article(category, f"Bài số {number}", days=number)
    article(category, "Nổi bật", days=3, featured=True)
    article(category, "Hẹn giờ", days=-1, featured=True)
    titles = re.findall(r"<a href=\"/tin-tuc/kinh-te-xa-hoi/[^\"]+\">([^<]+)</a>", words(client.get("/")))
    assert titles[0] == "Nổi bật"
    assert titles[1:5] == [f"Bài số {number}" for number in (1, 2, 3, 4)]
    assert len(titles) == len(set(titles)) == 8
    assert "Hẹn giờ" not in titles


def test_an_article_leads_to_the_one_before_and_after(client, category):
    for number in (1, 2, 3):
        article(category, f"Bài {number}", days=10 - number)
    page = words(client.get("/tin-tuc/kinh-te-xa-hoi/bai-2/"))
    assert 'href="/tin-tuc/kinh-te-xa-hoi/bai-1/"' in page
    assert 'href="/tin-tuc/kinh-te-xa-hoi/bai-3/"' in page


def test_a_gallery_is_ordered_sized_captioned_and_made_of_plain_links(client, category):
    item = article(category)
    for position, color in enumerate(["navy", "gold", "maroon"]):
        ArticlePhoto.objects.create(
            article=item, picture=photo(color, credit="Ban Biên tập"), caption=f"Ảnh {color}", position=position
        )
    page = words(client.get(item.get_absolute_url()))
    assert page.index("Ảnh navy") < page.index("Ảnh gold") < page.index("Ảnh maroon")
    assert page.count("Ban Biên tập") >= 3
    assert f'href="{item.photos.first().picture.url}"' in page
    assert 'width="800" height="500"' in page
    assert "640w" in page


def test_a_picture_in_the_text_gets_its_size_and_renditions(category):
    picture = photo(alt="Phiên giao dịch việc làm")
    item = article(category, body=f'<p><img src="{picture.body_url}" alt=""></p>')
    assert f'srcset="{picture.srcset}"' in item.body
    assert 'width="800" height="500"' in item.body
    assert 'alt="Phiên giao dịch việc làm"' in item.body
    before = item.body
    item.save()
    assert item.body == before


def test_structured_data_names_article_trail_and_publisher(client, category):
    item = article(category, title="Thêm </script><b>việc</b>")
    page = words(client.get(item.get_absolute_url()))
    blocks = [part.split("</script>")[0] for part in page.split('<script type="application/ld+json">')[1:]]
    kinds = {json.loads(block)["@type"]: json.loads(block) for block in blocks}
    assert kinds["NewsArticle"]["headline"] == item.title
    assert kinds["NewsArticle"]["publisher"]["@type"] == "GovernmentOrganization"
    assert [entry["name"] for entry in kinds["BreadcrumbList"]["itemListElement"]][:3] == [
        "Trang chủ",
        "Tin tức",
        category.name,
    ]
    assert f'<link rel="canonical" href="http://localhost:8000{item.get_absolute_url()}">' in page


def test_feeds_hold_the_published_with_absolute_addresses(client, category):
    item = article(category)
    article(category, "Chưa đăng", days=-1)
    for address in ("/tin-tuc/atom.xml", "/tin-tuc/kinh-te-xa-hoi/atom.xml"):
        feed = client.get(address)
        assert feed["Content-Type"].startswith("application/atom+xml")
        assert f"http://localhost:8000{item.get_absolute_url()}" in words(feed)
        assert "Chưa đăng" not in words(feed)


def fill(category, count):
    """Articles with cover, gallery and neighbours, in several categories."""
    picture = photo()
    for number in range(count):
        item = article(
            category if number % 2 else baker.make(Category, slug=f"muc-{number}"), f"Bài {number}", cover=picture
        )
        for _ in range(4):
            ArticlePhoto.objects.create(article=item, picture=picture)
    return Article.objects.filter(category=category).order_by("pk").last()


@pytest.mark.parametrize("count", [4, 24])
def test_queries_are_bounded_however_much_there_is(client, category, count, django_assert_max_num_queries):
    item = fill(category, count)
    client.get("/lien-ket/")  # the frame of the page: identity, menu, notices, links
    bounds = {"/": 12, "/tin-tuc/": 6, category.get_absolute_url(): 6, item.get_absolute_url(): 8}
    for address, most in bounds.items():
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def rows(tmp_path, *lines, name="rows.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


ROW = {"id": "a1", "title": "Tin mới", "sapo": "Tóm tắt", "body": "Đoạn một\nĐoạn <b>hai</b>"}


def test_importing_twice_changes_nothing(tmp_path, client):
    path = rows(tmp_path, ROW)
    call_command("import_articles", path)
    call_command("import_articles", path)
    item = Article.objects.get()
    assert item.body == "<p>Đoạn một</p><p>Đoạn &lt;b&gt;hai&lt;/b&gt;</p>"
    assert item.history.count() == 1
    assert client.get(item.get_absolute_url()).status_code == 200


def test_importing_a_changed_row_updates_its_article(tmp_path):
    call_command("import_articles", rows(tmp_path, ROW))
    call_command("import_articles", rows(tmp_path, {**ROW, "title": "Tin đã sửa"}))
    item = Article.objects.get()
    assert item.title == "Tin đã sửa"
    assert item.history.count() == 2


def test_refused_rows_are_reported_by_line_and_the_others_come_in(tmp_path, capsys):
    wrong = ["{not json", "[1]", {**ROW, "id": "", "title": "x"}, {**ROW, "id": "b", "title": " "}]
    wrong += [{**ROW, "id": "c", "body": 5}, {**ROW, "id": "d", "title": "x" * 401}]
    wrong += [{**ROW, "id": "e", "published_at": "hôm qua"}, {**ROW, "id": "f", "category": "khong-co"}]
    with pytest.raises(CommandError):
        call_command("import_articles", rows(tmp_path, *wrong, ROW))
    said = capsys.readouterr().err
    for number in range(1, len(wrong) + 1):
        assert f"Dòng {number}:" in said
    assert Article.objects.count() == 1


def test_a_broken_archive_is_named_and_nothing_is_half_saved(tmp_path):
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(ROW).encode() * 500)[:60])
    with pytest.raises(CommandError, match="hỏng"):
        call_command("import_articles", path)
    assert not Article.objects.exists()


def test_real_articles_come_in_and_show(data, tmp_path, client):
    with gzip.open(data / "news.jsonl.gz", "rt") as file:
        lines = [line.strip() for _, line in zip(range(400), file, strict=False)]
    call_command("import_articles", rows(tmp_path, *lines))
    assert Article.objects.count() == len(lines)
    for item in Article.objects.select_related("category")[:20]:
        page = client.get(item.get_absolute_url())
        assert page.status_code == 200
