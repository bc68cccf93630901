"""What is hostile in a text does nothing in a browser, wherever the text is shown; and would have, uncleaned."""

import gzip
import json
import re
from html import escape

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from news.models import Article, Category
from portal.richtext import clean
from portal.workflow import Status
from tests.security.hostile_requests import one_of_each_shape, strings

PER_ARTICLE = 150
# Each string in a frame of its own that tells when a script of it runs; then everything happens to everything in it.
FRAMES = """
async (strings) => {
    const fired = new Set(), inside = [];
    window.told = (number) => fired.add(number);
    document.body.replaceChildren();
    const loaded = strings.map((string, number) => new Promise((done) => {
        const frame = document.createElement("iframe");
        const tell = `() => parent.told(${number})`;
        const watch = `for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = ${tell};`;
        frame.srcdoc = `<script>${watch}</scr` + `ipt>${string}`;
        frame.onload = () => done(frame);
        setTimeout(() => done(frame), 3000);
        document.body.append(frame);
    }));
    for (const [number, frame] of (await Promise.all(loaded)).entries()) {
        let all = [];
        try { all = [...frame.contentDocument.querySelectorAll("*")]; } catch { continue; }
        for (const element of all) {
            const handlers = element.getAttributeNames().filter((name) => /^on/i.test(name));
            if (handlers.length && strings[number]) inside.push(number);
            for (const name of handlers) element.dispatchEvent(new Event(name.slice(2).toLowerCase()));
            const leads = element.getAttribute("href") || element.getAttribute("xlink:href") || "";
            if (/^[\\0-\\x20]*javascript:/i.test(leads.replace(/[\\t\\n\\r]/g, ""))) inside.push(number);
        }
    }
    await new Promise((done) => setTimeout(done, 300));
    return [[...fired], [...new Set(inside)]];
}
"""
# What a page of ours must not hold: handlers, and addresses that are scripts, as the browser understands them.
FOUND = """
() => [...document.querySelectorAll("*")].flatMap((element) => [
    ...element.getAttributeNames().filter((name) => /^on/i.test(name)).map((name) => `${element.tagName} ${name}`),
    ...["href", "src", "action", "formAction", "data"].map((name) => element[name])
        .filter((leads) => /^(javascript|data|vbscript):/i.test(leads?.baseVal ?? leads ?? "")),
])
"""


@pytest.fixture
def hostile(data):
    return strings(data, "html", "strings")


def parts_of(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def fire(page: Page, texts: list[str]) -> tuple[int, int]:
    """How many of the texts run a script, and how many hold a handler or an address that would."""
    page.goto("about:blank")
    page.route("**/*", lambda route: route.abort())  # pictures and films of elsewhere fail at once
    results = [page.evaluate(FRAMES, part) for part in parts_of(texts, 150)]
    return sum(len(ran) for ran, _ in results), sum(len(inside) for _, inside in results)


def test_uncleaned_they_fire_and_cleaned_they_do_not(page, hostile):
    ran, armed = fire(page, one_of_each_shape([text for text in hostile if "<" in text]))
    assert ran > 150
    assert armed > 100
    assert fire(page, [cleaned for text in hostile if "<" in (cleaned := clean(text))]) == (0, 0)


def form(category, **fields):
    data = {"category": category.pk, "status": Status.PUBLISHED, "_do": "publish", "read_version": ""}
    data |= {f"{rows}-{name}_FORMS": 0 for rows in ("photos", "files") for name in ("TOTAL", "INITIAL")}
    return data | fields


@pytest.fixture
def saved(admin, hostile):
    """All of them saved through the form: each cleaned in a body, and as it is in titles and summaries."""
    category = Category.objects.create(name="Việc làm")
    add = reverse("admin:news_article_add")
    for part in parts_of(hostile, PER_ARTICLE):
        body = "".join(f"<p>{clean(text)}</p>" for text in part)
        title, summary = " ".join(part)[:400], " ".join(part[::-1])[:1000]
        answer = admin.post(add, form(category, title=title, summary=summary, body=body))
        assert answer.status_code == 302, answer.context["errors"]
    return list(Article.objects.all())


@pytest.fixture
def watched(browser, live_server, admin):
    """A page of somebody signed in; neither our policy nor a pop-up blocker stands in the way of a script."""
    context = browser.new_context(bypass_csp=True, base_url=live_server.url)
    cookies = [{"name": name, "value": each.value, "url": live_server.url} for name, each in admin.cookies.items()]
    context.add_cookies(cookies)
    context.add_init_script(
        "window.ran = [];"
        "for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => ran.push(name);"
    )
    yield context.new_page()
    context.close()


def test_saved_through_the_form_they_do_nothing_on_any_page(saved, watched, live_server):
    article = saved[0]
    shown = [each.get_absolute_url() for each in saved]
    shown += [f"/tin-tuc/?trang={number}" for number in range(1, 4)] + ["/", "/tin-tuc/atom.xml", "/so-do-trang/"]
    shown += ["/tim-kiem/?q=alert", "/tim-kiem/?q=script+onerror", article.category.get_absolute_url()]
    for path in shown:
        watched.goto(path)
        assert watched.evaluate(FOUND) == [], path
        assert watched.evaluate("window.ran") == [], path
    history = reverse("admin:news_article_history", args=[article.pk])
    version = reverse("admin:news_article_simple_history", args=[article.pk, article.history.latest().pk])
    for path in (reverse("admin:news_article_changelist"), history, version):
        watched.goto(path)
        assert watched.evaluate("window.ran") == [], path
    watched.goto(reverse("admin:news_article_change", args=[article.pk]))
    with watched.context.expect_page() as opened:
        watched.get_by_role("button", name="Xem trước").first.click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate(FOUND) == []
    assert opened.value.evaluate("window.ran") == watched.evaluate("window.ran") == []


def test_two_hundred_real_bodies_come_back_as_they_were(demo, admin, data):
    with gzip.open(data / "news.jsonl.gz", "rt") as lines:
        real = [json.loads(line)["body"].splitlines() for line, _ in zip(lines, range(140), strict=False)]
    bodies = [
        "".join(f"<p>{escape(line.strip(), quote=False)}</p>" for line in lines if line.strip()) for lines in real
    ]
    bodies += [article.body for article in Article.objects.all()]
    bodies = [*bodies, *filter(None, _bodies_of_other_types())][:200]
    assert len(bodies) == 200
    category, add = Category.objects.first(), reverse("admin:news_article_add")
    for number, body in enumerate(bodies):
        admin.post(add, form(category, title=f"Bài thật {number}", body=body, status=Status.DRAFT, _do=""))
        assert _words(Article.objects.get(title=f"Bài thật {number}").body) == _words(body)


def _bodies_of_other_types():
    from portal.publishing import content_types

    for model in content_types():
        if model is not Article:
            yield from model.objects.values_list("body", flat=True)


def _words(body):
    return re.sub(r"\s+", " ", body)
