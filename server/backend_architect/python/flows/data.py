"""What is known of the value of an expression while a function runs: whose data it carries, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backend_architect.python.values import UNKNOWN, Instance, Literal, Symbol, Text, Value

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Mapping

Key = str | int | float | bool | None
"""A constant key or index; attributes begin with a dot."""

MANY = 12
"""How many different data one value is followed for."""

_DEEP = 3
"""How many keys deep a part of some data is told from the other parts."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where data enters a function: an expression that reads the request, or a parameter of a helper."""

    text: str
    """What a message calls it, or the name of the parameter."""
    parameter: bool = False
    node: ast.expr | ast.arg | None = None
    """Where it enters; None in what is told to others."""
    path: tuple[Key, ...] = ()
    """The constant keys that lead to a part of it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Data in a value, and what it has been made harmless for on its way."""

    origin: Origin
    safe: frozenset[str] = frozenset()
    whole: bool = True
    """Whether the value is the data itself: what is found out about the value holds for all copies of it."""


Marks = frozenset[Mark]
NO_MARKS: Marks = frozenset()


@dataclass(frozen=True, slots=True)
class Closure:
    """A nested function or lambda, which sees the variables around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Data:
    """A value. It is never changed; a variable whose object changes gets another one."""

    marks: Marks = NO_MARKS
    """Of the value as a whole, and of all parts that are not known one by one."""
    value: Value = UNKNOWN
    parts: Mapping[Key, Data] | None = None
    """Attributes, and items by their constant keys."""
    elements: tuple[Data, ...] | None = None
    """The items of a list or tuple, if all are known, in order."""
    call: Closure | None = None
    """What a call of it runs."""
    check: ast.expr | None = None
    """The condition whose outcome it is."""

    @property
    def is_container(self) -> bool:
        """Whether it is an object with parts that can change."""
        return self.parts is not None or self.elements is not None

    @property
    def path(self) -> str | None:
        """The dotted name of the thing that it is."""
        return self.value.path if isinstance(self.value, Symbol) else None

    @property
    def type(self) -> str | None:
        """The dotted name of its class."""
        return self.value.type if isinstance(self.value, Instance) else None

    @property
    def all_marks(self) -> Marks:
        """The marks of the value and of all of its parts."""
        inner = [*(self.parts or {}).values(), *(self.elements or ())]
        return united([self.marks, *(one.all_marks for one in inner)]) if inner else self.marks

    @property
    def constant(self) -> Any:
        """The constant that it is; `NOT_CONSTANT` for others."""
        match self.value:
            case Literal(value=value) if not self.marks:
                return value
            case Text(parts=(str() as text,)) if not self.marks:
                return text
            case Text() as text if not self.marks and text.constant is not None:
                return text.constant
            case _:
                return NOT_CONSTANT

    def item(self, key: Key) -> Data:
        """A part with a constant key, or an attribute with a dot before its name."""
        if self.elements is not None and isinstance(key, int):
            return self.elements[key] if -len(self.elements) <= key < len(self.elements) else NOTHING
        if self.parts is not None and key in self.parts:
            return self.parts[key]
        return Data(_deeper(self.marks, key)) if self.marks else NOTHING

    def any_item(self) -> Data:
        """A part of which nobody knows which one it is."""
        inner = [*(self.parts or {}).values(), *(self.elements or ())]
        if not inner:
            return Data(partial(self.marks)) if self.marks else NOTHING
        found = joined(inner)
        return replace(found, marks=united([found.marks, partial(self.marks)]))

    def with_item(self, key: Key, value: Data) -> Data:
        """The same object after an assignment to a part."""
        if self.elements is not None and isinstance(key, int) and not isinstance(key, bool):
            if -len(self.elements) <= key < len(self.elements):
                elements = list(self.elements)
                elements[key] = value
                return replace(self, elements=tuple(elements))
            return self.with_some(value)
        return replace(self, parts={**(self.parts or {}), key: value})

    def with_some(self, value: Data) -> Data:
        """The same object after something was put into it, nobody knows where."""
        marks = united([self.marks, partial(value.all_marks)])
        if self.elements is not None:
            inner = united([marks, *(one.all_marks for one in self.elements)])
            return replace(self, elements=None, marks=partial(inner))
        return replace(self, marks=marks)

    def flat(self) -> Data:
        """The value without what is known of its parts."""
        return Data(partial(self.all_marks)) if self.marks or self.is_container else NOTHING

    def made_safe(self, kinds: frozenset[str]) -> Data:
        """The value, harmless for sinks of some kinds."""
        return self.mapped(lambda mark: cleared(mark, kinds))

    def mapped(self, change: Callable[[Mark], Mark | None]) -> Data:
        """The value with all of its marks changed, or dropped."""
        marks = frozenset(new for mark in self.marks if (new := change(mark)) is not None)
        if not self.is_container:
            return self if marks == self.marks else replace(self, marks=marks)
        parts = (
            {key: one.mapped(change) for key, one in self.parts.items()} if self.parts is not None else None
        )
        elements = tuple(one.mapped(change) for one in self.elements) if self.elements is not None else None
        if marks == self.marks and parts == self.parts and elements == self.elements:
            return self
        return replace(self, marks=marks, parts=parts, elements=elements)


_NONE = Literal(None)
_EMPTY = Text(("",))

NOTHING = Data()
"""A value of which nothing is known, and which carries no data that is followed."""

NOT_CONSTANT = object()

ALL = "all"
"""Stands for every kind of sink."""

_KINDS = "code deserialize header html ldap log nosql path redirect regex shell sql template url xml xpath"
KINDS = frozenset(_KINDS.split())
"""The kinds of sinks."""


NO_DOTS, NO_ROOT = "no-dots", "no-root"
STAYS_BELOW = frozenset({NO_DOTS, NO_ROOT})
"""What is found out about a path; one without dots that does not begin at the root stays where it is put."""


def cleared(mark: Mark, kinds: frozenset[str]) -> Mark | None:
    """A mark that is harmless for more kinds; None for one that is harmless for all."""
    if ALL in kinds:
        return None
    if STAYS_BELOW.issubset(mark.safe | kinds):
        kinds |= {"path"}
    return mark if kinds <= mark.safe else Mark(mark.origin, mark.safe | kinds, mark.whole)


def united(all_marks: Iterable[Marks]) -> Marks:
    """All marks of some values; what is followed for too many reasons is followed for some of them."""
    found: Marks = NO_MARKS
    for marks in all_marks:
        if marks:
            found = found | marks if found else marks
    return frozenset(sorted(found, key=_order)[:MANY]) if len(found) > MANY else found


def _order(mark: Mark) -> tuple[Any, ...]:
    """Tells marks apart without their nodes, so that the same ones are kept every time."""
    origin = mark.origin
    place = (getattr(origin.node, "lineno", 0), getattr(origin.node, "col_offset", 0))
    return (len(mark.safe), place, origin.text, repr(origin.path), sorted(mark.safe), mark.whole)


def partial(marks: Marks) -> Marks:
    """The marks of a value that is made from another one, but is not it."""
    if all(not mark.whole for mark in marks):
        return marks
    return frozenset(Mark(mark.origin, mark.safe, whole=False) for mark in marks)


def _deeper(marks: Marks, key: Key) -> Marks:
    found: set[Mark] = set()
    for mark in marks:
        origin = mark.origin
        if mark.whole and len(origin.path) < _DEEP:
            origin = replace(origin, path=(*origin.path, key))
        found.add(Mark(origin, mark.safe, mark.whole))
    return frozenset(found)


def joined(values: Iterable[Data]) -> Data:
    """A value that is one of several, depending on the way that the program took."""
    distinct: list[Data] = []
    for value in values:
        if not any(value is one for one in distinct):
            distinct.append(value)
    if not distinct:
        return NOTHING
    first = distinct[0]
    return first if len(distinct) == 1 else _joined(distinct)


def _joined(values: list[Data]) -> Data:
    first, rest = values[0], values[1:]
    if not any(one.parts is not None or one.elements is not None or one.call is not None for one in values):
        marks = (
            first.marks
            if all(one.marks == first.marks for one in rest)
            else united(one.marks for one in values)
        )
        value = first.value if all(one.value == first.value for one in rest) else _known(values)
        return Data(marks, value) if marks or value != UNKNOWN else NOTHING
    known = first.value if all(one.value == first.value for one in rest) else _known(values)
    call = first.call if all(one.call == first.call for one in rest) else None
    if all(one.elements is not None for one in values):
        lists = [one.elements or () for one in values]
        columns = ([held[at] for held in lists if at < len(held)] for at in range(max(map(len, lists))))
        elements = tuple(joined(column) for column in columns)
        return Data(united([one.marks for one in values]), known, elements=elements, call=call)
    marks = united(
        [
            *(one.marks for one in values),
            *(inner.all_marks for one in values for inner in one.elements or ()),
        ]
    )
    keys = dict.fromkeys(key for one in values for key in one.parts or ())
    parts = {key: joined([one.item(key) for one in values]) for key in keys} if keys else None
    if parts is None and any(one.parts is not None for one in values):
        parts = {}
    return Data(marks, known, parts, call=call)


def _known(values: list[Data]) -> Value:
    """What all values agree on that are not None."""
    kinds = {one.value for one in values if one.value != _NONE}
    if len(kinds) == 1:
        return next(iter(kinds))
    kinds.discard(_EMPTY)
    only = next(iter(kinds)) if len(kinds) == 1 else UNKNOWN
    return only if isinstance(only, Instance) else UNKNOWN
