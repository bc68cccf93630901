"""Links from document numbers in any text to the documents we hold, with whether they apply today."""

import re
from collections import defaultdict

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from legal_docs.models import Document
from legal_docs.numbers import Citation, citations
from portal.citations import offer
from portal.text import fold

# What is never looked into: links, headings (they are links' targets), tags with their attributes.
_CLOSED = re.compile(r"""<(a|h[1-6])\b.*?</\1>|</?[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>""", re.DOTALL)


@offer
def link(html: str) -> str:
    """The HTML with a link at each number of a published document. One question, whatever the length."""
    found = list(_open_citations(html))
    if not found:
        return html
    held: dict[str, list[Document]] = defaultdict(list)
    numbers = {citation.key for citation in found}
    documents = Document.objects.published().filter(number_normalised__in=numbers, is_draft=False).with_status()
    wanted = ("number_normalised", "number", "title", "slug", "year", "issued_on", "doc_type__name", "doc_type__slug")
    for document in documents.select_related("doc_type").only(*wanted):
        held[document.number_normalised].append(document)
    made, done = [], 0
    for citation in found:
        if citation.key in held:
            made += [
                html[done : citation.start],
                _link(html[citation.start : citation.end], held[citation.key], citation),
            ]
            done = citation.end
    return "".join([*made, html[done:]])


def _open_citations(html: str) -> list[Citation]:
    cited = list(citations(html))
    closed = [found.span() for found in _CLOSED.finditer(html)] if cited else []
    found, index = [], 0
    for citation in cited:
        while index < len(closed) and closed[index][1] <= citation.start:
            index += 1
        if index == len(closed) or closed[index][0] >= citation.end:
            found.append(citation)
    return found


def _link(text: str, documents: list[Document], citation: Citation) -> str:
    """`text` is HTML already. Where one number is several documents, the date or the type beside it decides."""
    same = [document for document in documents if document.issued_on == citation.day] if citation.day else []
    same = same or [d for d in documents if citation.type and fold(d.doc_type.name) == fold(citation.type)] or documents
    if len(same) == 1:
        chosen = same[0]
        title = f"{chosen.title} ({chosen.status_on().label})"
        return format_html('<a href="{}" title="{}">', chosen.get_absolute_url(), title) + text + "</a>"
    address = f"{reverse('legal_docs:index')}?{urlencode({'q': citation.number})}"
    return format_html('<a href="{}" title="{}">', address, f"{len(same)} văn bản cùng số này") + text + "</a>"
