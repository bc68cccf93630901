"""What every test stands on: a real PostgreSQL in a temporary folder, real files, no outside network."""

import os
import shutil
import socket
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from model_bakery import baker
from model_bakery.random_gen import gen_string

from portal import changes, readership, searches, visits
from portal.search import store
from tests import DATA

for _field in ("NFCCharField", "NFCTextField"):
    baker.generators.add(f"portal.text.{_field}", gen_string)
baker.generators.add("portal.richtext.RichTextField", gen_string)

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in the thread of the tests

_connect = socket.socket.connect


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data that is kept beside the checkout."""
    if not DATA.is_dir():
        pytest.skip(f"the real data is not here: {DATA}")
    return DATA


@pytest.fixture(autouse=True, scope="session")
def _only_this_machine():
    """A test that reaches for the network fails; sockets of this machine are free."""

    def connect(self, address):
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        return _connect(self, address)

    socket.socket.connect = connect
    yield
    socket.socket.connect = _connect


@pytest.fixture(autouse=True)
def _fresh_copies():
    """What the process keeps in memory must not outlive the rolled-back rows it was made of."""
    changes.forget_all()
    visits.forget()
    store.forget()
    readership.forget()
    searches.forget()
    yield
    visits.forget()
    readership.forget()
    searches.forget()


@pytest.fixture
def admin(client, django_user_model):
    """A client logged in as a superuser."""
    user = django_user_model.objects.create_superuser("quantri", password="mat-khau-rat-dai")
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium; it will not use its sandbox as root."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": [*quiet, *sandbox]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


class Rows:
    """What load_demo wrote, once it has run: making every picture's sizes again for each test takes too long."""

    def __init__(self):
        self.kept = ""

    def keep(self):
        everything = [row for model in self.models() for row in model._base_manager.all()]
        self.kept = serializers.serialize("json", everything)

    def restore(self):
        with transaction.atomic(), connection.cursor() as cursor:
            for row in serializers.deserialize("json", self.kept):
                row.save()
            for statement in connection.ops.sequence_reset_sql(no_style(), self.models()):
                cursor.execute(statement)

    def models(self):
        ours = {"portal", "news", "policies", "procedures", "legal_docs"}
        return [model for model in apps.get_models() if model._meta.app_label in ours]


@pytest.fixture(scope="session")
def demo_rows():
    return Rows()


@pytest.fixture
def demo(db, demo_rows):
    """The demonstration content, as `make run` loads it."""
    if demo_rows.kept:
        demo_rows.restore()
    else:
        call_command("load_demo", verbosity=0)
        demo_rows.keep()
