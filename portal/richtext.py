"""Formatted text: what an editor may write, how it is cleaned, the editor itself.

FEATURES is the one declaration: the toolbar offers exactly the tags that cleaning lets through. Cleaning is the
boundary (CKEditor 4.22 has known, unfixed faults and itself lets `javascript:` through), and runs on every save path.
"""

import re
from html import unescape
from typing import Any

import nh3
from ckeditor.widgets import CKEditorWidget
from django import forms
from django.conf import settings
from django.db import models
from django.forms import Media
from django.templatetags.static import static
from django.urls import reverse_lazy

from portal.text import NFCTextField

# (group of buttons, tags they make)
FEATURES: list[tuple[list[str], set[str]]] = [
    (["Format"], {"p", "h2", "h3", "h4"}),
    (["Bold", "Italic", "Underline", "Strike", "Subscript", "Superscript"], {"strong", "em", "u", "s", "sub", "sup"}),
    (["NumberedList", "BulletedList", "Outdent", "Indent", "Blockquote"], {"ol", "ul", "li", "blockquote"}),
    (["Link", "Unlink"], {"a"}),
    (["Image"], {"img", "figure", "figcaption"}),
    (["Table", "HorizontalRule"], {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "hr"}),
    (["PasteText", "PasteFromWord", "RemoveFormat", "SpecialChar"], {"br"}),
    (["Undo", "Redo", "Find", "Maximize"], set()),
]
TAGS = set().union(*(tags for _, tags in FEATURES))
ATTRIBUTES = {
    "*": set(),  # the cleaner would let `lang` and `title` through everywhere
    "a": {"href", "title"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# Tags that mean the same as one of ours, as Word, other sites and old editors write them.
SYNONYMS = {"b": "strong", "i": "em", "strike": "s", "del": "s", "h1": "h2", "h5": "h4", "h6": "h4"}
URL_SCHEMES = {"http", "https", "mailto", "tel"}

# Complete addresses, pages of ours, places on this page. Other relative ones come along when text is pasted.
_LINK = re.compile(r"(?:https?://|mailto:|tel:|/(?![/\\])|#)", re.IGNORECASE)
_SYNONYM_TAG = re.compile(r"<(/?)({})>".format("|".join(SYNONYMS)))
_BLOCK = r"<(?:div|p|h[1-6]|[uo]l|li|table|t[hrd]|thead|tbody|tfoot|figure|blockquote|hr)\b"
_DIV_OF_TEXT = re.compile(rf"<div>((?:(?!{_BLOCK}|</div>).)*)</div>", re.DOTALL)
_SPACE = r"(?:\s|&nbsp;|\u00a0)"
_EMPTY = re.compile(rf"<(p|h[234]|strong|em|u|s|sub|sup|figcaption)>(?:{_SPACE}|<br>)*</\1>")
_INDENT = re.compile(rf"(<(?:p|li|h[234]|td|th)(?: [^>]*)?>){_SPACE}+")
_NO_SOURCE = re.compile(r"<img(?![^>]* src=)[^>]*>")
_NO_ADDRESS = re.compile(r"<a(?![^>]* href=)[^>]*>(.*?)</a>", re.DOTALL)
_BLOCK_ENDS = re.compile(r"</(?:p|h[234]|li|[uo]l|caption|t[rdh]|table|figure|figcaption|blockquote)>|<[bh]r>")
_TAG = re.compile(r"""<[^>"]*(?:"[^"]*"[^>"]*)*>""")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Pictures come from our own library only; sizes are whole numbers of CSS pixels."""
    if name == "href":
        return value if _LINK.match(value) else None
    if tag == "img" and name == "src":
        return value if value.startswith(settings.MEDIA_URL) and ".." not in value else None
    if tag == "img" and name == "srcset":
        ours = all(part.strip().startswith(settings.MEDIA_URL) for part in value.split(","))
        return value if ours and ".." not in value else None
    if name in {"width", "height", "colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdigit() and len(value) <= 4 else None
    if name == "scope":
        return value if value in {"col", "row", "colgroup", "rowgroup"} else None
    if name == "loading":
        return value if value == "lazy" else None
    return value


_cleaner = nh3.Cleaner(
    tags=TAGS | set(SYNONYMS) | {"div"},  # the last two are rewritten below
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"},
    attributes=ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes=URL_SCHEMES,
    link_rel="noopener",
    strip_comments=True,
)


def clean(html: str) -> str:
    """The HTML with nothing but the declared tags and attributes; cleaning twice changes nothing."""
    before = None
    # Unwrapping can bring together what nested apart before, hence until nothing changes (two rounds as a rule).
    while before != html:
        before, html = html, _clean_once(html)
    return html


def _clean_once(html: str) -> str:
    html = _cleaner.clean(html)
    html = _SYNONYM_TAG.sub(lambda found: f"<{found[1]}{SYNONYMS[found[2]]}>", html)
    html = _NO_SOURCE.sub("", _NO_ADDRESS.sub(r"\1", html))
    html = _DIV_OF_TEXT.sub(r"<p>\1</p>", html).replace("<div>", "").replace("</div>", "")
    html = _INDENT.sub(r"\1", _EMPTY.sub("", html))
    return html.strip()


def plain(html: str) -> str:
    """The words of cleaned HTML, on one line."""
    return " ".join(unescape(_TAG.sub("", _BLOCK_ENDS.sub(" ", html))).split())


def _editor_config() -> dict[str, Any]:
    return {
        "toolbar": [[*buttons] for buttons, _ in FEATURES],
        "format_tags": "p;h2;h3;h4",
        "height": 420,
        "width": "auto",
        "language": "vi",
        "contentsLanguage": "vi",
        "bodyClass": "prose",
        "contentsCss": [
            *(static(f"css/{name}.css") for name in ("tokens", "base", "tables", "article")),
            static("admin/contents.css"),
        ],
        "extraPlugins": "image2,uploadimage",
        # `image` gives way to image2, which knows captions. scayt, wsc and exportpdf call servers elsewhere;
        # the rest makes what cleaning would take away again.
        "removePlugins": "image,exportpdf,scayt,wsc,iframe,forms,smiley,flash,templates,newpage,preview,print,save,"
        "about,language,bidi,font,colorbutton,colordialog,stylescombo,div,justify,copyformatting,pagebreak,elementspath",
        "disallowedContent": "script style iframe object embed form input; *[on*]; *{*}; *(*); img[style]",
        "extraAllowedContent": "img[!src,srcset,sizes,loading,alt,width,height]; th[scope]; figure; figcaption",
        "clipboard_handleImages": False,  # left to uploadimage
        "image2_disableResizer": True,
        "image2_altRequired": True,
        "removeDialogTabs": "link:advanced;table:advanced;image2:advanced",
        "entities": False,
        "disableNativeSpellChecker": False,
        "linkDefaultProtocol": "https://",
        "linkShowTargetTab": False,
        "uploadUrl": str(reverse_lazy("admin:picture-upload")),
        "filebrowserImageUploadUrl": str(reverse_lazy("admin:picture-upload")),
        "filebrowserImageBrowseUrl": str(reverse_lazy("admin:picture-browse")),
    }


class RichTextWidget(CKEditorWidget):
    """The editor, configured from FEATURES. Without JavaScript it is a textarea with HTML."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.config = {}

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        # Addresses are known only once the URLs are loaded, hence not in __init__.
        self.config = _editor_config()
        return super().get_context(name, value, attrs)

    def _set_config(self) -> None:
        self.config["versionCheck"] = False

    @property
    def media(self) -> Media:
        """In one list, because ours must come after the editor's."""
        editor = super().media
        return Media(css={"all": ["ckeditor/ckeditor.css", "admin/editor.css"]}, js=[*editor._js, "admin/editor.js"])


class RichTextField(NFCTextField):
    """HTML that is cleaned on every path to the database. In migrations it is a plain TextField."""

    longest = 5_000_000

    def formfield(self, **kwargs: Any) -> forms.Field:
        # Whatever the caller asks for: the admin asks for a plain textarea for every TextField.
        return super().formfield(**{**kwargs, "widget": RichTextWidget})

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return clean(value) if isinstance(value, str) else value

    def pre_save(self, instance: models.Model, add: bool) -> Any:
        value = super().pre_save(instance, add)
        if isinstance(value, str):
            value = clean(value)
            setattr(instance, self.attname, value)
        return value
