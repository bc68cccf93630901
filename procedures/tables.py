"""The table that staff take out of the admin and bring back: one procedure a row, as CSV or XLSX."""

from typing import Any

from import_export import fields, resources
from import_export.formats.base_formats import CSV, XLSX
from import_export.widgets import ForeignKeyWidget, ManyToManyWidget

from portal.spreadsheets import safe_cell
from procedures.models import Audience, Field, Procedure

FORMATS = [CSV, XLSX]


class ProcedureTable(resources.ModelResource):
    field = fields.Field("field", "lĩnh vực", ForeignKeyWidget(Field, "name"))
    audiences = fields.Field("audiences", "đối tượng", ManyToManyWidget(Audience, separator=";", field="name"))
    levels = fields.Field("levels", "cấp")

    class Meta:
        model = Procedure
        import_id_fields = ["code"]
        fields = (
            *("code", "title", "field", "summary", "levels", "audiences", "procedure_type", "online_level"),
            *(
                "apply_url",
                "number_of_sets",
                "conditions",
                "keywords",
                "announced_on",
                "effective_from",
                "abolished_on",
            ),
        )
        export_order = fields
        skip_unchanged = True
        use_bulk = False

    def dehydrate_levels(self, procedure: Procedure) -> str:
        return ";".join(procedure.levels)

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """Cells come back with the mark that keeps a spreadsheet from running them."""
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("'") and safe_cell(value[1:]) == value:
                row[name] = value[1:]
        row["cấp"] = [level.strip() for level in str(row.get("cấp") or "").split(";") if level.strip()]

    def export_resource(self, instance: Procedure, *args: Any, **kwargs: Any) -> list[Any]:
        return [safe_cell(cell) for cell in super().export_resource(instance, *args, **kwargs)]
