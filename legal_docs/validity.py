"""Whether a legal document applies on a day. The only place that derives it, for one page and for every list.

It is an expression for the database, so that a list of thousands can be filtered by it. What is not known is said to be
unknown: a document without a first day is never called in force, and one replaced on an unknown day no longer is.
"""

from datetime import date

from django.db import models
from django.db.models import Case, CharField, DateField, Exists, OuterRef, Q, Value, When

from legal_docs.relations import ENDING, PAUSING, Relation


class Validity(models.TextChoices):
    IN_FORCE = "in-force", "Còn hiệu lực"
    PARTLY = "partly", "Hết hiệu lực một phần"
    EXPIRED = "expired", "Hết hiệu lực"
    NOT_YET = "not-yet", "Chưa có hiệu lực"
    SUSPENDED = "suspended", "Tạm ngưng hiệu lực"
    UNKNOWN = "unknown", "Chưa rõ hiệu lực"


# What an editor may state against the dates. "Not yet" follows from dates alone, so that no day leads back to it.
STATED = [choice for choice in Validity.choices if choice[0] != Validity.NOT_YET]


def validity_on(day: date) -> Case:
    """One value of Validity for each document. The first case that holds decides."""
    on_day = Value(day, DateField())
    acts = Relation.objects.that_count().filter(target=OuterRef("pk"))
    endings, pauses = acts.filter(kind__in=ENDING), acts.filter(kind__in=PAUSING, provisions="")
    pauses = pauses.filter(Q(effective_until=None) | Q(effective_until__gt=on_day))
    undated = (
        (endings | pauses).filter(starts=None).filter(Q(source__issued_on=None) | Q(source__issued_on__lte=on_day))
    )
    ended = Q(effective_to__lte=on_day, expired_part="") | Exists(endings.filter(provisions="", starts__lte=on_day))
    ended_in_part = Q(effective_to__lte=on_day) | Exists(endings.filter(starts__lte=on_day))
    return Case(
        When(stated_from__lte=on_day, then="stated_validity"),
        When(ended, then=Value(Validity.EXPIRED)),
        When(effective_from__gt=on_day, then=Value(Validity.NOT_YET)),
        When(Q(effective_from=None) | Exists(undated), then=Value(Validity.UNKNOWN)),
        When(Exists(pauses.filter(starts__lte=on_day)), then=Value(Validity.SUSPENDED)),
        When(ended_in_part, then=Value(Validity.PARTLY)),
        default=Value(Validity.IN_FORCE),
        output_field=CharField(),
    )
