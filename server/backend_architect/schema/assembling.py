"""The schemas of a project, from the facts of its files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from backend_architect.schema.applying import apply
from backend_architect.schema.merging import merged
from backend_architect.schema.migrations import Root, SqlFile, roots_of
from backend_architect.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable


def schemas_of(files: Iterable[SqlFile]) -> list[Schema]:
    """One schema for each set of files that describes a database of its own, in the order of their paths."""
    roots = roots_of(files)
    dumps = [root for root in roots if not root.versioned]
    used: set[int] = set()
    found: list[Schema] = []
    for root in roots:
        if not root.versioned:
            continue
        schema = applied(root)
        for dump in dumps:
            if _describes(dump, root, schema):
                used.add(id(dump))
                schema = _completed(schema, root, dump)
        found.append(schema)
    found += [applied(dump) for dump in dumps if id(dump) not in used]
    kept = [schema for schema in found if schema.tables or schema.views]
    return sorted(kept, key=lambda schema: schema.sources)


def applied(root: Root) -> Schema:
    """The schema after all files of a root."""
    schema = Schema(dialect=root.files[0].dialect, sources=tuple(file.path for file in root.files))
    for file in root.files:
        for step in file.steps:
            apply(schema, step)
    return schema


def _describes(dump: Root, history: Root, schema: Schema) -> bool:
    """Whether a dump is of the database that a history makes: near it, with a table that both know."""
    folder, around = PurePosixPath(history.folder), PurePosixPath(dump.folder)
    near = folder.is_relative_to(around) or folder.is_relative_to(around.parent)
    known = {name.rpartition(".")[2] for name in (*schema.tables, *history.created)}
    return (
        near
        and dump.files[0].dialect == schema.dialect
        and any(name.rpartition(".")[2] in known for name in dump.created)
    )


def _completed(schema: Schema, history: Root, dump: Root) -> Schema:
    """The schema of a history that may begin where its dump was made.

    A history that creates all that the dump has needs no dump. One is never applied to the other: each would
    create what is there.
    """
    missing = [name for name in dump.created - history.dropped if schema.table(name) is None]
    if not missing and all(table.complete for table in schema.tables.values()):
        return schema
    first = applied(dump)
    # What a history changes, does not create and the dump does not have, was gone when the dump was made.
    for name in [name for name, table in schema.tables.items() if not table.complete]:
        if first.table(name) is None:
            del schema.tables[name]
    return merged(first, schema)
