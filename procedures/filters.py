"""What a list of procedures is narrowed to, read from its address; the counts beside each choice."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Left
from django.http import QueryDict
from django.utils import timezone

from portal.changes import until_change
from portal.organisation import Agency
from portal.readership import most_viewed
from portal.text import fold, nfc
from procedures.models import Audience, Field, Force, Level, LifeEvent, OnlineLevel, Procedure, ProcedureQuerySet

Option = dict[str, Any]  # value, label, count
# Parameter of the address → label, and the lookup it narrows by.
GROUPS = {
    "linh-vuc": ("Lĩnh vực", "field__slug__in"),
    "doi-tuong": ("Dành cho", "audiences__slug__in"),
    "su-kien": ("Sự kiện", "life_events__slug__in"),
    "cap": ("Cấp thực hiện", "levels__overlap"),
    "co-quan": ("Cơ quan thực hiện", "implementing_agencies__slug__in"),
    "muc-do": ("Mức độ trực tuyến", "online_level__in"),
    "hieu-luc": ("Hiệu lực", "force_on_day__in"),
}
ORDERS = {"ten": "Theo tên", "xem": "Xem nhiều", "moi": "Mới cập nhật"}
NAMES = (*GROUPS, "q", "chu", "xep")  # all parameters
_MOST = 20  # values of one group that an address may name


@dataclass
class Filters:
    query: str = ""
    letter: str = ""
    order: str = "ten"
    chosen: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, get: QueryDict) -> "Filters":
        """Names and values that mean nothing are passed over."""
        chosen = {name: [nfc(value)[:140] for value in get.getlist(name)[:_MOST] if value] for name in GROUPS}
        known = options()
        for name, values in chosen.items():
            allowed = {option["value"] for option in known[name]}
            chosen[name] = [value for value in dict.fromkeys(values) if value in allowed]
        letter = fold(get.get("chu", ""))[:1].upper()
        return cls(
            query=" ".join(nfc(get.get("q", "")).split())[:200],
            letter=letter if letter.isascii() and letter.isalpha() else "",
            order=get.get("xep") if get.get("xep") in ORDERS else "ten",
            chosen={name: values for name, values in chosen.items() if values},
        )

    def apply(self, procedures: ProcedureQuerySet) -> QuerySet:
        if "hieu-luc" in self.chosen:
            procedures = procedures.with_force(timezone.localdate())
        for name, values in self.chosen.items():
            # One row may match several values of a group; a subquery keeps it once.
            procedures = procedures.filter(Q(**{GROUPS[name][1]: values}))
        if self.query:
            by_words = procedures.matching(self.query).values("pk")
            procedures = procedures.filter(Q(pk__in=by_words) | Q(code__startswith=self.query))
        if self.letter:
            procedures = procedures.filter(sort_title__startswith=self.letter.lower())
        several = {"doi-tuong", "su-kien", "co-quan"} & set(self.chosen)
        if several:
            procedures = Procedure.objects.filter(pk__in=procedures.order_by().values("pk"))
        if self.order == "xem":
            return most_viewed(procedures)
        return procedures.order_by(*(["-updated_at", "-pk"] if self.order == "moi" else ["sort_title", "pk"]))

    def pairs(self) -> list[tuple[str, str]]:
        named = [(name, value) for name, values in self.chosen.items() for value in values]
        single = [("q", self.query), ("chu", self.letter), ("xep", self.order if self.order != "ten" else "")]
        return named + [(name, value) for name, value in single if value]

    def address(self, without: tuple[str, str] | None = None, **instead: str) -> str:
        """The query string of this list, without one condition or with another value of one."""
        pairs = [pair for pair in self.pairs() if pair != without and pair[0] not in instead]
        pairs += [(name, value) for name, value in instead.items() if value]
        return f"?{urlencode(pairs)}" if pairs else "?"

    def chips(self) -> list[dict[str, str]]:
        """The conditions in words, each with the address of the list without it."""
        known = options()
        chips = []
        for name, value in self.pairs():
            labels = {option["value"]: option["label"] for option in known.get(name, [])}
            label = labels.get(value) or {"q": f"“{value}”", "chu": f"Vần {value}"}.get(name)
            if label:
                chips.append({"label": label, "url": self.address(without=(name, value))})
        return chips

    def groups(self) -> list[dict[str, Any]]:
        known = options()
        return [
            {
                "name": name,
                "label": label,
                "chosen": self.chosen.get(name, []),
                "options": [
                    {**option, "checked": option["value"] in self.chosen.get(name, [])} for option in known[name]
                ],
            }
            for name, (label, _) in GROUPS.items()
            if known[name]
        ]


@until_change
def options() -> dict[str, list[Option]]:
    """Every choice that leads somewhere, with how many published procedures it has."""
    shown = Procedure.objects.published()
    today = timezone.localdate()
    return {
        "linh-vuc": _related(Field, "procedures"),
        "doi-tuong": _related(Audience, "procedures"),
        "su-kien": _related(LifeEvent, "procedures"),
        "cap": [
            {"value": value, "label": label, "count": count}
            for value, label in Level.choices
            if (count := shown.filter(levels__contains=[value]).count())
        ],
        "co-quan": _related(Agency, "procedures"),
        "muc-do": _choices(shown, "online_level", OnlineLevel),
        "hieu-luc": _choices(shown.with_force(today), "force_on_day", Force),
    }


def _related(model: type, name: str) -> list[Option]:
    published = Procedure.objects.published().values("pk")
    counted = model.objects.annotate(count=Count(name, filter=Q(**{f"{name}__in": published}))).filter(count__gt=0)
    rows = sorted(
        counted.values("name", "slug", "count", "position"), key=lambda row: (row["position"], fold(row["name"]))
    )
    return [{"value": row["slug"], "label": row["name"], "count": row["count"]} for row in rows]


def _choices(procedures: QuerySet, name: str, labels: Any) -> list[Option]:
    counts = dict(procedures.order_by().values_list(name).annotate(Count("pk")))
    return [
        {"value": value, "label": label, "count": counts[value]} for value, label in labels.choices if value in counts
    ]


@until_change
def often_viewed() -> list[Procedure]:
    """The few that most citizens come for; empty until somebody has come."""
    return list(most_viewed(Procedure.objects.published()).filter(views_lately__gt=0).only("title", "code")[:4])


@until_change
def letters() -> list[str]:
    first = Procedure.objects.published().order_by().values_list(Left("sort_title", 1), flat=True).distinct()
    return sorted(letter.upper() for letter in first if letter.isalpha())
