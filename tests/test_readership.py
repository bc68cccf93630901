"""How often pages are read and files taken: who counts, what is shown of it, and what it costs."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core import signals
from django.db import close_old_connections, connection
from django.utils import timezone

from legal_docs.models import Document, DocumentFile
from portal import readership
from portal.readership import Readership
from procedures.models import Procedure
from tests.test_visits import Browser, database_away, wait_until

LIST = "/thu-tuc-hanh-chinh/"
ADOPTION = "/thu-tuc-hanh-chinh/2.001263/"
FUNERAL = "/thu-tuc-hanh-chinh/2.000717/"


def read(address, times=1, method="GET", reader=None, **headers):
    """Asks the whole application. A server gives its connection back after each request; here it holds what will be
    rolled back."""
    ends = [signals.request_started, signals.request_finished]
    for end in ends:
        end.disconnect(close_old_connections)
    for _ in range(times):
        answer = (reader or Browser(**headers)).ask(address, method)
    for end in ends:
        end.connect(close_old_connections)
    return answer


def views_of(item):
    readership.write()
    return readership.figures(item)["views"]


@pytest.fixture
def procedure(demo):
    return Procedure.objects.get(code="2.001263")


def test_each_reading_counts_and_the_answer_does_not_tell(procedure):
    answer = read(ADOPTION, times=3)
    assert answer["status"] == 200
    assert "procedures.procedure" not in str(answer["headers"])
    assert "Set-Cookie" not in answer["headers"]
    assert views_of(procedure) == 3
    assert Readership.objects.count() == 1


def test_a_page_the_reader_still_has_counts_too(procedure):
    tag = read(ADOPTION)["headers"]["ETag"]
    answer = read(ADOPTION, HTTP_IF_NONE_MATCH=tag)
    assert answer["status"] == 304
    assert "procedures.procedure" not in str(answer["headers"])
    assert views_of(procedure) == 2


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}),
        ("GET", {"agent": ""}),
        ("GET", {"HTTP_SEC_PURPOSE": "prefetch"}),
    ],
)
def test_programs_and_prefetching_do_not_count(procedure, method, headers):
    read(ADOPTION, method=method, **headers)
    assert views_of(procedure) == 0


def test_staff_and_their_previews_do_not_count(procedure, admin, settings):
    reader = Browser()
    name = settings.SESSION_COOKIE_NAME
    reader.cookies[name] = (admin.cookies[name].value, float("inf"))
    read(ADOPTION, reader=reader)
    assert views_of(procedure) == 0
    Procedure.objects.filter(pk=procedure.pk).update(expires_at=timezone.now())
    assert read(ADOPTION, reader=reader)["status"] == 200
    assert views_of(procedure) == 0


def test_a_page_that_is_not_there_counts_nothing(demo):
    read("/thu-tuc-hanh-chinh/9.999999/")
    readership.write()
    assert not Readership.objects.exists()


def test_reading_writes_nothing_until_the_batch_does(procedure, django_assert_num_queries):
    answer = read(ADOPTION)
    with django_assert_num_queries(0):
        for _ in range(50):
            readership.count(f"views procedures.procedure {procedure.pk}")
    with django_assert_num_queries(4):  # beginning, the name of the batch, its counts, end
        readership.write()
    assert (answer["status"], views_of(procedure)) == (200, 51)


def test_the_most_viewed_stand_first(client, procedure):
    read(ADOPTION)
    read(FUNERAL, times=2)
    readership.write()
    page = client.get(LIST).content.decode()
    often = page.split("Nhiều người xem")[1].split("</nav>")[0]
    assert often.index(FUNERAL) < often.index(ADOPTION)
    assert [item.code for item in client.get(f"{LIST}?xep=xem").context["page_obj"]][:2] == ["2.000717", "2.001263"]
    assert "Nhiều người xem" not in client.get(f"{LIST}?linh-vuc=tre-em").content.decode()


def test_only_the_last_months_decide(procedure, time_machine):
    time_machine.move_to("2026-01-31T08:00+07:00", tick=False)
    readership.count(f"views procedures.procedure {procedure.pk}")
    assert views_of(procedure) == 1
    time_machine.move_to("2026-03-31T08:00+07:00", tick=False)
    first = readership.most_viewed(Procedure.objects.all())[0]
    assert (first.code, first.views_lately) == ("2.001263", 1)
    time_machine.move_to("2026-04-01T08:00+07:00", tick=False)
    assert readership.most_viewed(Procedure.objects.all())[0].views_lately == 0
    assert views_of(procedure) == 1


def test_a_documents_page_shows_readings_and_takings(demo, client, data, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    law = Document.objects.get(number="45/2019/QH14")
    path = Path(data / "office/01.pdf")
    file = DocumentFile(document=law, title="Bộ luật, bản ký")
    file.take_in(BytesIO(path.read_bytes()), path.name)
    file.save()
    page = client.get(law.get_absolute_url()).content.decode()
    assert f'href="{file.get_absolute_url()}"' in page
    assert "Lượt xem" not in page
    taken = read(file.get_absolute_url())
    assert taken["body"] == path.read_bytes()
    assert "B%E1%BB%99%20lu%E1%BA%ADt%2C%20b%E1%BA%A3n%20k%C3%BD.pdf" in taken["headers"]["Content-Disposition"]
    assert "sandbox" in taken["headers"]["Content-Security-Policy"]
    read(law.get_absolute_url(), times=2)
    readership.write()
    page = client.get(law.get_absolute_url()).content.decode()
    assert "<dd>2, 1 lượt tải</dd>" in page
    Document.objects.filter(pk=law.pk).update(expires_at=timezone.now())
    assert read(file.get_absolute_url())["status"] == 404
    assert client.get("/van-ban/tep/999999/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_counts_wait():
    with database_away():
        readership.count("views procedures.procedure 1")
        readership.write()
        connection.close()
    wait_until(lambda: list(Readership.objects.values_list("views", flat=True)) == [1])
