"""`python -m tests.faults.conflicts [ROUNDS]`: two editors save the same article at the same moment, again and again.

Of both forms, read at the same version, one is saved and the other comes back with what it held; every third time one
of them uses the list instead. After each round the form must hold what was acknowledged, or what it held before.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

from tests.live import Answer, Site, Staff, site

ROUNDS = 1_000
LIST = "/quan-tri/news/article/"


class Fields(HTMLParser):
    """What a browser would send back of a form it was given."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self._text = self._choice = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name = given.get("name") or ""
        if tag == "textarea":
            self._text = name
            self.values[name] = ""
        elif tag == "select":
            self._choice = name
        elif tag == "option" and self._choice and "selected" in given:
            self.values[self._choice] = given.get("value") or ""
        elif tag == "input" and name and given.get("type") not in ("submit", "file", "checkbox", "radio"):
            self.values[name] = given.get("value") or ""
        elif tag == "input" and name and given.get("type") == "checkbox" and "checked" in given:
            self.values[name] = given.get("value") or "on"

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._choice = ""

    def handle_data(self, data):
        if self._text:
            self.values[self._text] += data


def save(staff: Staff, number: int, fields: dict[str, str], title: str) -> Answer:
    return staff.post(f"{LIST}{number}/change/", {**fields, "title": title, "_continue": "1"})


def from_the_list(staff: Staff, number: int, step: str) -> Answer:
    return staff.post(f"{LIST}buoc/{step}/?muc={number}", {"reason": "Thử", "successor": ""})


def form(staff: Staff, number: int) -> dict[str, str]:
    values = Fields(staff.get(f"{LIST}{number}/change/").body.decode()).values
    return {name: value for name, value in values.items() if name != "csrfmiddlewaretoken"}


def rounds(running: Site, number: int, count: int, steps: tuple[str, str]) -> Counter:
    """Of an article that has a title nobody else writes; `steps` are what the list does in turn."""
    editors = [running.staff(), running.staff()]
    outcomes: Counter = Counter()
    fields = form(editors[0], number)
    with ThreadPoolExecutor(2) as both:
        for turn in range(count):
            titles = [f"Bản {turn} của {who}" for who in ("An", "Bình")]
            ways = [(save, editors[who], number, fields, titles[who]) for who in (0, 1)]
            if by_list := turn % 3 == 2:
                ways[1] = (from_the_list, editors[1], number, steps[turn // 3 % 2])
            answers = [waited.result() for waited in [both.submit(*way) for way in ways]]
            wrote = list(zip(titles, answers, strict=True))[: 1 if by_list else 2]
            saved = [title for title, answer in wrote if answer.status == 302]
            returned = [title in answer.body.decode() for title, answer in wrote if answer.status == 200]
            before, fields = fields["title"], form(editors[0], number)
            outcomes["saved"] += len(saved)
            outcomes["came back with their words"] += sum(returned)
            outcomes["came back without their words"] += returned.count(False)
            outcomes["by the list"] += by_list and answers[1].status == 302
            outcomes["silently overwritten"] += len(saved) > 1 or fields["title"] != (saved[0] if saved else before)
            outcomes.update(f"answered {answer.status}" for answer in answers if answer.status not in (200, 302))
    return outcomes


def fought_over(running: Site, count: int) -> dict[str, dict[str, int]]:
    """A draft, saved in place, and an article that readers see, saved beside it."""
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT id, category_id FROM news_article WHERE status = 'published' ORDER BY id LIMIT 1")
        live, category = cursor.fetchone()
        staff = running.staff()
        fields = Fields(staff.get(f"{LIST}add/").body.decode()).values
        written = {**fields, "title": "Bản nháp", "category": category, "body": "<p>Nội dung</p>"}
        assert staff.post(f"{LIST}add/", written).status == 302
        cursor.execute("SELECT max(id) FROM news_article")
        (draft,) = cursor.fetchone()
    return {
        "draft": dict(rounds(running, draft, count // 2, ("submit", "take-back"))),
        "live": dict(rounds(running, live, count - count // 2, ("withdraw", "publish"))),
    }


def main(count: int = ROUNDS) -> int:
    with site(outside=True) as running:
        figures = fought_over(running, count)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    expected = {"saved", "came back with their words", "by the list"}
    well = all(each["saved"] and each["by the list"] for each in figures.values())
    return (
        0 if well and not any(n for each in figures.values() for name, n in each.items() if name not in expected) else 1
    )


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
