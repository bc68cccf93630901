"""A procedure as a reader needs it: what concerns my case, what it costs by each way, when the result comes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.functions import JSONObject

from portal.text import fold
from portal.working_days import due_on, next_working_day
from procedures.models import DossierItem, Fee, Procedure, Question, Result, SubmissionMethod

ROLES = ["Cơ quan thực hiện", "Cơ quan có thẩm quyền", "Cơ quan phối hợp"]


def with_details(procedures: QuerySet) -> QuerySet:
    """What hangs on the row in small numbers, fetched with it in one query."""
    results = Result.objects.filter(procedure=OuterRef("pk"))
    questions = Question.objects.filter(procedure=OuterRef("pk"))
    return procedures.select_related("field", "decision", "abolished_by", "delegated_agency").annotate(
        audience_names=ArrayAgg("audiences__name", distinct=True, default=Value([])),
        result_rows=ArraySubquery(results.values(row=JSONObject(name="name", note="note", sample="sample_id"))),
        question_rows=ArraySubquery(questions.values(row=JSONObject(question="question", answer="answer"))),
    )


def agencies(procedure: Procedure) -> list[tuple[str, list[Any]]]:
    """Role and agencies, in one query, each with what it is called today."""
    relations = [procedure.implementing_agencies, procedure.competent_agencies, procedure.coordinating_agencies]
    parts = [
        relation.order_by().values("name", "successor__name").annotate(role=Value(number))
        for number, relation in enumerate(relations)
    ]
    rows = list(parts[0].union(*parts[1:], all=True))
    if procedure.delegated_agency:
        rows.append({"name": procedure.delegated_agency.name, "successor__name": None, "role": len(ROLES)})
    labels = [*ROLES, "Cơ quan được ủy quyền"]
    grouped = [(label, [row for row in rows if row["role"] == number]) for number, label in enumerate(labels)]
    return [(label, found) for label, found in grouped if found]


def is_ours(agencies: list[tuple[str, list[Any]]], name: str) -> bool:
    """Whether the department's own counter takes the papers: it does so itself, or nobody else is named."""
    performers = next((rows for label, rows in agencies if label == ROLES[0]), [])
    return not agencies or any(name in (row["name"], row["successor__name"]) for row in performers)


def ways(methods: list[SubmissionMethod], fees: list[Fee]) -> list[dict[str, Any]]:
    """Each way to apply with its fees. Ways that say the same are told once, with their names together."""
    made: list[dict[str, Any]] = []
    for method in methods:
        own = [fee for fee in fees if fee.method_id in (None, method.pk)]
        way = {
            "time": method.duration or method.duration_note,
            "note": method.duration_note if method.duration else "",
            "fees": [(fee.get_kind_display(), fee.words, fee.condition) for fee in own],
            "exemptions": list(dict.fromkeys(fee.exemptions for fee in own if fee.exemptions)),
            "description": method.description,
        }
        same = next((other for other in made if all(other[key] == way[key] for key in way)), None)
        if same:
            same["channels"].append(method.get_channel_display())
        else:
            made.append({**way, "channels": [method.get_channel_display()], "method": method})
    return made


def facts(procedure: Procedure, methods: list[SubmissionMethod], fees: list[Fee], results: list[dict]) -> list[dict]:
    """The four answers at the top: how long, how much, how far online, what one gets."""
    times = list(dict.fromkeys(method.duration for method in methods if method.duration))
    costs = list(dict.fromkeys(_brief(fee) for fee in fees))
    online = {"toan-trinh": "không phải đến quầy", "mot-phan": "có bước làm tại quầy"}.get(procedure.online_level, "")
    made = [
        ("Thời hạn", times[:1], f"hoặc {times[1]}, tùy cách nộp" if len(times) > 1 else "từ ngày nhận đủ hồ sơ"),
        ("Phí, lệ phí", costs[:1], "và mức khác, xem bảng dưới" if len(costs) > 1 else ""),
        ("Làm trên mạng", [procedure.get_online_level_display()], online),
        ("Kết quả", [_cut(result["name"]) for result in results[:1]], "và kết quả khác" if len(results) > 1 else ""),
    ]
    return [{"label": label, "value": value[0], "note": note} for label, value, note in made if value]


def _brief(fee: Fee) -> str:
    return fee.words if len(fee.words) <= 40 else "Xem chi tiết"


def _cut(text: str, longest: int = 90) -> str:
    return text if len(text) <= longest else text[:longest].rsplit(" ", 1)[0] + " …"


def cases(items: list[DossierItem], chosen: str) -> tuple[list[dict], list[dict[str, Any]]]:
    """The cases to choose from, and the papers by case: all of them, or what concerns the chosen one."""
    groups: dict[int | None, dict[str, Any]] = {}
    for item in items:
        label = item.group.case if item.group else ""
        group = groups.setdefault(item.group_id, {"case": label, "items": [], "position": _position(item)})
        group["alternative"] = item.group is not None and item.group.alternative
        group["items"].append(item)
    ordered = sorted(groups.values(), key=lambda group: group["position"])
    special = [group for group in ordered if group["alternative"]]
    for number, group in enumerate(special, start=1):
        group["number"] = str(number)
    numbers = {group["number"] for group in special}
    shown = [
        group for group in ordered if not group["alternative"] or chosen not in numbers or group["number"] == chosen
    ]
    choices = [{"value": g["number"], "label": _cut(g["case"], 160), "chosen": g["number"] == chosen} for g in special]
    return (choices if len(choices) > 1 else []), shown


def _position(item: DossierItem) -> tuple[int, int]:
    return (item.group.position + 1, item.group_id) if item.group else (-1, 0)


def due_dates(methods: list[SubmissionMethod], applied_on: date) -> dict[str, Any]:
    """When the result comes if one applies on a day, for each different time."""
    known = [method for method in methods if method.duration_value is not None and method.duration_unit]
    rows: dict[str, dict[str, Any]] = {}
    for method in known:
        due = due_on(applied_on, method.duration_value, method.duration_unit)
        row = rows.setdefault(method.duration, {"time": method.duration, "due": due, "channels": []})
        row["channels"] = list(dict.fromkeys([*row["channels"], method.get_channel_display()]))
    return {"applied_on": applied_on, "received_on": next_working_day(applied_on), "rows": list(rows.values())}


def forms(items: Iterable[DossierItem], files: list) -> list[dict[str, Any]]:
    """The forms to fill in: files of ours, then names of those that only the national portal has."""
    ours = [{"title": file.title, "file": file} for file in files]
    held = {fold(file.title) for file in files}
    names = dict.fromkeys(item.form_name for item in items if item.form_name and not item.form_id)
    return ours + [{"title": name, "file": None} for name in names if fold(name.rsplit(".", 1)[0]) not in held]
