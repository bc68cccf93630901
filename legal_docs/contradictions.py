"""Facts about a document that cannot all be true: told to the editor on saving, and listed in a report."""

from collections import defaultdict

from django.db.models import F, Q

from legal_docs.models import Document, Relation
from legal_docs.relations import ENDING, Kind
from legal_docs.validity import Validity


def of(document: Document) -> list[str]:
    """In words, for the editor; empty when everything agrees."""
    found = _of_dates(document)
    endings = document.acted_on_by.dated().filter(kind__in=ENDING, provisions="").select_related("source__doc_type")
    for relation in endings:
        found += _of_ending(document, relation)
    if circle := _circles().get(document.pk):
        names = {item.pk: item.name for item in Document.objects.filter(pk__in=circle).select_related("doc_type")}
        found.append("Thay thế lẫn nhau thành vòng: " + " → ".join(names[pk] for pk in circle) + ".")
    return found


def _of_dates(document: Document) -> list[str]:
    starts, ends, issued = document.effective_from, document.effective_to, document.issued_on
    found = []
    if starts and ends and ends < starts:
        found.append(f"Ngày hết hiệu lực {ends:%d/%m/%Y} đứng trước ngày có hiệu lực {starts:%d/%m/%Y}.")
    if issued and ends and ends < issued:
        found.append(f"Ngày hết hiệu lực {ends:%d/%m/%Y} đứng trước ngày ban hành {issued:%d/%m/%Y}.")
    return found


def _of_ending(document: Document, relation: Relation) -> list[str]:
    by, starts, found = relation.source, relation.starts, []
    still = document.stated_validity in (Validity.IN_FORCE, Validity.PARTLY, Validity.SUSPENDED)
    if still and starts and document.stated_from:
        said = document.get_stated_validity_display()
        found.append(f"Đang ghi “{said}” dù {by.name} đã chấm dứt từ {starts:%d/%m/%Y}.")
    if starts and document.effective_to and not document.expired_part and document.effective_to > starts:
        found.append(
            f"Ngày hết hiệu lực ghi {document.effective_to:%d/%m/%Y}, nhưng {by.name} đã chấm dứt từ {starts:%d/%m/%Y}."
        )
    if by.issued_on and document.issued_on and by.issued_on < document.issued_on:
        found.append(f"{by.name} ban hành trước văn bản này nên không thể chấm dứt nó.")
    return found


def _circles() -> dict[int, list[int]]:
    """Each document that replaces itself in the end, with the way round. One question; edges are few."""
    after: dict[int, list[int]] = defaultdict(list)
    for source, target in Relation.objects.filter(kind=Kind.REPLACES, provisions="").values_list("source", "target"):
        after[source].append(target)
    circles: dict[int, list[int]] = {}
    done: set[int] = set()
    for start in list(after):
        path: list[int] = []
        waiting = [(start, 0)]
        while waiting:
            here, depth = waiting.pop()
            del path[depth:]
            if here in path:
                ring = [*path[path.index(here) :], here]
                circles |= {pk: ring for pk in ring if pk not in circles}
            elif here not in done:
                path.append(here)
                waiting += [(following, depth + 1) for following in after.get(here, [])]
        done |= set(path) if start not in circles else set()
        done.add(start)
    return circles


def report() -> list[tuple[Document, list[str]]]:
    """Every document with a contradiction, for the report; only suspects are looked at closely."""
    by_dates = Q(effective_to__lt=F("effective_from")) | Q(effective_to__lt=F("issued_on"))
    ended = Relation.objects.dated().filter(kind__in=ENDING, provisions="")
    too_late = ended.filter(
        Q(target__effective_to__gt=F("starts"), target__expired_part="")
        | Q(source__issued_on__lt=F("target__issued_on"))
        | ~Q(target__stated_validity="")
    )
    suspects = Q(pk__in=too_late.values("target")) | Q(pk__in=list(_circles()))
    documents = Document.objects.filter(by_dates | suspects).select_related("doc_type").defer("body").order_by("pk")
    return [(document, told) for document in documents if (told := of(document))]
