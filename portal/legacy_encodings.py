"""Reads text typed in TCVN3 or VNI fonts, whose files name Latin-1 letters where the reader saw Vietnamese ones."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

# TCVN 5712:1993, third character set. The last three are look-alikes that PDF files give for ư, ã and à.
_TCVN3 = str.maketrans(
    "¸µ¶·¹¨¾»¼½Æ©ÊÇÈÉË®ÐÌÎÏÑªÕÒÓÔÖÝ×ØÜÞãßáâä«èåæçé¬íêëìîóïñòô\u00adøõö÷ùýúûüþ¡¢§£¤¥¦\u2212\u2219\u03bc",
    "áàảãạăắằẳẵặâấầẩẫậđéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵĂÂĐÊÔƠƯưãà",
)

# VNI has few letters of its own; most accented vowels are the vowel and a second character that stands for its marks.
_VNI_LETTERS = str.maketrans("ñÑôÔöÖæÆóÓòÒîÎ", "đĐơƠưƯỉỈĩĨịỊỵỴ")
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_VNI_MARKS = {
    **dict(zip("ùøûõï", _TONES, strict=True)),
    **{char: "\u0302" + tone for char, tone in zip("âáàåãä", ["", *_TONES], strict=True)},
    **{char: "\u0306" + tone for char, tone in zip("êéèúüë", ["", *_TONES], strict=True)},
}
_VNI_PAIR = re.compile(f"([aeouyôö])([{''.join(_VNI_MARKS)}])|[{''.join(map(chr, _VNI_LETTERS))}]", re.IGNORECASE)

# A run of letters, or of the symbols that stand for letters in these fonts.
_WORD = re.compile("[A-Za-z\u00a1-\u1fff\u2200-\u22ff\ue000-\uf8ff\ufffd]+")
# Onset, then a rime that ends in a consonant or one that does not; tones taken off.
_SYLLABLE = re.compile(
    "(?:ngh?|nh|ch|gh?|gi|kh|ph|qu|t[hr]?|[bcdđhklmnprsvx])?"
    "(?:(?:iê?|yê?|uyê?|[aăâeêoôơuư]|o[aăeo]|u[âêôơ]|ươ)(?:(?P<stop>ch|[cpt])|ng|nh|[mn])"
    "|i[au]?|[iy]êu|y|a[iouy]?|â[uy]|eo?|êu?|oi?|oa[iouy]?|oeo?|ôi?|ơi?|u[aiêơ]?|uôi|uâ?y|uy[au]|ư[aiu]?|ươ[iu])"
)
_VOWEL = re.compile("[aeiouyăâêôơưAEIOUY]")
# Letters that neither encoding has: what stands beside them is Unicode already.
_MODERN = re.compile("[\u0102-\u01b0\u1ea0-\u1ef9]")

# Enough to tell, and soon read.
_SAMPLE = 50_000

_Reading = Callable[[str], str]


def to_unicode(text: str) -> str:
    """The text in NFC with TCVN3 and VNI read as what they meant; empty when no sense can be made of it.

    Each line is judged too, because a letterhead is often typed in another font than the letter.
    """
    text = unicodedata.normalize("NFC", text)
    sample = text[:_SAMPLE]
    usual = _best_reading(sample, _as_it_is)
    if not _makes_sense(sample, usual):
        return ""
    lines = (_best_reading(line, _as_it_is if _MODERN.search(line) else usual)(line) for line in text.split("\n"))
    return unicodedata.normalize("NFC", "\n".join(lines))


def _best_reading(text: str, usual: _Reading) -> _Reading:
    """The usual reading, unless another makes far more Vietnamese syllables and there is enough text to tell."""
    words = _accented_words(text)
    if len(words) < 3:
        return usual
    shares = {reading: _share_of_syllables(words, reading) for reading in (usual, _as_it_is, _from_tcvn3, _from_vni)}
    best = max(shares, key=lambda reading: shares[reading])
    return best if shares[best] >= shares[usual] + 0.4 else usual


def _makes_sense(text: str, reading: _Reading) -> bool:
    """Vietnamese, or a language in Latin letters. Fonts without a character map give letters at random instead."""
    accented = _accented_words(text)
    if len(accented) >= 3 and _share_of_syllables(accented, reading) < 0.5:
        latin = [word for word in accented if all(unicodedata.name(char, "").startswith("LATIN") for char in word)]
        if len(latin) < 0.8 * len(accented):
            return False
    words = [word for word in _WORD.findall(unicodedata.normalize("NFD", reading(text))) if len(word) > 2]
    return sum(bool(_VOWEL.search(word)) for word in words) >= 0.7 * len(words)


def _accented_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if not word.isascii()]


def _share_of_syllables(words: Sequence[str], reading: _Reading) -> float:
    return sum(_is_syllable(reading(word)) for word in words) / len(words)


@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    """Whether Vietnamese spelling allows it. Syllables that end in c, ch, p or t take two of the six tones only."""
    marks = unicodedata.normalize("NFD", word.lower())
    toneless = unicodedata.normalize("NFC", "".join(char for char in marks if char not in _TONES))
    tones = [char for char in marks if char in _TONES]
    match = _SYLLABLE.fullmatch(toneless)
    return bool(match) and len(tones) < 2 and not (match["stop"] and tones not in (["\u0301"], ["\u0323"]))


def _as_it_is(text: str) -> str:
    return text


def _from_tcvn3(text: str) -> str:
    return _WORD.sub(_raised, text.translate(_TCVN3))


def _raised(found: re.Match[str]) -> str:
    # Headings used fonts that draw every letter as a capital; only the unaccented ones are stored as capitals.
    word = found[0]
    shouted = sum(map(str.isupper, word)) > 1 and not any("a" <= char <= "z" for char in word)
    return word.upper() if shouted else word


def _from_vni(text: str) -> str:
    return _VNI_PAIR.sub(_vni_letter, text)


def _vni_letter(found: re.Match[str]) -> str:
    if not found[2]:
        return found[0].translate(_VNI_LETTERS)
    vowel = found[1].translate(_VNI_LETTERS)
    return unicodedata.normalize("NFC", vowel + _VNI_MARKS[found[2].lower()])
