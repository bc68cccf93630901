"""A row of the national database as a procedure with all its parts, none of it saved yet."""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.html import escape

from portal.importing import Refused, text_of
from portal.text import nfc
from procedures.models import (
    CODE,
    DossierGroup,
    DossierItem,
    Fee,
    Level,
    OnlineLevel,
    Procedure,
    ProcedureBasis,
    Result,
    Step,
    SubmissionMethod,
)
from procedures.splitting import tidy
from procedures.splitting.bases import split_bases, split_results
from procedures.splitting.dossier import split_dossier
from procedures.splitting.methods import split_methods
from procedures.splitting.steps import split_steps

LEVELS = {"bộ": Level.MINISTRY, "tỉnh": Level.PROVINCE, "huyện": Level.DISTRICT, "xã": Level.COMMUNE}
_LIST = re.compile(r",\s+(?=[A-ZĐÁÂĂÊÔƠƯÚÝÍỦỤ])")
_AUDIENCE_WITH_COMMA = re.compile(r"(doanh nghiệp|Cán bộ|công chức), (HTX\)|công chức|viên chức)")
_ALTERNATIVE = re.compile(r"(?i)trường hợp|đối với|^th\s?\d")  # other headings sort papers that everybody brings
VERSION = "1"  # of what this module makes of a row; a new one imports every row again


@dataclass
class Imported:
    """A procedure, the names it must be tied to, and its parts in the order in which they are written."""

    procedure: Procedure
    names: dict[str, list[str]]
    parts: list[models.Model] = field(default_factory=list)


def fingerprint(row: dict[str, Any]) -> str:
    text = VERSION + json.dumps(row, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def read(row: dict[str, Any]) -> Imported:
    """Raises Refused when the row names no procedure."""
    code = nfc(text_of(row, "ma_thu_tuc", required=True))
    if not re.fullmatch(CODE, code) or len(code) > 40:
        raise Refused(f"mã thủ tục lạ: {code[:40]}")
    title = " ".join(nfc(text_of(row, "ten_thu_tuc", required=True)).split()).lstrip(".,;:- ")
    if not title:
        raise Refused("thiếu tên thủ tục")
    text = {name: tidy(text_of(row, name)) for name in row if row[name] is None or isinstance(row[name], str)}
    conditions = text.get("yeu_cau_dieu_kien", "")
    procedure = Procedure(
        code=code,
        title=title,
        procedure_type=text.get("loai_thu_tuc", ""),
        levels=_levels(text.get("cap_thuc_hien", "")),
        reception_address=text.get("dia_chi_tiep_nhan", ""),
        conditions=conditions,
        # The database says "no information" where a procedure sets no conditions.
        no_conditions=not conditions and bool(row.get("yeu_cau_dieu_kien")),
        keywords=text.get("tu_khoa", ""),
        body="".join(f"<p>{escape(line)}</p>" for line in text.get("mo_ta", "").splitlines()),
        related_note=_related(text.get("thu_tuc_lien_quan", "")),
        national_uuid=_uuid(text.get("formality_id", "")),
        imported=fingerprint(row),
    )
    imported = Imported(procedure, _names(text))
    _take_apart(imported, text)
    _online(procedure, text.get("detail_url", ""), imported.parts)
    return imported


def _names(text: dict[str, str]) -> dict[str, list[str]]:
    def of(name: str) -> list[str]:
        return list(dict.fromkeys(part.strip(" .") for part in _LIST.split(text.get(name, "")) if part.strip(" .")))

    joined = _AUDIENCE_WITH_COMMA.sub(
        r"\1‚ \2", _AUDIENCE_WITH_COMMA.sub(r"\1‚ \2", text.get("doi_tuong_thuc_hien", ""))
    )
    audiences = [part.replace("‚", ",").strip() for part in joined.split(",") if part.strip()]
    return {
        "field": [text.get("linh_vuc", "")],
        "decision": [text.get("so_quyet_dinh", "").removeprefix("Quyết định số").strip()],
        "audiences": list(dict.fromkeys(audiences)),
        "implementing_agencies": of("co_quan_thuc_hien"),
        "coordinating_agencies": of("co_quan_phoi_hop"),
        "competent_agencies": of("co_quan_co_tham_quyen"),
        "delegated_agency": of("co_quan_duoc_uy_quyen"),
    }


def _take_apart(imported: Imported, text: dict[str, str]) -> None:
    procedure, add = imported.procedure, imported.parts.append
    steps, procedure.steps_note = split_steps(text.get("trinh_tu_thuc_hien", ""))
    for place, step in enumerate(steps):
        add(Step(position=place * 10, case=step.case, title=step.title, body=step.body))
    methods, procedure.methods_note = split_methods(text.get("cach_thuc_thuc_hien", ""))
    for place, row in enumerate(methods):
        method = SubmissionMethod(
            position=place * 10,
            channel=row.channel,
            duration_value=row.value,
            duration_unit=row.unit,
            duration_note=row.note,
            description=row.description,
        )
        add(method)
        if row.fee:
            amount, currency, words, condition, exemptions = row.fee
            add(
                Fee(
                    position=place * 10,
                    method=method,
                    amount=amount,
                    currency=currency,
                    amount_text=words,
                    condition=condition,
                    exemptions=exemptions,
                )
            )
    _papers(imported, text.get("thanh_phan_ho_so", ""))
    bases, procedure.legal_note = split_bases(text.get("can_cu_phap_ly", ""))
    for place, basis in enumerate(bases):
        add(ProcedureBasis(position=place * 10, number=basis.number, name=basis.name))
    for place, result in enumerate(split_results(text.get("ket_qua_xu_ly", ""))):
        add(Result(position=place * 10, name=result.name, code=result.code[:60], note=result.note))


def _papers(imported: Imported, text: str) -> None:
    groups, imported.procedure.dossier_note = split_dossier(text)
    place = 0
    for number, (case, items) in enumerate(groups):
        group = (
            DossierGroup(position=number * 10, case=case, alternative=bool(_ALTERNATIVE.search(case))) if case else None
        )
        imported.parts += [group] if group else []
        for name, form, originals, copies in items:
            place += 10
            item = DossierItem(position=place, group=group, name=name, form_name=form)
            item.originals, item.copies = originals, copies
            imported.parts.append(item)


def _levels(text: str) -> list[str]:
    words = text.lower()
    found = [level.value for word, level in LEVELS.items() if f"cấp {word}" in words]
    return [*found, Level.OTHER.value] if "cơ quan khác" in words else found


def _online(procedure: Procedure, address: str, parts: list[models.Model]) -> None:
    """The database does not say how far a procedure can be done online; that there is such a channel, it does."""
    online = any(isinstance(part, SubmissionMethod) and part.channel == "online" for part in parts)
    if address.startswith("https://dichvucong.gov.vn/"):
        procedure.apply_url = address
        procedure.online_level = OnlineLevel.PART if online else OnlineLevel.INFORMATION


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _related(text: str) -> str:
    return "\n".join(
        dict.fromkeys(part.strip() for part in re.split(r"#?\d?Tên thủ tục\d?|#\d?", text) if part.strip())
    )
