"""CREATE TABLE statements that declare no primary key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.sql.query import Query
from backend_architect.sql.spans import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from backend_architect.sql.query import QueryPlace

KEYS = {
    "postgres": "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "mysql": "id bigint AUTO_INCREMENT PRIMARY KEY",
    "sqlite": "id integer PRIMARY KEY",
    "tsql": "id bigint IDENTITY PRIMARY KEY",
    "oracle": "id number GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}
"""The column that the fix adds, by dialect. Other dialects have no primary keys that are enforced."""

_REASON = "The table gets a column that it did not have, and readers of `SELECT *` see it."


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look at statements that list the columns of a table which stays."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    text = query.text.upper()
    if query.dialect not in KEYS or "CREATE" not in text or "TABLE" not in text:
        return
    create = query.tree
    if (
        not isinstance(create, exp.Create)
        or create.kind != "TABLE"
        or not isinstance(create.this, exp.Schema)
    ):
        return
    if query.holes or create.expression is not None or _elsewhere(create):
        return
    columns = [column for column in create.this.expressions if isinstance(column, exp.ColumnDef)]
    table = create.this.this
    if (
        not columns
        or create.find(exp.PrimaryKey, exp.PrimaryKeyColumnConstraint)
        or at.look(_name(table)) is not None
    ):
        return
    message = f"nothing tells two equal rows of `{table.name}` apart: the table has no primary key"
    yield at.finding(query.locate(*span(table, query.parsed)), message, _fix(columns, query))


def _elsewhere(create: exp.Create) -> bool:
    """Whether the table takes its columns from another one, or does not stay."""
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    kinds = (exp.TemporaryProperty, exp.LikeProperty, exp.PartitionedOfProperty, exp.InheritsProperty)
    return create.find(*kinds) is not None


def _name(table: exp.Expr) -> str:
    quoted = table.this.args.get("quoted")
    return table.name if quoted else table.name.lower()


def _fix(columns: list[exp.ColumnDef], query: Query) -> Fix | None:
    if any(column.name.lower() == "id" for column in columns):
        return None
    first = span(columns[0], query.parsed)[0]
    before = query.text[query.text.rindex("(", 0, first) : first]
    indent = before[before.rfind("\n") + 1 :] if "\n" in before else None
    key = KEYS[query.dialect]
    edit = query.replace(first, first, f"{key}, " if indent is None else f"{key},\n{indent}")
    if edit is None:
        return None
    return Fix("Add an identity column as primary key", "unsafe", _REASON, lambda: [edit])
