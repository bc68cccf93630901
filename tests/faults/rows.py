"""Rows by the thousand, whatever columns a table has at the moment."""

# A value for every column that must have one.
VALUES = {"bigint": "1", "integer": "1", "boolean": "false", "timestamp with time zone": "now()", "date": "now()"}


def insert(cursor, table: str, source: str, **columns: str) -> None:
    """A row for each row of `source` (what follows FROM); `columns` are expressions, the others get what they need."""
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'"
        " AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    )
    columns = {**{name: VALUES.get(kind, "''") for name, kind in cursor.fetchall()}, **columns}
    names, values = ", ".join(columns), ", ".join(columns.values())
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}")


def insert_category(cursor) -> None:
    insert(cursor, "news_category", "generate_series(1, 1) AS n", id="n", name="'Tin'", slug="'tin'")
