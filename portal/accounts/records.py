"""The record of every write of staff, with before and after, to look at only (portal/records.py keeps it)."""

from typing import Any

from auditlog.models import LogEntry as Record
from django.contrib import admin
from django.utils.html import format_html_join

from portal.editorial.readonly_admin import ReadOnlyAdmin

admin.site.unregister(Record)  # the package's own page speaks English only


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    ACTIONS = {Record.Action.CREATE: "thêm", Record.Action.UPDATE: "sửa", Record.Action.DELETE: "xóa"}
    list_display = ["at", "by", "action_name", "kind", "what", "differences"]
    fields = ["at", "by", "action_name", "kind", "what", "address", "differences"]
    list_select_related = ["actor", "content_type"]
    search_fields = ["object_repr", "actor__username"]
    date_hierarchy = "timestamp"

    @admin.display(description="lúc", ordering="timestamp")
    def at(self, record: Record) -> Any:
        return record.timestamp

    @admin.display(description="người làm", ordering="actor")
    def by(self, record: Record) -> Any:
        return record.actor

    @admin.display(description="việc", ordering="action")
    def action_name(self, record: Record) -> str:
        return self.ACTIONS.get(record.action, "")

    @admin.display(description="loại", ordering="content_type")
    def kind(self, record: Record) -> str:
        return record.content_type.name

    @admin.display(description="mục", ordering="object_repr")
    def what(self, record: Record) -> str:
        return record.object_repr

    @admin.display(description="từ máy")
    def address(self, record: Record) -> str:
        return record.remote_addr or ""

    @admin.display(description="trước → sau")
    def differences(self, record: Record) -> str:
        told = [(self._label(record, name), *_before_and_after(told)) for name, told in record.changes_dict.items()]
        return format_html_join("; ", "<b>{}</b>: {} → {}", told)

    def _label(self, record: Record, name: str) -> str:
        """The field as its form calls it, while there is one."""
        model = record.content_type.model_class()
        fields = {field.name: field for field in model._meta.get_fields()} if model else {}
        return str(getattr(fields.get(name), "verbose_name", name))


def _before_and_after(told: Any) -> tuple[str, str]:
    """A field's two values, shortened; of a set, what was taken out and what was put in."""
    if isinstance(told, dict):
        listed = ", ".join(map(str, told.get("objects", [])))
        return ("", listed) if told.get("operation") == "add" else (listed, "")
    before, after = ("" if value in (None, "None") else str(value)[:200] for value in told)
    return before or "(trống)", after or "(trống)"
