"""manage.py import_procedures FILE: procedures of the national database as JSON Lines.

Rows are recognised by their code. A row that is the same as last time changes nothing; one that differs brings its
parts anew, and leaves what only staff write: summary, files, questions, occasions, dates, how far it is online.
"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from portal.importing import BATCH, ImportCommand
from portal.legal_bases import in_library, link_all
from portal.organisation import Agency
from portal.text import normalise_number
from portal.workflow import Status
from procedures import sheet
from procedures.importing import Imported, fingerprint, read
from procedures.models import (
    AnnouncementDecision,
    DossierGroup,
    DossierItem,
    Fee,
    Field,
    OnlineLevel,
    Procedure,
    ProcedureBasis,
    Result,
    Step,
    SubmissionMethod,
)
from procedures.sheet import may_be_public

KINDS = [Step, SubmissionMethod, Fee, DossierGroup, DossierItem, ProcedureBasis, Result]  # referred to before referring
TAKEN_OVER = [
    *("title", "procedure_type", "levels", "reception_address", "conditions", "no_conditions", "steps_note"),
    *("methods_note", "dossier_note", "legal_note", "related_note", "national_uuid", "apply_url", "imported"),
    *("field", "decision", "delegated_agency", "sort_title"),
]
DERIVED = ["parts", "missing", "completeness", "status"]
MANY = ["audiences", "implementing_agencies", "competent_agencies", "coordinating_agencies"]


class Command(ImportCommand):
    help = "Nhập thủ tục hành chính từ tệp JSON Lines của cơ sở dữ liệu quốc gia."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--draft", action="store_true", help="để ở bản nháp, chưa đăng")

    def prepare(self, options: dict[str, Any]) -> None:
        self.known = {procedure.code: procedure for procedure in Procedure.objects.all()}
        self.status = Status.DRAFT if options["draft"] else Status.PUBLISHED
        self.now = timezone.now()
        self.named: dict[tuple[type[models.Model], str], models.Model] = {}
        self.account: Counter[str] = Counter()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        finally:
            self._print_account()
            link_all()
            bases = ProcedureBasis.objects.all()
            tied = bases.exclude(document=None).count()
            self.stdout.write(f"{tied}/{bases.count()} căn cứ pháp lý đã nối với văn bản trên cổng.")

    def build(self, row: dict[str, Any]) -> Procedure | None:
        code = row.get("ma_thu_tuc")
        known = self.known.get(code) if isinstance(code, str) else None
        if known and known.imported == fingerprint(row):
            return None
        imported = read(row)
        self._count(imported)
        self._tie(imported)
        procedure = imported.procedure
        if known:
            for name in TAKEN_OVER:
                setattr(known, name, getattr(procedure, name))
            if known.online_level == OnlineLevel.INFORMATION or not known.apply_url:
                known.online_level = procedure.online_level
            imported.procedure = procedure = known
        else:
            self.known[procedure.code] = procedure
            procedure.status, procedure.published_at = self.status, self.now
        procedure.fill_in()
        procedure.source = imported
        return procedure

    def _tie(self, imported: Imported) -> None:
        """Fields, decisions and agencies by name; new names make new rows."""
        procedure, names = imported.procedure, imported.names
        procedure.field = self._named(Field, names["field"][0] or "Lĩnh vực khác")
        procedure.decision = self._named(AnnouncementDecision, names["decision"][0]) if names["decision"][0] else None
        delegated = names["delegated_agency"]
        procedure.delegated_agency = self._named(Agency, delegated[0]) if delegated else None

    def _named(self, model: type[models.Model], name: str) -> models.Model:
        key = (model, name)
        if key not in self.named:
            if model is AnnouncementDecision:
                found = model.objects.filter(number=name).order_by("pk").first() or model.objects.create(number=name)
            elif model is Agency:
                found = Agency.objects.named(name[:250])
            else:
                found = model.objects.get_or_create(name=name)[0]
            self.named[key] = found
        return self.named[key]

    def _write(self, batch: list[Procedure]) -> None:
        """Procedures, their parts and their history, all or none."""
        with transaction.atomic():
            changed = [procedure for procedure in batch if procedure.pk]
            new = [procedure for procedure in batch if not procedure.pk]
            for kind in reversed(KINDS):
                kind.objects.filter(procedure__in=changed).delete()
            Procedure.objects.bulk_create(new, batch_size=BATCH)
            for procedure in new:
                procedure._prefetched_objects_cache = {"questions": [], "files": []}
            for procedure in changed:
                procedure._prefetched_objects_cache = {}
                procedure.version += 1
            self._write_parts(batch)
            self._write_ties(batch)
            for procedure in batch:
                procedure.updated_at = self.now
                sheet.fill(procedure)
            for procedure in new:
                procedure.status = procedure.status if may_be_public(procedure) else Status.DRAFT
            Procedure.objects.bulk_update(new, DERIVED, batch_size=100)
            rest = [*TAKEN_OVER, *DERIVED, "online_level", "version", "updated_at"]
            Procedure.objects.bulk_update(changed, rest, batch_size=100)
            Procedure.history.bulk_history_create(new, batch_size=BATCH)
            Procedure.history.bulk_history_create(changed, batch_size=BATCH, update=True)

    def _write_parts(self, batch: list[Procedure]) -> None:
        rows: dict[type[models.Model], list[models.Model]] = {kind: [] for kind in KINDS}
        for procedure in batch:
            kept = procedure._prefetched_objects_cache
            kept |= {"steps": [], "methods": [], "fees": [], "dossier_items": [], "legal_bases": [], "results": []}
            for part in procedure.source.parts:
                part.procedure = procedure
                rows[type(part)].append(part)
                kept.setdefault(part._meta.get_field("procedure").remote_field.related_name, []).append(part)
        for basis in rows[ProcedureBasis]:
            basis.number_normalised = normalise_number(basis.number)
            basis.document = self._document(basis.number_normalised)
        for kind in KINDS:
            kind.objects.bulk_create(rows[kind], batch_size=2000)

    def _document(self, number: str) -> models.Model | None:
        key = (ProcedureBasis, number)
        if number and key not in self.named:
            self.named[key] = in_library(ProcedureBasis.library(), number)
        return self.named.get(key)

    def _write_ties(self, batch: list[Procedure]) -> None:
        for name in MANY:
            relation = Procedure._meta.get_field(name)
            through, other = relation.remote_field.through, relation.related_model
            through.objects.filter(procedure__in=batch).delete()
            ties = []
            for procedure in batch:
                rows = [self._named(other, word) for word in procedure.source.names[name]]
                found = list({row.pk: row for row in rows}.values())
                procedure._prefetched_objects_cache[name] = found
                target = relation.m2m_reverse_field_name()
                ties += [through(**{"procedure_id": procedure.pk, f"{target}_id": row.pk}) for row in found]
            through.objects.bulk_create(ties, batch_size=2000)

    def _count(self, imported: Imported) -> None:
        """What the account at the end is made of: of how many procedures each part was there, and was split."""
        procedure, kinds = imported.procedure, Counter(type(part) for part in imported.parts)
        whole = {
            Step: kinds[Step] == 1 and not imported.parts[0].title,
            SubmissionMethod: bool(procedure.methods_note),
            DossierItem: bool(procedure.dossier_note),
            ProcedureBasis: bool(procedure.legal_note),
        }
        for kind in (Step, SubmissionMethod, Fee, DossierItem, ProcedureBasis, Result):
            self.account[kind, "rows"] += kinds[kind]
            self.account[kind, "split"] += bool(kinds[kind]) and not whole.get(kind)
            self.account[kind, "whole"] += bool(whole.get(kind))
        self.account["read"] += 1

    def _print_account(self) -> None:
        read = self.account["read"]
        for kind in (Step, SubmissionMethod, Fee, DossierItem, ProcedureBasis, Result) if read else ():
            name, rows = kind._meta.verbose_name_plural, self.account[kind, "rows"]
            split, whole = self.account[kind, "split"], self.account[kind, "whole"]
            self.stdout.write(
                f"{name}: {split}/{read} thủ tục tách được ({rows} dòng), {whole} còn chữ để nguyên, "
                f"{read - split - whole} không có."
            )
