"""Figures and the targets they are held to: benchmarks and trials of faults tell theirs in one form.

Such a module has TARGETS, {label: "≥ 0.85"} (the label may be a pattern, see fnmatch), and a function that returns its
figures, {label: number}, nested as it likes: {"away": {"stale": 3}} is labelled "away: stale".
"""

import json
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

_MEANT = {"≥": operator.ge, "≤": operator.le, "=": operator.eq}


@dataclass
class Figure:
    label: str
    value: float
    target: str = ""

    @property
    def missed(self) -> bool:
        if not self.target:
            return False
        sign, bound = self.target.split()
        return not _MEANT[sign](self.value, float(bound))

    def __str__(self) -> str:
        held = f"{self.target:>10}  {'MISSED' if self.missed else 'met'}" if self.target else ""
        return f"  {self.label:<66} {self.value:>12,.3f} {held}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "missed": self.missed}


def judged(figures: Mapping[str, Any], targets: Mapping[str, str]) -> list[Figure]:
    """Every number with its target. A target that no figure answers to is an error: it would never be missed."""
    found = []
    for label, value in _flat(figures):
        target = next((target for name, target in targets.items() if fnmatchcase(label, name)), "")
        found.append(Figure(label, round(value, 4), target))
    for name in targets:
        if not any(fnmatchcase(figure.label, name) for figure in found):
            raise LookupError(f"nothing was measured for: {name}")
    return found


def _flat(figures: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}: ")
        elif isinstance(value, int | float):  # lists and words are for whoever runs the module by itself
            yield f"{above}{name}", float(value)


def main(measure: Callable[[], Mapping[str, Any]], targets: Mapping[str, str]) -> int:
    """For a module that runs by itself: prints the figures as a table and as JSON; 1 when a target was missed."""
    figures = judged(measure(), targets)
    sys.stdout.write("\n".join(map(str, figures)) + "\n")
    sys.stdout.write(json.dumps([figure.as_dict() for figure in figures], ensure_ascii=False) + "\n")
    return 1 if any(figure.missed for figure in figures) else 0
