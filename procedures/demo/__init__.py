"""Demonstration procedures: true codes, names and facts of the national database, told in our own words."""

import json
from pathlib import Path
from typing import Any

from portal.organisation import Agency
from portal.workflow import Status
from procedures import sheet
from procedures.models import (
    AnnouncementDecision,
    Audience,
    DossierGroup,
    DossierItem,
    Fee,
    Field,
    LifeEvent,
    Procedure,
    ProcedureBasis,
    ProcedureFile,
    Question,
    Result,
    Step,
    SubmissionMethod,
)

HERE = Path(__file__).parent


def load() -> None:
    """Loads into a site without procedures and fields."""
    if Field.objects.exists() or Procedure.objects.exists():
        return
    headings = json.loads((HERE / "classification.json").read_text())
    for position, row in enumerate(headings["fields"], start=1):
        Field.objects.create(position=position * 10, **row)
    for position, name in enumerate(headings["events"], start=1):
        LifeEvent.objects.create(position=position * 10, name=name)
    rows = [json.loads(line) for line in (HERE / "procedures.jsonl").read_text().splitlines() if line.strip()]
    made = {row["code"]: _procedure(row) for row in rows}
    for row in rows:
        made[row["code"]].related.set(made[code] for code in row.get("related", []))


def _procedure(row: dict[str, Any]) -> Procedure:
    procedure = Procedure.objects.create(
        code=row["code"],
        title=row["title"],
        summary=row["summary"],
        field=Field.objects.get(name=row["field"]),
        decision=AnnouncementDecision.objects.get_or_create(number=row["decision"])[0],
        levels=row["levels"],
        apply_url=row["apply_url"],
        online_level=_online_level(row),
        number_of_sets=row.get("sets"),
        conditions=row.get("conditions", ""),
        no_conditions=row.get("no_conditions", False),
        dossier_note=row.get("dossier_note", ""),
        methods_note=row.get("methods_note", ""),
        status=Status.PUBLISHED,
    )
    procedure.audiences.set(Audience.objects.get_or_create(name=name)[0] for name in row["audiences"])
    procedure.life_events.set(LifeEvent.objects.filter(name__in=row["events"]))
    procedure.implementing_agencies.add(Agency.objects.named(row["agency"]))
    _parts(procedure, row)
    forms = {paper: _form(procedure, paper, name) for paper, name in row.get("files", {}).items()}
    _papers(procedure, row["papers"], forms)
    sheet.refresh(procedure)
    return procedure


def _online_level(row: dict[str, Any]) -> str:
    online = any(method[0] == "online" for method in row["methods"])
    return row.get("online") or ("mot-phan" if online and row["apply_url"] else "thong-tin")


def _parts(procedure: Procedure, row: dict[str, Any]) -> None:
    for place, (title, actor, body) in enumerate(row["steps"]):
        Step.objects.create(procedure=procedure, position=place * 10, title=title, actor=actor, body=body)
    for place, (channel, value, unit, *note) in enumerate(row["methods"]):
        SubmissionMethod.objects.create(
            procedure=procedure,
            position=place * 10,
            channel=channel,
            duration_value=value,
            duration_unit=unit,
            duration_note=note[0] if note else "",
        )
    if row.get("free"):
        Fee.objects.create(procedure=procedure, amount=0)
    for amount, kind, condition, exemptions in row.get("fees", []):
        Fee.objects.create(procedure=procedure, amount=amount, kind=kind, condition=condition, exemptions=exemptions)
    for place, name in enumerate(row["results"]):
        Result.objects.create(procedure=procedure, position=place * 10, name=name)
    for place, (number, name) in enumerate(row["bases"]):
        ProcedureBasis.objects.create(procedure=procedure, position=place * 10, number=number, name=name)
    for place, (question, answer) in enumerate(row.get("faqs", [])):
        Question.objects.create(procedure=procedure, position=place * 10, question=question, answer=answer)


def _form(procedure: Procedure, title: str, name: str) -> ProcedureFile:
    form = ProcedureFile(procedure=procedure, title=title)
    with (HERE / "files" / name).open("rb") as upload:
        form.take_in(upload, name)
    form.save()
    return form


def _papers(procedure: Procedure, groups: list, forms: dict[str, ProcedureFile]) -> None:
    for number, (case, items) in enumerate(groups):
        group = None
        if case:
            everybody = case.startswith("Giấy tờ của")
            group = DossierGroup.objects.create(
                procedure=procedure, position=number * 10, case=case, alternative=not everybody
            )
        for place, (name, note, originals, copies, form) in enumerate(items):
            DossierItem.objects.create(
                procedure=procedure,
                group=group,
                position=number * 1000 + place * 10,
                name=name,
                note=note,
                originals=originals,
                copies=copies,
                form_name=form,
                form=forms.get(name),
            )
