"""What a forger does to the store of a search: every column of every table, and whole tables."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fuzz.damage import DEEP, VICTIM, Damage

__all__ = ["of_store"]

_SQL = {
    "null": None, "text": "x", "empty text": "", "negative": -1, "2**63-1": 2**63 - 1, "huge": 1e308,
    "infinite": float("inf"),
    "blob": b"\xff\xfe", "nested": DEEP, "list": "[]", "object": "{}", "JSON null": "null", "NaN": "NaN",
    "surrogate": '"\\ud800"', "outside": f'"../../../{VICTIM}"', "cut off": '{"a', "400 digits": "9" * 400, "zero": 0,
}  # fmt: skip


def of_store(file: Path) -> list[Damage]:
    """Every column of every table, in all rows and in the first one; whole tables gone."""
    found = []
    with closing(sqlite3.connect(file)) as store:
        named = store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = [name for (name,) in named]
        for table in tables:
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            first = store.execute(f"SELECT min(rowid) FROM {table}").fetchone()[0]
            for way in ("gone", "without rows"):
                sql = f"DROP TABLE {table}" if way == "gone" else f"DELETE FROM {table}"
                found.append(Damage(f"{table} {way}", _asked(sql), True))
            for row, where in (("all", ""), ("first", f" WHERE rowid = {first}")) if first is not None else ():
                for column in columns:
                    sql, at = f"UPDATE {table} SET {column} = ?{where}", f"{table}.{column} {row}"
                    found += [Damage(f"{at} = {way}", _asked(sql, v), True) for way, v in _SQL.items()]
            for key in _keys(store, table, columns):
                sql = f"UPDATE {table} SET value_json = ? WHERE key = '{key}'"
                found += [Damage(f"{table} {key} = {way}", _asked(sql, v), True) for way, v in _SQL.items()]
                found.append(Damage(f"{table} {key} out", _asked(f"DELETE FROM {table} WHERE key = '{key}'"), True))
    return found


def _keys(store: sqlite3.Connection, table: str, columns: list[str]) -> list[str]:
    if not {"key", "value_json"} <= set(columns):
        return []
    return [key for (key,) in store.execute(f"SELECT DISTINCT key FROM {table} ORDER BY key")]


def _asked(sql: str, *values) -> Callable[[Path], None]:
    """A change of the store; what SQLite itself refuses changes nothing."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as store:
            store.execute("PRAGMA ignore_check_constraints = ON")
            try:
                store.execute(sql, values)
                store.commit()
            except sqlite3.Error:
                store.rollback()
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    return change
