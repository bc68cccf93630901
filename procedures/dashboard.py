"""What of procedures needs somebody, on the admin's first page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.desk.dashboard import ROWS, Panel, panel
from portal.legal_bases import kinds
from procedures import sheet
from procedures.models import Procedure


@panel(50)
def expired_bases(request: HttpRequest) -> Panel | None:
    """Of whatever app. The count needs one query for each kind of basis."""
    if not request.user.has_perm("procedures.view_procedure"):
        return None
    address = reverse("admin:procedures_changed_bases")
    gone = [model.objects.gone(timezone.localdate()) for model in kinds()]
    rows = [(str(basis), address, "đã hết hiệu lực hoặc tạm ngưng") for bases in gone for basis in bases[:ROWS]][:ROWS]
    total = sum(bases.count() for bases in gone)
    return Panel("Căn cứ pháp lý hết hiệu lực", rows, total, "Mọi căn cứ đều còn hiệu lực.", address)


@panel(60)
def incomplete(request: HttpRequest) -> Panel | None:
    if not request.user.has_perm("procedures.view_procedure"):
        return None
    lacking = Procedure.objects.published().filter(completeness__lt=100).order_by("completeness", "pk")
    rows = [
        (
            procedure.title,
            reverse("admin:procedures_procedure_change", args=[procedure.pk]),
            f"{procedure.completeness}%, thiếu {', '.join(sheet.names(procedure.missing)).lower()}",
        )
        for procedure in lacking.only("pk", "title", "completeness", "missing")[:ROWS]
    ]
    address = reverse("admin:procedures_completeness")
    return Panel("Thủ tục chưa đầy đủ", rows, lacking.count(), "Mọi thủ tục đang đăng đều đủ phần.", address)
