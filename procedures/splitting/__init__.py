"""Takes apart the flattened texts of the national database. What cannot be split stays whole; nothing is dropped."""

import re

from portal.text import nfc

NOTHING = "Không có thông tin"
# What stood under the text on the page it was copied from.
_CHROME = re.compile(r"Chọn cơ quan thực hiện\s*(?:Tỉnh/ Thành phố|Bộ ngành).*$", re.DOTALL)
# A line that goes on in small letters was broken by whoever copied it from a page; "a)" begins a new one.
_BROKEN = re.compile(r"(?<=[\w,)])\n(?=[a-zà-ỹđ]+[ ,.;])")


def tidy(text: str | None) -> str:
    """Composed, without page chrome, blanks at line ends and runs of spaces; empty where the source says so."""
    # The Icelandic letter looks the same, and old keyboards wrote it.
    text = _CHROME.sub("", nfc(text or "")).replace("\u00a0", " ").replace("Ð", "Đ").replace("ð", "đ")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines()]
    text = _BROKEN.sub(" ", "\n".join(line for line in lines if line))
    return "" if text == NOTHING else text
