"""What the functions of a Python file do with rows, as plain data: a function of the text of the file.

A function is a list of **nodes** in the order in which they are evaluated. A node names its operands by their
numbers, so variables are gone: what a variable holds is the number of a node.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from backend_architect.schema.terms import UNKNOWN, Term

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

Kind = Literal[
    "name",
    "parameter",
    "constant",
    "attribute",
    "store",
    "call",
    "await",
    "iterate",
    "element",
    "part",
    "slice",
    "item",
    "equal",
    "gathered",
    "list",
    "join",
    "other",
]
"""What a node is.

name: a thing of the module or an import, `text` is its dotted name. parameter: `text` is its name.
constant: `text` is a string, empty for any other constant. attribute, store: of `parts[0]`, `text` is its
name. call: of `parts[0]` with the others. await, slice, item: of `parts[0]`. iterate: all of `parts[0]`.
element: one of them, in `loop`. part: `parts[0]` at the place `text`. equal: a comparison of two.
gathered: a collection of what `parts[0]` is at each pass of a loop. list: the items.
join: one of them, the last being the usual one. other: made of them.
"""

Where = tuple[int, int, int, int]
"""Line, column, last line and last column as `ast` counts them."""


def place_of(node: ast.expr | ast.stmt) -> Where:
    """Where a node stands, as traces say it."""
    return (
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or node.col_offset,
    )


class Node(NamedTuple):
    """One value of a function; a tuple, because there are hundreds of thousands."""

    kind: Kind
    text: str
    parts: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    """The arguments of a call that are named; those of `**` are called so."""
    where: Where
    loop: int
    """The innermost loop around it, from 1; 0 for none."""
    leaves: bool
    """Whether the loop is left right after it."""


class Lookup(NamedTuple):
    """A query in a loop for the row of a key that one query before the loop can answer, as the text tells."""

    root: Where
    """Where the query begins."""
    iterable: str
    """The variable over which the loop goes."""
    by_item: bool
    """Whether the items are the keys."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function, the body of a class, or the module itself."""

    name: str
    """With those of the classes and functions around it: `Order.total`; empty for the module."""
    line: int
    parameters: tuple[str, ...] = ()
    annotations: tuple[tuple[str, Term], ...] = ()
    """Those of the parameters, or of the attributes of a class."""
    returns: Term = UNKNOWN
    decorators: tuple[Term, ...] = ()
    nodes: tuple[Node, ...] = ()
    returned: tuple[int, ...] = ()
    """What it returns."""
    attributes: tuple[tuple[str, int], ...] = ()
    """What the names hold at its end, if it is the body of a class."""
    bases: tuple[Term, ...] = ()
    leaving: frozenset[int] = frozenset()
    """The loops that may be left before they are through."""
    writing: frozenset[int] = frozenset()
    """The loops in which rows are written; 0 if any are, in or outside of loops."""
    absent: tuple[tuple[str, int, int], ...] = ()
    """Parameters with the first of the nodes that only run without them, and the one behind the last."""
    lookups: tuple[Lookup, ...] = ()
    is_method: bool = False
    is_class: bool = False

    def attribute(self, name: str) -> int | None:
        """The node that a name of a class holds."""
        return next((number for one, number in self.attributes if one == name), None)


@dataclass(frozen=True, slots=True)
class Traced:
    """What a file does with rows."""

    path: str
    module: str
    imports: Mapping[str, str] = field(default_factory=dict[str, str])
    stars: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
