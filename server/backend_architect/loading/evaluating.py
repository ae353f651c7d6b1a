"""Evaluating functions: which rows their nodes are, and which relationships are loaded by touching them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.loading import django, serializing, sqlalchemy
from backend_architect.loading.annotations import annotated
from backend_architect.loading.builtins import builtin
from backend_architect.loading.frames import Effects, Frame, element, sites_in
from backend_architect.loading.values import (
    NOTHING,
    Awaitable,
    Column,
    Defined,
    Equal,
    Instance,
    Manager,
    Many,
    Mapped,
    Method,
    Pairs,
    Pending,
    Query,
    Result,
    Row,
    Several,
    Symbol,
    Text,
    Unknown,
    Value,
    is_each,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from backend_architect.loading.traces import Function, Node, Traced
    from backend_architect.loading.values import Relation, Site
    from backend_architect.loading.workspace import Workspace
    from backend_architect.schema.terms import Term

_DEEPEST: Final = 4
"""How many calls are followed from one function."""
_MOST: Final = 20_000
"""How many nodes are visited for one function with all that it calls."""
_PROPERTIES: Final = frozenset({"property", "cached_property", "hybrid_property"})
_TELLING = (Row, Many, Pending, Result, Several, Mapped, Manager)
"""What makes a function worth being evaluated again."""


@dataclass(slots=True)
class Evaluator:
    """Evaluates the functions of a workspace, each once for all callers that say nothing about its arguments."""

    workspace: Workspace
    _plain: dict[tuple[str, str], tuple[Value, Effects]] = field(
        default_factory=dict[tuple[str, str], "tuple[Value, Effects]"]
    )
    _running: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def entry(self, traced: Traced, function: Function) -> tuple[Value, Effects]:
        """What a function gives and does when nothing but annotations is known of its arguments."""
        key = traced.path, function.name
        known = self._plain.get(key)
        if known is not None:
            return known
        if key in self._running:
            return NOTHING, Effects()
        self._running.add(key)
        effects = Effects(asked={traced.path})
        frame = Frame(self.workspace, traced, function, effects, looped=False)
        given = self._run(frame, {})
        serializing.answer(given, frame)
        serializing.views(frame)
        self._running.discard(key)
        self._plain[key] = given, effects
        return given, effects

    def _run(self, frame: Frame, arguments: dict[str, Value]) -> Value:
        function = frame.function
        annotations = dict(function.annotations)
        for number, node in enumerate(function.nodes):
            frame.effects.visited += 1
            if node.kind == "parameter":
                value = arguments.get(node.text)
                if value is None:
                    value = self._parameter(node.text, annotations, frame)
            elif frame.effects.visited > _MOST:
                value = NOTHING
            else:
                value = _KINDS[node.kind](self, node, number, frame)
            frame.values.append(value)
        return _joined([frame.values[one] for one in function.returned])

    def _parameter(self, name: str, annotations: dict[str, Term], frame: Frame) -> Value:
        function = frame.function
        if function.is_method and function.parameters[:1] == (name,):
            owner = function.name.rpartition(".")[0]
            found = self.workspace.find(owner, frame.traced, frame.effects.asked)
            if isinstance(found, Mapped):
                return found if name == "cls" else Row(found.key, None)
            return found or NOTHING
        term = annotations.get(name)
        return annotated(term, frame) if term is not None else NOTHING

    # Nodes

    def _name(self, node: Node, number: int, frame: Frame) -> Value:
        found = self.workspace.find(node.text, frame.traced, frame.effects.asked)
        return found or Symbol(node.text)

    def _constant(self, node: Node, number: int, frame: Frame) -> Value:
        return Text(node.text) if node.text else NOTHING

    def _of_first(self, node: Node, number: int, frame: Frame) -> Value:
        return frame.values[node.parts[0]]

    def _attribute(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        match of:
            case Symbol(path=path):
                whole = f"{path}.{node.text}"
                return self.workspace.find(whole, frame.traced, frame.effects.asked) or Symbol(whole)
            case Mapped(key=key):
                return self._of_class(key, node, number, frame)
            case Column(cls=cls, way=way):
                return Column(cls, (*way, node.text)) if way else Method(of, node.text, number)
            case Row():
                return self._of_row(of, node, number, frame)
            case Awaitable(row=row):
                relation = self.workspace.relation(row.cls, node.text)
                return self._touched(row, relation, node, frame) if relation is not None else NOTHING
            case Instance():
                return self._of_instance(of, node, number, frame)
            case Pending() if node.text == "object_list":
                return of
            case Pairs() | Many() | Result() | Pending() | Manager() | _:
                return Method(of, node.text, number)

    def _of_class(self, key: str, node: Node, number: int, frame: Frame) -> Value:
        cls, name = self.workspace.mapped(key), node.text
        if cls is None:
            return NOTHING
        if name in cls.columns or self.workspace.relation(key, name) is not None:
            return Column(key, (name,))
        if cls.library == "sqlalchemy" and name == "query":
            return Pending(Query((key,), frame.site(number), "sqlalchemy", "query"))
        if cls.library == "django":
            kind = self.workspace.manager(key, name, frame.traced, frame.effects.asked)
            if kind:
                query = Query((key,), frame.site(number), "django", "manager", unclear=kind == "own")
                return Pending(query)
        found = self.workspace.method(key, name, frame.effects.asked)
        return Defined(*found, Mapped(key)) if found is not None else Method(Mapped(key), name, number)

    def _of_row(self, row: Row, node: Node, number: int, frame: Frame) -> Value:
        name = node.text
        if name == "awaitable_attrs":
            return Awaitable(replace(row, query=row.query and replace(row.query, awaited=False)))
        cls = self.workspace.mapped(row.cls)
        relation = self.workspace.relation(row.cls, name) if cls is not None else None
        if cls is not None and relation is not None:
            if name == row.back and not relation.collection:
                # It is the row from which this one was reached.
                return Row(row.before or relation.target, None, each=row.each)
            if cls.library == "django" and relation.collection:
                return Manager(row, relation, frame.site(number))
            return self._touched(row, relation, node, frame)
        if cls is None or name in cls.columns:
            return Unknown(each=row.each)
        found = self.workspace.method(row.cls, name, frame.effects.asked)
        if found is None:
            return Method(row, name, number)
        if any(getattr(one, "path", "").rpartition(".")[2] in _PROPERTIES for one in found[1].decorators):
            return self.call(Defined(*found, row), [], {}, number, frame)
        return Defined(*found, row)

    def _touched(self, row: Row, relation: Relation, node: Node, frame: Frame) -> Value:
        if not frame.is_loaded(row, relation):
            frame.touch(row, relation, node)
        reached = row.over(relation)
        return Many(replace(reached, each=False)) if relation.collection else reached

    def _of_instance(self, of: Instance, node: Node, number: int, frame: Frame) -> Value:
        found = self.workspace.member(of, node.text, frame.effects.asked)
        if found is not None and not found[1].is_class:
            return Defined(*found, of)
        term = dict(of.cls.annotations).get(node.text)
        if term is not None:
            return annotated(term, frame, of.traced)
        return Method(NOTHING, node.text, number)

    def _store(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        if isinstance(of, Row):
            frame.load(of, node.text)
        return NOTHING

    def _await(self, node: Node, number: int, frame: Frame) -> Value:
        return sqlalchemy.awaited(frame.values[node.parts[0]])

    def _iterate(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        self.gone_over(of, node, frame)
        return Many(of.row) if isinstance(of, Manager) else of

    def _element(self, node: Node, number: int, frame: Frame) -> Value:
        return element(frame.values[node.parts[0]])

    def gone_over(self, of: Value, node: Node, frame: Frame) -> None:
        """Take in that all rows of something are read."""
        if isinstance(of, Pending):
            frame.run(of.query, "", node)
        elif isinstance(of, Manager) and not frame.is_loaded(of.parent, of.relation):
            frame.touch(of.parent, of.relation, node)

    def _part(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        if isinstance(of, Several):
            at = int(node.text)
            return of.items[at] if at < len(of.items) else NOTHING
        return Unknown(each=is_each(of))

    def _slice(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        return Many(of.row) if isinstance(of, Manager) else of

    def _item(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        match of:
            case Many(of=one) | Pairs(of=one):
                return one
            case Pending() | Result():
                return replace(row, each=False) if isinstance(row := element(of), Row) else NOTHING
            case Several(items=items) if items and all(one == items[0] for one in items):
                return items[0]
            case Manager():
                frame.touch(of.parent, of.relation, node, certain=True)
                return NOTHING
            case _:
                return Unknown(each=any(is_each(frame.values[one]) for one in node.parts))

    def _equal(self, node: Node, number: int, frame: Frame) -> Value:
        left, right = (frame.values[one] for one in node.parts)
        if isinstance(right, Column):
            left, right = right, left
        if isinstance(left, Column) and is_each(right):
            return Equal(left.way[-1])
        return Unknown(each=is_each(left) or is_each(right))

    def _gathered(self, node: Node, number: int, frame: Frame) -> Value:
        of = frame.values[node.parts[0]]
        return Pairs(of) if node.text == "dict" else Many(of)

    def _list(self, node: Node, number: int, frame: Frame) -> Value:
        return Several(tuple(frame.values[one] for one in node.parts))

    def _join(self, node: Node, number: int, frame: Frame) -> Value:
        return _joined([frame.values[one] for one in node.parts if one < len(frame.values)])

    def _other(self, node: Node, number: int, frame: Frame) -> Value:
        return Unknown(each=any(is_each(frame.values[one]) for one in node.parts))

    # Calls

    def _call(self, node: Node, number: int, frame: Frame) -> Value:
        function, *args = (frame.values[one] for one in node.parts)
        keywords = {name: frame.values[one] for name, one in node.keywords}
        return self.call(function, args, keywords, number, frame)

    def call(
        self, function: Value, args: Sequence[Value], keywords: dict[str, Value], number: int, frame: Frame
    ) -> Value:
        """What a call gives."""
        node = frame.function.nodes[number]
        found: Value | None = None
        match function:
            case Defined():
                return self._defined(function, args, keywords, node, frame)
            case Instance():
                return function
            case Symbol(path=path):
                name = path.rpartition(".")[2]
                if path == name:
                    found = builtin(name, args, lambda of: self.gone_over(of, node, frame))
                if found is None:
                    found = django.shortcut(name, args, keywords, frame, number)
                if found is None:
                    found = sqlalchemy.call_name(name, args, keywords, frame, number)
            case Method(of=Pending() as of, name=name) if of.query.library == "sqlalchemy":
                found = sqlalchemy.method(of, name, args, keywords, frame, number)
            case Method(of=Pending() | Manager() as of, name=name):
                found = django.method(of, name, args, keywords, frame, number)
            case Method(of=Pairs(of=of), name="values" | "get" | "pop" as name):
                found = Many(of) if name == "values" else of
            case Method(of=Pairs(of=of), name="items"):
                found = Many(Several((NOTHING, of)))
            case Method(of=of, name=name):
                found = sqlalchemy.method(of, name, args, keywords, frame, number)
                if found is None:
                    found = sqlalchemy.call_name(name, args, keywords, frame, number)
            case _:
                pass
        if found is not None:
            return found
        given = [function, *args, *keywords.values()]
        return Unknown(each=any(map(is_each, given)))

    def _defined(
        self, defined: Defined, args: Sequence[Value], keywords: dict[str, Value], node: Node, frame: Frame
    ) -> Value:
        function, traced = defined.function, defined.traced
        frame.effects.asked.add(traced.path)
        given = [*([defined.bound] if defined.bound is not None and function.is_method else []), *args]
        if _is_static(function):
            given = list(args)
        arguments = dict(zip(function.parameters, given, strict=False))
        arguments |= {name: value for name, value in keywords.items() if name in function.parameters}
        telling = [one for one in arguments.values() if isinstance(one, _TELLING) or is_each(one)]
        if not telling:
            value, effects = self.entry(traced, function)
            frame.effects.asked |= effects.asked
            frame.effects.known |= effects.known
            return value
        if frame.depth >= _DEEPEST:
            return NOTHING
        key = traced.path, function.name
        if key in self._running:
            return NOTHING
        self._running.add(key)
        looped = frame.repeats(node)
        inner = Frame(self.workspace, traced, function, frame.effects, looped=looped, depth=frame.depth + 1)
        before = len(frame.effects.touches), len(frame.effects.runs)
        value = self._run(inner, arguments)
        self._running.discard(key)
        sites = {site for one in arguments.values() for site in sites_in(one)}
        self._replace(frame, node, before[0], sites)
        self._found(frame, node, before[1], set(sites_in(value)) - sites)
        return value

    def _found(self, frame: Frame, node: Node, start: int, sites: set[Site]) -> None:
        """Keep of the queries of a function that looks something up the one that does, and leave out the others.

        What else functions ask for each thing that they are given is a part of what they do with it.
        """
        runs = frame.effects.runs
        place = frame.place(node)
        kept = [
            replace(one, place=place, within=(one.place, *one.within), outer=node.loop == 0) if one.outer else one
            for one in runs[start:]
            if not one.outer or (one.query.site in sites and frame.reads_all(node))
        ]
        runs[start:] = kept

    def _replace(self, frame: Frame, node: Node, start: int, sites: set[Site]) -> None:
        """Let what a function does with the rows that it was given stand where it is called."""
        touches = frame.effects.touches
        place = frame.place(node)
        for at in range(start, len(touches)):
            one = touches[at]
            if one.outer and one.row.query is not None and one.row.query.site in sites:
                touches[at] = replace(one, place=place, within=(one.place, *one.within), outer=node.loop == 0)


def _is_static(function: Function) -> bool:
    return any(getattr(one, "path", "") == "staticmethod" for one in function.decorators)


def _joined(values: Sequence[Value]) -> Value:
    """What may be any of some values."""
    told = [one for one in values if one != NOTHING]
    found: Value = told[0] if told else NOTHING
    for one in told[1:]:
        if one != found:
            found = _merged(found, one)
    return found


def _merged(one: Value, other: Value) -> Value:
    match one, other:
        case Pending(query=query), Pending(query=another) if query.site == another.site:
            return Pending(_both(query, another))
        case Result(query=query), Result(query=another) if query.site == another.site:
            return replace(one, query=_both(query, another))
        case Row(query=Query() as query), Row(query=Query() as another) if query.site == another.site and one.way == other.way:
            return replace(one, query=_both(query, another), each=one.each or other.each)
        case Many(of=of), Many(of=another):
            return Many(_merged(of, another) if of != another else of)
        case Many(), Several(items=()):
            return one
        case Several(items=()), Many():
            return other
        case _:
            return Unknown(each=is_each(one) or is_each(other))


def _both(one: Query, other: Query) -> Query:
    """A query that is put together in one of two ways; what either loads may be there."""
    return replace(
        one,
        loaded=one.loaded | other.loaded,
        unclear=one.unclear or other.unclear,
        by_each=one.by_each and other.by_each,
    )


_KINDS: Final[dict[str, Callable[[Evaluator, Node, int, Frame], Value]]] = {
    "name": Evaluator._name,
    "constant": Evaluator._constant,
    "attribute": Evaluator._attribute,
    "store": Evaluator._store,
    "call": Evaluator._call,
    "await": Evaluator._await,
    "iterate": Evaluator._iterate,
    "element": Evaluator._element,
    "part": Evaluator._part,
    "slice": Evaluator._slice,
    "item": Evaluator._item,
    "equal": Evaluator._equal,
    "gathered": Evaluator._gathered,
    "list": Evaluator._list,
    "join": Evaluator._join,
    "other": Evaluator._other,
}
