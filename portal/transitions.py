"""A rule of the database about changes: which status may follow which, whoever writes the row and how."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# A check violation as those of CheckConstraint, so Django raises IntegrityError. What was to appear later and has not
# yet may go back to where it is written.
_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_allowed_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status || '>' || NEW.status = ANY (TG_ARGV)
        OR (OLD.status = 'published' AND NEW.status = 'draft' AND OLD.published_at > now()) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Không chuyển được từ “%” sang “%”.', OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
"""


class AllowedMoves(models.BaseConstraint):
    """A trigger: an update may change `status` only along these pairs. `Publishable.save()` says so in words first."""

    def __init__(self, *, name: str, pairs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.pairs = sorted(pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AllowedMoves) and (self.name, self.pairs) == (other.name, other.pairs)

    def deconstruct(self) -> tuple[str, tuple, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "pairs": self.pairs}

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote, pairs = schema_editor.quote_name, ", ".join(f"'{old}>{new}'" for old, new in self.pairs)
        return (
            f"{_FUNCTION} CREATE TRIGGER {quote(self.name)} BEFORE UPDATE OF status ON {quote(model._meta.db_table)}"
            " FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)"
            f" EXECUTE FUNCTION portal_allowed_moves({pairs})"
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        return f"DROP TRIGGER IF EXISTS {quote(self.name)} ON {quote(model._meta.db_table)}"

    def validate(self, model: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
        """Nothing: what an instance says of itself does not tell where it came from."""
