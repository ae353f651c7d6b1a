"""Classes of an object-relational mapper, and the tables behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from backend_architect.schema.model import Origin, Table


@dataclass(frozen=True, slots=True)
class Relationship:
    """An attribute that leads to rows of another table."""

    name: str
    target: str
    """The class to which it leads, as `MappedClass.key`; empty where nobody can tell."""
    collection: bool
    """Whether it leads to many rows."""
    columns: tuple[str, ...] = ()
    """The columns of its own table that hold the key of the other row."""
    back: str = ""
    """The attribute of the other class that leads back."""
    lazy: str = ""
    """When the rows are loaded, as SQLAlchemy names it; empty for when they are asked for."""
    back_lazy: str = ""
    """The same for the attribute that leads back, if it is declared here and not there."""
    back_single: bool = False
    """Whether that one is said to lead to one row."""
    secondary: str = ""
    """The table between the two."""
    origin: Origin | None = None


@dataclass(slots=True)
class MappedClass:
    """A class whose instances are rows."""

    key: str
    """Its path and its name: `shop/models.py:Order`."""
    name: str
    library: Literal["django", "sqlalchemy"]
    table: str
    origin: Origin
    columns: dict[str, str] = field(default_factory=dict[str, str])
    """Columns by the attributes that hold their values."""
    relationships: dict[str, Relationship] = field(default_factory=dict[str, Relationship])
    parents: tuple[str, ...] = ()
    """The keys of the classes with tables of their own that it extends."""
    ordering: tuple[str, ...] = ()
    """What its rows are sorted by where a query does not say it, as Django writes it: `-created`.

    `?` stands for an order of which nobody knows what it is.
    """


@dataclass(slots=True)
class Declaration:
    """All that the models of a workspace declare."""

    tables: list[Table] = field(default_factory=list["Table"])
    classes: list[MappedClass] = field(default_factory=list[MappedClass])
