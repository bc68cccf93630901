"""Policies in public."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from legal_docs.models import Document, DocumentType
from policies.models import Policy, PolicyBasis
from portal.outline import anchored, outline
from portal.text import normalise_number
from portal.workflow import Status


@pytest.fixture
def policy(demo):
    return Policy.objects.get(title__startswith="Lao động nữ mang thai")


def text_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_policy_leads_to_its_procedures_and_back_to_its_headings(client, policy):
    page = text_of(client, policy.get_absolute_url())
    assert "Làm thủ tục này" in page
    assert "/thu-tuc-hanh-chinh/2.000693/" in page
    assert 'href="#muon-di-lam-som"' in page
    assert 'id="muon-di-lam-som"' in page


def test_anchors_are_made_when_the_policy_is_saved(policy):
    policy.body = "<h2>Mức tiền</h2><p>a</p><h2>Mức tiền</h2><h3>Ở đâu?</h3>"
    policy.save()
    assert [entry["anchor"] for entry in policy.contents] == ["muc-tien", "muc-tien-2", "o-dau"]


def test_headings_that_look_like_markup_stay_words():
    html = "<h2>&lt;b&gt; &amp; <em>đậm</em></h2>"
    assert anchored(html, outline(html)) == '<h2 id="b-dam">&lt;b&gt; &amp; <em>đậm</em></h2>'


def test_lists_and_feeds_hold_what_is_published(client, policy):
    for address in ("/chinh-sach/", "/chinh-sach/nguoi-lao-dong/", "/chinh-sach/atom.xml"):
        assert policy.title in text_of(client, address)
    Policy.objects.filter(pk=policy.pk).update(expires_at=timezone.now())
    for address in ("/chinh-sach/", "/chinh-sach/nguoi-lao-dong/", "/chinh-sach/nguoi-lao-dong/atom.xml"):
        assert policy.title not in text_of(client, address)
    assert client.get(policy.get_absolute_url()).status_code == 404


def test_a_policy_has_one_address(client, policy):
    response = client.get(f"/chinh-sach/tre-em/{policy.slug}/")
    assert response.status_code == 301
    assert response["Location"] == policy.get_absolute_url()


def test_a_review_that_is_late_is_said(client, policy):
    Policy.objects.update(review_by=timezone.localdate() - timedelta(days=1))
    assert "đến hạn xem lại" in text_of(client, policy.get_absolute_url())


def test_an_expired_basis_flags_the_policy(client, policy):
    number = normalise_number("45/2019/QH14")
    code = Document.objects.filter(number_normalised=number).first() or Document(
        number="45/2019/QH14",
        title="Bộ luật Lao động",
        doc_type=DocumentType.objects.named("Bộ luật"),
        issued_on=date(2019, 11, 20),
        effective_from=date(2021, 1, 1),
        status=Status.PUBLISHED,
    )
    code.effective_to = date(2026, 1, 1)
    code.save()
    assert PolicyBasis.objects.filter(number_normalised=number, document=code).count() == 6
    assert "Căn cứ pháp lý đã thay đổi" in text_of(client, policy.get_absolute_url())


def test_policies_take_few_queries(client, policy, django_assert_max_num_queries):
    client.get("/chinh-sach/")
    for address in ("/chinh-sach/", "/chinh-sach/nguoi-lao-dong/", policy.get_absolute_url()):
        with django_assert_max_num_queries(12):
            client.get(address)
