"""Nothing that a stranger can write into an address or a header breaks a page, stands in it raw, or leads away."""

import logging

import pytest

from portal import wsgi
from portal.models import WebsiteLink
from tests.security.hostile_requests import Siege, leads_home, one_of_each_shape, route_of, strings
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
