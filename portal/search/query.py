"""From what was typed to what the index is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import tantivy
from tantivy import Occur, Query

from portal.search import numbers
from portal.search.index import SCHEMA
from portal.text import apart, fold, nfc, pairs, syllables

LONGEST = 300  # characters; a question of law is seldom over 200
MOST_WORDS = 48
MOST_READINGS = 4
# A passage has to hold all words, or this share of the pairs they make, never more than so many: measured, above them
# right answers get lost.
SHARE_NEEDED, MOST_NEEDED = 0.2, 5
# In a question of so many words, syllables that this share of the passages has are not looked for: they say next to
# nothing beside their pairs, and cost a third of the time.
LONG, COMMON = 8, 0.4
TONED = 0.4  # a question in which this share of the words has marks was typed with them

Synonyms = tuple[tuple[str, str], ...]  # (as people say, as the documents say)


@dataclass(frozen=True)
class Question:
    """`readings` are the words with tones, as typed and then with synonyms put in; folded if typed without tones."""

    typed: str
    readings: tuple[tuple[str, ...], ...]
    has_tones: bool
    numbers: dict[str, float]
    names_one: bool  # one document by its number: a fifth of "999/2020/NĐ-CP" is none of it

    @property
    def words(self) -> tuple[str, ...]:
        return self.readings[0] if self.readings else ()

    def __bool__(self) -> bool:
        return bool(self.readings)


def understand(typed: str, synonyms: Synonyms = ()) -> Question:
    typed = " ".join(nfc(typed).split())[:LONGEST]
    words = syllables(typed)[:MOST_WORDS]
    marked = sum(fold(word) != word for word in words)
    has_tones = marked >= TONED * len(words)
    readings = [words, *_readings(words, synonyms)] if words else []
    if not has_tones:
        readings = [[fold(word) for word in reading] for reading in readings]
    return Question(
        typed, tuple(dict.fromkeys(map(tuple, readings))), has_tones, numbers.keys(typed), numbers.names_one(typed)
    )


def _readings(words: list[str], synonyms: Synonyms) -> list[list[str]]:
    """The question once for each thing that what people say may mean; the longest saying at a place counts."""
    folded = f" {' '.join(map(fold, words))} "
    found = [(said, meant) for typed, said, meant in _told(synonyms) if typed in folded]
    readings: list[list[str]] = []
    for turn in range(max((len(meant) for _, meant in found), default=0)):
        reading, changed = list(words), False
        for said, meant in found:
            reading, put_in = _put(reading, said, meant[min(turn, len(meant) - 1)])
            changed |= put_in
        if changed:
            readings.append(reading[:MOST_WORDS])
    return readings[: MOST_READINGS - 1]


@lru_cache(maxsize=4)
def _told(synonyms: Synonyms) -> list[tuple[str, list[str], list[list[str]]]]:
    """Each saying folded between spaces, its words, and what it may mean; the longest first."""
    told: dict[str, list[list[str]]] = {}
    for said, meant in synonyms:
        told.setdefault(" ".join(syllables(said)), []).append(syllables(meant))
    return [(f" {fold(said)} ", said.split(), told[said]) for said in sorted(told, key=len, reverse=True)]


def _put(words: list[str], said: list[str], meant: list[str]) -> tuple[list[str], bool]:
    if " ".join(map(fold, meant)) in " ".join(map(fold, words)):
        return words, False
    for start in range(len(words) - len(said) + 1):
        end = start + len(said)
        if all(map(_same, words[start:end], said)):
            return [*words[:start], *meant, *words[end:]], True
    return words, False


def _same(typed: str, said: str) -> bool:
    """One word: with the same tones, or either without any. "Sơ đồ" is no "sổ đỏ"."""
    return fold(typed) == fold(said) and (apart(typed) == apart(said) or typed == fold(typed) or said == fold(said))


def terms(reading: Sequence[str]) -> list[str]:
    """What BM25 looks for: each folded syllable and pair once."""
    folded = [fold(word) for word in reading]
    return list(dict.fromkeys([*folded, *pairs(folded)]))


def scored(searcher: tantivy.Searcher, question: Question) -> list[Query]:
    """What may be meant, by BM25 and by the numbers things are known by. Nothing is demanded, which is much faster."""
    readings = [_words(searcher, reading) for reading in question.readings]
    numbered = _numbered(question)
    if not numbered:
        return readings
    return [*readings, Query.boolean_query([(Occur.Must, numbered), (Occur.Should, readings[0])])]


def matching(question: Question, filters: Sequence[Query] = ()) -> Query:
    """What is counted as a result: passages that hold enough of the words."""
    ways = [
        *(_enough(reading, question.names_one) for reading in question.readings),
        _numbered(question),
    ]
    return narrowed(Query.boolean_query([(Occur.Should, way) for way in ways if way]), filters)


def narrowed(found: Query, filters: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, found), *((Occur.Must, Query.const_score_query(f, 0.0)) for f in filters)])


def visible(now: float) -> list[Query]:
    """Filters for what a citizen may see at this moment: published and not expired."""
    moment, integer = int(now), tantivy.FieldType.Integer
    return [
        Query.range_query(SCHEMA, "begins", integer, upper_bound=moment),
        Query.range_query(SCHEMA, "ends", integer, lower_bound=moment + 1),
    ]


def _numbered(question: Question) -> Query | None:
    keys = [
        Query.const_score_query(Query.term_query(SCHEMA, "numbers", key, "freq"), worth)
        for key, worth in question.numbers.items()
    ]
    return Query.disjunction_max_query(keys) if keys else None


def _words(searcher: tantivy.Searcher, reading: Sequence[str]) -> Query:
    found = terms(reading)
    if len(reading) >= LONG:
        most = COMMON * searcher.num_docs
        found = [term for term in found if "_" in term or searcher.doc_freq("words", term) < most] or found
    return Query.boolean_query([(Occur.Should, _term(term)) for term in found])


def _enough(reading: Sequence[str], all_of_them: bool) -> Query:
    words = [fold(word) for word in reading]
    every = Query.boolean_query([(Occur.Must, _term(word)) for word in dict.fromkeys(words)])
    beside = [(Occur.Should, _term(pair)) for pair in dict.fromkeys(pairs(words))]
    if len(beside) < 2 or all_of_them:
        return every
    some = Query.boolean_query(beside, minimum_number_should_match=_needed(beside))
    return Query.boolean_query([(Occur.Should, every), (Occur.Should, some)])


def _needed(beside: Sequence[object]) -> int:
    return min(MOST_NEEDED, max(1, round(len(beside) * SHARE_NEEDED)))


def holding_enough(question: Question) -> Callable[[bytes], bool]:
    """Tells from the folded words of a passage, each between spaces, that `matching` finds it by its words."""
    ways = []
    for reading in question.readings:
        words = [b" %b " % fold(word).encode() for word in reading]
        beside = {first[:-1] + second for first, second in pairwise(words)}
        loosely = len(beside) > 1 and not question.names_one
        ways.append((set(words), beside, _needed(beside) if loosely else len(beside) + 1))

    def enough(text: bytes) -> bool:
        return any(
            sum([pair in text for pair in beside]) >= needed or all(word in text for word in words)
            for words, beside, needed in ways
        )

    return enough


def _term(term: str) -> Query:
    return Query.term_query(SCHEMA, "words", term, "freq")
