"""Search: what is found, in which order, and that it follows publication on every machine."""

import html
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from model_bakery import baker

from legal_docs.models import Document, DocumentType
from news.models import Article, Category
from portal import search_page, searches, wsgi
from portal.models import Agency, SearchCount, Synonym
from portal.search import follower, ranking, store
from portal.search.query import holding_enough, matching, understand
from portal.search.suggestions import correction
from portal.synonyms import current
from portal.workflow import Status
from procedures.models import Field, Procedure
from tests.wsgi import ask

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", "SECRET_KEY": "x"}
NOW = {"status": Status.PUBLISHED, "published_at": timezone.now() - timedelta(days=1)}


def words(answer):
    return html.unescape(answer.content.decode())


def titles(client, query, **more):
    """The titles of the results in order."""
    answer = client.get("/tim-kiem/", {"q": query, **more})
    assert answer.status_code == 200
    found = re.findall(r"<h3><a href=[^>]*>(.*?)</a></h3>", answer.content.decode())
    return [html.unescape(title) for title in found]


def article(title, **more):
    category = Category.objects.filter(slug="tin").first() or Category.objects.create(name="Tin", slug="tin")
    more = {"summary": "", "body": "", "category": category, **NOW, **more}
    return baker.make("news.Article", title=title, cover=None, **more)


def procedure(title, code, **more):
    field, _ = Field.objects.get_or_create(name="Việc làm")
    more = {"field": field, "summary": "", "body": "", "cover": None, **NOW, **more}
    return baker.make("procedures.Procedure", title=title, code=code, **more)


def document(number, title, **more):
    kind, _ = DocumentType.objects.get_or_create(name=more.pop("kind", "Nghị định"))
    more = {"issued_on": date(2020, 12, 14), "effective_from": date(2021, 2, 1), "summary": "", "body": "", **more}
    return baker.make("legal_docs.Document", number=number, title=title, doc_type=kind, cover=None, **NOW, **more)


@pytest.fixture
def library(db):
    """Things that are easily taken for each other."""
    document("145/2020/NĐ-CP", "Quy định chi tiết một số điều của Bộ luật Lao động về điều kiện lao động")
    document("145/2018/NĐ-CP", "Sửa đổi quy định về hỗ trợ tiền sử dụng sản phẩm")
    document("28/2015/NĐ-CP", "Quy định chi tiết Luật Việc làm", body="<p>Căn cứ Nghị định số 145/2020/NĐ-CP.</p>")
    document("45/2019/QH14", "Bộ luật Lao động", kind="Bộ luật")
    procedure("Giải quyết hưởng trợ cấp thất nghiệp", "1.001978")
    procedure("Cấp giấy phép lái xe", "1.002809")
    procedure("Đăng ký kết hôn", "1.000894")
    procedure("Cấp giấy chứng nhận quyền sử dụng đất", "1.004221")
    procedure("Cấp giấy xác nhận người có công", "1.010801")
    article("Chi trả bảo hiểm xã hội tháng Mười")
    article("Bảo hiểm thất nghiệp: những điều cần biết")
    article("Cán bộ, công chức ủng hộ đồng bào vùng lũ")
    article("Cần bố trí công việc cho lao động trẻ")
    article("Hòa giải tranh chấp lao động")
    article("Hoa giải nhất hội thi cắm hoa", summary="Hoa giải nhất, hoa giải nhì. Hoa giải ba.")
    article("Sơ đồ đường đến trụ sở")


DECREE = "Quy định chi tiết một số điều của Bộ luật Lao động về điều kiện lao động"

FIRST = [
    # numbers in the spellings people use
    ("145/2020/NĐ-CP", DECREE),
    ("145/2020", DECREE),
    ("nd 145/2020", DECREE),
    ("Nghị định 145 năm 2020", DECREE),
    ("nghi dinh so 145 nam 2020", DECREE),
    ("NĐ145/2020/NĐ-CP", DECREE),
    ("145-2020-nd-cp", DECREE),
    ("luật 45/2019", "Bộ luật Lao động"),
    ("1.000894", "Đăng ký kết hôn"),
    # with tones, without, in capitals, decomposed
    ("đăng ký kết hôn", "Đăng ký kết hôn"),
    ("dang ky ket hon", "Đăng ký kết hôn"),
    ("ĐĂNG KÝ KẾT HÔN", "Đăng ký kết hôn"),
    ("đa\u0306ng ky\u0301 kê\u0301t hôn", "Đăng ký kết hôn"),
    # tones decide between what is the same without them
    ("cán bộ công chức", "Cán bộ, công chức ủng hộ đồng bào vùng lũ"),
    ("cần bố trí công việc", "Cần bố trí công việc cho lao động trẻ"),
    # a tone has two places
    ("hoà giải", "Hòa giải tranh chấp lao động"),
    # abbreviations and everyday words
    ("BHTN", "Bảo hiểm thất nghiệp: những điều cần biết"),
    ("bhxh", "Chi trả bảo hiểm xã hội tháng Mười"),
    ("NCC", "Cấp giấy xác nhận người có công"),
    ("tiền thất nghiệp", "Giải quyết hưởng trợ cấp thất nghiệp"),
    ("GPLX", "Cấp giấy phép lái xe"),
    ("bằng lái", "Cấp giấy phép lái xe"),
    ("sổ đỏ", "Cấp giấy chứng nhận quyền sử dụng đất"),
    ("so do", "Cấp giấy chứng nhận quyền sử dụng đất"),
    ("sơ đồ", "Sơ đồ đường đến trụ sở"),
]

MEANT = [
    ("đăng ký kết hom", "đăng ký kết hôn"),
    ("dang kyy ket hon", "đăng ký kết hôn"),
    ("trợ cấp thất nghiêpj", "trợ cấp thất nghiệp"),
    ("giấy phếp lái xe", ""),  # a wrong tone alone changes nothing: tones are optional
    ("bảo hiem xa hoi", ""),
    ("xin hôn", ""),  # both are words, which only happen not to meet anywhere
]


def test_what_people_type_leads_to_what_they_look_for(client, library):
    got = {typed: (titles(client, typed) or ["nothing"])[0] for typed, _ in FIRST}
    assert got == dict(FIRST)


def test_misspelt_words_are_put_right(library):
    searcher = follower.searcher()
    got = {typed: correction(searcher, understand(typed)) for typed, _ in MEANT}
    assert got == dict(MEANT)


def test_the_page_asks_whether_something_else_was_meant(client, library):
    answer = client.get("/tim-kiem/?q=dang ky ket hom")
    assert "Có phải ông/bà tìm" in words(answer)
    assert "?q=%C4%91%C4%83ng+k%C3%BD+k%E1%BA%BFt+h%C3%B4n" in words(answer)


def test_staff_teach_a_new_word(client, library):
    assert "Đăng ký kết hôn" not in titles(client, "vu quy")
    Synonym.objects.create(said="vu quy", meant="đăng ký kết hôn")
    assert titles(client, "vu quy")[0] == "Đăng ký kết hôn"


def test_an_expired_document_stands_behind_its_successor(client, db):
    text = "Quy định về mức hỗ trợ học nghề"
    document("10/2015/NĐ-CP", text, effective_to=date(2020, 1, 1))
    document("20/2020/NĐ-CP", text)
    answer = words(client.get("/tim-kiem/?q=mức hỗ trợ học nghề"))
    assert answer.index("20/2020/NĐ-CP") < answer.index("10/2015/NĐ-CP")
    assert "Hết hiệu lực" in answer


def test_newer_news_stands_before_older(client, db):
    article("Hội chợ việc làm lần một", published_at=timezone.now() - timedelta(days=1500))
    article("Hội chợ việc làm lần hai")
    assert titles(client, "hội chợ việc làm")[0] == "Hội chợ việc làm lần hai"


def test_a_result_leads_to_the_article_of_the_law_that_answers(client, db):
    body = "<h4>Điều 1. Phạm vi</h4><p>Về nghỉ.</p><h4>Điều 2. Nghỉ hằng năm</h4><p>Người lao động nghỉ 12 ngày.</p>"
    law = document("45/2019/QH14", "Bộ luật Lao động", body=body)
    answer = client.get("/tim-kiem/?q=nghỉ hằng năm").content.decode()
    assert f'href="{law.get_absolute_url()}#dieu-2"' in answer
    assert re.search(r"<mark>[^<]*nghỉ[^<]*</mark>", answer, re.IGNORECASE)


def test_words_with_other_tones_are_marked_only_for_want_of_better(client, db):
    article("Tôi tới xưởng", summary="Lương tối thiểu vùng; chúng tôi giới thiệu việc làm.")
    shown = client.get("/tim-kiem/?q=lương tối thiểu").content.decode()
    assert re.findall("<mark>(.*?)</mark>", shown) == ["Lương tối thiểu"]
    shown = client.get("/tim-kiem/?q=luong toi thieu").content.decode()
    assert "<mark>Lương tối thiểu</mark>" in shown


def test_text_inside_a_file_is_found(client, db):
    item = article("Thông báo tuyển dụng")
    baker.make("news.ArticleFile", article=item, title="Danh sách", text="Nguyễn Văn Kháng trúng tuyển", sha256="x")
    assert titles(client, "văn kháng trúng tuyển") == ["Thông báo tuyển dụng"]


@pytest.mark.parametrize("kind", [Article, Procedure, Document])
def test_results_are_narrowed_by_kind_with_counts(client, library, kind):
    slug = {"Article": "tin-tuc", "Procedure": "thu-tuc", "Document": "van-ban"}[kind.__name__]
    answer = words(client.get("/tim-kiem/", {"q": "lao động", "loai": slug}))
    shown = titles(client, "lao động", loai=slug)
    assert set(shown) <= set(kind.objects.values_list("title", flat=True))
    assert f"{len(shown)} kết quả" in answer or (not shown and "Chưa tìm thấy" in answer)


def test_facets_count_and_narrow(client, db):
    for number, name in enumerate(["Bộ Nội vụ", "Bộ Nội vụ", "Bộ Y tế"]):
        issuer, _ = Agency.objects.get_or_create(name=name)
        document(f"{number + 1}/2020/NĐ-CP", "Phụ cấp ưu đãi nghề", issuer=issuer)
    answer = words(client.get("/tim-kiem/?q=phụ cấp ưu đãi"))
    assert "Bộ Nội vụ (2)" in answer
    assert "Bộ Y tế (1)" in answer
    assert len(titles(client, "phụ cấp ưu đãi", **{"co-quan": "Bộ Y tế"})) == 1
    assert "Không có kết quả nào khớp" in words(client.get("/tim-kiem/?q=phụ cấp ưu đãi&nam=1999"))


def test_results_in_order_of_date(client, db):
    for days in (5, 400, 30):
        article(f"Tập huấn cách đây {days} ngày", published_at=timezone.now() - timedelta(days=days))
    assert [re.search(r"\d+", title)[0] for title in titles(client, "tập huấn", xep="moi")] == ["5", "30", "400"]
    assert [re.search(r"\d+", title)[0] for title in titles(client, "tập huấn", xep="cu")] == ["400", "30", "5"]


def test_every_result_is_on_exactly_one_page(client, db):
    for number in range(23):
        article(f"Phiên giao dịch việc làm số {number}")
    pages = [titles(client, "phiên giao dịch việc làm", trang=page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert len({title for page in pages for title in page}) == 23


class TestFollowing:
    def test_what_is_saved_withdrawn_deleted_scheduled_and_expired(self, client, db):
        item = article("Lễ hội Cầu ngư", withdrawal_reason="Hoãn")
        found = lambda: titles(client, "lễ hội cầu ngư")  # noqa: E731
        assert found() == ["Lễ hội Cầu ngư"]
        item.title = "Lễ hội Cầu ngư và đua thuyền"
        item.save()
        assert found() == ["Lễ hội Cầu ngư và đua thuyền"]
        for name, value, there in [
            ("status", Status.WITHDRAWN, False),
            ("status", Status.PUBLISHED, True),
            ("published_at", timezone.now() + timedelta(hours=1), False),
            ("published_at", timezone.now() - timedelta(hours=1), True),
            ("expires_at", timezone.now() - timedelta(minutes=1), False),
            ("expires_at", None, True),
        ]:
            setattr(item, name, value)
            item.save()
            assert bool(found()) is there, (name, value)
        item.delete()
        assert not found()

    def test_a_scheduled_item_appears_by_itself(self, client, db, monkeypatch):
        article("Ngày hội hiến máu", published_at=timezone.now() + timedelta(hours=1))
        assert not titles(client, "ngày hội hiến máu")
        later = timezone.now() + timedelta(hours=2)
        monkeypatch.setattr(timezone, "now", lambda: later)
        monkeypatch.setattr(ranking.time, "time", later.timestamp)
        assert titles(client, "ngày hội hiến máu")

    def test_a_renamed_issuer_a_bulk_write_and_a_new_file_are_followed(self, client, db):
        issuer = baker.make("portal.Agency", name="Bộ Lao động", successor=None)
        law = document("1/2020/NĐ-CP", "Tiền lương tối thiểu vùng", issuer=issuer)
        assert titles(client, "tiền lương tối thiểu", **{"co-quan": "Bộ Lao động"})
        issuer.name = "Bộ Nội vụ"
        issuer.save()
        assert titles(client, "tiền lương tối thiểu", **{"co-quan": "Bộ Nội vụ"})
        Document.objects.filter(pk=law.pk).update(title="Lương tối thiểu theo giờ")
        assert titles(client, "lương tối thiểu theo giờ") == ["Lương tối thiểu theo giờ"]
        file = baker.make("legal_docs.DocumentFile", document=law, title="Phụ lục", text="Địa bàn vùng IV", sha256="x")
        assert titles(client, "địa bàn vùng IV")
        file.delete()
        assert not titles(client, "địa bàn vùng IV")

    def test_a_status_changes_with_the_day(self, client, db, monkeypatch):
        document("1/2020/NĐ-CP", "Phụ cấp khu vực", effective_to=timezone.localdate() + timedelta(days=3))
        assert titles(client, "phụ cấp khu vực", **{"tinh-trang": "Còn hiệu lực"})
        later = timezone.localdate() + timedelta(days=5)
        monkeypatch.setattr(timezone, "localdate", lambda *a, **k: later)
        assert not titles(client, "phụ cấp khu vực", **{"tinh-trang": "Còn hiệu lực"})
        assert titles(client, "phụ cấp khu vực", **{"tinh-trang": "Hết hiệu lực"})

    def test_a_day_that_changes_no_status_is_looked_at_once(self, client, db, monkeypatch):
        document("1/2020/NĐ-CP", "Phụ cấp khu vực", effective_from=timezone.localdate() - timedelta(days=3))
        assert titles(client, "phụ cấp khu vực")
        tomorrow = timezone.localdate() + timedelta(days=1)
        monkeypatch.setattr(timezone, "localdate", lambda *a, **k: tomorrow)
        asked = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert titles(client, "phụ cấp khu vực")
            asked.append(sum(str(tomorrow) in query["sql"] for query in queries))
        assert asked[1] < asked[0], "the second search of the day asks for every status again"

    @pytest.mark.parametrize("damage", ["missing", "empty files", "old format", "unfinished"])
    def test_a_bad_index_is_made_anew(self, client, db, damage):
        article("Hội thi tay nghề")
        assert titles(client, "hội thi tay nghề")
        for file in [path for path in store.home().rglob("*") if path.is_file() and path.name != "lock"]:
            if damage == "missing":
                file.unlink()
            elif damage == "empty files":
                file.write_bytes(b"")
            elif damage == "old format" and file.name.startswith("current"):
                file.rename(file.with_name("current-0"))
            elif damage == "unfinished" and file.name == "meta.json":
                file.write_text("{}")
        store.let_go()
        for _ in range(2):  # the first answer may come from the database's plain filter
            assert titles(client, "hội thi tay nghề") == ["Hội thi tay nghề"]
        assert follower.searcher().num_docs > 0

    def test_the_database_answers_while_another_process_makes_the_index(self, client, db):
        article("Hội thi tay nghề")
        with store.writing():
            assert titles(client, "hội thi") == ["Hội thi tay nghề"]
            assert not list(store.home().glob("current-*"))


def test_a_number_that_no_document_has_is_said_not_to_be_here(client, library):
    assert "Chưa có mục nào đủ các từ “999/2020/NĐ-CP”" in words(client.get("/tim-kiem/?q=999/2020/NĐ-CP"))
    assert titles(client, "145/2020/NĐ-CP")


def test_documents_are_put_in_order_of_their_own_day(client, db):
    document("41/2024/QH15", "Luật Bảo hiểm xã hội", issued_on=date(2024, 6, 29))
    document("58/2014/QH13", "Luật Bảo hiểm xã hội cũ", issued_on=date(2014, 11, 20))
    assert titles(client, "bảo hiểm xã hội", xep="moi") == ["Luật Bảo hiểm xã hội", "Luật Bảo hiểm xã hội cũ"]
    assert "ban hành 29/06/2024" in words(client.get("/tim-kiem/?q=bảo hiểm xã hội"))


def test_a_draft_is_called_one_and_has_no_validity(client, db):
    draft = {"is_draft": True, "effective_from": None, "issued_on": None, "year": 2026, "slug": "bao-hiem"}
    document("", "Dự thảo về bảo hiểm thất nghiệp", **draft)
    page = words(client.get("/tim-kiem/?q=bảo hiểm thất nghiệp"))
    assert "<span>Dự thảo nghị định</span>" in page
    assert "Chưa rõ hiệu lực" not in page


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("", True),
        ("?q=giấy phép lái xe", True),
        ("?q=145/2020/NĐ-CP", True),
        ("?q=giấy phép lái xe giá rẻ", False),  # words of others, whoever links to them
        ("?q=hoàn toàn khác", False),
    ],
)
def test_search_engines_list_only_what_names_something_of_ours(client, library, asked, listed):
    page = client.get(f"/tim-kiem/{asked}").content.decode()
    assert ('<meta name="robots" content="noindex">' not in page) == listed


def test_the_feed_of_a_search_holds_what_it_finds(client, library):
    feed = ask(wsgi.application, "/tim-kiem/atom/?q=bhtn&loai=tin-tuc")  # through the page cache
    assert feed["headers"]["Content-Type"].startswith("application/atom+xml")
    assert "Bảo hiểm thất nghiệp: những điều cần biết" in feed["body"].decode()
    assert re.search('<link href="[^"]*/tim-kiem/[?][^"]*q=bhtn', feed["body"].decode())
    assert client.get("/tim-kiem/atom/?q=").status_code == 200


def test_browsers_and_search_engines_are_told_of_the_search(client, db):
    home = words(client.get("/"))
    assert 'type="application/opensearchdescription+xml"' in home
    assert "SearchAction" in home
    assert "?q={searchTerms}" in words(client.get("/tim-kiem/opensearch.xml"))


def test_titles_are_suggested_while_typing(client, library):
    def suggested(typed):
        return [row["title"] for row in client.get("/tim-kiem/goi-y/", {"q": typed}).json()["suggestions"]]

    assert suggested("đăng ký k") == ["Đăng ký kết hôn"]
    assert "Cấp giấy phép lái xe" in suggested("cap giay")
    assert suggested("x") == []


class TestLearning:
    BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}

    def search(self, query, **headers):
        """As a reader does, through the page cache, which answers the same question from memory."""
        answer = ask(wsgi.application, f"/tim-kiem/?q={quote(query)}", **{**self.BROWSER, **headers})
        assert answer["status"] == 200
        assert "Set-Cookie" not in answer["headers"]

    def counted(self):
        searches.write()
        return dict(SearchCount.objects.values_list("query", "times"))

    def test_questions_are_counted_without_a_trace_of_who_asked(self, library):
        for query in ("Đăng ký  kết hôn", "đăng ký kết hôn", "đăng ký kết hôn", "0912 345 678 nợ lương", "khongconua"):
            self.search(query)
        assert self.counted() == {"đăng ký kết hôn": 3, "… nợ lương": 1, "khongconua": 1}
        assert SearchCount.objects.get(query="khongconua").results == 0

    def test_the_same_question_is_answered_from_memory_until_something_changes(self, library, monkeypatch):
        monkeypatch.setattr(search_page, "KEPT", 30)  # however slow the machine
        self.search("chợ nổi")
        with CaptureQueriesContext(connection) as queries:
            self.search("chợ nổi")
        assert not queries
        article("Phiên chợ nổi mùa xuân")
        self.search("chợ nổi")
        assert self.counted() == {"chợ nổi": 3}
        assert SearchCount.objects.get().results == 1

    def test_an_answer_without_the_index_is_not_kept(self, library, monkeypatch):
        monkeypatch.setattr(follower, "AT_ONCE", -1)
        monkeypatch.setattr(follower, "_beside", lambda work: None)  # an index that is long on its way
        assert "no-cache" in Client().get("/tim-kiem/?q=kết hôn")["Cache-Control"]
        monkeypatch.undo()
        follower.rebuild()
        assert Client().get("/tim-kiem/?q=kết hôn")["Cache-Control"] == "max-age=1"

    def test_programs_are_not_counted(self, library):
        self.search("abc", HTTP_USER_AGENT="Googlebot/2.1 (+http://www.google.com/bot.html)")
        self.search("abc", HTTP_USER_AGENT="curl/8")
        assert not self.counted()

    def test_counts_are_forgotten_after_400_days(self, library):
        today = timezone.localdate()
        for days in (401, 400):
            SearchCount.objects.create(day=today - timedelta(days=days), query="nghỉ việc", times=1)
        self.search("bảo hiểm")
        self.counted()
        assert {row.day for row in SearchCount.objects.all()} == {today, today - timedelta(days=400)}

    def test_opened_results_are_counted_and_other_sites_are_not(self, client, library):
        item = Article.objects.first()
        told = {"q": "bảo hiểm", "dia-chi": item.get_absolute_url()}
        assert client.post("/tim-kiem/da-mo/", told, **self.BROWSER).status_code == 204
        assert self.counted() == {"bảo hiểm": 1}
        assert SearchCount.objects.get().address == item.get_absolute_url()
        for bad in ("https://example.org/", "//example.org", "", "javascript:alert(1)"):
            assert client.post("/tim-kiem/da-mo/", {"q": "a", "dia-chi": bad}, **self.BROWSER).status_code == 400

    def test_a_flood_of_questions_fills_one_day_and_no_more(self, db, monkeypatch):
        monkeypatch.setattr("portal.searches.MOST_A_DAY", 3)
        for number in range(4):
            self.search(f"abc{number}")
        assert self.counted() == {"abc0": 1, "abc1": 1, "abc2": 1}
        self.search("abc4")
        self.search("abc0")
        assert self.counted() == {"abc0": 2, "abc1": 1, "abc2": 1}

    def test_staff_read_and_download_the_report(self, admin, library):
        self.search("=cmd|tính")
        self.counted()
        page = words(admin.get("/quan-tri/portal/searchcount/?loai=khong-co"))
        assert "=cmd|tính" in page
        table = b"".join(admin.get("/quan-tri/portal/searchcount/csv/?loai=khong-co").streaming_content).decode()
        assert "Từ khóa" in table
        assert "'=cmd|tính" in table


def _hostile(data):
    """Every string and every SQL injection; of the 6 000 pieces of HTML each twentieth."""
    for name, step in (("strings", 1), ("sqli", 1), ("html", 20)):
        for line in (data / f"attacks/{name}.jsonl").read_text(encoding="utf-8").splitlines()[::step]:
            found = json.loads(line)
            yield from (str(value) for value in (found.values() if isinstance(found, dict) else [found]))


def test_hostile_questions_break_nothing_and_are_never_echoed(client, library, data):
    own = client.get("/tim-kiem/?q=abc").content.decode()
    for text in dict.fromkeys(_hostile(data)):
        answer = client.get("/tim-kiem/", {"q": text})
        assert answer.status_code in (200, 400), text
        shown = text.strip()[:200]
        if any(char in shown for char in "<>") and len(shown) > 8 and shown not in own:
            assert shown not in answer.content.decode(), text
        assert client.get("/tim-kiem/goi-y/", {"q": text}).status_code == 200


QUALITY = ["p_at_1", "r_at_10", "r_at_20", "mrr_at_10", "p50_ms", "p95_ms", "queries"]


def test_the_right_procedure_is_among_the_first_ten(data):
    files = [str(data / "search" / f"procedures_{name}") for name in ("corpus.jsonl.gz", "queries.jsonl", "qrels.tsv")]
    environment = {**OUTSIDE, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", "search_quality", *files]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    figures = json.loads(result.stdout)
    assert sorted(figures) == sorted(QUALITY)
    assert figures["r_at_10"] >= 0.9


SERVER = """
import os, sys, django
django.setup()
from portal.search import follower, index, store
from portal.search.results import Asked, find
from portal.search.query import understand
from portal.search.suggestions import correction
for line in sys.stdin:
    order, _, words = line.strip().partition(" ")
    if order == "find":
        print(len(find(Asked(understand(words))).results), flush=True)
    if order == "hang":  # in the middle of indexing, before the commit
        held = store.writing()
        held.__enter__()
        writer = index.writer(store.reader())
        follower._write(writer, follower.content_types()[0], None)
        print("writing", flush=True)
"""


class Server:
    """A process with an index folder of its own, on the database of the tests."""

    def __init__(self, folder):
        told = connection.get_connection_params()
        self.environment = {
            **OUTSIDE,
            "PORTAL_VAR": str(folder),
            "DATABASE_URL": f"postgres://{told['user']}@/{told['dbname']}?host={quote(told['host'])}",
        }
        self.start()

    def start(self):
        command = [sys.executable, "-c", SERVER]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def finds(self, query):
        """Seconds until it does."""
        start = time.monotonic()
        while self.ask(f"find {query}") == "0":
            assert time.monotonic() - start < 10
        return time.monotonic() - start

    def stop(self, how=signal.SIGTERM):
        with self.process:
            self.process.send_signal(how)


@pytest.mark.django_db(transaction=True)
def test_two_servers_follow_each_other_and_survive_a_killed_writer(tmp_path):
    servers = [Server(tmp_path / name) for name in ("a", "b")]
    one, other = servers
    try:
        article("Khai giảng nghề may")
        assert one.finds("nghề may") < 10
        assert other.finds("nghề may") < 10
        article("Khai giảng nghề hàn")
        assert other.finds("nghề hàn") <= 2
        assert one.ask("hang") == "writing"
        one.stop(signal.SIGKILL)
        article("Khai giảng nghề mộc")
        one.start()
        assert one.ask("find nghề may") == "1"  # nothing that was committed is lost
        assert one.finds("nghề mộc") <= 2
        assert other.finds("nghề mộc") <= 2
    finally:
        for server in servers:
            server.stop()


def test_what_the_ranking_takes_for_a_match_is_one_for_the_index(library):
    """Results are counted by the index, and shown where their own words say that they count."""
    searcher = follower.searcher()
    told = []
    for asked in ("lao động", "hồ sơ hưởng trợ cấp thất nghiệp gồm những gì", "ho so nguoi co cong", "tap huan"):
        question = understand(asked, current())
        found = searcher.search(matching(question), 5000, count=False).hits
        counted, enough = {(at.segment_ord, at.doc) for _, at in found}, holding_enough(question)
        hits = ranking.rank(searcher, question)
        told += [(asked, enough(hit.folded()), (hit.address.segment_ord, hit.address.doc) in counted) for hit in hits]
    assert {by_words for _, by_words, _ in told} == {True, False}
    assert not [row for row in told if row[1] != row[2]]
