"""Procedures as staff keep them: the form in a browser, the limit of completeness, tables out and in."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from portal.workflow import Status
from procedures.models import Audience, Field, Procedure

ADMIN = "/quan-tri/procedures/procedure/"
HEADER = ["Mã thủ tục", "Tên thủ tục", "Lĩnh vực", "Tóm tắt", "Cấp thực hiện", "Đối tượng", "Loại thủ tục"]
HEADER += ["Mức độ trực tuyến", "Nơi nộp trực tuyến", "Số bộ hồ sơ", "Yêu cầu, điều kiện", "Từ khóa"]
HEADER += ["Ngày công bố", "Có hiệu lực từ", "Bãi bỏ từ"]
ROW = ["1.000001", "Đăng ký nội quy", "Lao động", "Một câu.", "Cấp tỉnh; cấp xã", "Doanh nghiệp", ""]
ROW += ["Chỉ cung cấp thông tin", "", 1, "Có từ 10 người", "", "01/02/2026", "15/02/2026", ""]


def test_an_editor_enters_a_procedure_and_the_limit_keeps_it_back(
    page, live_server, transactional_db, settings, django_user_model
):
    settings.PROCEDURE_COMPLETENESS = 50
    Field.objects.create(name="Lao động")
    Audience.objects.create(name="Doanh nghiệp")
    django_user_model.objects.create_superuser("quantri", password="mat-khau-rat-dai")
    page.goto(f"{live_server.url}{ADMIN}add/")
    page.get_by_label("Tên đăng nhập").fill("quantri")
    page.get_by_label("Mật khẩu").fill("mat-khau-rat-dai")
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Tên thủ tục").fill("Đăng ký nội quy lao động")
    page.get_by_label("Mã thủ tục").fill("1.000002")
    page.locator("#id_field").select_option(label="Lao động")
    page.get_by_label("Cấp tỉnh").check()
    page.get_by_label("Doanh nghiệp").check()
    for number, name in enumerate(["Nộp hồ sơ", "Nhận kết quả"]):
        page.get_by_role("button", name="Thêm Bước").click()
        page.locator(f"#id_steps-{number}-title").fill(name)
    page.get_by_role("button", name="Duyệt và đăng").first.click()
    told = page.locator(".messagelist .error")
    expect(told).to_contain_text("Chưa đăng được: mới đủ 23%, cần 50%")
    expect(told).to_contain_text("thành phần hồ sơ")
    expect(page.locator(".standing .state")).to_have_text("Chờ duyệt")
    assert page.goto(f"{live_server.url}/thu-tuc-hanh-chinh/1.000002/").status == 200  # staff see it, as a draft
    expect(page.get_by_text("BẢN NHÁP")).to_be_visible()
    steps = list(Procedure.objects.get().steps.values_list("position", "title"))
    assert steps == [(10, "Nộp hồ sơ"), (20, "Nhận kết quả")]
    settings.PROCEDURE_COMPLETENESS = 20
    page.goto(f"{live_server.url}{ADMIN}{Procedure.objects.get().pk}/change/")
    page.get_by_role("button", name="Duyệt và đăng").first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Procedure.objects.get().is_published


def xlsx(*rows):
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return SimpleUploadedFile("thu-tuc.xlsx", file.getvalue())


def comma(*rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return SimpleUploadedFile("thu-tuc.csv", ("\ufeff" + file.getvalue()).encode())


def preview(admin, file):
    kind = "0" if file.name.endswith("xlsx") else "1"
    return admin.post(f"{ADMIN}import/", {"import_file": file, "format": kind, "resource": ""})


def bring_in(admin, file):
    page = preview(admin, file)
    assert "Xác nhận nhập" in page.content.decode()
    hidden = page.context["confirm_form"].initial
    return admin.post(f"{ADMIN}process_import/", {**hidden, "resource": ""}, follow=True)


@pytest.fixture
def company(db):
    return Audience.objects.create(name="Doanh nghiệp")


@pytest.mark.parametrize("table", [xlsx, comma])
def test_a_table_is_previewed_and_then_written(admin, company, table):
    assert preview(admin, table(HEADER, ROW)).status_code == 200
    assert not Procedure.objects.exists()
    bring_in(admin, table(HEADER, ROW))
    made = Procedure.objects.get()
    assert (made.status, made.levels, made.number_of_sets) == (Status.DRAFT, ["tinh", "xa"], 1)
    assert (made.announced_on, made.effective_from) == (date(2026, 2, 1), date(2026, 2, 15))
    assert [*made.audiences.all()] == [company]
    assert made.field.name == "Lao động"
    assert made.completeness > 0
    assert made.history.count() == 1


def test_a_second_time_only_what_differs_is_written_and_the_parts_stay(admin, demo):
    before = Procedure.objects.get(code="2.001263")
    table = [
        ["Mã thủ tục", "Tóm tắt"],
        ["2.001263", "Câu mới."],
        ["2.001255", Procedure.objects.get(code="2.001255").summary],
    ]
    bring_in(admin, xlsx(*table))
    after = Procedure.objects.get(code="2.001263")
    assert after.summary == "Câu mới."
    assert (after.steps.count(), after.title, after.levels) == (before.steps.count(), before.title, before.levels)
    assert after.version == before.version + 1
    assert Procedure.objects.get(code="2.001255").version == 1


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (0, "mã lạ", "Mã thủ tục có dạng"),
        (2, "", "Trường này không thể để trống"),
        (4, "Cấp huyện nào", "Không có lựa chọn “Cấp huyện nào”"),
        (5, "Người ngoài hành tinh", "Không có “Người ngoài hành tinh” trong danh mục"),
        (7, "Toàn trình", "phải có địa chỉ nộp trực tuyến"),
        (9, "hai", "“hai” không phải là một số"),
        (12, "hôm qua", "“hôm qua” không phải là ngày"),
    ],
)
def test_a_wrong_cell_is_told_in_vietnamese_and_nothing_is_written(admin, company, place, value, told):
    wrong = [*ROW[:place], value, *ROW[place + 1 :]]
    page = preview(admin, xlsx(HEADER, ["1.000009", *ROW[1:]], wrong)).content.decode()
    errors = page.split("validation-error-container")[1].split("</td>")[0]
    assert told in errors
    assert place == 7 or HEADER[place] in errors  # 7: two cells that do not agree
    assert "Xác nhận nhập" not in page
    assert not Procedure.objects.exists()


def test_what_goes_out_comes_back_unchanged(admin, demo):
    names = ["code", "title", "field", "summary", "levels", "audiences", "procedure_type", "online_level", "apply_url"]
    names += ["number_of_sets", "conditions", "keywords", "announced_on", "effective_from", "abolished_on"]
    chosen = {f"proceduretable_{name}": "on" for name in names}
    answer = admin.post(f"{ADMIN}export/", {"format": "0", "resource": "", **chosen})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))
    assert [cell.value for cell in book.active[1]] == HEADER
    page = preview(admin, SimpleUploadedFile("thu-tuc.xlsx", b"".join(answer)))
    totals = page.context["result"].totals
    assert (totals["skip"], totals["update"], totals["new"]) == (20, 0, 0)
