"""What the nodes of a function stand for, as far as rows and the queries that gave them are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from backend_architect.loading.traces import Function, Traced

Way = tuple[str, ...]
"""The attributes that lead from a row over relationships to other rows."""
ALL = "*"
"""In a way: whatever it leads to."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a query begins: the node of a function."""

    path: str
    function: str
    node: int


@dataclass(frozen=True, slots=True)
class Query:
    """A query for rows of classes, and what it loads besides."""

    classes: tuple[str, ...]
    """The keys of the classes whose rows it gives, in their order; empty for what is no row."""
    site: Site
    library: Literal["django", "sqlalchemy"]
    start: Literal["select", "query", "get", "manager", "related"]
    """How it begins."""
    loaded: frozenset[Way] = frozenset()
    unclear: bool = False
    """Whether it may load things of which nobody knows."""
    awaited: bool = False
    """Whether an asynchronous session runs it."""
    streamed: bool = False
    """Whether Django gives its rows without loading what is prefetched."""
    by_each: str = ""
    """The attribute whose value, another one at each pass of a loop, picks its rows; empty for none."""
    column: str = ""
    """Of which column that is the value."""
    back: str = ""
    """The attribute of its rows whose row is there already, because they were reached from it."""

    def loads(self, way: Way) -> bool:
        """Whether the rows at the end of a way are there with the query."""
        return (
            self.unclear
            or way in self.loaded
            or any((*way[:end], ALL) in self.loaded for end in range(len(way)))
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else."""

    each: bool = False
    """Whether it is another one at each pass of a loop."""
    column: str = ""
    """Of which column it is the value then: the key of the class, a dot and the attribute."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A thing of a module, by its dotted name as the file imports it."""

    path: str


@dataclass(frozen=True, slots=True)
class Text:
    """A string that is written out."""

    text: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapped class."""

    key: str


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute of a mapped class."""

    cls: str
    way: Way
    """From the first class on."""


@dataclass(frozen=True, slots=True)
class Equal:
    """The condition that an attribute equals a value which is another one at each pass of a loop."""

    name: str
    column: str = ""
    """Of which column that is the value."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the options of a query load."""

    ways: frozenset[Way]
    end: Way = ()
    """Where the next option of the chain goes on."""
    queryset: Query | None = None
    name: str = ""
    """The attribute under which Django keeps what is loaded."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a class."""

    cls: str
    query: Query | None
    """None where nobody knows how it was loaded."""
    way: Way = ()
    """How it is reached from the rows of the query."""
    each: bool = False
    """Whether it is another one at each pass of a loop."""
    back: str = ""
    """The attribute that leads back to the row from which it was reached."""
    before: str = ""
    """The class of that row."""

    def over(self, relation: Relation) -> Row:
        """The row, or one of those, to which a relationship leads."""
        way = (*self.way, relation.name)
        return Row(relation.target, self.query, way, self.each, relation.back, self.cls)


@dataclass(frozen=True, slots=True)
class Many:
    """Things of one kind: a list, or what has been read of a result."""

    of: Value
    size: Literal["any", "few"] = "any"
    """few: as many as the program writes out."""


@dataclass(frozen=True, slots=True)
class Several:
    """Values that belong together: a tuple."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A dict by its values."""

    of: Value


@dataclass(frozen=True, slots=True)
class Pending:
    """A query as it is written, which has not been run."""

    query: Query


@dataclass(frozen=True, slots=True)
class Result:
    """What a run query of SQLAlchemy gives."""

    query: Query
    scalars: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """An attribute of rows that leads to other rows."""

    name: str
    target: str
    """The key of the class; empty where nobody knows it."""
    collection: bool
    lazy: bool
    """Whether its rows are loaded when it is touched."""
    back: str
    """The attribute that leads back from there."""


@dataclass(frozen=True, slots=True)
class Manager:
    """What Django gives for a reverse or many-to-many relationship of a row."""

    parent: Row
    relation: Relation
    site: Site

    @property
    def row(self) -> Row:
        """One of those to which it leads."""
        return self.parent.over(self.relation)


@dataclass(frozen=True, slots=True)
class Awaitable:
    """What `awaitable_attrs` of SQLAlchemy gives."""

    row: Row


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the workspace that is not mapped, or the class itself."""

    traced: Traced
    cls: Function

    def __hash__(self) -> int:
        """By what it is known by."""
        return hash((self.traced.path, self.cls.name))


@dataclass(frozen=True, slots=True)
class Defined:
    """A function of the workspace, with what it is bound to."""

    traced: Traced
    function: Function
    bound: Value | None = None

    def __hash__(self) -> int:
        """By what it is known by."""
        return hash((self.traced.path, self.function.name))


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute of a value that may be called."""

    of: Value
    name: str


Value = (
    Unknown
    | Symbol
    | Text
    | Mapped
    | Column
    | Equal
    | Options
    | Row
    | Many
    | Several
    | Pairs
    | Pending
    | Result
    | Manager
    | Awaitable
    | Instance
    | Defined
    | Method
)
NOTHING = Unknown()


def column_of(value: Value | None) -> str:
    """Of which column a value is that is another one at each pass of a loop; empty for any other."""
    return value.column if isinstance(value, Unknown | Equal) else ""


def is_each(value: Value | None) -> bool:
    """Whether a value is another one at each pass of a loop."""
    match value:
        case Unknown(each=each) | Row(each=each):
            return each
        case Equal():
            return True
        case Several(items=items):
            return any(map(is_each, items))
        case Method(of=of):
            return is_each(of)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Touch:
    """A relationship whose rows are loaded when it is touched."""

    place: Place
    row: Row
    """The row that is touched."""
    name: str
    cls: str
    """The key of the class to which it leads."""
    collection: bool
    within: tuple[Place, ...] = ()
    """Where functions that are called there touch it."""
    outer: bool = False
    """Whether the loop is around the call of the function, and not in it."""
    certain: bool = True
    """Whether it is loaded even if the query loads the relationship: `order.lines.filter(...)` of Django."""


@dataclass(frozen=True, slots=True)
class Run:
    """A query that is run at each pass of a loop, for one row or those of one."""

    place: Place
    query: Query
    how: str
    """The method that runs it."""
    within: tuple[Place, ...] = ()
    outer: bool = False
    """Whether the loop is around the call of the function, and not in it."""
