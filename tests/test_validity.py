"""Whether a document applies on a day: for any dates, relations and day there is one truthful answer."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from legal_docs.models import Document, DocumentType
from legal_docs.relations import CHANGING, HEADINGS, Kind, Relation
from legal_docs.validity import STATED, Validity
from portal.workflow import Status

FIRST = date(2020, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(12)]
days = st.sampled_from(DAYS)
maybe = st.none() | days


def document(**fields):
    kind, _ = DocumentType.objects.get_or_create(slug="luat", defaults={"name": "Luật"})
    fields = {"title": "Luật Việc làm", "status": Status.PUBLISHED, "doc_type": kind, **fields}
    return Document.objects.create(**fields)


def act(target, kind, **fields):
    """A relation to the target; what belongs to its source is given with `by_`."""
    source = {name.removeprefix("by_"): fields.pop(name) for name in list(fields) if name.startswith("by_")}
    return Relation.objects.create(source=document(**source), target=target, kind=kind, **fields)


def told(target, day=DAYS[5]):
    return target.status_on(day)


@pytest.mark.django_db
class TestOneDay:
    def test_it_is_not_in_force_before_its_first_day(self):
        law = document(effective_from=DAYS[5])
        assert told(law, DAYS[4]) == Validity.NOT_YET
        assert told(law, DAYS[5]) == Validity.IN_FORCE

    def test_without_a_first_day_it_is_unknown_and_not_in_force_for_ever(self):
        assert told(document()) == Validity.UNKNOWN

    def test_it_expires_on_the_day_it_says(self):
        law = document(effective_from=DAYS[0], effective_to=DAYS[5])
        assert told(law, DAYS[4]) == Validity.IN_FORCE
        assert told(law, DAYS[5]) == Validity.EXPIRED

    @pytest.mark.parametrize("kind", [Kind.REPLACES, Kind.REPEALS])
    def test_a_replacement_ends_it_from_the_first_day_of_the_new_one(self, kind):
        law = document(effective_from=DAYS[0])
        act(law, kind, by_effective_from=DAYS[5])
        assert told(law, DAYS[4]) == Validity.IN_FORCE
        assert told(law, DAYS[5]) == Validity.EXPIRED

    def test_a_replacement_of_some_provisions_ends_a_part(self):
        law = document(effective_from=DAYS[0])
        act(law, Kind.REPEALS, provisions="khoản 2 Điều 5", effective_on=DAYS[5])
        assert told(law) == Validity.PARTLY

    def test_one_replaced_on_an_unknown_day_is_no_longer_called_in_force(self):
        law = document(effective_from=DAYS[0])
        act(law, Kind.REPLACES, by_issued_on=DAYS[3])
        assert told(law, DAYS[2]) == Validity.IN_FORCE
        assert told(law, DAYS[3]) == Validity.UNKNOWN

    @pytest.mark.parametrize("kind", [Kind.SUSPENDS, Kind.INTERRUPTS])
    def test_a_suspension_lasts_between_its_days(self, kind):
        law = document(effective_from=DAYS[0])
        act(law, kind, effective_on=DAYS[3], effective_until=DAYS[5])
        answers = [told(law, day) for day in DAYS[2:6]]
        assert answers == [Validity.IN_FORCE, Validity.SUSPENDED, Validity.SUSPENDED, Validity.IN_FORCE]

    @pytest.mark.parametrize("kind", [*sorted(set(Kind) - set(CHANGING)), Kind.AMENDS])
    def test_other_relations_change_nothing(self, kind):
        law = document(effective_from=DAYS[0])
        act(law, kind, effective_on=DAYS[2])
        assert told(law) == Validity.IN_FORCE

    @pytest.mark.parametrize("source", [{"by_status": Status.DRAFT}, {"by_is_draft": True}])
    def test_what_is_not_yet_law_ends_nothing(self, source):
        law = document(effective_from=DAYS[0])
        act(law, Kind.REPLACES, effective_on=DAYS[2], **source)
        assert told(law) == Validity.IN_FORCE

    def test_a_document_known_by_name_only_ends_another(self):
        law = document(effective_from=DAYS[0])
        act(law, Kind.REPLACES, effective_on=DAYS[2], by_is_stub=True, by_status=Status.DRAFT)
        assert told(law) == Validity.EXPIRED

    def test_what_the_editor_states_wins_from_its_day(self):
        law = document(effective_from=DAYS[0], stated_validity=Validity.SUSPENDED, stated_from=DAYS[5])
        assert told(law, DAYS[4]) == Validity.IN_FORCE
        assert told(law, DAYS[5]) == Validity.SUSPENDED

    def test_taking_effect_before_the_issue_is_accepted(self):
        assert told(document(issued_on=DAYS[6], effective_from=DAYS[2]), DAYS[3]) == Validity.IN_FORCE

    def test_a_list_says_the_same_as_each_page(self, django_assert_num_queries):
        laws = [document(effective_from=day) for day in (None, DAYS[2], DAYS[8])]
        alone = [told(law) for law in laws]
        with django_assert_num_queries(1):
            listed = [told(law) for law in Document.objects.with_status(DAYS[5]).order_by("pk")]
        assert listed == alone == [Validity.UNKNOWN, Validity.IN_FORCE, Validity.NOT_YET]


def test_every_kind_has_both_labels():
    assert set(HEADINGS) == set(Kind)
    assert len(Kind) == 13
    assert HEADINGS[Kind.AMENDS] == ("Văn bản được sửa đổi, bổ sung", "Văn bản sửa đổi, bổ sung")


acts = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(Kind.values),
        "effective_on": maybe,
        "provisions": st.sampled_from(["", "Điều 3"]),
        "lasts": st.none() | st.integers(1, 6),
        "by_issued_on": maybe,
        "by_effective_from": maybe,
        "by_status": st.sampled_from([Status.PUBLISHED, Status.WITHDRAWN, Status.DRAFT]),
        "by_is_stub": st.booleans(),
        "by_is_draft": st.booleans(),
    }
)
lives = st.fixed_dictionaries(
    {
        "issued_on": maybe,
        "effective_from": maybe,
        "effective_to": maybe,
        "expired_part": st.sampled_from(["", "Chương II"]),
        "stated": st.none() | st.tuples(st.sampled_from([value for value, _ in STATED]), days),
    }
)


def build(life, deeds):
    life = dict(life)
    stated = life.pop("stated") or ("", None)
    law = document(**life, stated_validity=stated[0], stated_from=stated[1])
    for deed in deeds:
        deed = dict(deed)
        if deed["by_is_stub"]:
            deed["by_status"] = Status.DRAFT
        if deed["by_status"] == Status.WITHDRAWN:
            deed["by_withdrawal_reason"] = "Đăng nhầm chỗ"
            deed["by_published_at"] = "2020-01-01T00:00+07:00"
        lasts = deed.pop("lasts")
        if lasts and deed["effective_on"] and deed["kind"] in (Kind.SUSPENDS, Kind.INTERRUPTS):
            deed["effective_until"] = deed["effective_on"] + timedelta(days=lasts)
        act(law, **deed)
    return law


class AnyLife(TestCase):
    """For any set of dates and relations."""

    quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

    @quick
    @given(lives, st.lists(acts, max_size=4))
    def test_there_is_exactly_one_status_and_no_way_back_to_not_yet(self, life, deeds):
        law = build(life, deeds)
        answers = [law.status_on(day) for day in DAYS]
        assert all(answer in Validity for answer in answers)
        begun = False
        for answer in answers:
            assert not (begun and answer == Validity.NOT_YET)
            begun = begun or answer != Validity.NOT_YET

    @quick
    @given(lives, st.lists(acts, max_size=4), days)
    def test_an_end_of_the_whole_is_an_end_for_good(self, life, deeds, day):
        law = build({**life, "stated": None}, deeds)
        if law.status_on(day) == Validity.EXPIRED:
            assert {law.status_on(later) for later in DAYS if later > day} <= {Validity.EXPIRED}

    @quick
    @given(lives, st.lists(acts, max_size=4), days)
    def test_in_force_means_that_a_known_first_day_has_come_and_nothing_ended_it(self, life, deeds, day):
        law = build({**life, "stated": None}, deeds)
        if law.status_on(day) == Validity.IN_FORCE:
            assert law.effective_from <= day
            assert law.effective_to is None or law.effective_to > day
            for relation in Relation.objects.that_count().filter(kind__in=[Kind.REPLACES, Kind.REPEALS]):
                issued = relation.source.issued_on
                assert relation.starts > day if relation.starts else issued and issued > day

    @quick
    @given(lives, st.lists(acts, max_size=3), days)
    def test_every_list_agrees_with_the_page(self, life, deeds, day):
        law = build(life, deeds)
        assert Document.objects.with_status(day).get(pk=law.pk).validity == law.status_on(day)
