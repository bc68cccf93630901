"""The index on disk: what is kept of each passage, and how it is written. PostgreSQL stays the only truth."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tantivy
from django.db.models import TextChoices

from portal.passages import Facets, Passage
from portal.search import numbers
from portal.text import apart, fold, pairs, syllables

FORMAT = 6  # to be raised when the schema or the analysis changes: an index of another format is made anew
HEADING_COUNTS = 2  # measured: a heading counted twice gained 0.004 of recall and 0.016 of MRR over once
RERANKED_LENGTH = 6000  # characters of a passage that the ranking looks at again
NEVER = 1 << 40  # seconds: never expires
_THREAD_MEMORY = 64 << 20  # bytes


def _schema() -> tantivy.Schema:
    """`words` is what BM25 sees: folded syllables and pairs. Facets are kept as their labels.

    `alone` is the only passage of its object, as with most news: counting these is counting objects.
    """
    builder = tantivy.SchemaBuilder()
    for name in ("words", "title_words", "numbers"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("kind", "field", "issuer", "status"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("object", "begins", "ends", "dated", "year"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_boolean_field("outdated", fast=True)
    builder.add_boolean_field("ages", fast=True)
    builder.add_boolean_field("alone", indexed=True)
    for name in ("key", "anchor", "title", "heading", "text", "spoken", "shown", "state"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


SCHEMA = _schema()


@dataclass(frozen=True)
class Entry:
    """One object as the index knows it. `key` names it: "news.article:12". Times are seconds since 1970.

    `address`, `line` and `status` are as a result shows them.
    """

    key: str
    kind: str
    title: str
    begins: int
    ends: int
    facets: Facets
    passages: Iterable[Passage]
    address: str = ""
    line: str = ""
    status: TextChoices | None = None
    dated: int = 0

    @classmethod
    def times(cls, published: datetime | None, expires: datetime | None) -> tuple[int, int]:
        return int(published.timestamp()) if published else 0, int(expires.timestamp()) if expires else NEVER


def number_of(key: str) -> int:
    """A key as the integer by which objects are counted, grouped and deleted."""
    kind, _, pk = key.rpartition(":")
    low = int(pk) if pk.isdigit() else zlib.crc32(pk.encode())
    return ((zlib.crc32(kind.encode()) & 0x7FFFFFFF) << 32) + (low & 0xFFFFFFFF)


def tokens(heading: str, text: str) -> str:
    """What BM25 counts of a passage."""
    head, body = fold(heading).split(), fold(text).split()
    return " ".join([*(head + pairs(head)) * HEADING_COUNTS, *body, *pairs(body)])


def _document(entry: Entry, passage: Passage, common: dict[str, object]) -> tantivy.Document:
    heading, text = " ".join(syllables(passage.heading)), " ".join(syllables(passage.text))
    title = "" if passage.heading == entry.title else " ".join(syllables(entry.title))
    values = {
        **common,
        "words": [tokens(heading, text)],
        "weight": [passage.weight],
        "anchor": [passage.anchor.encode()],
        "heading": [passage.heading.encode()],
        "text": [passage.text.encode()],
        "spoken": [apart(f"{heading}\n{text[:RERANKED_LENGTH]}\n{title}")],
    }
    return tantivy.Document(**values)


def add(writer: tantivy.IndexWriter, entry: Entry) -> int:
    """Adds every passage of an object; the number of passages."""
    facets, status, passages = entry.facets, entry.status, list(entry.passages)
    shown = [entry.address, entry.line, [status.value, status.label] if status else None]
    common: dict[str, object] = {
        "key": [entry.key.encode()],
        "object": [number_of(entry.key)],
        "kind": [entry.kind],
        "title": [entry.title.encode()],
        "shown": [json.dumps(shown).encode()],
        "begins": [entry.begins],
        "ends": [entry.ends],
        "dated": [entry.dated],
        "field": list(facets.fields),
        "issuer": list(facets.issuers),
        "status": [status.label] if status else [],
        "year": [facets.year] if facets.year else [],
        "outdated": [facets.outdated],
        "ages": [facets.ages],
        "alone": [len(passages) == 1],
        "numbers": [" ".join(key for number in facets.numbers for key in numbers.keys(number))],
    }
    for place, passage in enumerate(passages):
        first = {} if place else {"title_words": [fold(" ".join(syllables(entry.title)))]}
        writer.add_document(_document(entry, passage, {**common, **first}))
    return len(passages)


def remove(writer: tantivy.IndexWriter, key: str) -> None:
    writer.delete_documents_by_term("object", number_of(key))


def create(folder: Path) -> tantivy.Index:
    folder.mkdir(parents=True, exist_ok=True)
    return tantivy.Index(SCHEMA, str(folder), reuse=False)


def writer(index: tantivy.Index, threads: int = 1) -> tantivy.IndexWriter:
    """Raises ValueError while another process writes."""
    return index.writer(_THREAD_MEMORY * threads, threads)
