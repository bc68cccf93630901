"""The national database taken apart: measured against seventy-five records read by hand, and imported whole."""

import gzip
import io
import json
import logging
import time
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.text import normalise_number
from procedures.models import DossierItem, Procedure, ProcedureBasis
from procedures.splitting import NOTHING, tidy
from procedures.splitting.bases import HEADER as BASES_HEADER
from procedures.splitting.bases import split_bases, split_results
from procedures.splitting.dossier import HEADER as DOSSIER_HEADER
from procedures.splitting.dossier import split_dossier
from procedures.splitting.methods import HEADER as METHODS_HEADER
from procedures.splitting.methods import split_methods
from procedures.splitting.steps import split_steps

# Fifty chosen with random.seed(20260424); random.sample(sorted(codes), 50), later twenty-five of the others with
# random.seed(20261123). Read from the raw text before it was split.
HAND = Path(__file__).parent / "data" / "procedures_read_by_hand.jsonl"


@pytest.fixture(scope="module")
def records(data):
    with gzip.open(data / "procedures.jsonl.gz", "rt") as file:
        return {row["ma_thu_tuc"]: row for row in map(json.loads, file)}


@pytest.fixture(scope="module")
def read_by_hand(records):
    rows = [json.loads(line) for line in HAND.read_text().splitlines()]
    assert len(rows) == 75
    return [(row, {name: tidy(text) for name, text in records[row["code"]].items()}) for row in rows]


def share(right, whole):
    logging.getLogger(__name__).info("%s of %s: %.1f %%", right, whole, 100 * right / whole)
    return right / whole


def test_steps_are_split_as_a_reader_would(read_by_hand):
    wrong = {
        row["code"]: (row["steps"], len(split_steps(text["trinh_tu_thuc_hien"])[0]))
        for row, text in read_by_hand
        if len(split_steps(text["trinh_tu_thuc_hien"])[0]) != row["steps"]
    }
    assert share(75 - len(wrong), 75) >= 0.95, wrong


def test_methods_are_split_into_channel_time_and_fee(read_by_hand):
    wrong = {}
    for row, text in read_by_hand:
        rows, rest = split_methods(text["cach_thuc_thuc_hien"])
        channels = [method.channel for method in rows]
        first = [int(rows[0].value), rows[0].unit] if rows and rows[0].value is not None else None
        if channels != row["channels"] or first != row["first_time"] or rest:
            wrong[row["code"]] = (channels, first, rest[:60])
    assert share(75 - len(wrong), 75) >= 0.90, wrong


def test_papers_are_split_into_name_originals_and_copies(read_by_hand):
    wrong, right, whole = {}, 0, 0
    for row, text in read_by_hand:
        items = [item for group in split_dossier(text["thanh_phan_ho_so"])[0] for item in group.items]
        whole += row["papers"]
        right += min(len(items), row["papers"]) - max(0, len(items) - row["papers"])
        first = [items[0].originals, items[0].copies] if items else []
        if (
            len(items) != row["papers"]
            or first != row["first_copies"]
            or (items and not items[0].name.startswith(row["first_paper"]))
        ):
            wrong[row["code"]] = (row["papers"], len(items), first, items[0].name[:40] if items else "")
    assert share(right, whole) >= 0.90, wrong
    assert share(75 - len(wrong), 75) >= 0.90, wrong


def test_legal_numbers_are_found(read_by_hand):
    wrong, right, whole = {}, 0, 0
    for row, text in read_by_hand:
        found = [normalise_number(basis.number) for basis in split_bases(text["can_cu_phap_ly"])[0]]
        expected = [normalise_number(number) for number in row["numbers"]]
        whole += len(expected)
        right += len(set(found) & set(expected)) - len(set(found) - set(expected))
        if sorted(found) != sorted(expected):
            wrong[row["code"]] = (sorted(set(expected) ^ set(found)), len(found) - len(expected))
    assert share(right, whole) >= 0.95, wrong


def letters(text):
    return Counter(char for char in text if char.isalpha())


def test_nothing_of_a_text_is_dropped(records):
    """Every letter of the source is in some part; only the words that became numbers or headings are gone."""
    for code, row in records.items():
        text = {name: tidy(value) for name, value in row.items()}
        steps, note = split_steps(text["trinh_tu_thuc_hien"])
        kept = letters(note + "".join(map("".join, steps))) + letters("Bước" * 40) + letters("abcdđeghiklmn" * 9)
        assert not letters(text["trinh_tu_thuc_hien"]) - kept, code
        groups, note = split_dossier(text["thanh_phan_ho_so"])
        items = [item for group in groups for item in group.items]
        kept = letters(
            note + "".join(group.case for group in groups) + "".join(item.name + item.form for item in items)
        )
        kept += letters(
            "bản chínhbản sao" * (len(items) + 9) + DOSSIER_HEADER * (text["thanh_phan_ho_so"].count(DOSSIER_HEADER))
        )
        assert not letters(text["thanh_phan_ho_so"]) - kept, code
        bases, note = split_bases(text["can_cu_phap_ly"])
        kept = letters(note + "".join(map("".join, bases)) + BASES_HEADER)
        kept += letters(
            "Thông tư liên tịch Bộ luật Luật Nghị định Nghị quyết Số Quyết định Pháp lệnh Chỉ thị số TT NĐ NQ QĐ"
            * len(bases)
        )
        assert not letters(text["can_cu_phap_ly"]) - kept, code
        results = split_results(text["ket_qua_xu_ly"])
        kept = letters("".join(map("".join, results)) + f"Từ khóaMô tả{NOTHING}{NOTHING}" + "Mã" * len(results))
        assert not letters(text["ket_qua_xu_ly"]) - kept, code
        methods, note = split_methods(text["cach_thuc_thuc_hien"])
        fees = [fee.text + fee.condition + fee.exemptions for fee in (method.fee for method in methods) if fee]
        said = "".join(method.note + method.description for method in methods)
        kept = letters(note + said + "".join(fees) + METHODS_HEADER)
        kept += letters(f"Dịch vụ bưu chínhTrực tuyếnTrực tiếpNgày làm việcThángGiờ{NOTHING}{NOTHING}" * len(methods))
        assert not letters(text["cach_thuc_thuc_hien"]) - kept, code


@pytest.fixture
def file_of(tmp_path):
    def write(*rows):
        path = tmp_path / "rows.jsonl"
        path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows))
        return path

    return write


def run(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_procedures", path, stdout=out, stderr=err, **options)
    return out.getvalue()


def test_the_whole_database_is_imported_within_two_minutes(db, data):
    began = time.monotonic()
    account = run(data / "procedures.jsonl.gz")
    assert time.monotonic() - began < 120
    assert "Thêm mới 2849" in account
    assert "thành phần hồ sơ: 2594/2849" in account
    assert Procedure.objects.published().count() == 2849
    assert Procedure.history.count() == 2849
    procedure = Procedure.objects.get(code="1.011325")
    assert procedure.field.name == "Thú y"
    assert [str(method) for method in procedure.methods.all()] == [
        "Trực tuyến, 5 ngày làm việc",
        "Dịch vụ bưu chính, 5 ngày làm việc",
        "Trực tiếp, 5 ngày làm việc",
    ]
    assert procedure.fees.first().words == "2.000.000 đồng"
    assert procedure.dossier_groups.count() == 2
    assert procedure.parts[0]["heading"] == "Trình tự thực hiện"
    assert not DossierItem.objects.filter(name="").exists()
    assert ProcedureBasis.objects.filter(number_normalised=normalise_number("45/2019/QH14")).exists()


def test_a_second_import_changes_nothing_and_a_changed_row_brings_its_parts_anew(db, records, file_of):
    row = {**records["1.011325"]}
    run(file_of(row))
    Procedure.objects.update(summary="Của Sở")
    assert "giữ nguyên 1" in run(file_of(row))
    row["trinh_tu_thuc_hien"] = "Bước 1: Nộp đơn. Bước 2: Nhận kết quả."
    assert "cập nhật 1" in run(file_of(row))
    procedure = Procedure.objects.get()
    assert [step.body for step in procedure.steps.all()] == ["Nộp đơn.", "Nhận kết quả."]
    assert procedure.summary == "Của Sở"
    assert procedure.version == 2
    assert procedure.history.count() == 2


def test_bad_rows_are_refused_by_line_and_the_others_taken(db, records, file_of):
    out, err = io.StringIO(), io.StringIO()
    path = file_of("{", {"ten_thu_tuc": "không mã"}, records["1.011325"], {"ma_thu_tuc": "x", "ten_thu_tuc": "y"})
    with pytest.raises(CommandError) as refused:
        call_command("import_procedures", path, stdout=out, stderr=err)
    assert refused.value.returncode == 1
    for line in ("Dòng 1:", "Dòng 2:", "Dòng 4:"):
        assert line in err.getvalue()
    assert Procedure.objects.count() == 1
