"""Documents are what their content says; what could harm stays out; words come out as Unicode or not at all."""

import gzip
import hashlib
import json
import re
import time
import unicodedata
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from portal import extraction, files, sandbox
from portal.legacy_encodings import to_unicode
from tests.measured import take_all_in

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# Letters of TCVN3 and VNI texts that Vietnamese in Unicode does not have.
GIBBERISH = re.compile("[µ¸¹¶·®©ª«¬¨§øûïëäåñ\ufffd]")


def archive(**entries: bytes | str) -> bytes:
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as container:
        for name, content in entries.items():
            container.writestr(name, content)
    return output.getvalue()


def word(body: str, **more: bytes | str) -> bytes:
    parts = {"[Content_Types].xml": f'<Types><Override ContentType="{WORD}"/></Types>', "word/document.xml": body}
    return archive(**parts | more)


def pdf(*objects: str, trailer: str = "") -> bytes:
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(content))
        content += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(places)
    ending = f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{len(content)}\n%%EOF"
    return content + table + ending.encode()


CATALOG, PAGE = "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def taken(content: bytes, name: str = "tep") -> files.Intake:
    return files.take_in(BytesIO(content), name)


def refusal(content: bytes) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        taken(content)
    return caught.value


def looked_at(content: bytes) -> dict:
    """What the child process would say of an archive, without the cost of one."""
    return extraction.examine_zip(content)[0]


@pytest.fixture(scope="module")
def office(data):
    """The name of every real document → what came of it."""
    outcomes, peak = take_all_in("portal.files", sorted(path for path in data.glob("office/**/*.*") if path.is_file()))
    return {path.name: outcome for path, outcome in outcomes.items()} | {"peak": peak}


@pytest.fixture(scope="module")
def hostile(data):
    """Every hostile file → what came of it, and the peak of memory."""
    return take_all_in("portal.files", sorted(data.glob("attacks/files/*/*")))


def test_real_documents_are_told_by_their_content(office):
    for name, outcome in office.items():
        if name != "peak" and outcome.intake:
            assert outcome.intake.kind == name.rsplit(".", 1)[1].upper(), name
            assert outcome.intake.name == name
            assert outcome.intake.extension == name.rsplit(".", 1)[1]


def test_only_the_web_page_named_pdf_is_refused_among_them(office):
    refused = {name: outcome.refusal for name, outcome in office.items() if name != "peak" and outcome.refusal}
    assert refused == {"33_TIEU_CHUAN_QUY_CHUAN_9.TCVN 13878 - 2023.pdf": "not_accepted"}
    assert len(office) > 24


def test_no_document_takes_500_mb_or_5_seconds(office):
    assert office["peak"] < 500
    assert max(outcome.processor_seconds for name, outcome in office.items() if name != "peak") < 5


@pytest.mark.parametrize(
    ("name", "pages", "words"),
    [
        ("01.pdf", 43, "LUẬT\nPHÒNG CHÁY, CHỮA CHÁY VÀ CỨU NẠN, CỨU HỘ"),
        ("21_THONG_TU_TT 02-2021 BTC Phi kiem dinh phuong tien PCCC.pdf", 3, "Căn cứ Luật Phí và lệ phí"),
        ("45_2019_QH14_333670.docx", None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"),
        ("145_2020_ND-CP_459400.docx", None, "Nghị định này quy định chi tiết"),
        ("danh-sach-tthc-BoTuPhap.xlsx", None, "1.014966 Cấp lại chứng chỉ hành nghề Quản tài viên"),
        ("2006-19412_QD115.04TTg_BLTch_DNNVV.pdf", 2, "Quỹ bảo lãnh tín dụng cho doanh nghiệp nhỏ và vừa"),
        ("2007-1AF57_02-2007.pdf", 4, "Báo cáo về tình hình sản xuất kinh doanh ngành công\nnghiệp tháng 02"),
    ],
)
def test_words_and_pages_are_found(office, name, pages, words):
    intake = office[name].intake
    assert intake.pages == pages
    assert intake.has_text
    assert words in intake.text


def test_a_scan_and_binary_office_files_are_kept_without_text(office):
    silent = {
        name for name, outcome in office.items() if name != "peak" and outcome.intake and not outcome.intake.has_text
    }
    assert silent == {"linh-vuc-bao-tro-xa-hoi_17-dag7gkkpr5y.pdf"} | {
        n for n in office if n.endswith((".doc", ".xls"))
    }


def test_no_gibberish_and_nothing_the_database_refuses_comes_out(office):
    for name, outcome in office.items():
        if name != "peak" and outcome.intake:
            text = outcome.intake.text
            assert text == unicodedata.normalize("NFC", text), name
            assert "\x00" not in text, name
            assert len(GIBBERISH.findall(text)) <= len(text) / 2000, name


def test_the_hash_is_that_of_the_upload_and_the_upload_is_left_ready_to_save(data):
    content = (data / "office/hop_dong_lao_dong.doc").read_bytes()
    upload = BytesIO(content)
    upload.read(100)
    intake = files.take_in(upload, "C:\\Mẫu\\hop_dong.doc")
    assert (intake.sha256, intake.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert upload.read() == content
    assert intake.name == "hop_dong.doc"


def test_no_hostile_file_crashes_or_takes_500_mb_or_5_seconds(hostile):
    outcomes, peak = hostile
    assert len({path.parent.name for path in outcomes}) == 7
    assert len(outcomes) > 260
    assert peak < 500
    assert max(outcome.processor_seconds for outcome in outcomes.values()) < 5


def test_only_whole_documents_come_in_among_hostile_files(hostile):
    for path, outcome in hostile[0].items():
        if outcome.intake:
            assert path.parent.name in ("bombs", "office-poi-crash"), path
            assert outcome.intake.kind in ("PDF", "DOC", "DOCX", "XLS", "XLSX"), path
            assert len(outcome.intake.text) <= extraction.MAX_TEXT, path
        else:
            assert "Hãy" in outcome.message, path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bombs/docx-billion-laughs.docx", "bomb"),
        ("bombs/docx-vba-marker.docx", "macros"),
        ("bombs/docx-zipslip.docx", "unsafe"),
        ("bombs/html-named.docx", "not_accepted"),
        ("bombs/zip-empty.docx", "not_accepted"),
        ("bombs/zero-bytes.jpg", "empty"),
        ("bombs/pdf-launch.pdf", "actions"),
        ("bombs/pdf-uri-javascript.pdf", "actions"),
        ("bombs/pdf-selfref-pages.pdf", "broken"),
        ("office-poi-crash/poc-xmlbomb.xlsx", "bomb"),
        ("polyglot-mitra/pdf-pe.gcm", "not_accepted"),
    ],
)
def test_what_could_harm_is_refused(data, hostile, name, code):
    assert hostile[0][data / "attacks/files" / name].refusal == code


def test_messages_say_what_to_do():
    assert refusal(b"").messages == ["Tệp rỗng, không có gì bên trong. Hãy chọn lại tệp."]
    assert refusal(b"MZ\x90").messages == [
        "Không nhận loại tệp này. Hãy chọn tệp PDF, DOC, DOCX, XLS, XLSX, ZIP, hoặc lưu thành PDF rồi tải lên."
    ]
    assert "chỉ nhận đến 50 MB" in refusal(b"%PDF-" + bytes(files.MAX_BYTES)).messages[0]


def test_a_pdf_with_a_password_is_refused_with_advice():
    key = f"<</Filter/Standard/V 1/R 2/Length 40/P -4/O<{'ab' * 32}>/U<{'cd' * 32}>>>"
    identity = f"/Encrypt 4 0 R/ID[<{'11' * 16}><{'11' * 16}>]"
    locked = refusal(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, key, trailer=identity))
    assert locked.code == "locked"
    assert "Hãy bỏ mật khẩu" in locked.messages[0]


def test_a_number_of_pages_that_are_not_there_is_not_believed():
    assert taken(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE)).pages == 1
    assert taken(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 100000>>", PAGE)).pages is None


def test_a_zip_of_documents_comes_in_and_one_with_a_program_does_not():
    intake = taken(archive(**{"mẫu 1.docx": b"x", "thư mục/mẫu 2.pdf": b"y"}), "Bộ mẫu.zip")
    assert (intake.kind, intake.name, intake.has_text) == ("ZIP", "Bộ mẫu.zip", False)
    for name in (
        "cai-dat.exe",
        "a/b.JS",
        "x.scr. ",
        "bang.xlsm",
        "../ngoai.pdf",
        "/etc/passwd",
        "C:\\a.pdf",
        "a\\..\\b",
    ):
        assert looked_at(archive(**{"tot.pdf": b"x", name: b"x"})) == {"refused": "unsafe"}, name


def test_archives_that_are_no_zip_to_a_reader_are_refused():
    for entry in ("mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml", "[Content_Types].xml"):
        assert looked_at(archive(**{entry: b"x"})) == {"refused": "not_accepted"}, entry


def test_a_zip_bomb_is_refused_before_it_is_opened():
    assert refusal(archive(bomb=bytes(30 * 1024 * 1024))).code == "bomb"
    assert refusal(archive(**{str(number): b"" for number in range(extraction.MAX_ENTRIES + 1)})).code == "bomb"


def test_a_zip_with_a_password_is_refused():
    content = archive(a=b"x")
    for header, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.index(header) + flags
        content = content[:place] + b"\1" + content[place + 1 :]
    assert refusal(content).code == "locked"


def test_macros_are_refused_in_every_wrapping(data):
    assert refusal(word("<a/>", **{"word/vbaProject.bin": b"x"})).code == "macros"
    enabled = WORD.replace("openxmlformats-officedocument.wordprocessingml", "ms-word").replace(
        "main", "macroEnabled.main"
    )
    assert refusal(word("<a/>", **{"[Content_Types].xml": f"<Types ContentType='{enabled}'/>"})).code == "macros"
    binary = (data / "office/hop_dong_lao_dong.doc").read_bytes()
    entry = "_VBA_PROJECT\0".encode("utf-16-le").ljust(64, b"\0") + bytes([26, 0])
    assert refusal(binary + entry).code == "macros"


def test_lines_of_a_paragraph_stay_apart():
    text = "<d><p><r><t>VIỆT NAM</t><br/><t>Độc lập</t><tab/><t>Tự do</t></r></p><p><t>Điều 1</t></p></d>"
    assert taken(word(text)).text == "VIỆT NAM\nĐộc lập Tự do\nĐiều 1"


def test_damage_keeps_what_came_before():
    assert taken(word("<d><p><t>Còn đọc được</t></p><p><t>đến đây")).text == "Còn đọc được"
    assert not taken(word("no XML at all")).has_text


def test_text_ends_where_the_limit_is(monkeypatch):
    monkeypatch.setattr(extraction, "MAX_TEXT", 1000)
    monkeypatch.setattr(extraction, "TEXT_SECONDS", time.process_time() + 10)  # of this process, not of a fresh one
    facts, [text] = extraction.examine_zip(word("<d>" + "<t>chữ </t>" * 600 + "</d>"))
    assert facts["kind"] == "DOCX"
    assert len(text.decode()) in (999, 1000)


def test_a_sheet_that_claims_a_million_empty_rows_is_left_in_time(monkeypatch):
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "Biểu mẫu"
    workbook.active["XFD1048576"] = "cuối"
    output = BytesIO()
    workbook.save(output)
    monkeypatch.setattr(extraction, "TEXT_SECONDS", time.process_time() + 0.5)
    _, [text] = extraction.examine_zip(output.getvalue())
    assert text.decode() == "Sheet\nBiểu mẫu"
    assert time.process_time() < extraction.TEXT_SECONDS + 1


@pytest.mark.parametrize("reason", ["time", "memory"])
def test_a_pdf_too_costly_to_read_is_kept_without_text(monkeypatch, reason):
    def failed(*args, **kwargs):
        raise sandbox.Failed(reason)

    monkeypatch.setattr(sandbox, "run", failed)
    intake = taken(b"%PDF-1.7", "bản đồ.pdf")
    assert (intake.kind, intake.pages, intake.has_text) == ("PDF", None, False)
    assert refusal(b"PK\3\4").code == "broken"


def runs_of_legacy_text(content: bytes) -> str:
    """What a binary office file holds in one byte a letter: long runs with blanks and letters beyond ASCII."""
    runs = [run.decode("latin-1") for run in re.findall(rb"[\x20-\x7e\xa1-\xff]{25,}", content)]
    wordy = [run for run in runs if " " in run and len(re.findall("[A-Za-z]", run)) > 0.4 * len(run)]
    return "\n".join(run for run in wordy if sum(char > "\x7f" for char in run) > 0.08 * len(run))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2004-1113C_Michele_Debonneuil-_Phattrien_congnghe.doc", "Trong những năm 1990, tỷ lệ tăng trưởng"),
        ("2006-huong-dan-ghi-phieu.doc", "phiếu tự kiểm tra thực hiện pháp luật lao động"),
        ("2006-Mau-MD-3M-CP.doc", "Tên công ty viết bằng"),
        ("2009-download-xls.xls", "thuyết minh phương án phân bổ dự toán ngân sách nhà nước năm 2007"),
        ("2006-quydinhkiemtra02.doc", "Điều 1 . Phạm vi điều chỉnh."),
        ("2006-Mau21_CKTC_NSH.xls", "Chi chuyển nguồn ngân sách sang năm sau"),
        ("2009-download.doc", "Kính gửi: Ban Quản lý các Khu công nghiệp Đồng Nai"),
    ],
)
def test_texts_of_ministries_in_tcvn3_and_vni_become_unicode(data, name, words):
    text = to_unicode(runs_of_legacy_text((data / "office/legacy-encodings" / name).read_bytes()))
    assert words in text
    assert len(GIBBERISH.findall(text)) <= len(text) / 500


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("QUYÕT §ÞNH cña Thñ t−íng", "QUYẾT ĐỊNH của Thủ tướng"),
        ("COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (
            "Cộng hòa xã hội\nCéng hoµ x· héi chñ nghÜa ViÖt Nam\n§éc lËp",
            "Cộng hòa xã hội\nCộng hoà xã hội chủ nghĩa Việt Nam\nĐộc lập",
        ),
        ("Kích thước lỗ là 10 µm thôi nhé", "Kích thước lỗ là 10 µm thôi nhé"),
        ("Le développement à l'école, où les élèves", "Le développement à l'école, où les élèves"),
        ("Plain English, for once", "Plain English, for once"),
        ("To\u0302i đo\u0323c ba\u0301o", "Tôi đọc báo"),
        ("&KÑQJ KzD [m KÝL FKñ QJKtD 9L¬W 1DP", ""),
        ("\ue001\ue002 \ue003\ue004 \ue005\ue006 \ue007", ""),
    ],
)
def test_each_line_is_read_in_its_own_encoding_and_gibberish_not_at_all(text, meant):
    assert to_unicode(text) == meant


def test_news_in_unicode_passes_unchanged(data):
    with gzip.open(data / "news.jsonl.gz", "rt") as lines:
        for _, line in zip(range(200), lines, strict=False):
            body = unicodedata.normalize("NFC", json.loads(line)["body"])
            assert to_unicode(body) == body


@pytest.mark.parametrize(
    ("size", "pages", "shown"),
    [
        (1_258_291, 8, "(PDF, 1,2 MB, 8 trang)"),
        (2 * 1024 * 1024, None, "(PDF, 2 MB)"),
        (96_000, 1, "(PDF, 94 KB, 1 trang)"),
        (12, None, "(PDF, 1 KB)"),
        (1_024_000, None, "(PDF, 1 MB)"),
    ],
)
def test_a_label_tells_kind_size_and_pages_in_vietnamese(size, pages, shown):
    assert files.label("PDF", size, pages) == shown


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Quyết định số 12.2024.QĐ-UBND.pdf", "Quyết định số 12.2024.QĐ-UBND.pdf"),
        ("Quye\u0302\u0301t đi\u0323nh.docx", "Quyết định.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Lan\\Tờ khai.doc", "Tờ khai.doc"),
        ("hoa\u202efdp.exe", "hoafdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("CON.pdf", "tep-CON.pdf"),
        (".htaccess", "htaccess"),
        ("ảnh%00.pdf", "ảnh_00.pdf"),
        ("tăng 106,8%.pdf", "tăng 106,8%.pdf"),
        ("...", "tep"),
        ("", "tep"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_is_dangerous(name, safe):
    assert files.safe_name(name) == safe


def is_safe(name: str) -> bool:
    kept = unicodedata.normalize("NFC", name) == name and len(name.encode()) <= files.MAX_NAME_BYTES
    visible = all(unicodedata.category(char)[0] != "C" for char in name)
    plain = not re.search(r'[<>:"|?*/\\]|%[0-9A-Fa-f]{2}|^[ .~-]|[ .]$|  ', name)
    device = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
    return bool(name) and kept and visible and plain and not device


def test_hostile_names_become_safe(data):
    for line in (data / "attacks/filenames.jsonl").read_text().splitlines():
        assert is_safe(files.safe_name(json.loads(line))), line


@given(st.text(max_size=300) | st.from_regex(r"\A[./\\ -]*(CON|nul|a|ệ){1,200}[. %0-9a-f]*(\.pdf)?\Z"))
def test_any_name_becomes_safe_once_and_for_all(name):
    safe = files.safe_name(name)
    assert is_safe(safe)
    assert files.safe_name(safe) == safe


def test_the_extension_follows_the_content_not_the_name():
    assert taken(word("<t>x</t>"), "to-khai.pdf").name == "to-khai.pdf.docx"
    assert taken(word("<t>x</t>"), "to-khai.DOCX").name == "to-khai.DOCX"
    assert taken(word("<t>x</t>"), "ế" * 300).name.endswith("ế.docx")
