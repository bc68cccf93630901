"""Legal documents as staff enter them: one screen with its file, suggestions, contradictions, spreadsheets."""

import gzip
import json
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from legal_docs import contradictions, suggestions
from legal_docs.models import Document, DocumentType, Relation
from legal_docs.relations import Kind
from legal_docs.rows import body_of
from legal_docs.validity import Validity
from portal.workflow import Status

pytestmark = pytest.mark.django_db
ADD = "/quan-tri/legal_docs/document/add/"


def document(number="45/2019/QH14", kind="Bộ luật", **fields):
    doc_type = DocumentType.objects.named(kind)
    fields = {"title": f"Về số {number}", "status": Status.PUBLISHED, "issued_on": date(2019, 11, 20), **fields}
    return Document.objects.create(number=number, doc_type=doc_type, **fields)


def form(**fields):
    """What the browser sends of an otherwise empty form."""
    empty = {}
    for prefix in ("files", "acts_on", "acted_on_by", "issuances"):
        empty |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    kind = DocumentType.objects.named("Nghị định")
    return {**empty, "title": "Về việc làm", "number": "1/2021/NĐ-CP", "doc_type": kind.pk, "status": "draft", **fields}


def messages(page):
    return [str(message) for message in page.context["messages"]]


def upload(path):
    return SimpleUploadedFile(path.name, path.read_bytes())


class TestEntry:
    @pytest.mark.parametrize("name", ["145_2020_ND-CP_459400.docx", "45_2019_QH14_333670.docx"])
    def test_a_document_with_its_word_file_takes_one_screen(self, admin, data, name):
        page = admin.post(ADD, form(upload=upload(data / "office" / name)), follow=True)
        made = Document.objects.get()
        assert any("lấy từ tệp" in told for told in messages(page))
        assert made.files.get().kind == "DOCX"
        assert made.provisions.filter(kind="article").count() > 100
        assert made.provisions.filter(anchor="dieu-5").exists()
        assert admin.get(made.get_absolute_url()).status_code == 200

    def test_text_typed_by_hand_is_not_overwritten_unless_asked(self, admin, data):
        file = data / "office/145_2020_ND-CP_459400.docx"
        admin.post(ADD, form(upload=upload(file), body="<p>Tự gõ.</p>"))
        assert Document.objects.get().body == "<p>Tự gõ.</p>"

    def test_a_scan_is_marked_and_a_broken_file_refused(self, admin, data):
        page = admin.post(ADD, form(upload=upload(data / "office/01.pdf")), follow=True)
        kept = Document.objects.get()
        told = " ".join(messages(page))
        assert ("Không trích được nội dung" in told) == (kept.body == "")
        refused = admin.post(ADD, form(number="2/2021/NĐ-CP", upload=SimpleUploadedFile("a.pdf", b"<html>")))
        assert refused.status_code == 200
        assert Document.objects.count() == 1

    def test_every_office_file_is_taken_or_refused_in_words(self, admin, data):
        """Broken, old and hostile files: Unicode comes out, or nothing; never gibberish, never a crash."""
        files = [path for path in sorted((data / "office").rglob("*")) if path.is_file()]
        files += [path for path in sorted((data / "attacks/files").rglob("*")) if path.is_file()][:40]
        for index, path in enumerate(files):
            if path.stat().st_size > 20_000_000:
                continue
            page = admin.post(ADD, form(number=f"{index}/2021/X", upload=upload(path)), follow=True)
            assert page.status_code == 200
            made = Document.objects.filter(number=f"{index}/2021/X").first()
            if made is None:
                assert page.context["errors"], path
            else:
                assert made.body or any("Không trích được" in told for told in messages(page)), path
                assert not any(char in made.body for char in "¸µ¶·¹®\ufffd"), path

    def test_the_same_number_issuer_and_day_is_refused_in_words(self, admin):
        admin.post(ADD, form(issued_on="01/01/2021"))
        page = admin.post(ADD, form(issued_on="01/01/2021", number="01/2021/nđ-cp"))
        assert Document.objects.count() == 1
        assert "Đã có văn bản cùng số" in page.content.decode()


@pytest.fixture
def labour_code(data):
    """The real text of 45/2019/QH14."""
    with gzip.open(data / "legal_documents_fulltext.jsonl.gz", "rt") as lines:
        row = next(row for row in map(json.loads, lines) if row["so_ky_hieu"] == "45/2019/QH14")
    return document(body=body_of(row))


class TestSuggestions:
    def test_the_last_article_yields_first_day_and_replacement(self, labour_code):
        labels = [suggestion.label for suggestion in suggestions.open_for(labour_code)]
        assert labels[:2] == ["có hiệu lực từ 01/01/2021", "thay thế 10/2012/QH13"]

    def test_accepting_them_decides_what_is_in_force(self, admin, labour_code):
        old = document("10/2012/QH13", effective_from=date(2013, 5, 1), issued_on=date(2012, 6, 18))
        address = f"/quan-tri/legal_docs/document/{labour_code.pk}/goi-y/"
        for suggestion in suggestions.open_for(labour_code)[:2]:
            admin.post(address, {"goi-y": suggestion.token})
        labour_code.refresh_from_db()
        assert labour_code.effective_from == date(2021, 1, 1)
        assert old.status_on(date(2020, 12, 31)) == Validity.IN_FORCE
        assert old.status_on(date(2021, 1, 1)) == Validity.EXPIRED
        assert labour_code.acts_on.get().target == old

    def test_nothing_is_written_without_the_editor(self, labour_code):
        assert labour_code.effective_from is None
        assert not Relation.objects.exists()

    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("<p>Căn cứ Bộ luật Lao động số 45/2019/QH14;</p>", "căn cứ vào 45/2019/QH14"),
            ("<p>Nghị định này thay thế Nghị định số 5/2015/NĐ-CP.</p>", "thay thế 5/2015/NĐ-CP"),
            (
                "<p>Bãi bỏ khoản 2 Điều 5 Nghị định số 5/2015/NĐ-CP.</p>",
                "bãi bỏ khoản 2 Điều 5 5/2015/NĐ-CP",
            ),
            (
                "<p>Nghị định số 5/2015/NĐ-CP hết hiệu lực kể từ ngày 01/02/2021.</p>",
                "thay thế 5/2015/NĐ-CP từ 01/02/2021",
            ),
            ("<p>Nghị định này có hiệu lực kể từ ngày ký ban hành.</p>", "có hiệu lực từ 14/12/2020"),
            ("<p>Thực hiện theo Nghị định số 5/2015/NĐ-CP.</p>", "căn cứ vào 5/2015/NĐ-CP"),
            ("<p>Hồ sơ nêu tại Nghị định số 5/2015/NĐ-CP.</p>", "dẫn chiếu đến 5/2015/NĐ-CP"),
        ],
    )
    def test_each_way_of_saying_it_is_read(self, text, label):
        read = suggestions.read(document("145/2020/NĐ-CP", "Nghị định", body=text, issued_on=date(2020, 12, 14)))
        assert [suggestion.label for suggestion in read] == [label]

    def test_what_others_did_is_not_taken_for_ours(self):
        told = "<p>Sửa đổi Luật số 58/2014/QH13 đã được sửa đổi, bổ sung theo Luật số 84/2015/QH13.</p>"
        read = {s.citation.number: s.kind for s in suggestions.read(document("1/2021/QH15", "Luật", body=told))}
        assert read == {"58/2014/QH13": Kind.AMENDS, "84/2015/QH13": Kind.CITES}

    def test_nothing_is_done_to_a_document_of_a_later_year(self):
        told = "<p>Quy định chi tiết xem Nghị định số 145/2020/NĐ-CP.</p>"
        read = suggestions.read(document("1/2019/QH14", "Luật", body=told, issued_on=date(2019, 11, 20)))
        assert [s.kind for s in read] == [Kind.CITES]

    def test_staff_without_the_right_cannot_accept(self, client, django_user_model, labour_code):
        client.force_login(django_user_model.objects.create_user("khac", password="x" * 20, is_staff=True))
        token = suggestions.open_for(labour_code)[0].token
        answer = client.post(f"/quan-tri/legal_docs/document/{labour_code.pk}/goi-y/", {"goi-y": token})
        assert answer.status_code == 403


class TestContradictions:
    def test_an_expiry_before_the_start_warns_on_saving_and_stands_in_the_report(self, admin):
        page = admin.post(ADD, form(effective_from="01/02/2021", effective_to="01/01/2021"), follow=True)
        assert any("đứng trước ngày có hiệu lực" in told for told in messages(page))
        report = admin.get("/quan-tri/legal_docs/document/mau-thuan/").content.decode()
        assert "1/2021/NĐ-CP" in report
        assert "đứng trước ngày có hiệu lực" in report

    def test_a_circle_of_replacement_is_found(self):
        laws = [document(f"{number}/2021/QH15") for number in (1, 2, 3)]
        for source, target in zip(laws, [*laws[1:], laws[0]], strict=True):
            Relation.objects.create(source=source, target=target, kind=Kind.REPLACES)
        assert all("thành vòng" in " ".join(contradictions.of(law)) for law in laws)
        assert len(contradictions.report()) == 3

    def test_stated_in_force_though_replaced_is_found(self):
        old = document(stated_validity=Validity.IN_FORCE, stated_from=date(2020, 1, 1), effective_from=date(2020, 1, 1))
        new = document("1/2021/QH15", effective_from=date(2021, 1, 1), issued_on=date(2020, 6, 1))
        Relation.objects.create(source=new, target=old, kind=Kind.REPLACES)
        assert "Còn hiệu lực" in contradictions.of(old)[0]
        assert [item for item, _ in contradictions.report()] == [old]

    def test_documents_that_agree_are_not_in_the_report(self):
        old, new = document(), document("1/2021/QH15", issued_on=date(2021, 1, 1))
        Relation.objects.create(source=new, target=old, kind=Kind.REPLACES)
        document("3/2021/QH15", effective_from=date(2019, 1, 1))
        assert contradictions.report() == []


def sheet(*rows):
    book = openpyxl.Workbook()
    header = ["Số ký hiệu", "Loại văn bản", "Trích yếu", "Cơ quan ban hành", "Người ký"]
    header += ["Ngày ban hành", "Có hiệu lực từ", "Hết hiệu lực từ", "Địa chỉ bản gốc"]
    for row in (header, *rows):
        book.active.append(list(row))
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("van-ban.xlsx", file.getvalue())


class TestSpreadsheets:
    ROW = ("7/2021/NĐ-CP", "Nghị định", "Về trợ cấp", "Chính phủ", "", "01/02/2021", "15/03/2021", "", "")

    def test_rows_are_previewed_then_written(self, admin):
        address = "/quan-tri/legal_docs/document/import/"
        page = admin.post(address, {"import_file": sheet(self.ROW), "format": "0", "resource": ""})
        assert "Xác nhận nhập" in page.content.decode()
        assert not Document.objects.exists()
        hidden = page.context["confirm_form"].initial
        admin.post("/quan-tri/legal_docs/document/process_import/", {**hidden, "resource": ""})
        made = Document.objects.get()
        assert (made.issued_on, made.effective_from) == (date(2021, 2, 1), date(2021, 3, 15))
        assert made.status == Status.DRAFT

    def test_the_export_holds_no_formula(self, admin):
        document("8/2021/NĐ-CP", title="=HYPERLINK(1)")
        columns = ["number", "doc_type", "title", "issuer", "signer", "issued_on", "effective_from", "effective_to"]
        answer = admin.post(
            "/quan-tri/legal_docs/document/export/",
            {"format": "1", "resource": "", **{f"documentresource_{name}": "on" for name in columns}},
        )
        text = b"".join(answer).decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in text
