"""The table that staff take out of the admin and bring back: one procedure a row, as CSV or XLSX."""

from typing import Any

from import_export.results import RowResult

from portal.columns import ChoiceWidget, DayWidget, NamedWidget, NumberWidget, SeveralNamedWidget, Table, column
from procedures import sheet
from procedures.models import Audience, Field, Level, OnlineLevel, Procedure


class ProcedureTable(Table):
    """A row is recognised by its code. What a procedure is made of (steps, papers, fees) stays in its own form."""

    code = column("code", "Mã thủ tục")
    title = column("title", "Tên thủ tục")
    field = column("field", "Lĩnh vực", NamedWidget(Field))
    summary = column("summary", "Tóm tắt")
    levels = column("levels", "Cấp thực hiện", ChoiceWidget(Level, several=True))
    audiences = column("audiences", "Đối tượng", SeveralNamedWidget(Audience))
    procedure_type = column("procedure_type", "Loại thủ tục")
    online_level = column(
        "online_level", "Mức độ trực tuyến", ChoiceWidget(OnlineLevel), default=OnlineLevel.INFORMATION.value
    )
    apply_url = column("apply_url", "Nơi nộp trực tuyến")
    number_of_sets = column("number_of_sets", "Số bộ hồ sơ", NumberWidget())
    conditions = column("conditions", "Yêu cầu, điều kiện")
    keywords = column("keywords", "Từ khóa")
    announced_on = column("announced_on", "Ngày công bố", DayWidget())
    effective_from = column("effective_from", "Có hiệu lực từ", DayWidget())
    abolished_on = column("abolished_on", "Bãi bỏ từ", DayWidget())

    class Meta:
        model = Procedure
        fields = (
            *("code", "title", "field", "summary", "levels", "audiences", "procedure_type", "online_level"),
            *("apply_url", "number_of_sets", "conditions", "keywords"),
            *("announced_on", "effective_from", "abolished_on"),
        )
        import_id_fields = ("code",)

    def after_import_row(self, row: dict[str, Any], row_result: RowResult, **kwargs: Any) -> None:
        """The kept lines and the completeness follow, as after every other way of saving."""
        if row_result.instance and row_result.instance.pk and not row_result.errors:
            sheet.refresh(row_result.instance)
