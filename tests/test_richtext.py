"""What an editor writes or pastes comes out clean, the same words, and twice the same."""

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.richtext import ATTRIBUTES, FEATURES, TAGS, RichTextWidget, clean, plain

ALLOWED = {tag: names | ATTRIBUTES["*"] for tag, names in ATTRIBUTES.items()}
SCHEME = re.compile(r"[\s\x00-\x20]*(javascript|data|vbscript):", re.I)


class Reader(HTMLParser):
    """Every tag with its attributes, as a browser would find them."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def attacks(data, name):
    return [json.loads(line) for line in (data / "attacks" / name).read_text().splitlines()]


def test_hostile_html_is_rendered_harmless_and_cleaning_it_twice_changes_nothing(data):
    for hostile in attacks(data, "html.jsonl") + attacks(data, "strings.jsonl"):
        cleaned = clean(str(hostile))
        for tag, attributes in Reader(cleaned).found:
            assert tag in TAGS, hostile
            assert set(attributes) <= ALLOWED.get(tag, set()) | ({"rel"} if tag == "a" else set()), hostile
            for address in (attributes.get("href"), attributes.get("src")):
                assert not SCHEME.match(address or ""), hostile
        assert clean(cleaned) == cleaned, hostile


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>/=\"' abdiphv1&;:\n\u00a0", max_size=80))
def test_cleaning_is_idempotent(html):
    assert clean(clean(html)) == clean(html)


@pytest.mark.parametrize("name", ["Luat-Dien-anh-2022-486445.html", "Luat-hoa-giai-o-co-so-nam-2013-197282.html"])
def test_a_law_pasted_from_word_keeps_its_words_and_loses_its_clothes(data, name):
    pasted = (data / "html" / name).read_text(errors="replace")
    cleaned = clean(pasted)
    assert len(cleaned) < len(pasted) / 2
    assert "style=" not in cleaned
    assert "class=" not in cleaned
    assert "<p></p>" not in cleaned
    words = plain(cleaned)
    for article in range(1, 20):
        assert f"Điều {article}." in words


def test_old_and_foreign_tags_become_ours():
    assert clean("<h1>Tin</h1><b>đậm</b> <i>nghiêng</i>") == "<h2>Tin</h2><strong>đậm</strong> <em>nghiêng</em>"
    assert clean("<div><div>một</div><div>hai</div></div>") == "<p>một</p><p>hai</p>"


def test_indents_made_of_spaces_and_empty_paragraphs_go():
    assert clean("<p>&nbsp;&nbsp; - Năm 2017</p><p>&nbsp;</p><p><b> </b></p>") == "<p>- Năm 2017</p>"


def test_pictures_come_from_our_library_only():
    ours = '<img src="/media/anh/ab/abc-640.webp" alt="Hội trường">'
    assert clean(ours) == ours
    for foreign in (
        "https://example.com/a.png",
        "data:image/png;base64,AAAA",
        "//example.com/a.png",
        "/media/../x.png",
    ):
        assert clean(f'<p>a<img src="{foreign}" alt="b"></p>') == "<p>a</p>"


def test_links_keep_their_words_when_the_address_is_refused():
    assert clean('<a href="javascript:alert(1)">Tải về</a>') == "Tải về"
    assert clean('<a href="/van-ban/">Văn bản</a>') == '<a href="/van-ban/" rel="noopener">Văn bản</a>'


def test_tables_keep_their_structure():
    head = '<thead><tr><th scope="col" style="width:9px">Năm</th></tr></thead>'
    table = f'<table>{head}<tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    assert clean(table) == table.replace(' style="width:9px"', "")


def test_plain_words_of_a_text():
    assert plain("<h2>Hồ sơ</h2><p>Đơn &amp; sổ<br>hộ khẩu</p>") == "Hồ sơ Đơn & sổ hộ khẩu"
    assert plain("<table><tr><td>Thai sản</td><td>Tầng 2</td></tr></table>") == "Thai sản Tầng 2"
    assert plain("<ul><li>Đơn</li><li>Ảnh</li></ul>") == "Đơn Ảnh"
    assert plain('<p>a<a href="/b/" title="x > y">b</a> &lt;b&gt;</p>') == "ab <b>"


def test_the_toolbar_offers_what_cleaning_lets_through():
    offered = {button for buttons, _ in FEATURES for button in buttons}
    assert {"Bold", "Table", "Image", "Link", "PasteFromWord"} <= offered
    for buttons, tags in FEATURES:
        for tag in tags - {"br", "hr", "img"}:
            assert buttons
            assert clean(f"<{tag}>chữ</{tag}>".replace("<caption>", "<table><caption>")).count("chữ") == 1


def test_the_editor_speaks_vietnamese_and_calls_nobody(db):
    html = RichTextWidget().render("body", "", {"id": "id_body"})
    config = json.loads(re.search(r'data-config="([^"]*)"', html)[1].replace("&quot;", '"').replace("&amp;", "&"))
    assert config["language"] == "vi"
    assert {"scayt", "wsc", "exportpdf"} <= set(config["removePlugins"].split(","))
    assert config["versionCheck"] is False
    assert "allowedContent" not in config
