"""Legal documents from the collections others published: the whole real data once, and hostile rows one by one."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from legal_docs.models import Document, Provision, Relation
from legal_docs.relations import Kind
from legal_docs.validity import Validity

FILES = ["legal_documents.jsonl.gz", "legal_documents_fulltext.jsonl.gz", "legal_relations.jsonl.gz"]
LAW = {"so_ky_hieu": "45/2019/QH14", "loai": "Bộ luật", "trich_yeu": "Bộ luật Lao động", "ngay_ban_hanh": "2019-11-20"}
TEXT = {
    "so_ky_hieu": "45/2019/QH14",
    "nguon": "https://vbpl.vn/van-ban/chi-tiet/bo-luat-lao-dong-so-45-2019-qh14--139264",
    "dieu": [
        {"so_dieu": "1", "ten": "Phạm vi", "noi_dung": "Bộ luật này\n<b>quy định</b>", "chuong": "CHƯƠNG I CHUNG"},
        {"so_dieu": "2", "ten": "Nói một câu dài.", "noi_dung": "", "chuong": "CHƯƠNG I CHUNG"},
    ],
}


def take(tmp_path, *rows):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
    call_command("import_legal_docs", path)


def of(number):
    return Document.objects.get(number=number)


@pytest.mark.django_db
class TestRows:
    def test_importing_twice_changes_nothing(self, tmp_path, capsys):
        amended = {**LAW, "sua_doi_boi": [{"van_ban": "Mục 1 Luật số 03/2007/QH12", "hieu_luc": "2022-01-01"}]}
        take(tmp_path, amended, TEXT)
        take(tmp_path, amended, TEXT)
        assert "Thêm mới 0, cập nhật 0, giữ nguyên 2, từ chối 0" in capsys.readouterr().out
        assert Document.objects.filter(is_stub=False).count() == 1
        assert of("45/2019/QH14").history.count() == 1

    def test_an_amendment_names_its_provision_and_makes_a_stub(self, tmp_path, client):
        take(tmp_path, {**LAW, "sua_doi_boi": [{"van_ban": "Mục 1 Luật số 03/2007/QH12", "hieu_luc": "2022-01-01"}]})
        relation = Relation.objects.get()
        assert (relation.kind, relation.source_provisions, relation.effective_on) == (
            Kind.AMENDS,
            "Mục 1",
            date(2022, 1, 1),
        )
        assert relation.source.is_stub
        assert client.get(relation.source.get_absolute_url()).status_code == 404

    def test_a_later_row_fills_in_a_stub(self, tmp_path):
        take(tmp_path, {**LAW, "thay_the": ["10/2012/QH13"]})
        take(tmp_path, {"so_ky_hieu": "10/2012/QH13", "loai": "Luật", "trich_yeu": "Bộ luật Lao động 2012"})
        old = of("10/2012/QH13")
        assert not old.is_stub
        assert old.is_published
        assert old.acted_on_by.get().source == of("45/2019/QH14")

    def test_articles_become_headings_with_anchors_and_text_stays_text(self, tmp_path):
        take(tmp_path, TEXT)
        law = of("45/2019/QH14")
        assert law.body == (
            "<h3>Chương I. CHUNG</h3><h4>Điều 1. Phạm vi</h4><p>Bộ luật này</p><p>&lt;b&gt;quy định&lt;/b&gt;</p>"
            "<h4>Điều 2</h4><p>Nói một câu dài.</p>"
        )
        found = list(law.provisions.values_list("kind", "anchor", "parent__anchor"))
        assert found == [
            ("chapter", "chuong-i", None),
            ("article", "dieu-1", "chuong-i"),
            ("article", "dieu-2", "chuong-i"),
        ]

    def test_one_number_with_two_dates_is_two_documents(self, tmp_path):
        other = {**LAW, "ngay_ban_hanh": "2019-06-01", "loai": "Nghị quyết", "trich_yeu": "Về chương trình làm luật"}
        take(tmp_path, LAW, other, TEXT)
        assert Document.objects.count() == 2
        assert Document.objects.get(provisions__anchor="dieu-1").doc_type.name == "Bộ luật"

    def test_refused_rows_are_told_by_line_and_the_others_come_in(self, tmp_path, capsys):
        wrong = ["{", "[]", {**LAW, "so_ky_hieu": " "}, {**LAW, "so_ky_hieu": 5}, {**LAW, "ngay_ban_hanh": "hôm qua"}]
        wrong += [{**LAW, "so_ky_hieu": "9/" + "X" * 200}, {**LAW, "trich_yeu": "x" * 1001}, {**TEXT, "dieu": []}]
        wrong += [{**LAW, "sua_doi_boi": "x"}, {**LAW, "thay_the": [5]}, {**TEXT, "dieu": ["x"]}, {**LAW, "url": "x"}]
        with pytest.raises(CommandError):
            take(tmp_path, *wrong, {**LAW, "so_ky_hieu": "50/2019/QH14"})
        said = capsys.readouterr().err
        for number in range(1, len(wrong) + 1):
            assert f"Dòng {number}:" in said, number
        assert [document.number for document in Document.objects.all()] == ["50/2019/QH14"]


@pytest.fixture(scope="module")
def library(django_db_setup, django_db_blocker, request):
    """The whole real data, imported once for these tests and taken away after them."""
    data = request.getfixturevalue("data")
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_legal_docs", *[data / name for name in FILES])
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("library")
class TestRealData:
    def test_all_of_it_is_there(self):
        # 8 987 rows; nine of them say again what another says in another spelling or without its date.
        assert Document.objects.filter(is_stub=False).count() >= 8978
        assert Provision.objects.filter(kind="article").count() == 27057

    def test_taking_effect_before_the_issue_is_accepted_as_true(self):
        assert Document.objects.filter(effective_from__lt=F("issued_on")).count() == 72

    @pytest.mark.parametrize("number", ["47/2010/QH12", "17/2017/QH14"])
    def test_laws_replaced_by_another_expire_on_its_first_day(self, number):
        law = of(number)
        assert law.status_on(date(2024, 6, 30)) == Validity.IN_FORCE
        assert law.status_on(date(2024, 7, 1)) == Validity.EXPIRED
        assert law.acted_on_by.get(kind=Kind.REPLACES).source.number == "32/2024/QH15"

    def test_an_amendment_starts_on_its_day(self):
        relation = of("145/2020/NĐ-CP").acted_on_by.get()
        assert (relation.kind, relation.source.number) == (Kind.AMENDS, "35/2022/NĐ-CP")
        assert relation.effective_on == date(2022, 7, 15)

    def test_expiry_of_a_part_is_not_expiry(self):
        assert of("28/2018/QH14").status_on(date(2025, 2, 1)) == Validity.PARTLY

    def test_nothing_without_a_first_day_is_in_force(self):
        listed = Document.objects.with_status(date(2026, 1, 1))
        assert not listed.filter(effective_from=None, validity=Validity.IN_FORCE).exists()
