"""Numbers of documents become links in every text of the site, with whether the document applies today."""

from datetime import date

import pytest
from django.utils import timezone

from legal_docs.models import Document, DocumentType
from news.models import Article, Category
from policies.models import Policy, Topic
from portal.models import Page
from portal.workflow import Status
from procedures.models import Field, Procedure, Step

TOLD = "Theo Bộ luật số 45/2019/QH14 và <b>9/2099/QH99</b>."
PLAIN = "Theo Bộ luật số 45/2019/QH14 <và> 9/2099/QH99."


@pytest.fixture
def law(db):
    return Document.objects.create(
        number="45/2019/QH14",
        title="Bộ luật Lao động",
        doc_type=DocumentType.objects.named("Bộ luật"),
        issued_on=date(2019, 11, 20),
        effective_from=date(2021, 1, 1),
        status=Status.PUBLISHED,
    )


def article():
    return Article.objects.create(category=Category.objects.create(name="Tin"), **PUBLISHED)


def standing_page():
    return Page.objects.create(**PUBLISHED)


def policy():
    return Policy.objects.create(topic=Topic.objects.create(name="Lao động"), **PUBLISHED)


def policy_in_plain_words():
    topic = Topic.objects.create(name="Lao động")
    return Policy.objects.create(topic=topic, **{**PUBLISHED, "body": "", "conditions": PLAIN})


def procedure_in_steps():
    field = Field.objects.create(name="Lao động")
    made = Procedure.objects.create(code="1.000001", field=field, **{**PUBLISHED, "body": ""})
    Step.objects.create(procedure=made, body=PLAIN)
    return made


PUBLISHED = {"title": "Một mục", "body": f"<p>{TOLD}</p>", "status": Status.PUBLISHED}


@pytest.mark.parametrize("make", [article, standing_page, policy, policy_in_plain_words, procedure_in_steps])
def test_a_number_links_to_the_document_we_hold(client, law, make):
    item = make()
    page = client.get(item.get_absolute_url()).content.decode()
    link = f'<a href="{law.get_absolute_url()}" title="Bộ luật Lao động ({{}})">45/2019/QH14</a>'
    assert page.count(link.format("Còn hiệu lực")) == 1
    assert "<và>" not in page
    law.effective_to = timezone.localdate()
    law.save()
    assert link.format("Hết hiệu lực") in client.get(item.get_absolute_url()).content.decode()


def test_a_document_that_citizens_do_not_see_is_not_linked(client, law):
    Document.objects.filter(pk=law.pk).update(expires_at=timezone.now())
    assert law.get_absolute_url() not in client.get(article().get_absolute_url()).content.decode()
