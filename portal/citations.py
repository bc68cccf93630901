"""Numbers of documents in any text of the site become links.

The kernel does not know documents; an app that holds them offers a function in its module `citations`, which is found
at start-up. Links are made when a page is rendered, because whether a document applies changes with the day.
"""

from collections.abc import Callable

_linkers: list[Callable[[str], str]] = []


class Linked(str):
    """HTML in which the links were made already."""

    __slots__ = ()


def offer(linker: Callable[[str], str]) -> Callable[[str], str]:
    """Registers a function from cleaned HTML to the same HTML with links."""
    _linkers.append(linker)
    return linker


def linked(html: str) -> Linked:
    if not isinstance(html, Linked):
        for linker in _linkers:
            html = linker(html)
    return Linked(html)
