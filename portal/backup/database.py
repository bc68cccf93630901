"""The database as a dump in PostgreSQL's custom format, as a fingerprint, and back in one transaction.

The programs come with the embedded server, also for an outside one: they are newer than any server they meet.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn

from portal.embedded_postgres.server import PROGRAMS

Fingerprint = dict[str, list[int]]  # table → rows and a sum over all of them; sequence → its number

# Whatever the server is set to, a row reads the same.
_SAME_TEXT = "SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'"
# Servers before PostgreSQL 17 do not know it, and it says only what is true anyway.
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
# What triggers call; those of extensions are not ours to drop.
_OWN_FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


class Failed(Exception):
    """One of PostgreSQL's programs could not do it; the message is what it said."""


def parameters(**other: Any) -> dict[str, Any]:
    """How to reach the database, for psycopg2; `other` names another one on the same server."""
    known = {"dbname", "user", "password", "host", "port", "connect_timeout", "options", "sslmode", "sslrootcert"}
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name in known} | other


def connect(**other: Any) -> Connection:
    return psycopg2.connect(**parameters(**other))


@contextmanager
def snapshot() -> Iterator[tuple[Connection, str]]:
    """A moment of the database that the dump and the fingerprint share, whatever is written meanwhile."""
    with closing(connect()) as reader:
        reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with reader.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield reader, cursor.fetchone()[0]


def dump(path: Path, moment: str) -> None:
    """Raises Failed."""
    options = ["--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges", "--no-tablespaces"]
    _run("pg_dump", *options, f"--snapshot={moment}", f"--file={path}", f"--dbname={_address()}")


def data_as_text() -> Iterator[bytes]:
    """Every row of every table, line by line. Raises Failed."""
    process = _start("pg_dump", "--data-only", f"--dbname={_address()}", stdout=subprocess.PIPE)
    yield from process.stdout
    _finish(process, "pg_dump")


def restore(path: Path, **other: Any) -> None:
    """Replaces every table and trigger in one transaction: it ends as the dump says, or as it was. Raises Failed."""
    with closing(connect(**other)) as there, there.cursor() as cursor:
        tables = sql.SQL(", ").join(map(sql.Identifier, _tables(cursor)))
        begin = sql.SQL("DROP TABLE {} CASCADE;\n").format(tables).as_string(there) if tables.seq else ""
        cursor.execute(_OWN_FUNCTIONS)
        begin += "".join(f"DROP FUNCTION {signature};\n" for (signature,) in cursor.fetchall())
    script = _start("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path), stdout=subprocess.PIPE)
    quiet = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--dbname={_address(**other)}"]
    target = _start("psql", *quiet, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        with target.stdin as sink:
            sink.write(begin.encode())
            for line in script.stdout:
                if line == _UNKNOWN_BEFORE_17:
                    break
                sink.write(line)
            shutil.copyfileobj(script.stdout, sink, 2**20)
            # Without this line psql would commit what it got of a script that broke off.
            if script.wait():
                sink.write(b"ROLLBACK;\nSELECT 1/0;\n")
    except BrokenPipeError:
        script.kill()  # psql has stopped, and says why
    _finish(target, "psql")
    _finish(script, "pg_restore")


def fingerprint(database: Connection) -> Fingerprint:
    """Tells two databases apart by any value of any row, whatever order the rows lie in."""
    found: Fingerprint = {}
    with database.cursor() as cursor:
        cursor.execute(_SAME_TEXT)
        for table in _tables(cursor):
            cursor.execute(sql.SQL(_SUM).format(sql.Identifier(table)))
            found[table] = [int(number) for number in cursor.fetchone()]
        cursor.execute("SELECT sequencename, COALESCE(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'")
        found |= {name: [number] for name, number in cursor.fetchall()}
    return found


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return _tables(cursor)


def _tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [name for (name,) in cursor.fetchall()]


def _address(**other: Any) -> str:
    """For PostgreSQL's programs; the password goes another way, since everybody may read a command line."""
    return make_dsn(**{name: value for name, value in parameters(**other).items() if name != "password"})


def _start(program: str, *arguments: str, **streams: Any) -> subprocess.Popen:
    environ = {"PATH": os.defpath, "PGPASSWORD": str(parameters().get("password") or ""), "HOME": "/nonexistent"}
    return subprocess.Popen([PROGRAMS / program, *arguments], env=environ, stderr=subprocess.PIPE, **streams)


def _finish(process: subprocess.Popen, program: str) -> None:
    said = process.stderr.read().decode(errors="replace").strip()
    process.stderr.close()
    if process.wait():
        raise Failed(f"{program}: {said}")


def _run(program: str, *arguments: str) -> None:
    _finish(_start(program, *arguments), program)


_SUM = "SELECT count(*), COALESCE(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM {} AS t"
