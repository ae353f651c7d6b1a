"""Parts of a schema in the few words that people read them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema.expressions import is_call
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.model import Column, ForeignKey, Index, IndexPart

_KINDS = {"primary": "primary key", "exclusion": "exclude"}


def part_text(part: IndexPart, dialect: str) -> str:
    """What an index sorts by: `created_at desc`, `lower(email)`, `name text_pattern_ops`, `(a * b)`."""
    bare = dialect != "mysql" and is_call(part.expression)
    expression = part.expression if bare else f"({part.expression})"
    pieces = [quoted(part.column, dialect) if part.column is not None else expression]
    if part.collation:
        pieces.append(f"collate {quoted(part.collation, dialect)}")
    pieces += [part.opclass, "desc" if part.descending else "", f"nulls {part.nulls}" if part.nulls else ""]
    pieces.append(f"with {part.operator}" if part.operator else "")
    return " ".join(piece for piece in pieces if piece)


def index_text(index: Index, dialect: str) -> str:
    """What an index is: `unique (tenant_id, lower(email)) where deleted_at is null`."""
    kind = _KINDS.get(index.kind, "unique" if index.unique else "")
    parts = ", ".join(part_text(part, dialect) for part in index.parts)
    pieces = [kind, f"using {index.using}" if index.using != "btree" else "", f"({parts})"]
    pieces.append(f"include ({_names(index.include, dialect)})" if index.include else "")
    pieces.append("" if index.nulls_distinct else "nulls not distinct")
    pieces.append(f"where {index.where}" if index.where else "")
    return " ".join(piece for piece in pieces if piece)


def key_text(key: ForeignKey, dialect: str) -> str:
    """Where a foreign key points: `(customer_id) to customers (id) on delete cascade`."""
    to = f" ({_names(key.to, dialect)})" if key.to else ""
    pieces = [f"({_names(key.columns, dialect)}) to {quoted(key.table, dialect)}{to}"]
    pieces.append(f"on delete {key.on_delete}" if key.on_delete else "")
    pieces.append(f"on update {key.on_update}" if key.on_update else "")
    pieces.append("" if key.validated else "not valid")
    return " ".join(piece for piece in pieces if piece)


def column_text(column: Column) -> str:
    """What is said about a column besides its name and type: `not null, default now()`."""
    default = column.default or ""
    if default and not default.startswith(("generated ", "auto")):
        default = f"default {default}"
    one_of = f"one of {', '.join(column.choices)}" if column.choices else ""
    return ", ".join(piece for piece in ("" if column.nullable else "not null", default, one_of) if piece)


def _names(names: Iterable[str], dialect: str) -> str:
    return ", ".join(quoted(name, dialect) for name in names)
