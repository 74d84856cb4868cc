"""Querying a database that is made for one case: reading alone, with few functions and limits on all."""

import sqlite3
import time
from typing import Any

from waymark.engines.jail.limits import ROWS, SOURCE_BYTES

_ACTIONS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_NO_FUNCTIONS = frozenset(
    {"printf", "format", "zeroblob", "randomblob", "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}
    | {"sqlite_log", "sqlite_source_id", "sqlite_compileoption_get", "sqlite_compileoption_used"}
)
"""printf makes a text of any length in one step, where no handler looks at the clock."""

_NO_TABLES = ("sqlite_", "pragma_", "dbstat", "bytecode", "tables_used", "fsdir", "zipfile")
_CELL = 1_000_000
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: _CELL,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: SOURCE_BYTES["sql"],
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


def query(source: str, tables: dict[str, Any], cpu_seconds: float) -> dict[str, Any]:
    """Return the columns and rows that a query gives on tables; raise sqlite3.Error or ValueError where it gives none.

    All cases of a job together may take 3/4 of its processor time.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for name, table in tables.items():
            _fill(connection, name, table)
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(lambda: time.process_time() > 0.75 * cpu_seconds, 10_000)
        cursor = connection.execute(source)
        if cursor.description is None:
            raise ValueError("it is no query")
        rows = cursor.fetchmany(ROWS + 1)
        if len(rows) > ROWS:
            raise ValueError(f"it gives more than {ROWS:,} rows")
        return {"columns": [column[0] for column in cursor.description], "rows": [list(row) for row in rows]}
    finally:
        connection.close()


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fill(connection: sqlite3.Connection, name: str, table: dict[str, Any]) -> None:
    columns = ", ".join(map(_quote, table["columns"]))
    connection.execute(f"CREATE TABLE {_quote(name)} ({columns})")
    marks = ", ".join("?" * len(table["columns"]))
    connection.executemany(f"INSERT INTO {_quote(name)} VALUES ({marks})", table["rows"])  # noqa: S608  quoted


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Allow reading and plain functions; a name of a table that is not ours is one that the query itself makes."""
    allowed = action in _ACTIONS
    if action == sqlite3.SQLITE_READ:
        allowed = not (first or "").lower().startswith(_NO_TABLES)
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in _NO_FUNCTIONS
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY
