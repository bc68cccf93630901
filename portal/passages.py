"""What a content type hands to search: its passages, and what its results can be narrowed by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from portal.richtext import plain

LONGEST_FILE = 200_000  # characters of a file that are searched
_PIECE = 3000


@dataclass(frozen=True)
class Passage:
    """A part of a page that can answer a question by itself; the first of an object stands for the whole.

    `anchor` is its place on the page, empty for the top. `weight` raises or lowers it among its equals, in units of the
    ranking's score (portal/search/ranking.py): a heading asked for word by word is worth about 3.
    """

    anchor: str
    heading: str
    text: str
    weight: float = 0.0


@dataclass(frozen=True)
class Facets:
    """`outdated` things stand behind what replaced them. `numbers` are those it is known by ("Nghị định
    145/2020/NĐ-CP", "1.001193"). `ages` is true where newer is better, as with news."""

    fields: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    year: int = 0
    outdated: bool = False
    numbers: tuple[str, ...] = ()
    ages: bool = False


class Searchable:
    """The part of a content type that search asks. Subclasses say more."""

    search_label = ""  # of its tab among the results

    def search_line(self) -> str:
        """What stands above the title in a result, after the kind: a number, a code, a category."""
        return ""

    def search_status(self) -> TextChoices | None:
        """Whether it applies today, where that can be said; the day of publication is shown of the others."""
        return None

    def search_day(self) -> date | None:
        """Its own day, by which results are put in order of time; that of publication where it has none."""
        return None

    def passages(self) -> Iterator[Passage]:
        yield Passage("", self.title, f"{self.summary}\n{plain(self.body)}")
        yield from self.file_passages()

    def file_passages(self) -> Iterator[Passage]:
        """The text inside the attached files, in pieces of about a page."""
        for attachment in getattr(self, "files", self._meta.model._base_manager.none()).all():
            text = attachment.text[:LONGEST_FILE]
            for start in range(0, max(1, len(text)), _PIECE):
                yield Passage("tep", attachment.title, text[start : start + _PIECE], weight=-0.5)

    def facets(self) -> Facets:
        return Facets(year=self.published_at.year if self.published_at else 0)

    @classmethod
    def statuses(cls, day: date) -> dict[int, str]:
        """The status of each object on a day, where it changes with the days."""
        return {}
