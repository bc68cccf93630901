"""Nothing that a stranger can write into an address or a header breaks a page, stands in it raw, or leads away."""

import logging
import re

import pytest
from django.contrib.admin import site
from django.db import transaction

from portal import wsgi
from portal.models import WebsiteLink
from tests.security.hostile_requests import DESK, Siege, leads_home, one_of_each_shape, route_of, strings
from tests.wsgi import ask


@pytest.fixture
def siege(demo):
    listed = set(WebsiteLink.objects.values_list("url", flat=True))
    logging.disable(logging.ERROR)  # each refused request is a line
    yield Siege(lambda path, **environ: ask(wsgi.application, path, **environ), route_of, listed)
    logging.disable(logging.NOTSET)


def test_strings_of_every_other_shape_in_turn_in_every_parameter_path_and_header(siege, data):
    places = siege.places()
    assert len(places) > 60
    wrong = []
    for number, sent in enumerate(one_of_each_shape(strings(data))[::2]):
        name, attack_with = places[number % len(places)]
        attack = attack_with(sent)
        wrong += [(name, sent, reason) for reason in siege.judge(attack, siege.answer(attack))]
    assert wrong == []


def test_signing_in_leads_home_whatever_the_address_says(client, db, data, django_user_model):
    django_user_model.objects.create_superuser("an", password="mat-khau-rat-dai")
    for leads in one_of_each_shape(strings(data, "redirects")):
        signing_in = {"username": "an", "password": "mat-khau-rat-dai", "next": leads}
        answer = client.post("/quan-tri/login/", signing_in)
        assert answer.status_code == 302, leads
        assert leads_home(answer["Location"]), leads
        client.logout()


BAD_FOR_STAFF = [
    "?class[a]=b",
    "?id__in=%00,1",
    "?title__regex=(",
    "?status__exact=%00&issued_on__year=99999&day__month=13",
    "?q=%00%ED%A0%80'\"&p=-1&o=99.x",
    "?_to_field=password&_changelist_filters=%00&_popup=%00",
]


def staff_addresses():
    """Every address below the desk, of a demonstration item where it needs one."""
    numbers = {model._meta.label_lower: model._base_manager.values_list("pk", flat=True) for model in site._registry}

    def below(patterns, before):
        for pattern in patterns:
            route = before + str(pattern.pattern)
            yield from below(pattern.url_patterns, route) if hasattr(pattern, "url_patterns") else [route]

    for route in below(site.get_urls(), ""):
        there = numbers.get(".".join(route.split("/")[:2]), [])[:1]
        yield DESK + re.sub("<[^>]+>", str(there[0] if there else 1), route)


@pytest.mark.ignore_template_errors  # of Django itself: users with a password
def test_no_address_below_the_desk_breaks_on_what_it_is_asked(demo, admin_client):
    admin_client.raise_request_exception = False
    asked = [path + bad for path in staff_addresses() if "logout" not in path for bad in ("", *BAD_FOR_STAFF)]
    assert len(asked) > 900
    broken = []
    for address in asked:
        before = transaction.savepoint()  # an error of the database is to spoil one answer only
        code = admin_client.get(address).status_code
        transaction.savepoint_rollback(before)
        broken += [(address, code)] if code >= 500 else []
    assert broken == []
