"""The advice of missing indexes for the queries of a project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.advice.merging import Merged, merged
from backend_architect.advice.parents import needs_of_parents
from backend_architect.advice.plans import Need, needs_of
from backend_architect.advice.texts import near, reason_of
from backend_architect.schema import quoting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.queries.shapes import QueryShape, Rewrite
    from backend_architect.schema.model import Index, IndexPart, Origin, Schema

_LONGEST = 63
"""Bytes of a name in PostgreSQL 15 (NAMEDATALEN)."""
_FUNCTION = re.compile(r"[a-z_][\w.]*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Advice:
    """A missing index, and the queries that it serves."""

    table: str
    index: Index
    """Without a name."""
    columns: tuple[str, ...]
    """As CREATE INDEX writes them: `created_at DESC`, `lower(email)`, `name text_pattern_ops`."""
    using: str
    where: str
    """The predicate of a partial index; empty for a full one."""
    sql: str
    """The statement that makes it; empty where the index is there and only the query hides its column."""
    reason: str
    queries: tuple[Origin, ...]
    rewrite: str | None
    """The statement as it must be written for the index to help; None if it may stay."""
    near: str
    """The name of an index of the table that nearly does; empty if none does."""
    often: bool
    """Whether one of the queries stands in a loop, answers requests, or waits for a cascade."""
    needs: tuple[Need, ...]
    extension: str = ""
    """The extension that must be installed."""


def advice_for(shapes: Iterable[QueryShape], schema: Schema) -> list[Advice]:
    """What the queries lack, as few indexes as possible, by table.

    For other databases than PostgreSQL, only what all of them have: indexes of columns, without a predicate.
    """
    return advice_of(needs_for(shapes, schema), schema)


def needs_for(shapes: Iterable[QueryShape], schema: Schema) -> Iterator[Need]:
    """What each of the queries lacks."""
    for shape in shapes:
        yield from needs_of(shape, schema)
        yield from needs_of_parents(shape, schema)


def advice_of(needs: Iterable[Need], schema: Schema) -> list[Advice]:
    """The indexes that serve all needs of the queries of a schema, as few as possible, by table."""
    found = sorted((_advice(one) for one in merged(needs)), key=lambda one: (one.table, one.columns))
    return found if schema.dialect in {"postgres", "redshift"} else [one for one in found if _is_common(one)]


def _is_common(advice: Advice) -> bool:
    """Whether every database has an index like this."""
    parts = advice.index.parts
    plain = all(part.column is not None and not part.opclass and not part.nulls for part in parts)
    return plain and not advice.where and advice.using == "btree" and advice.rewrite is None


def _advice(one: Merged) -> Advice:
    index, table = one.candidate.index, one.needs[0].wanted.table
    columns = tuple(written(part) for part in index.parts)
    exists = index in table.indexes
    trigrams = any("trgm" in part.opclass for part in index.parts)
    return Advice(
        table=table.name,
        index=index,
        columns=columns,
        using=index.using,
        where=index.where,
        sql="" if exists else statement(index, table.name, {other.name for other in table.indexes}),
        reason=reason_of(one),
        queries=tuple(sorted({need.shape.origin for need in one.needs})),
        rewrite=_rewritten(one.candidate.rewrites, one.needs[0]),
        near=near(one),
        often=any(need.shape.often or need.reason == "parent" for need in one.needs),
        needs=tuple(one.needs),
        extension="pg_trgm" if trigrams else "",
    )


def statement(index: Index, table: str, taken: set[str]) -> str:
    """The CREATE INDEX statement of an index, under its name or one that is not taken."""
    kind = "UNIQUE INDEX" if index.unique else "INDEX"
    using = "" if index.using == "btree" else f" USING {index.using}"
    where = f" WHERE {index.where}" if index.where else ""
    parts = ", ".join(written(part) for part in index.parts)
    include = f" INCLUDE ({', '.join(map(quoted, index.include))})" if index.include else ""
    named = ".".join(quoted(one) for one in table.split("."))
    name = quoted(index.name or _name(index, table, taken))
    return f"CREATE {kind} {name} ON {named}{using} ({parts}){include}{where}"


def written(part: IndexPart) -> str:
    """A part of an index as CREATE INDEX writes it."""
    text = quoted(part.column) if part.column is not None else part.expression
    if part.column is None and not _is_call(text):
        text = f"({text})"
    for more in (part.opclass, "DESC" if part.descending else "", f"NULLS {part.nulls}".upper()):
        text += f" {more}" if more and more != "NULLS " else ""
    return text


def _is_call(text: str) -> bool:
    """Whether an expression is one call of a function, which needs no parentheses in an index."""
    opening = _FUNCTION.match(text)
    if opening is None or text.lower().startswith(("cast(", "extract(")):
        return False
    depth = 1
    for at in range(opening.end(), len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def quoted(name: str) -> str:
    """A name as SQL must write it."""
    return quoting.quoted(name, "postgres")


def _name(index: Index, table: str, taken: set[str]) -> str:
    words = [part.column or "_".join(re.findall(r"\w+", part.expression)) for part in index.parts]
    stem = "_".join([table.rpartition(".")[2], *words, *(["partial"] if index.where else [])]).lower()
    name, number = f"{stem[: _LONGEST - 4]}_idx", 1
    while name in taken:
        number += 1
        name = f"{stem[: _LONGEST - 4 - len(str(number))]}_idx{number}"
    return name


def _rewritten(rewrites: tuple[Rewrite, ...], need: Need) -> str | None:
    """The text of the statement with its conditions said otherwise."""
    text = need.shape.statement
    for one in sorted(rewrites, key=lambda one: -one.start):
        text = text[: one.start] + one.text + text[one.end :]
    return text if rewrites else None
