"""Procedures as citizens and staff use them."""

import csv
import gzip
import io
from datetime import date, timedelta

import pypdfium2
import pytest
from django.core.management import call_command
from django.utils import timezone

from legal_docs.models import Document, DocumentType
from portal.organisation import Agency
from portal.workflow import Status
from procedures import sheet
from procedures.models import AnnouncementDecision, DecisionEntry, Field, Force, Procedure, ProcedureBasis

FULL = "/thu-tuc-hanh-chinh/2.001263/"
CASES = "/thu-tuc-hanh-chinh/1.002551/"


@pytest.fixture
def procedure(demo):
    return Procedure.objects.get(code="2.001263")


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return (b"".join(response) if response.streaming else response.content).decode()


def test_the_page_answers_in_the_order_a_citizen_asks(client, procedure):
    page = text_of(client, FULL)
    parts = ["Nộp hồ sơ trực tuyến", *(f'id="{name}"' for name in ("ho-so", "trinh-tu", "le-phi", "thoi-han"))]
    parts += [f'id="{name}"' for name in ("mau-don", "can-cu", "noi-nop", "hoi-dap")]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "Miễn cho: cha dượng, mẹ kế" in page


def test_the_checklist_is_narrowed_to_my_case(client, demo):
    everything, mine = text_of(client, CASES), text_of(client, f"{CASES}?truong-hop=1")
    assert everything.count('type="checkbox"') == 8
    assert mine.count('type="checkbox"') == 4
    assert "Kết quả sát hạch trước khi cấp lại" in mine
    assert "Báo cáo việc khắc phục sai phạm" not in mine


def test_search_engines_are_told_what_a_page_without_a_summary_holds(client, procedure):
    Procedure.objects.update(summary="")
    told = f'<meta name="description" content="{procedure.title}: giấy tờ cần có, nơi nộp, thời hạn giải quyết'
    assert told in text_of(client, FULL)


def test_what_everybody_brings_is_not_a_case(client, procedure):
    page = text_of(client, FULL)
    assert "Giấy tờ của trẻ" in page
    assert "Trường hợp của ông/bà" not in page


def test_the_day_of_the_result_is_counted_in_working_days(client, demo):
    page = text_of(client, "/thu-tuc-hanh-chinh/1.001613/?nop=2026-04-28")
    assert "Thứ Ba, 28/04/2026" in page
    assert "Thứ Năm, 07/05/2026" in page


@pytest.mark.parametrize("day", ["x", "2026-13-01", "9999-01-01", "0001-01-01"])
def test_a_day_that_is_none_is_passed_over(client, demo, day):
    text_of(client, f"/thu-tuc-hanh-chinh/1.001613/?nop={day}")


def test_the_full_page_takes_few_queries_and_bytes(client, procedure, django_assert_max_num_queries, settings):
    for number in ("66.7/2025/NQ-CP", "120/2025/NĐ-CP", "18/2026/NĐ-CP", "104/2022/NĐ-CP"):
        kind = DocumentType.objects.named(f"Loại {number}")
        Document.objects.create(number=number, title="x", doc_type=kind, issued_on=date(2025, 1, 1), status="published")
    procedure.steps.update(body="Theo Nghị định số 120/2025/NĐ-CP.")
    client.get(FULL)
    with django_assert_max_num_queries(12):
        page = client.get(FULL).content
    folder = settings.BASE_DIR / "static"
    sheets = ["tokens", "base", "layout", "navigation", "forms", "tables", "article", "procedure", "print"]
    files = [folder / f"css/{name}.css" for name in sheets]
    files += [folder / f"js/{name}.js" for name in ("reader", "visit", "checklist")]
    weight = sum(len(gzip.compress(file.read_bytes())) for file in files) + len(gzip.compress(page))
    assert weight <= 60_000


def test_lists_take_few_queries(client, demo, django_assert_max_num_queries):
    client.get("/thu-tuc-hanh-chinh/")
    with django_assert_max_num_queries(12):
        client.get("/thu-tuc-hanh-chinh/?linh-vuc=tre-em&doi-tuong=cong-dan-viet-nam&q=con")


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("linh-vuc=tre-em", "2.001263", "1.011606"),
        ("doi-tuong=doanh-nghiep", "1.001667", "2.001263"),
        ("su-kien=nguoi-than-qua-doi", "2.000717", "2.001263"),
        ("cap=bo", "1.002650", "1.011606"),
        ("co-quan=bo-xay-dung", "1.002650", "2.001263"),
        ("muc-do=mot-phan", "2.001263", "1.011606"),
        ("chu=T", "2.000717", "2.001263"),
        ("q=nuôi con", "2.001255", "1.001613"),
        ("q=2.001263", "2.001263", "2.001255"),
    ],
)
def test_lists_are_narrowed(client, demo, query, there, not_there):
    page = text_of(client, f"/thu-tuc-hanh-chinh/?{query}")
    assert f">{there}<" in page
    assert f">{not_there}<" not in page
    feed = text_of(client, f"/thu-tuc-hanh-chinh/atom.xml?{query}")
    assert f"/thu-tuc-hanh-chinh/{there}/" in feed
    assert f"/thu-tuc-hanh-chinh/{not_there}/" not in feed
    assert f"atom.xml?{query.split('=')[0]}=" in feed  # where the reader of feeds comes back to
    table = text_of(client, f"/thu-tuc-hanh-chinh/danh-sach.csv?{query}")
    assert there in table
    assert not_there not in table


def test_online_services_are_the_online_part_with_their_national_link(client, demo):
    page = text_of(client, "/dich-vu-cong/")
    assert "2.001263" in page
    assert "1.011606" not in page
    assert "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/019d2bfd-9dae-705f-a893-0c4e1f0c32a7" in text_of(client, FULL)


def test_no_cell_of_the_table_is_a_formula(client, procedure):
    Procedure.objects.filter(pk=procedure.pk).update(title='=HYPERLINK("http://x")')
    rows = list(csv.reader(io.StringIO(text_of(client, "/thu-tuc-hanh-chinh/danh-sach.csv").removeprefix("\ufeff"))))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert '\'=HYPERLINK("http://x")' in cells


@pytest.mark.parametrize(
    ("dates", "force"),
    [
        ({}, Force.UNKNOWN),
        ({"announced_on": -10}, Force.IN_FORCE),
        ({"announced_on": -10, "effective_from": 10}, Force.NOT_YET),
        ({"effective_from": 0}, Force.IN_FORCE),
        ({"effective_from": -10, "abolished_on": 0}, Force.ABOLISHED),
        ({"effective_from": -10, "abolished_on": 1}, Force.IN_FORCE),
    ],
)
def test_dates_decide_whether_it_is_in_force(procedure, dates, force):
    today = timezone.localdate()
    values = {name: today + timedelta(days=days) for name, days in dates.items()}
    Procedure.objects.filter(pk=procedure.pk).update(**values)
    found = Procedure.objects.with_force(today).get(pk=procedure.pk)
    assert found.force_on(today) == force
    assert found.force_on_day == force


def test_a_decision_abolishes_what_it_lists(client, procedure):
    decision = AnnouncementDecision.objects.create(number="12/QĐ-UBND", issued_on=date(2026, 5, 4))
    DecisionEntry.objects.create(decision=decision, change="abolished", procedure=procedure)
    decision.carry_out()
    page = text_of(client, FULL)
    assert "Thủ tục này đã bị bãi bỏ" in page
    assert "04/05/2026" in page
    assert "Nộp hồ sơ trực tuyến" not in page
    assert "Bị bãi bỏ" in text_of(client, decision.get_absolute_url()).replace("bị bãi bỏ", "Bị bãi bỏ")


@pytest.fixture
def expired(procedure):
    """A legal basis of a procedure and of a policy, which has expired."""
    kind = DocumentType.objects.named("Nghị định")
    return Document.objects.create(
        number="06/2025/NĐ-CP",
        title="Về nuôi con nuôi",
        doc_type=kind,
        issuer=Agency.objects.named("Chính phủ"),
        issued_on=date(2025, 1, 8),
        effective_from=date(2025, 1, 8),
        effective_to=date(2026, 1, 1),
        status=Status.PUBLISHED,
    )


def test_an_expired_basis_flags_the_procedure_publicly_and_in_the_report(client, admin, expired):
    assert ProcedureBasis.objects.filter(document=expired).exists()
    page = text_of(client, FULL)
    assert "Căn cứ pháp lý đã thay đổi" in page
    assert "06/2025/NĐ-CP" in page.split("Căn cứ pháp lý đã thay đổi")[1][:200]
    report = text_of(admin, "/quan-tri/procedures/procedure/bao-cao/can-cu/")
    assert "Đăng ký việc nuôi con nuôi trong nước" in report


def without_number_of_sets(procedure):
    Procedure.objects.filter(pk=procedure.pk).update(number_of_sets=None)
    procedure.refresh_from_db()
    sheet.refresh(procedure)


def test_missing_parts_are_named(admin, procedure):
    without_number_of_sets(procedure)
    assert sheet.names(procedure.missing) == ["số lượng hồ sơ"]
    page = text_of(admin, "/quan-tri/procedures/procedure/bao-cao/day-du/")
    assert "số lượng hồ sơ" in page
    assert "2.001263" in text_of(admin, "/quan-tri/procedures/procedure/bao-cao/day-du.csv")
    assert "thiếu số lượng hồ sơ" in text_of(admin, "/quan-tri/procedures/procedure/?o=4")


def test_the_qr_code_is_a_picture_of_its_own(client, procedure):
    response = client.get(f"{FULL}ma-qr.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg")


def test_two_versions_are_compared_and_drafts_are_not_shown(client, procedure):
    procedure.title = "Đăng ký nhận con nuôi trong nước"
    procedure.save()
    sheet.refresh(procedure)
    step = procedure.steps.first()
    step.body = "Chưa tìm được trẻ thì hỏi Sở Tư pháp."
    step.save()
    procedure.save()
    sheet.refresh(procedure)
    versions = list(procedure.history.order_by("history_id").values_list("history_id", flat=True))
    page = text_of(client, f"{FULL}cac-ban/?tu={versions[0]}&den={versions[-1]}")
    assert "<del>" in page
    assert "<ins>nhận</ins>" in page.replace("<ins>nhận </ins>", "<ins>nhận</ins>")
    assert "hỏi" in page
    procedure.history.filter(history_id=versions[0]).update(status=Status.DRAFT)
    assert client.get(f"{FULL}cac-ban/?tu={versions[0]}&den={versions[-1]}").status_code == 404


def test_staff_see_everything_on_one_screen(admin, procedure):
    page = text_of(admin, f"/quan-tri/procedures/procedure/{procedure.pk}/change/")
    for heading in ("rình tự thực hiện", "hành phần hồ sơ", "hí, lệ phí", "ăn cứ pháp lý", "ẫu đơn, tờ khai"):
        assert heading in page
    assert text_of(admin, "/quan-tri/procedures/procedure/add/")


@pytest.mark.parametrize("kind", [0, 1])
def test_the_table_goes_out_as_csv_and_xlsx(admin, procedure, kind):
    response = admin.post("/quan-tri/procedures/procedure/export/", {"format": kind, "resource": 0, **EXPORTED})
    assert response.status_code == 200
    assert b"2.001263" in response.content or response.content.startswith(b"PK")


EXPORTED = {f"proceduretable_{name}": "on" for name in ("code", "title", "field", "summary", "levels")}


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_a_citizen_goes_from_the_menu_to_paper(browser, live_server, transactional_db, demo, tmp_path, script):
    context = browser.new_context(java_script_enabled=script, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(live_server.url)
    page.get_by_role("navigation", name="Danh mục chính").get_by_role("link", name="Thủ tục hành chính").click()
    page.get_by_label("An toàn lao động").check()
    page.get_by_role("button", name="Lọc").click()
    page.get_by_role("link", name="Cấp lại chứng chỉ kiểm định viên").click()
    page.get_by_label("Trường hợp của ông/bà").select_option("1")
    page.get_by_role("button", name="Chỉ xem trường hợp này").click()
    page.get_by_label("Bản gốc chứng chỉ đã được cấp").check()
    assert page.locator(".checklist li").count() == 4
    path = tmp_path / "to-giay.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    paper = pypdfium2.PdfDocument(path)
    words = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    pages = len(paper)
    paper.close()
    context.close()
    assert pages <= 2
    assert "1.002551" in words
    assert "/thu-tuc-hanh-chinh/1.002551/" in words.replace("\r\n", "").replace("-\n", "-")


def test_every_demonstration_procedure_fits_on_two_sheets(page, live_server, transactional_db, demo, tmp_path):
    long = []
    for procedure in Procedure.objects.all():
        page.goto(live_server.url + procedure.get_absolute_url())
        path = tmp_path / "to-giay.pdf"
        page.pdf(path=path, prefer_css_page_size=True)
        paper = pypdfium2.PdfDocument(path)
        if len(paper) > 2:
            long.append(procedure.code)
        paper.close()
    assert not long


def test_a_limit_keeps_the_incomplete_from_being_published(admin, procedure, settings, rf):
    without_number_of_sets(procedure)
    settings.PROCEDURE_COMPLETENESS = 95
    assert not sheet.may_be_public(procedure)
    settings.PROCEDURE_COMPLETENESS = 90
    assert sheet.may_be_public(procedure)


def test_import_respects_the_limit(db, settings, tmp_path):
    settings.PROCEDURE_COMPLETENESS = 50
    path = tmp_path / "rows.jsonl"
    path.write_text('{"ma_thu_tuc": "1.000001", "ten_thu_tuc": "Chỉ có tên"}')
    call_command("import_procedures", path, stdout=io.StringIO(), stderr=io.StringIO())
    assert Procedure.objects.get().status == Status.DRAFT
    assert Field.objects.get().name == "Lĩnh vực khác"
