"""The whole procedure as plain lines, and how complete it is.

The lines are kept with the row itself, so that every version in its history holds all its parts, two versions can be
compared, and search finds a passage. The parts required are those of Decree 63/2010/NĐ-CP, article 8.
"""

from collections.abc import Callable

from django.conf import settings

from procedures.models import Procedure

Section = dict[str, object]  # {"heading": str, "lines": [str, …]}


def _steps(procedure: Procedure) -> list[str]:
    steps = procedure.steps.all()
    numbered = [
        f"{step.case}: {text}" if step.case else text
        for number, step in enumerate(steps, start=1)
        for text in [". ".join(filter(None, [f"Bước {number}", step.title, step.actor, step.body]))]
    ]
    return [*numbered, procedure.steps_note]


def _methods(procedure: Procedure) -> list[str]:
    lines = [". ".join(filter(None, [str(m), m.duration_note, m.description])) for m in procedure.methods.all()]
    return [*lines, procedure.methods_note]


def _fees(procedure: Procedure) -> list[str]:
    return [
        ". ".join(
            filter(
                None,
                [
                    fee.method.get_channel_display() if fee.method else "Mọi cách nộp",
                    fee.get_kind_display(),
                    fee.words,
                    fee.condition,
                    f"Miễn, giảm: {fee.exemptions}" if fee.exemptions else "",
                ],
            )
        )
        for fee in procedure.fees.all()
    ]


def _dossier(procedure: Procedure) -> list[str]:
    items = [
        ". ".join(
            filter(
                None,
                [
                    item.group.case if item.group else "",
                    item.name,
                    item.note,
                    item.number_of_copies,
                    f"Mẫu: {item.form_name}" if item.form_name else "",
                ],
            )
        )
        for item in procedure.dossier_items.all()
    ]
    sets = [f"Số lượng: {procedure.number_of_sets} bộ"] if procedure.number_of_sets else []
    return [*sets, *items, procedure.dossier_note]


def _agencies(procedure: Procedure) -> list[str]:
    named = [
        ("Cơ quan thực hiện", procedure.implementing_agencies.all()),
        ("Cơ quan có thẩm quyền", procedure.competent_agencies.all()),
        ("Cơ quan được ủy quyền", [procedure.delegated_agency]),
        ("Cơ quan phối hợp", procedure.coordinating_agencies.all()),
    ]
    lines = [f"{label}: {agency}" for label, agencies in named for agency in agencies if agency]
    return [*lines, f"Địa chỉ tiếp nhận: {procedure.reception_address}" if procedure.reception_address else ""]


def _bases(procedure: Procedure) -> list[str]:
    return [*(f"{basis.number} {basis.name}".strip() for basis in procedure.legal_bases.all()), procedure.legal_note]


SECTIONS: list[tuple[str, Callable[[Procedure], list[str]]]] = [
    ("Trình tự thực hiện", _steps),
    ("Cách thức thực hiện", _methods),
    ("Phí, lệ phí", _fees),
    ("Thành phần hồ sơ", _dossier),
    ("Đối tượng thực hiện", lambda procedure: [audience.name for audience in procedure.audiences.all()]),
    ("Cơ quan", _agencies),
    ("Kết quả thực hiện", lambda procedure: [result.name for result in procedure.results.all()]),
    ("Yêu cầu, điều kiện", lambda procedure: procedure.conditions.splitlines()),
    ("Căn cứ pháp lý", _bases),
    ("Câu hỏi thường gặp", lambda procedure: [f"{q.question} {q.answer}" for q in procedure.questions.all()]),
]

# What the decree asks of every procedure; forms, fees and conditions may be said not to exist.
REQUIRED: dict[str, tuple[str, Callable[[Procedure], bool]]] = {
    "ten": ("tên thủ tục", lambda p: bool(p.title)),
    "trinh-tu": ("trình tự thực hiện", lambda p: bool(p.steps.all() or p.steps_note)),
    "cach-thuc": ("cách thức thực hiện", lambda p: bool(p.methods.all() or p.methods_note)),
    "ho-so": ("thành phần hồ sơ", lambda p: bool(p.dossier_items.all() or p.dossier_note)),
    "so-bo": ("số lượng hồ sơ", lambda p: bool(p.number_of_sets)),
    "thoi-han": ("thời hạn giải quyết", lambda p: any(m.duration or m.duration_note for m in p.methods.all())),
    "doi-tuong": ("đối tượng thực hiện", lambda p: bool(p.audiences.all())),
    "co-quan": ("cơ quan thực hiện", lambda p: bool(p.implementing_agencies.all() or p.competent_agencies.all())),
    "ket-qua": ("kết quả thực hiện", lambda p: bool(p.results.all())),
    "mau-don": (
        "mẫu đơn, tờ khai",
        lambda p: p.no_forms or any(i.form_id or i.form_name for i in p.dossier_items.all()) or bool(p.files.all()),
    ),
    "le-phi": ("phí, lệ phí", lambda p: bool(p.fees.all())),
    "dieu-kien": ("yêu cầu, điều kiện", lambda p: p.no_conditions or bool(p.conditions)),
    "can-cu": ("căn cứ pháp lý", lambda p: bool(p.legal_bases.all() or p.legal_note)),
}
# Everything the sheet is made of, in a handful of queries for many procedures.
PREFETCH = [
    "steps",
    "methods",
    "fees__method",
    "dossier_items__group",
    "audiences",
    "implementing_agencies",
    "competent_agencies",
    "coordinating_agencies",
    "results",
    "legal_bases",
    "questions",
    "files",
]


def sections(procedure: Procedure) -> list[Section]:
    made = [(heading, [line for line in lines(procedure) if line]) for heading, lines in SECTIONS]
    return [{"heading": heading, "lines": lines} for heading, lines in made if lines]


def missing(procedure: Procedure) -> list[str]:
    """The keys of the required parts that are not filled."""
    return [key for key, (_, filled) in REQUIRED.items() if not filled(procedure)]


def may_be_public(procedure: Procedure) -> bool:
    """Whether enough of the required parts are filled for the limit that the department set."""
    return procedure.completeness >= settings.PROCEDURE_COMPLETENESS


def names(keys: list[str]) -> list[str]:
    return [REQUIRED[key][0] for key in keys if key in REQUIRED]


def fill(procedure: Procedure) -> None:
    """Brings the kept lines and the completeness up to date, without saving."""
    procedure.parts = sections(procedure)
    procedure.missing = missing(procedure)
    procedure.completeness = round(100 * (len(REQUIRED) - len(procedure.missing)) / len(REQUIRED))


KEPT = ["parts", "missing", "completeness"]


def measure(procedure: Procedure) -> None:
    """Reads the parts from the database into the procedure in memory: lines, completeness, what is missing."""
    complete = Procedure.objects.prefetch_related(*PREFETCH).get(pk=procedure.pk)
    fill(complete)
    for name in KEPT:
        setattr(procedure, name, getattr(complete, name))


def refresh(procedure: Procedure) -> None:
    """After the parts were saved: in the row, and in the version just written, which describes the same moment."""
    measure(procedure)
    values = {name: getattr(procedure, name) for name in KEPT}
    Procedure.objects.filter(pk=procedure.pk).update(**values)
    latest = procedure.history.order_by("-history_date", "-history_id").values("pk")[:1]
    procedure.history.model.objects.filter(pk__in=latest).update(**values)
