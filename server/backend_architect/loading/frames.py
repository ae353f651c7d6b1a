"""What is known while one function is evaluated, and what it is found to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from backend_architect.loading.values import (
    ALL,
    NOTHING,
    Many,
    Pending,
    Place,
    Result,
    Row,
    Run,
    Several,
    Site,
    Touch,
    Unknown,
    Value,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from backend_architect.loading.traces import Function, Node, Traced
    from backend_architect.loading.values import Query, Relation
    from backend_architect.loading.workspace import Workspace


@dataclass(slots=True)
class Effects:
    """What one evaluation finds, in all functions that it goes through."""

    deepest: int
    """How many calls may be followed from the first function."""
    depth: int = 0
    """How many were."""
    is_cut: bool = False
    """Whether more could have been."""
    touches: list[Touch] = field(default_factory=list[Touch])
    runs: list[Run] = field(default_factory=list[Run])
    asked: set[str] = field(default_factory=set[str])
    """The files on which it rests, by their paths, and the classes of models, by their keys."""
    extra: dict[Site, set[Way]] = field(default_factory=dict[Site, "set[Way]"])
    """What is loaded behind a query, by the program itself."""
    known: set[str] = field(default_factory=set[str])
    """The classes whose rows a session of SQLAlchemy has loaded."""
    visited: int = 0
    """Nodes, to know when to stop."""

    def reach(self, left: int) -> None:
        """Take in that a call is followed from which so many more may be."""
        self.depth = max(self.depth, self.deepest - left)


@dataclass(slots=True)
class Frame:
    """One run of a function."""

    workspace: Workspace
    traced: Traced
    function: Function
    effects: Effects
    looped: bool
    """Whether it is called in a loop."""
    deepest: int
    """How many calls are followed from here."""
    values: list[Value] = field(default_factory=list[Value])

    def call(self, effects: Effects, left: int) -> None:
        """Take in what a function rests on from which so many calls may be followed."""
        self.effects.asked |= effects.asked
        self.effects.is_cut |= effects.is_cut
        self.effects.reach(left - effects.depth)

    def place(self, node: Node) -> Place:
        """Where a node stands; a chain of calls stands where its last attribute does."""
        return Place(self.traced.path, node.where[0])

    def repeats(self, node: Node) -> bool:
        """Whether a node is evaluated more than once."""
        return (node.loop > 0 or self.looped) and not node.leaves

    def is_loaded(self, row: Row, relation: Relation) -> bool:
        """Whether the rows of a relationship are there."""
        query, way = row.query, (*row.way, relation.name)
        if query is None or not relation.lazy or query.loads(way):
            return True
        if (
            query.library == "sqlalchemy"
            and not relation.collection
            and relation.target in self.effects.known
        ):
            return True
        extra = self.effects.extra.get(query.site, ())
        return way in extra or (*row.way, ALL) in extra

    def touch(self, row: Row, relation: Relation, node: Node, *, certain: bool = False) -> None:
        """Take in that a relationship is loaded."""
        query = row.query
        if query.unclear if query is not None else not certain:
            return
        if (query is not None and query.awaited) or (row.each and self.repeats(node)):
            place = self.place(node)
            found = Touch(place, row, relation.name, relation.target, relation.collection, certain=certain)
            self.effects.touches.append(replace(found, outer=node.loop == 0))

    def run(self, query: Query, how: str, node: Node) -> None:
        """Take in that a query is sent."""
        if query.library == "sqlalchemy":
            self.effects.known |= set(query.classes)
        if query.by_each and self.repeats(node) and self.reads_all(node):
            own = query.site.path == self.traced.path and query.site.function == self.function.name
            self.effects.runs.append(Run(self.place(node), query, how, outer=node.loop == 0 or not own))

    def reads_all(self, node: Node) -> bool:
        """Whether the loop around a node, or around the function, goes through and writes nothing."""
        return node.loop not in self.function.leaving and node.loop not in self.function.writing

    def load(self, row: Row, name: str) -> None:
        """Take in that the program itself loads or sets an attribute of a row."""
        if row.query is not None:
            self.effects.extra.setdefault(row.query.site, set()).add((*row.way, name))


@dataclass(frozen=True, slots=True)
class At:
    """A node that is evaluated."""

    frame: Frame
    number: int

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.frame.function.nodes[self.number]

    @property
    def parts(self) -> list[Value]:
        """What its operands are, as far as they have been evaluated."""
        known = self.frame.values
        return [known[one] for one in self.node.parts if one < len(known)]

    @property
    def first(self) -> Value:
        """What its first operand is."""
        return self.frame.values[self.node.parts[0]]

    @property
    def site(self) -> Site:
        """The node as the beginning of a query."""
        return Site(self.frame.traced.path, self.frame.function.name, self.number)


@dataclass(frozen=True, slots=True)
class Calling:
    """A call that is evaluated, with its arguments."""

    at: At
    args: Sequence[Value] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict[str, Value])

    @property
    def frame(self) -> Frame:
        """The run in which it is evaluated."""
        return self.at.frame

    @property
    def node(self) -> Node:
        """The node of the call, or of the attribute that makes it."""
        return self.at.node

    @property
    def first(self) -> Value | None:
        """The first argument without a name."""
        return self.args[0] if self.args else None

    def run(self, query: Query, how: str) -> None:
        """Take in that the call sends a query."""
        self.frame.run(query, how, self.node)


def rows_of(query: Query, *, scalars: bool) -> Value:
    """One of the things that a query gives."""
    rows = [Row(cls, query, back=query.back) if cls else NOTHING for cls in query.classes]
    if scalars or len(rows) == 1:
        return rows[0] if scalars or query.start != "select" else Several((rows[0],))
    return Several(tuple(rows))


def element(value: Value) -> Value:
    """One of the things over which a loop goes."""
    match value:
        case Pending(query=query):
            return each(rows_of(query, scalars=query.library == "django" or len(query.classes) == 1))
        case Result(query=query, scalars=scalars):
            return each(rows_of(query, scalars=scalars))
        case Many(of=of, size="any"):
            return each(of)
        case Many(of=of):
            return of
        case Several(items=items):
            # What is written out has few items, whatever they are.
            return items[0] if items and all(one == items[0] for one in items) else NOTHING
        case _:
            return Unknown(each=True)


def each(value: Value) -> Value:
    """A value as another one at each pass of a loop."""
    match value:
        case Row() | Unknown():
            return replace(value, each=True)
        case Several(items=items):
            return Several(tuple(map(each, items)))
        case _:
            return value


def sites_in(value: Value | None) -> Iterator[Site]:
    """The queries from which a value comes."""
    match value:
        case Row(query=query) if query is not None:
            yield query.site
        case Pending(query=query) | Result(query=query):
            yield query.site
        case Many(of=of):
            yield from sites_in(of)
        case Several(items=items):
            for one in items:
                yield from sites_in(one)
        case _:
            pass
