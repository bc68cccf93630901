"""While somebody types: titles that go on as they began; and what they may have meant by a misspelt word."""

import string
from collections.abc import Iterator
from itertools import pairwise

import tantivy
from tantivy import Occur, Query

from portal.search import query, ranking
from portal.search.index import SCHEMA
from portal.search.query import Question
from portal.text import fold, pairs, syllables, together

MOST = 8
MOST_MENDED = 3  # words of one question
LONGEST_MENDED = 10  # words
LONGEST_WORD = 10  # letters; no Vietnamese syllable has more than seven
_ENDINGS = 30  # words that the last, unfinished one may become


def titles(searcher: tantivy.Searcher, typed: str, now: float) -> list[ranking.Hit]:
    """Objects whose title holds every word typed, the last of which may be unfinished."""
    words = [fold(word) for word in syllables(typed[: query.LONGEST])][:12]
    if not words or len("".join(words)) < 2:
        return []
    endings = searcher.terms_with_prefix("title_words", words[-1], limit=_ENDINGS)
    wanted = [_title_word(word) for word in dict.fromkeys(words[:-1])]
    wanted.append(Query.boolean_query([(Occur.Should, _title_word(word)) for word, _ in endings]))
    asked = query.narrowed(Query.boolean_query([(Occur.Must, each) for each in wanted]), query.visible(now))
    found = searcher.search(asked, 40, count=False).hits
    addresses = [address for _, address in found]
    columns = [searcher.fast_field_values(name, addresses) for name in ("object", "weight", "outdated")]
    hits = [
        ranking.Hit(score + 2 * weight - 5 * bool(outdated), number, address, searcher.doc(address))
        for (score, address), number, weight, outdated in zip(found, *columns, strict=True)
    ]
    for hit in hits:
        title = " ".join(fold(word) for word in syllables(hit.said("title")))
        hit.score += 4 * title.startswith(" ".join(words)) + 2 * (" ".join(words) in title)
    return sorted(hits, key=lambda hit: -hit.score)[:MOST]


def _title_word(word: str) -> Query:
    return Query.term_query(SCHEMA, "title_words", word, "freq")


def correction(searcher: tantivy.Searcher, question: Question) -> str:
    """The question with misspelt words put right, as the documents spell them; empty where nothing seems wrong.

    A word is suspect when no document has it, or when it stands between two others and none has it beside either: at an
    end, "xin việc" would become "xin viết". Long questions are left alone. What replaces it is one letter away and
    stands beside every neighbour, or beside one where no document has the word.
    """
    words = [fold(word) for word in question.words]
    if len(words) > LONGEST_MENDED:
        return ""
    mended, left = list(words), MOST_MENDED
    for place, word in enumerate(words):
        if not left or word.isdigit() or not 2 <= len(word) <= LONGEST_WORD:
            continue
        unknown = not searcher.doc_freq("words", word)
        if not unknown and (place in (0, len(words) - 1) or any(_beside(searcher, mended, place, word))):
            continue
        left -= 1
        choices = {other: _beside(searcher, mended, place, other) for other in _one_letter_away(word)}
        best = max(choices, key=lambda other: (min(choices[other]), sum(choices[other])))
        if min(choices[best]) or (unknown and sum(choices[best])):
            mended[place] = best
    return _spelt(searcher, mended) if mended != words else ""


def _beside(searcher: tantivy.Searcher, words: list[str], place: int, word: str) -> list[int]:
    """In how many passages a word stands beside each neighbour it would have here; alone, in how many it stands."""
    beside = pairs([*words[max(0, place - 1) : place], word, *words[place + 1 : place + 2]])
    return [searcher.doc_freq("words", term) for term in beside or [word]]


def _one_letter_away(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in string.ascii_lowercase:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


def _spelt(searcher: tantivy.Searcher, words: list[str]) -> str:
    """The words with the tones they have where they stand together."""
    spelt = dict(zip(words, words, strict=True))
    for first, second in pairwise(words):
        pair = Query.term_query(SCHEMA, "words", f"{first}_{second}", "freq")
        for _, address in searcher.search(pair, 1, count=False).hits:
            text = together(searcher.doc(address).get_first("spoken")).split()
            for one, other in pairwise(text):
                if fold(one) == first and fold(other) == second:
                    spelt[first], spelt[second] = one, other
                    break
    return " ".join(spelt[word] for word in words)
