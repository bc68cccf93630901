"""A day ends at midnight in Vietnam, wherever the server stands: on pages, in lists, search, feeds and maps."""

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

from news.models import Article
from portal import changes, wsgi
from tests.test_publishing import make
from tests.test_search import document
from tests.wsgi import ask

EVE = datetime(2026, 12, 31, 23, 59, 50, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
NEW_YEAR = date(2027, 1, 1)


def told(path):
    answer = ask(wsgi.application, path)
    return answer["body"].decode() if answer["status"] == 200 else ""


def test_a_year_begins_on_every_page_at_once(db, time_machine, monkeypatch):
    time_machine.move_to(EVE, tick=False)
    coming = document("11/2026/NĐ-CP", "Lương tối thiểu mới", effective_from=NEW_YEAR)
    going = document("12/2020/NĐ-CP", "Lương tối thiểu cũ", effective_to=NEW_YEAR)
    scheduled = make(Article, title="Thư chúc mừng năm mới", published_at=EVE.replace(second=59))
    expiring = make(Article, title="Lịch nghỉ tết", expires_at=datetime(2027, 1, 1, tzinfo=EVE.tzinfo))
    in_force = "/tim-kiem/?q=l%C6%B0%C6%A1ng+t%E1%BB%91i+thi%E1%BB%83u&tinh-trang=C%C3%B2n+hi%E1%BB%87u+l%E1%BB%B1c"

    def seen():
        return {
            "in force": [each.number for each in (coming, going) if "Còn hiệu lực" in told(each.get_absolute_url())],
            "found": [each.number for each in (coming, going) if each.title in told(in_force)],
            "news": [each.title for each in (scheduled, expiring) if each.title in told("/tin-tuc/")],
            "read": [each.title for each in (scheduled, expiring) if told(each.get_absolute_url())],
            "feed": [each.title for each in (scheduled, expiring) if each.title in told("/tin-tuc/atom.xml")],
            "map": [each.title for each in (scheduled, expiring) if each.slug in told("/sitemap-article.xml")],
        }

    before = {"in force": [going.number], "found": [going.number]}
    after = {"in force": [coming.number], "found": [coming.number]}
    for part in ("news", "read", "feed", "map"):
        before[part], after[part] = [expiring.title], [scheduled.title]
    assert seen() == before
    time_machine.shift(changes.KEEP_AT_MOST)
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + changes.KEEP_AT_MOST)
    assert seen() == after
