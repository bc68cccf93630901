"""Whatever got into the rows past our forms, by a script or an old dump: no public page breaks of it."""

import re
import shutil
from contextlib import suppress
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from portal import changes, wsgi
from portal.changes import Visible
from portal.publishing import content_types
from tests.wsgi import ask

# PostgreSQL itself refuses NUL in any text. What else no XML and no line of a log may hold it takes.
DAMAGES = (
    "<div><h2>Mở <table><img src=x onerror=a()><script>b()</script><p <a hr",  # that nobody cleaned or closed
    "a\x01\x0b\x1f\x7f\x9f\u2028\u202e\ufffe\uffff\U000e0001\r\n\tz",
    "",
)
FEEDS = ("/tin-tuc/atom.xml", "/van-ban/atom.xml", "/chinh-sach/atom.xml", "/thu-tuc-hanh-chinh/atom.xml")
LISTS = ("/", "/tin-tuc/", "/van-ban/", "/thu-tuc-hanh-chinh/", "/chinh-sach/", "/dich-vu-cong/", "/gioi-thieu/")
OTHERS = ("/lien-ket/", "/so-do-trang/", "/thong-ke-truy-cap/", "/tim-kiem/?q=lao+dong", "/.well-known/security.txt")
TABLES = ("/van-ban/van-ban.csv", "/thu-tuc-hanh-chinh/danh-sach.csv")
BODY = 5 * 2**20  # bytes


@pytest.fixture
def public(demo):
    """Every address that the sitemap names, and those beside it."""
    maps = re.findall(rb"<loc>([^<]+)</loc>", ask(wsgi.application, "/sitemap.xml")["body"])
    named = [
        urlsplit(address.decode()).path
        for part in maps
        for address in re.findall(rb"<loc>([^<]+)</loc>", ask(wsgi.application, urlsplit(part.decode()).path)["body"])
    ]
    assert len(named) > 100
    return list(dict.fromkeys([*LISTS, *FEEDS, *OTHERS, *TABLES, "/sitemap.xml", *named]))


def broken(addresses):
    """Those that do not answer as they should."""
    wsgi.page_cache.clear()
    found = []
    for address in addresses:
        answer = ask(wsgi.application, address)
        if answer["status"] != 200:
            found.append((address, answer["status"]))
        elif "xml" in answer["headers"]["Content-Type"]:
            ElementTree.fromstring(answer["body"])
        elif "html" in answer["headers"]["Content-Type"]:
            assert answer["body"].rstrip().endswith(b"</html>"), address
    return found


def texts(model):
    """Fields of words; not addresses, choices and what must differ from row to row."""
    for field in model._meta.local_concrete_fields:
        words = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.SlugField)
        if words and not field.choices and not field.unique and not field.validators[1:] and field.name != "path":
            yield field


def damage():
    """Past Django, which would clean it, as far as the tables allow: each kind in every third row of every column."""
    done = 0
    for model in apps.get_models():
        for field in texts(model) if issubclass(model, Visible) else ():
            write = f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE id %% 3 = %s'
            for number, value in enumerate(DAMAGES):
                with suppress(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(write, [value[: field.max_length], number])
                    done += cursor.rowcount
    changes.forget_all()
    return done


def test_words_of_every_kind_in_every_column(public):
    assert damage() > 1000
    assert broken(public) == []


def test_five_megabytes_of_text(public):
    paragraph = "<h2>Chương</h2><p>Người lao động được hưởng <strong>trợ cấp</strong> &amp; hỗ trợ.</p>"
    body = paragraph * (BODY // len(paragraph.encode()))
    largest = [model.objects.published().first() for model in content_types()]
    for item in largest:
        with connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{item._meta.db_table}" SET body = %s WHERE id = %s', [body, item.pk])
    assert broken([*LISTS, *FEEDS, *TABLES, *(item.get_absolute_url() for item in largest)]) == []


def test_uploads_are_gone_and_pictures_have_no_sizes(public, tmp_path):
    picture = re.search(rb'src="(/media/[^"]+)"', ask(wsgi.application, "/")["body"])[1].decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_picture SET renditions = '[]', width = 0, height = 0")
    shutil.move(settings.MEDIA_ROOT, tmp_path / "elsewhere")
    try:
        assert broken(public) == []
        assert ask(wsgi.application, picture)["status"] == 404
    finally:
        shutil.move(tmp_path / "elsewhere", settings.MEDIA_ROOT)
