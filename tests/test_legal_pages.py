"""Legal documents as a citizen meets them: the list and its filters, the page on any day, drafts, feed and CSV."""

import csv
import gzip
import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.utils import timezone

from legal_docs.models import Document, DocumentType, Field, Issuance, Relation
from legal_docs.relations import HEADINGS, Kind
from portal.organisation import Agency
from portal.workflow import Status

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def document(number="145/2020/NĐ-CP", kind="Nghị định", **fields):
    doc_type = DocumentType.objects.named(kind)
    fields = {"title": f"Quy định số {number}", "status": Status.PUBLISHED, "issued_on": date(2020, 12, 14), **fields}
    return Document.objects.create(number=number, doc_type=doc_type, **fields)


def relate(source, kind, target, **fields):
    return Relation.objects.create(source=source, kind=kind, target=target, **fields)


def words(client, address):
    page = client.get(address)
    assert page.status_code == 200, address
    return page.content.decode()


def in_force(**fields):
    return document(**{"effective_from": date(2021, 2, 1), **fields})


def test_the_address_is_type_year_and_number():
    assert in_force().get_absolute_url() == "/van-ban/nghi-dinh/2020/145-2020-nd-cp/"
    undated = document("62/BC-SLĐTBXH", "Báo cáo", issued_on=None)
    assert undated.get_absolute_url() == "/van-ban/bao-cao/0/62-bc-sldtbxh/"


def test_a_shortened_address_leads_to_the_list(client):
    in_force()
    assert client.get("/van-ban/nghi-dinh/2020/")["Location"] == "/van-ban/?loai=nghi-dinh&nam=2020"
    assert client.get("/van-ban/nghi-dinh/")["Location"] == "/van-ban/?loai=nghi-dinh"
    assert client.get("/van-ban/khong-co/").status_code == 404


def test_one_number_with_two_dates_has_two_pages():
    first, second = document("33/NQ-CP"), document("33/NQ-CP", issued_on=date(2020, 5, 9))
    assert first.get_absolute_url() != second.get_absolute_url()


def test_the_banner_tells_the_day_and_follows_it(client):
    law = in_force(effective_to=date(2024, 7, 1))
    address = law.get_absolute_url()
    assert 'data-status="expired"' in words(client, address)
    earlier = words(client, f"{address}?ngay=2024-06-30")
    assert 'data-status="in-force"' in earlier
    assert "Tính đến ngày 30/06/2024" in earlier
    assert f'rel="canonical" href="http://localhost:8000{address}"' in earlier
    assert "Tính đến hôm nay" in words(client, f"{address}?ngay=hôm-qua")


def test_a_missing_first_day_is_said_to_be_unknown(client):
    page = words(client, document().get_absolute_url())
    assert "Chưa rõ hiệu lực" in page
    assert "xin đừng coi là còn hiệu lực" in page
    assert "InForce" not in page


def test_labels_stand_the_right_way_round(client):
    """The trap of the passive: "Văn bản được sửa đổi" lists what this document amends (Decree 70/2025 and 123/2020)."""
    old, new = in_force(number="123/2020/NĐ-CP"), in_force(number="70/2025/NĐ-CP")
    relate(new, Kind.AMENDS, old, effective_on=date(2025, 6, 1))
    on_new, on_old = words(client, new.get_absolute_url()), words(client, old.get_absolute_url())
    assert "Văn bản được sửa đổi, bổ sung <span>(1)" in on_new
    assert "Văn bản sửa đổi, bổ sung <span>(1)" in on_old
    assert "Đã được sửa đổi, bổ sung bởi" in on_old
    assert "từ ngày 01/06/2025" in on_old
    assert "Đã được sửa đổi, bổ sung bởi" not in on_new
    assert "Đã được sửa đổi, bổ sung bởi" not in words(client, f"{old.get_absolute_url()}?ngay=2025-05-31")


@pytest.mark.parametrize("kind", Kind)
def test_every_relation_is_shown_on_both_pages(client, kind):
    one, other = in_force(number="1/2021/NĐ-CP"), in_force(number="2/2021/NĐ-CP")
    relate(one, kind, other)
    for page, heading in zip((one, other), HEADINGS[kind], strict=True):
        assert f"{heading} <span>(1)" in words(client, page.get_absolute_url())


def test_a_draft_of_staff_is_neither_named_nor_linked(client):
    law = in_force()
    relate(in_force(number="9/2099/NĐ-CP", title="Bí mật", status=Status.DRAFT), Kind.REPLACES, law)
    page = words(client, law.get_absolute_url())
    assert "9/2099/NĐ-CP" not in page
    assert "Còn hiệu lực" in page


def test_provisions_have_anchors_contents_and_notes_of_what_became_of_them(client):
    body = "<p>Căn cứ Luật …;</p><p>Điều 1. Phạm vi</p><p>Nghị định này …</p><p>Điều 2. Hồ sơ</p><p>Ba tờ.</p>"
    law = in_force(body=body)
    relate(in_force(number="44/2025/NĐ-CP"), Kind.REPEALS, law, provisions="Điều 2", effective_on=date(2022, 1, 1))
    page = words(client, law.get_absolute_url())
    assert 'href="#dieu-1"' in page
    assert '<div class="provision" id="dieu-1">' in page
    assert '<div class="provision dead" id="dieu-2">' in page
    assert "Không còn áp dụng" in page
    assert "Hết hiệu lực một phần" in page
    assert "Không còn áp dụng" not in words(client, f"{law.get_absolute_url()}?ngay=2021-12-31")


def test_numbers_in_any_text_link_to_the_documents_with_their_status(client):
    law = in_force(number="45/2019/QH14", kind="Bộ luật", title="Bộ luật Lao động", issued_on=date(2019, 11, 20))
    told = "<p>Theo Bộ luật số 45/2019/QH14, <a href='/x/'>45/2019/QH14</a> và 99/2099/QH99.</p>"
    page = words(client, in_force(number="1/2021/NĐ-CP", body=told).get_absolute_url())
    link = f'<a href="{law.get_absolute_url()}" title="Bộ luật Lao động (Còn hiệu lực)">45/2019/QH14</a>'
    assert page.count(link) == 1
    assert "và 99/2099/QH99." in page


def test_a_number_of_several_documents_links_by_date_or_to_all_of_them(client):
    first = in_force(number="33/NQ-CP", kind="Nghị quyết", issued_on=date(2010, 9, 3))
    in_force(number="33/NQ-CP", kind="Nghị quyết", issued_on=date(2015, 4, 30))
    told = "<p>Nghị quyết số 33/NQ-CP ngày 03 tháng 9 năm 2010; Nghị quyết 33/NQ-CP.</p>"
    page = words(client, in_force(number="1/2021/NĐ-CP", body=told).get_absolute_url())
    assert f'href="{first.get_absolute_url()}"' in page
    assert 'href="/van-ban/?q=33%2FNQ-CP" title="2 văn bản cùng số này"' in page


def test_a_number_inside_a_tag_or_heading_is_left_alone(client):
    in_force(number="45/2019/QH14", kind="Luật")
    told = '<h3>Luật 45/2019/QH14</h3><p><a href="/a/" title="x>45/2019/QH14">a</a></p>'
    page = words(client, in_force(number="1/2021/NĐ-CP", body=told).get_absolute_url())
    assert page.count("/van-ban/luat/2020/45-2019-qh14/") == 0


@pytest.fixture
def shelf():
    """Four documents of two types, bodies and years."""
    government, ministry = Agency.objects.named("Chính phủ"), Agency.objects.named("Bộ Y tế")
    labour = Field.objects.named("Lao động")
    made = [
        in_force(number="1/2020/NĐ-CP", title="Về tiền lương", issuer=government),
        in_force(number="2/2021/NĐ-CP", title="Về việc làm", issuer=government, issued_on=date(2021, 3, 1)),
        in_force(number="3/2021/TT-BYT", kind="Thông tư", title="Về khám bệnh", issuer=ministry, effective_from=None),
        in_force(
            number="4/2021/TTLT-BYT-BTC", kind="Thông tư liên tịch", title="Về phí", effective_to=date(2022, 1, 1)
        ),
    ]
    made[0].fields.add(labour)
    Issuance.objects.create(document=made[3], agency=ministry)
    return made


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "2134"),
        ("q=tiền lương", "1"),
        ("q=2/2021/nd-cp", "2"),
        ("q=02-2021-NĐ-CP", "2"),
        ("loai=thong-tu", "3"),
        ("co-quan=bo-y-te", "34"),
        ("linh-vuc=lao-dong", "1"),
        ("nam=2021", "2"),
        ("hieu-luc=in-force", "21"),
        ("hieu-luc=expired", "4"),
        ("hieu-luc=unknown", "3"),
        ("hieu-luc=in-force&ngay=2021-12-31", "214"),
        ("hieu-luc=not-yet&ngay=2021-01-01", "214"),
        ("sap-xep=cu", "1342"),
        ("loai=khong-co&nam=x&ngay=y&hieu-luc=z", "2134"),
    ],
)
def test_the_list_filters_and_sorts(client, shelf, query, numbers):
    page = client.get(f"/van-ban/?{query}")
    found = "".join(item.number[0] for item in page.context["page_obj"])
    assert sorted(found) == sorted(numbers)
    if not query or query.startswith("sap-xep"):
        assert found[0] == numbers[0]


def test_each_condition_can_be_taken_away_and_one_list_has_one_address(client, shelf):
    page = words(client, "/van-ban/?q=&loai=nghi-dinh&hieu-luc=in-force&nam=")
    assert 'rel="canonical" href="http://localhost:8000/van-ban/?loai=nghi-dinh&amp;hieu-luc=in-force"' in page
    assert '<a href="?hieu-luc=in-force">Nghị định' in page
    assert '<a href="?loai=nghi-dinh">Còn hiệu lực' in page


def test_any_filtered_list_is_a_feed(client, shelf):
    feed = words(client, "/van-ban/atom.xml?loai=thong-tu")
    assert "3/2021/TT-BYT" in feed
    assert "1/2020/NĐ-CP" not in feed
    assert "http://localhost:8000/van-ban/thong-tu/" in feed


def table(client, address):
    text = client.get(address).getvalue().decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_any_filtered_list_is_a_table(client, shelf):
    rows = table(client, "/van-ban/van-ban.csv?loai=nghi-dinh&ngay=2021-01-01")
    assert [row[0] for row in rows] == ["Số ký hiệu", "2/2021/NĐ-CP", "1/2020/NĐ-CP"]
    assert rows[1][4:6] == ["01/03/2021", "01/02/2021"]
    assert rows[0][7] == "Tình trạng tính đến 01/01/2021"
    assert rows[1][7] == "Chưa có hiệu lực"


def test_no_cell_of_the_table_is_a_formula(client, data):
    formulas = [json.loads(line) for line in (data / "attacks/csv.jsonl").read_text().splitlines()]
    for number, formula in enumerate(formulas):
        in_force(number=f"{number}/2021/X", title=formula[:900] or "x")
    cells = [cell for row in table(client, "/van-ban/van-ban.csv") for cell in row]
    assert len(cells) > len(formulas)
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))]


def draft(title, **fields):
    return document("", "Quyết định", title=title, is_draft=True, issued_on=None, **fields)


def test_a_draft_is_open_for_comment_between_its_days_and_then_has_an_outcome(client, time_machine):
    today = timezone.localdate()
    item = draft("Quy định về dạy nghề", consultation_opens=today, consultation_closes=today + 5 * DAY)
    assert "Quy định về dạy nghề" in words(client, "/van-ban/")
    assert "Dự thảo đang lấy ý kiến" in words(client, item.get_absolute_url())
    time_machine.move_to(timezone.now() + 6 * DAY)
    assert "Quy định về dạy nghề" not in words(client, "/van-ban/")
    item.outcome = "<p>Tiếp thu ba ý kiến.</p>"
    item.save()
    assert "Dự thảo đang lấy ý kiến" not in words(client, item.get_absolute_url())
    assert "Tiếp thu ba ý kiến" in words(client, item.get_absolute_url())
    assert "Đã có kết quả tiếp thu" in words(client, "/van-ban/du-thao/")


def test_structured_data_tells_what_the_law_is(client):
    law = in_force(issuer=Agency.objects.named("Chính phủ"))
    page = words(client, law.get_absolute_url())
    blocks = [part.split("</script>")[0] for part in page.split('<script type="application/ld+json">')[1:]]
    told = {json.loads(block)["@type"]: json.loads(block) for block in blocks}["Legislation"]
    assert told["legislationIdentifier"] == "145/2020/NĐ-CP"
    assert told["legislationLegalForce"] == "https://schema.org/InForce"
    assert told["legislationPassedBy"]["name"] == "Chính phủ"
    assert told["temporalCoverage"] == "2021-02-01/.."


def test_the_search_page_finds_a_document_by_its_number(client):
    law = in_force()
    assert law.get_absolute_url() in words(client, "/tim-kiem/?q=145/2020/nd-cp")


@pytest.mark.parametrize("count", [3, 120])
def test_queries_are_bounded_whatever_the_number_of_relations(client, count, django_assert_max_num_queries):
    law = in_force(body="".join(f"<p>Điều {n}. Tên</p><p>Theo {n}/2021/NĐ-CP.</p>" for n in range(1, count)))
    for number in range(1, count):
        other = in_force(number=f"{number}/2021/NĐ-CP")
        relate(law, Kind.BASED_ON, other)
        relate(other, Kind.AMENDS, law, provisions=f"Điều {number}")
    client.get("/lien-ket/")  # the frame of the page: identity, menu, notices, links
    with django_assert_max_num_queries(8):
        assert client.get("/van-ban/?hieu-luc=in-force&co-quan=x").status_code == 200
    with django_assert_max_num_queries(12):
        page = client.get(law.get_absolute_url()).content.decode()
    assert f"({count - 1})" in page
    if count > 30:
        assert "Xem cả 119 văn bản" in page
        listed = client.get(f"/van-ban/?lien-quan=based_on-dich-{law.pk}")
        assert listed.context["page_obj"].paginator.count == 119


class TestDemo:
    def test_its_documents_are_where_a_reader_looks(self, client, demo):
        home = words(client, "/")
        assert "Văn bản mới" in home
        assert "98/2026/NĐ-CP" in home
        assert client.get("/van-ban/").context["page_obj"].paginator.count >= 30

    def test_its_relations_say_what_is_in_force(self, demo):
        old = Document.objects.get(number="10/2012/QH13")
        assert [str(old.status_on(date(*day))) for day in ((2020, 12, 31), (2021, 1, 1))] == ["in-force", "expired"]

    def test_its_facts_are_those_of_the_real_collection(self, demo, data):
        with gzip.open(data / "legal_documents.jsonl.gz", "rt") as lines:
            real = {(row["so_ky_hieu"], row["ngay_ban_hanh"], row["ngay_hieu_luc"]) for row in map(json.loads, lines)}
        shown = Document.objects.filter(is_stub=False, is_draft=False)
        other = {d.number for d in shown if (d.number, str(d.issued_on), str(d.effective_from)) not in real}
        assert other == {"58/2014/QH13", "41/2024/QH15"}  # whose first days the collection leaves open
