"""Edits that make the author's own operation do a change in its safe form."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.fixes.arguments import remove_argument, remove_given
from backend_architect.fixes.calls import add_keyword, append_positional
from backend_architect.schema.actions import Rebuild
from backend_architect.schema.alembic_operations import PARAMETERS, TABLES
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    DetachPartition,
    DropIndex,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.migrations.alembic_calls import Calls
    from backend_architect.migrations.alembic_site import Site
    from backend_architect.schema.changes import Effect

_KEYWORDS: Final = {
    "create_index": ("postgresql_concurrently", "if_not_exists"),
    "drop_index": ("postgresql_concurrently", "if_exists"),
    "create_foreign_key": ("postgresql_not_valid",),
    "create_check_constraint": ("postgresql_not_valid",),
}
"""What makes an operation safe; the guard stands behind what it guards."""


def is_own(was: Effect, becomes: Effect) -> bool:
    """Whether a change is the author's in another form, so that the author's text may say it."""
    match was, becomes:
        case AddIndex(), AddIndex():
            return was.index.kind == becomes.index.kind == "index" and was.table == becomes.table
        case AddColumn(), AddColumn():
            return was.column.name == becomes.column.name
        case (AddForeignKey(), AddForeignKey()) | (AddCheck(), AddCheck()):
            return True
        case (DropIndex(), DropIndex()) | (DetachPartition(), DetachPartition()) | (Rebuild(), Rebuild()):
            return True
        case _:
            return was == becomes


def own_edits(site: Site, was: Effect, becomes: Effect, calls: Calls) -> list[Edit]:
    """The edits that make the operation say the new form.

    Raises:
        UnwritableError: it is not known how.
    """
    if was == becomes:
        return []
    if site.operation.name == "execute":
        return [*_in_sql(site, was, becomes, calls)]
    if isinstance(was, AddColumn) and isinstance(becomes, AddColumn):
        return [*_in_column(site, was, becomes)]
    wanted, *guards = _KEYWORDS.get(site.operation.name, ("",))
    if not wanted or _given_by_stars(site.call):
        raise UnwritableError(f"{site.operation.name} has no safe form of its own")
    given = [wanted, *(guards if calls.guarded else [])]
    return [*_name_edits(site, becomes, calls), *_with_keywords(site, given)]


def _given_by_stars(call: ast.Call) -> bool:
    return any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    )


def _with_keywords(site: Site, names: list[str]) -> Iterator[Edit]:
    first, *rest = [_sure(add_keyword(site.call, name, "True", site.file.at)) for name in names]
    item = f"{names[0]}=True"
    for name, one in zip(names[1:], rest, strict=True):
        if one.span != first.span:
            yield one
        else:
            # Behind the last argument they share a place; one edit there keeps their order.
            before, _, behind = first.text.partition(item)
            lines = before.rpartition("\n")
            gap = f"{site.file.style.newline}{lines[2]}" if lines[1] else " "
            first = replace(first, text=f"{before}{item},{gap}{name}=True{behind}")
    yield first


def _name_edits(site: Site, becomes: Effect, calls: Calls) -> Iterator[Edit]:
    """The edit that names a constraint that had no name."""
    name = name_of(becomes)
    node = site.file.at.argument(site.call, 0, "constraint_name")
    if isinstance(node, ast.Constant) and node.value is None and name:
        text = calls.checked_name(name) if isinstance(becomes, AddCheck) else calls.constraint_name(name)
        yield site.file.at.edit(*site.file.at.range_of(node), text)


def name_of(change: Effect) -> str:
    """The name of what a change makes; empty where it has none."""
    match change:
        case AddIndex(index=one):
            return one.name
        case AddForeignKey(key=one):
            return one.name
        case AddCheck(check=one):
            return one.name
        case _:
            return ""


def _sure(edit: Edit | None) -> Edit:
    if edit is None:
        raise UnwritableError("a comment stands where the operation must change")
    return edit


# Columns


def column_call(site: Site) -> ast.Call:
    """The `sa.Column(...)` of an operation that adds a column.

    Raises:
        UnwritableError: it is not written there.
    """
    position = 0 if site.around.batch is not None else 1
    node = site.file.at.argument(site.call, position, "column")
    if not isinstance(node, ast.Call) or _given_by_stars(node):
        raise UnwritableError("the column is not written where it is added")
    return node


def _in_column(site: Site, was: AddColumn, becomes: AddColumn) -> Iterator[Edit]:
    column, at = column_call(site), site.file.at
    if becomes.column.nullable and not was.column.nullable:
        yield _sure(add_keyword(column, "nullable", "True", at))
    if was.column.default is not None and becomes.column.default is None:
        yield _sure(remove_argument(column, "server_default", at))


def without(site: Site, change: Effect) -> list[Edit]:
    """The edits that take what a column brings along out of it.

    Raises:
        UnwritableError: it cannot be told apart.
    """
    if site.operation.name != "add_column":
        raise UnwritableError("the operation does more than this")
    column, at = column_call(site), site.file.at
    if any(one.arg == "inline_references" for one in site.call.keywords):
        raise UnwritableError("the column is told to bring its foreign key along")
    match change:
        case AddForeignKey():
            return [_sure(remove_given(column, part(column, "ForeignKey", site), at))]
        case AddCheck():
            return [_sure(remove_given(column, part(column, "CheckConstraint", site), at))]
        case AddIndex(index=index):
            keywords = ["index"] if index.kind == "index" else []
            keywords += ["unique"] if index.unique else []
            return [_sure(remove_argument(column, one, at)) for one in keywords]
        case _:
            raise UnwritableError("the operation does more than this")


def part(column: ast.Call, name: str, site: Site) -> ast.Call:
    """The one call of a name among the arguments of a column.

    Raises:
        UnwritableError: there is not one.
    """
    found = [
        one
        for one in column.args
        if isinstance(one, ast.Call) and site.file.at.source_of(one.func).rpartition(".")[2] == name
    ]
    if len(found) != 1:
        raise UnwritableError(f"the column has not one {name}")
    return found[0]


# SQL


def _in_sql(site: Site, was: Effect, becomes: Effect, calls: Calls) -> Iterator[Edit]:
    """The edits of the statement that is run."""
    text = _Sql(site)
    match becomes:
        case AddIndex(index=index):
            guard = " IF NOT EXISTS" if calls.guarded and index.name and becomes.unless_exists else ""
            if re.search(r"\bIF\s+NOT\s+EXISTS\b", text.value, re.IGNORECASE):
                guard = ""
            yield text.behind(r"\bINDEX\b", f" CONCURRENTLY{guard}")
        case DropIndex():
            yield text.behind(r"\bINDEX\b", " CONCURRENTLY")
        case Rebuild():
            yield text.behind(r"\b(?:INDEX|TABLE|SCHEMA|DATABASE|VIEW)\b", " CONCURRENTLY")
        case DetachPartition():
            yield text.behind(r"[^\s;](?=[\s;]*\Z)", " CONCURRENTLY")
        case AddForeignKey() | AddCheck():
            if not re.search(r"\bADD\s+(?:CONSTRAINT|FOREIGN|CHECK)\b", text.value, re.IGNORECASE):
                raise UnwritableError("the constraint is part of a column")
            if not name_of(was):
                yield text.behind(r"\bADD\b", f" CONSTRAINT {name_of(becomes)}")
            yield text.behind(r"[^\s;](?=[\s;]*\Z)", " NOT VALID")
        case _:
            raise UnwritableError("the statement has no safe form of its own")


class _Sql:
    """The one string of a statement that is run, with the places of its characters."""

    def __init__(self, site: Site) -> None:
        node = site.call.args[0] if site.call.args else None
        if isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            raise UnwritableError("the statement is not a string that is written out")
        self._site = site
        self._characters = site.file.at.view.string(node).characters()
        self.value = "".join(one for one, _, _ in self._characters)

    def behind(self, pattern: str, words: str) -> Edit:
        """The edit that puts words behind the first match of a pattern, in its case."""
        if "--" in self.value or "/*" in self.value:
            raise UnwritableError("comments stand in the statement")
        found = re.search(pattern, self.value, re.IGNORECASE)
        if found is None:
            raise UnwritableError("the statement cannot be read")
        _, _, place = self._characters[found.end() - 1]
        is_lower = re.match(r"\s*[a-z]", self.value) is not None
        return self._site.file.at.edit(place, place, _lowered(words) if is_lower else words)


def _lowered(words: str) -> str:
    return re.sub(
        r"\b(?:CONCURRENTLY|IF NOT EXISTS|NOT VALID|CONSTRAINT)\b", lambda one: one[0].lower(), words
    )


# Batches


def out_of_batch(site: Site, calls: Calls) -> list[Edit]:
    """The edits that make an operation of a batch one that names its table itself.

    Raises:
        UnwritableError: it is not certain how the table is given.
    """
    batch, file = site.around.batch, site.file
    if batch is None or not isinstance(site.call.func, ast.Attribute) or _given_by_stars(site.call):
        return []
    context = batch.items[0].context_expr
    table = file.at.argument(context, 0, "table_name") if isinstance(context, ast.Call) else None
    schema = file.at.argument(context, None, "schema") if isinstance(context, ast.Call) else None
    in_schema = schema is not None and not (isinstance(schema, ast.Constant) and schema.value is None)
    parameters = PARAMETERS.get(site.operation.name, ())
    name = next((one for one in parameters if one in TABLES), None)
    if table is None or name is None or in_schema:
        raise UnwritableError("the operation cannot leave its batch")
    place, written = parameters.index(name), file.at.source_of(table)
    variable = file.at.source_of(site.call.func.value)
    edits = [
        file.at.edit(*file.at.range_of(one), calls.op)
        for one in ast.walk(site.call)
        if isinstance(one, ast.Name) and one.id == variable
    ]
    if len(site.call.args) > place:
        start, _ = file.at.range_of(site.call.args[place])
        return [*edits, file.at.edit(start, start, f"{written}, ")]
    if len(site.call.args) == place:
        return [*edits, _sure(append_positional(site.call, written, file.at))]
    raise UnwritableError("the operation cannot leave its batch")
