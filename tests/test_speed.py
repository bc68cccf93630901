"""What makes pages quick must not make them wrong: kept parts, prepared queries, pages deep in a list."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from django.template import Context, Template
from django.utils import timezone
from model_bakery import baker

from news.models import Article, Category
from portal import changes, paging
from portal.models import MenuItem
from portal.prepared import Prepared
from portal.workflow import Status

pytestmark = pytest.mark.django_db
STATIC = Path(__file__).resolve().parent.parent / "static"


@pytest.fixture
def articles():
    category, now = Category.objects.create(name="Tin"), timezone.now()
    common = {"category": category, "status": Status.PUBLISHED, "forced": True}
    made = [
        Article(title=f"Bài {n}", slug=f"bai-{n}", published_at=now - timedelta(hours=n), **common) for n in range(30)
    ]
    return Article.objects.bulk_create(made)


def titles(answer):
    return [article.title for article in answer.context["page_obj"]]


def test_a_deep_page_holds_what_it_would_hold_otherwise(client, articles, monkeypatch):
    plain = [titles(client.get(f"/tin-tuc/?trang={number}")) for number in (1, 2, 3)]
    assert [title for page in plain for title in page] == [f"Bài {n}" for n in range(30)]
    monkeypatch.setattr(paging, "DEEP", 12)
    assert [titles(client.get(f"/tin-tuc/?trang={number}")) for number in (1, 2, 3)] == plain
    assert client.get("/tin-tuc/?trang=4").status_code == 404


def test_what_is_published_is_counted_at_once(client, articles):
    assert client.get("/tin-tuc/").context["paginator"].count == 30
    Article.objects.filter(slug="bai-7").update(expires_at=timezone.now())
    assert client.get("/tin-tuc/").context["paginator"].count == 29
    assert client.get("/tin-tuc/tin/").context["paginator"].count == 29


def test_neighbours_are_those_beside_it_in_time(client, articles):
    Article.objects.filter(slug__in=("bai-7", "bai-9")).update(published_at=articles[8].published_at)
    page = client.get(articles[8].get_absolute_url()).context
    assert (page["previous"].title, page["next"].title) == ("Bài 7", "Bài 9")
    assert (client.get(articles[0].get_absolute_url()).context["next"]) is None


def test_an_article_costs_few_queries_however_much_stands_beside_it(client, articles, django_assert_max_num_queries):
    client.get("/")
    with django_assert_max_num_queries(7):
        client.get(articles[8].get_absolute_url())


def test_the_menu_is_made_once_and_anew_when_it_changes(client, articles):
    entry = baker.make(MenuItem, label="Tin tức", url="/tin-tuc/", parent=None)
    assert '<a href="/tin-tuc/" aria-current="page">Tin tức' in client.get("/tin-tuc/").content.decode()
    assert '<a href="/tin-tuc/">Tin tức' in client.get("/").content.decode()
    entry.label = "Bản tin"
    entry.save()
    assert '<a href="/tin-tuc/">Bản tin' in client.get("/").content.decode()


def test_kept_parts_are_rendered_when_something_changed():
    part = Template("{% kept %}{{ words }}{% endkept %}")
    assert [part.render(Context({"words": words})) for words in ("một", "hai")] == ["một", "một"]
    changes.record(Article)
    assert part.render(Context({"words": "ba"})) == "ba"


def test_an_included_part_sees_what_it_is_given_and_leaves_nothing_behind():
    part = Template('{% include "portal/_caption.html" with caption=words %}{% if caption %}left behind{% endif %}')
    shown = part.render(Context({"words": "<Chợ>", "picture": {"credit": ""}}))
    assert shown.strip() == "<figcaption>&lt;Chợ&gt;</figcaption>"


def test_a_day_is_that_of_the_site_whatever_the_zone_of_the_moment():
    shown = Template("{{ at|dated }} {{ at|iso }}").render(Context({"at": datetime(2026, 11, 23, 18, 30, tzinfo=UTC)}))
    assert shown == '<time datetime="2026-11-24">24/11/2026</time> 2026-11-24T01:30:00+07:00'


def test_a_prepared_query_that_would_ignore_a_value_is_refused():
    with pytest.raises(ValueError, match="sample"):
        Prepared(lambda slug, other: Article.objects.filter(slug=slug), "a", "b")("x", "y")


@pytest.mark.parametrize(("kind", "most"), [("css", 15_000), ("js", 8_000)])
def test_a_page_asks_for_little_css_and_javascript(client, demo, kind, most):
    """Bytes after brotli of everything of a kind that a page loads."""
    addresses = ["/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/gioi-thieu/"]
    addresses += [Article.objects.exclude(photos=None).first().get_absolute_url()]
    for address in addresses:
        names = set(re.findall(rf'"/static/({kind}/[\w.-]+)"', client.get(address).content.decode()))
        assert names
        assert sum(len(brotli.compress((STATIC / name).read_bytes())) for name in names) <= most, address


@pytest.mark.parametrize("path", ["", "news/article/add/", "legal_docs/document/import/"])
def test_a_template_that_replaces_its_parent_stands_in_a_page_once_however_often_it_is_asked_for(admin, path):
    for _ in range(2):
        assert admin.get(f"/quan-tri/{path}").content.decode().count("admin/portal.js") == 1
