"""Vietnamese text: one form, folded, as addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.text import apart, fold, nfc, normalise_number, slugify, together


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Đền ơn đáp nghĩa", "den-on-dap-nghia"),
        ("Ưu đãi người có công với cách mạng", "uu-dai-nguoi-co-cong-voi-cach-mang"),
        ("Nghị định 145/2020/NĐ-CP", "nghi-dinh-1452020nd-cp"),
        ("Hô\u0303 trợ", "ho-tro"),
        ("…", ""),
    ],
)
def test_addresses_are_unaccented(text, slug):
    assert slugify(text) == slug


def test_long_addresses_end_with_a_whole_word():
    slug = slugify("Ủy ban nhân dân tỉnh " * 20, 50)
    assert len(slug) <= 50
    assert slug.endswith(("uy", "ban", "nhan", "dan", "tinh"))


def test_folding_removes_every_tone_of_every_vowel():
    assert set(fold("aàảãáạăằẳẵắặâầẩẫấậĐđƯưƠơ")) == set("aduo")


@given(st.text())
def test_text_is_composed_once_and_for_all_and_fit_for_the_database(text):
    composed = nfc(text)
    assert nfc(composed) == composed
    assert "\x00" not in composed
    composed.encode()


@pytest.mark.parametrize(
    "spelling", ["05/2024/QĐ-TTg", "5/2024/QĐ-TTg", "05-2024-qd-ttg", " 05 /2024/QÐ–TTg".replace("Ð", "Đ")]
)
def test_all_spellings_of_a_number_are_one(spelling):
    assert normalise_number(spelling) == "52024qdttg"


def test_a_document_without_a_number_has_no_number_to_compare():
    assert normalise_number("Không số") == normalise_number("") == ""


@pytest.mark.parametrize(("written", "same"), [("hoà", "hòa"), ("uỷ", "ủy"), ("khoẻ", "khỏe"), ("hoạ", "họa")])
def test_both_places_of_a_tone_are_the_same_word(written, same):
    assert apart(written) == apart(same)
    assert together(apart("quý hoàn loạn")) == "quý hoàn loạn"
