"""`python -m tests.faults.conflicts [ROUNDS]`: two editors save the same article at the same moment, again and again.

Of both forms, read at the same version, one is saved and the other comes back with what it held; every third time one
of them uses the list instead. Afterwards every acknowledged save must stand in the history on top of what it had read.
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


def rounds(running: Site, number: int, count: int) -> tuple[Counter, list[tuple[int, str]]]:
    editors = [running.staff(), running.staff()]
    outcomes, acknowledged = Counter(), []
    list_moves = 'value="withdraw"' in editors[0].get(LIST).body.decode()
    with ThreadPoolExecutor(2) as both:
        for turn in range(count):
            page = editors[0].get(f"{LIST}{number}/change/").body.decode()
            fields = {name: value for name, value in Fields(page).values.items() if name != "csrfmiddlewaretoken"}
            titles = [f"Bản {turn} của {who}" for who in ("An", "Bình")]
            ways = [(save, editors[0], number, fields, titles[0]), (save, editors[1], number, fields, titles[1])]
            if list_moves and turn % 3 == 2:
                ways[1] = (from_the_list, editors[1], number, "withdraw" if turn % 6 == 2 else "publish")
            answers = [waited.result() for waited in [both.submit(*way) for way in ways]]
            saved = [
                title
                for title, answer, way in zip(titles, answers, ways, strict=True)
                if way[0] is save and answer.status == 302
            ]
            acknowledged += [(int(fields["read_version"]), title) for title in saved]
            returned = [
                title in answer.body.decode()
                for title, answer, way in zip(titles, answers, ways, strict=True)
                if way[0] is save and answer.status == 200
            ]
            outcomes["both saved over each other"] += len(saved) > 1
            outcomes["saved"] += len(saved)
            outcomes["came back with their words"] += sum(returned)
            outcomes["came back without their words"] += returned.count(False)
            outcomes["by the list"] += ways[1][0] is from_the_list and answers[1].status == 302
            outcomes["neither"] += any(answer.status not in (200, 302) for answer in answers)
    return outcomes, acknowledged


def fought_over(running: Site, count: int) -> dict[str, int]:
    with running.postgres.connected() as cursor:
        cursor.execute("SELECT id FROM news_article WHERE status = 'published' ORDER BY id LIMIT 1")
        number = cursor.fetchone()[0]
        outcomes, acknowledged = rounds(running, number, count)
        cursor.execute("SELECT version, title FROM news_historicalarticle WHERE id = %s", [number])
        history = set(cursor.fetchall())
    overwritten = [title for read, title in acknowledged if (read + 1, title) not in history]
    return {"rounds": count, **outcomes, "silently_overwritten": len(overwritten)}


def main(count: int = ROUNDS) -> int:
    with site(outside=True) as running:
        figures = fought_over(running, count)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    bad = ("both saved over each other", "came back without their words", "neither", "silently_overwritten")
    return 1 if any(figures[name] for name in bad) or not figures["saved"] else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
