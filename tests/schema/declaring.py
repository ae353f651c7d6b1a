"""What files declare, in a form that is easy to compare."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from backend_architect.schema.alembic import revision_of, roots, schema_of
from backend_architect.schema.alembic_helpers import Helpers
from backend_architect.schema.django_migrations import django_history
from backend_architect.schema.django_models import django_models
from backend_architect.schema.outlines import outline
from backend_architect.schema.sqlalchemy_models import sqlalchemy_models

if TYPE_CHECKING:
    from backend_architect.schema.django_migrations import DjangoHistory
    from backend_architect.schema.mapped import Declaration, MappedClass
    from backend_architect.schema.model import Column, Index, Schema, Table
    from backend_architect.schema.outlines import Outline


def outlines(files: dict[str, str]) -> list[Outline]:
    """What each file declares."""
    return [outline(dedent(text), path) for path, text in files.items()]


def django(files: dict[str, str]) -> dict[str, Table]:
    """The tables of Django's models."""
    return {table.name: table for table in django_models(outlines(files)).tables}


def migrated(files: dict[str, str]) -> DjangoHistory:
    """What Django's migrations do."""
    history = django_history(outlines(files))
    assert history is not None
    return history


def declared(files: dict[str, str]) -> Declaration:
    """The models of SQLAlchemy."""
    return sqlalchemy_models(outlines(files))


def mapped(files: dict[str, str]) -> dict[str, Table]:
    """The tables of SQLAlchemy's models."""
    return {table.name: table for table in declared(files).tables}


def class_of(declaration: Declaration, name: str) -> MappedClass:
    """The class of a name."""
    return next(one for one in declaration.classes if one.name == name)


def upgraded(files: dict[str, str]) -> Schema:
    """What Alembic's revisions lead to, which may call functions of each other's modules."""
    texts = {path: dedent(text) for path, text in files.items()}
    helpers = Helpers(texts)
    found = (revision_of(text, path, helpers.of) for path, text in texts.items())
    (only,) = roots(one for one in found if one is not None)
    return schema_of(only)


def columns(table: Table) -> list[str]:
    """Columns as SQL would write them."""
    return [_column(column) for column in table.columns.values()]


def _column(column: Column) -> str:
    default = "" if column.default is None else f" default {column.default}"
    return f"{column.name} {column.type}{'' if column.nullable else ' not null'}{default}"


def indexes(table: Table) -> list[str]:
    """Indexes without their names, sorted."""
    return sorted(_index(one) for one in table.indexes)


def _index(index: Index) -> str:
    parts = [
        (part.column or f"({part.expression})")
        + (f" {part.opclass}" if part.opclass else "")
        + (" desc" if part.descending else "")
        for part in index.parts
    ]
    words = [
        index.kind if index.kind != "index" else "unique index" if index.unique else "index",
        f"({', '.join(parts)})",
    ]
    words += [f"using {index.using}"] if index.using != "btree" else []
    words += [f"include ({', '.join(index.include)})"] if index.include else []
    words += [f"where {index.where}"] if index.where else []
    return " ".join(words)


def keys(table: Table) -> list[str]:
    """Foreign keys as SQL would write them."""
    return [
        f"{', '.join(key.columns)} -> {key.table}({', '.join(key.to)}) {key.on_delete}".rstrip()
        for key in table.foreign_keys
    ]
