"""The tables that the models of SQLAlchemy, SQLModel and Flask-SQLAlchemy declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_architect.schema.declared import Declared
from backend_architect.schema.mapped import Declaration
from backend_architect.schema.sqlalchemy_classes import Classes
from backend_architect.schema.sqlalchemy_tables import Builder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.outlines import Outline


def sqlalchemy_models(outlines: Iterable[Outline]) -> Declaration:
    """The tables of all models in the files of a workspace, and the classes that stand for them."""
    # Revisions of Alembic declare the models of their day.
    return declaration_of(Declared([one for one in outlines if one.value("down_revision") is None]))


def declaration_of(declared: Declared) -> Declaration:
    """The tables of all models that are declared."""
    builder = Builder(Classes(declared))
    builder.read()
    return Declaration(list(builder.tables.values()), builder.classes)
