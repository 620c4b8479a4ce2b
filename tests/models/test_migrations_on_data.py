"""Each migration, up and down, on tables with rows: columns of both revisions keep their values."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    inspect,
    select,
    text,
    types,
)

from config.settings import get_settings
from tests.conftest import ROOT, Servers
from web import create_app

Rows = dict[str, list[dict[str, Any]]]

_ALLOWED = re.compile(r"(\w+)\)?(?:::text)? = ANY \(\(?ARRAY\['([^']+)'")
# Tables that triggers or Alembic write.
_IGNORED = {"alembic_version", "statistic_deltas"}
# References without a foreign key.
_REFERENCES = {"steps.run_id": text("SELECT max(id) FROM runs")}
# Tables with one row at most, and columns of which one row at most may have another value.
_SINGLE = {"statistic_states"}
# A photo in one part has one before and after. A rating is within its range.
_UNIQUE_VALUES: dict[str, dict[str, Any]] = {
    "triage_models": {"active": False},
    "photo_originals": {"part": 0},
    "ratings": {"stars": 3},
    # Of a user or of a request.
    "push_subscriptions": {"request_id": None},
}


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "models" / "migrations"))
    found = ScriptDirectory.from_config(config).walk_revisions()
    return ["base", *reversed([script.revision for script in found])]


REVISIONS = _revisions()


class MigratedDatabase:
    """A separate database, and the commands that migrate it."""

    def __init__(self, engine: Engine, app: Flask) -> None:
        self.engine = engine
        self._app = app

    def migrate(self, revision: str) -> None:
        done = self.try_to("downgrade" if self._is_newer_than(revision) else "upgrade", revision)
        assert done.exit_code == 0, (revision, done.output, done.exception)

    def try_to(self, command: str, revision: str) -> Any:
        words = ["db", command, "--directory", str(ROOT / "models" / "migrations"), revision]
        return self._app.test_cli_runner().invoke(args=words)

    def revision(self) -> str:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return "base"
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return str(found) if found else "base"

    def _is_newer_than(self, revision: str) -> bool:
        return REVISIONS.index(self.revision()) > REVISIONS.index(revision)

    def tables(self) -> dict[str, Table]:
        metadata = MetaData()
        metadata.reflect(self.engine)
        return {t.name: t for t in metadata.sorted_tables if t.name not in _IGNORED}

    def fill(self, number: int) -> None:
        """One more row in every table; the rows refer to each other."""
        with self.engine.begin() as connection:
            for table in self.tables().values():
                if not (table.name in _SINGLE and _rows(connection, table)):
                    connection.execute(table.insert().values(_row(connection, table, number)))

    def read(self) -> Rows:
        with self.engine.connect() as connection:
            return {name: _rows(connection, table) for name, table in self.tables().items()}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]


def _row(connection: Connection, table: Table, number: int) -> dict[str, Any]:
    checks = [check["sqltext"] for check in inspect(connection).get_check_constraints(table.name)]
    allowed = dict(found for check in checks for found in _ALLOWED.findall(check))
    values = {
        column.name: allowed.get(column.name) or _value(connection, column, number)
        for column in table.columns
        if column.identity is None and not column.computed
    }
    fixed = _UNIQUE_VALUES.get(table.name, {})
    return values | {name: fixed[name] for name in fixed.keys() & values.keys()}


def _value(connection: Connection, column: Column[Any], number: int) -> Any:
    if (referenced := _REFERENCES.get(str(column))) is not None:
        return connection.execute(referenced).scalar()
    for key in column.foreign_keys:
        return connection.execute(select(key.column).order_by(key.column.desc())).scalar()
    samples: list[tuple[type[types.TypeEngine[Any]], Any]] = [
        (types.Boolean, True),
        (types.DateTime, datetime(2026, 11, 23, 8, number, tzinfo=UTC)),
        (types.Date, date(2026, 11, 23)),
        (types.LargeBinary, f"{column.name} {number}".encode()),
        (types.Float, 0.5),
        (types.Numeric, 1),
        (types.Integer, number),
        (types.JSON, {"from": [column.name, number]}),
        (types.String, f"누수 {column.name} {number}"),
    ]
    return next(value for kind, value in samples if isinstance(column.type, kind))


@pytest.fixture
def database(servers: Servers) -> Iterator[MigratedDatabase]:
    name = f"migrated_{uuid4().hex[:8]}"
    settings = get_settings()
    url = settings.database_url.rpartition("/")[0]
    owner = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(f"{url}/{name}")
    app = create_app(settings.model_copy(update={"database_url": f"{url}/{name}"}))
    yield MigratedDatabase(engine, app)
    engine.dispose()
    with owner.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    owner.dispose()


def _assert_unchanged(before: Rows, after: Rows, *, but: Callable[[str, str], bool]) -> None:
    """Every row is unchanged in the tables and columns that both revisions have."""
    for name in before.keys() & after.keys():
        assert len(after[name]) == len(before[name]), name
        for old, new in zip(before[name], after[name], strict=True):
            both = {c for c in old.keys() & new.keys() if not but(name, c)}
            assert {c: old[c] for c in both} == {c: new[c] for c in both}, name


def _may_change(table: str, column: str) -> bool:
    """Computed from other columns, in a form that depends on the revision; or emptied on purpose."""
    return (table, column) in {("search_texts", "jamo"), ("photos", "filename")}


def test_every_migration_keeps_the_rows_up_and_down(database: MigratedDatabase) -> None:
    for number, (older, newer) in enumerate(pairwise(REVISIONS), 1):
        before = database.read()
        database.migrate(newer)
        _assert_unchanged(before, database.read(), but=_may_change)
        database.fill(number)
        full = database.read()
        assert all(full.values()), newer
        database.migrate(older)
        assert database.revision() == older
        back = database.read()
        _assert_unchanged(full, back, but=_may_change)
        assert before.keys() == back.keys(), f"{newer} leaves tables behind"
        database.migrate(newer)
        _assert_unchanged(back, database.read(), but=_may_change)
        database.fill(number + 30)
    full = database.read()
    for older in reversed(REVISIONS[:-1]):
        database.migrate(older)
        _assert_unchanged(full, database.read(), but=_may_change)
    assert database.read() == {}
    database.migrate(REVISIONS[-1])


def test_a_migration_that_does_not_get_its_lock_gives_up_and_changes_nothing(
    database: MigratedDatabase,
) -> None:
    """0005 changes the table of requests. While it waits for the lock, all other calls would wait
    too."""
    database.migrate("0004")
    with database.engine.begin() as holder:
        holder.execute(text("LOCK TABLE maintenance_requests IN ROW EXCLUSIVE MODE"))
        done = database.try_to("upgrade", "0005")
    assert done.exit_code != 0
    assert "lock timeout" in str(done.exception)
    assert database.revision() == "0004"
    database.migrate("0005")


def test_the_time_limits_of_a_migration(database: MigratedDatabase) -> None:
    """The second of two releases waits for the first without a limit, but not for a table's lock."""
    settings: list[tuple[str, ...]] = []

    def note(connection: Connection, cursor: Any, statement: str, *_rest: Any) -> None:
        if "pg_advisory_lock" in statement or statement.lstrip().startswith("CREATE TABLE users"):
            cursor.execute(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
            )
            settings.append(cursor.fetchone())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        database.migrate("0001")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert settings == [("0", "30min"), ("10s", "30min")]


def test_what_was_done_outside_a_transaction_is_done_again(database: MigratedDatabase) -> None:
    """As where the upgrade was cut off before its end was written down."""
    database.migrate("0031")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0030'"))
        connection.execute(text("DROP INDEX ix_maintenance_requests_assignee"))
    database.migrate("0031")
    with database.engine.connect() as connection:
        names = {one["name"] for one in inspect(connection).get_indexes("maintenance_requests")}
    assert "ix_maintenance_requests_assignee" in names
    assert not {name for name in names if name and name.endswith("_new")}
