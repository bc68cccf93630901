"""Demonstration policies: what the law says, in words for those it concerns."""

import json
from pathlib import Path

from django.apps import apps

from policies.models import Policy, PolicyBasis, Topic
from portal.workflow import Status

HERE = Path(__file__).parent


def load() -> None:
    """Loads into a site without topics."""
    if Topic.objects.exists():
        return
    for position, row in enumerate(json.loads((HERE / "topics.json").read_text()), start=1):
        Topic.objects.create(position=position * 10, **row)
    for line in (HERE / "policies.jsonl").read_text().splitlines():
        if line.strip():
            row = json.loads(line)
            bases = row.pop("bases")
            topic = Topic.objects.get(slug=row.pop("topic"))
            row.pop("procedures")
            policy = Policy.objects.create(topic=topic, status=Status.PUBLISHED, **row)
            for position, (number, name, issued_on) in enumerate(bases):
                PolicyBasis.objects.create(
                    policy=policy, position=position * 10, number=number, name=name, issued_on=issued_on
                )


def link() -> None:
    """Once every app has loaded: the procedures that lead to what a policy grants, by their codes."""
    procedures = apps.get_model("procedures", "Procedure").objects
    for line in (HERE / "policies.jsonl").read_text().splitlines():
        row = json.loads(line)
        policy = Policy.objects.filter(title=row["title"]).first()
        if policy and not policy.procedures.exists():
            policy.procedures.set(procedures.filter(code__in=row["procedures"]))
