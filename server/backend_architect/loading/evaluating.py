"""Evaluating functions: which rows their nodes are, and which relationships are loaded by touching them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from backend_architect.loading import django, serializing, sqlalchemy
from backend_architect.loading.annotations import annotated
from backend_architect.loading.builtins import builtin
from backend_architect.loading.frames import At, Calling, Effects, Frame, sites_in
from backend_architect.loading.merging import joined
from backend_architect.loading.nodes import PLAIN, gone_over
from backend_architect.loading.values import (
    NOTHING,
    Awaitable,
    Column,
    Defined,
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
    Unknown,
    Value,
    is_each,
)

if TYPE_CHECKING:
    from backend_architect.loading.traces import Function, Node, Traced
    from backend_architect.loading.values import Relation, Site
    from backend_architect.loading.workspace import Workspace
    from backend_architect.schema.terms import Term

_DEEPEST: Final = 4
"""How many calls are followed from one function."""
_MOST: Final = 20_000
"""How many nodes are visited for one function with all that it calls."""
_PROPERTIES: Final = frozenset({"property", "cached_property", "hybrid_property"})
_TELLING = (Many, Pending, Result, Several, Mapped, Manager)


@dataclass(slots=True)
class Evaluator:
    """Evaluates the functions of a workspace, once for all callers that say nothing about the arguments."""

    workspace: Workspace
    _whole: dict[tuple[str, str], tuple[Value, Effects]] = field(
        default_factory=dict[tuple[str, str], "tuple[Value, Effects]"]
    )
    """Functions all of whose calls were followed to their end."""
    _cut: dict[tuple[str, str, int], tuple[Value, Effects]] = field(
        default_factory=dict[tuple[str, str, int], "tuple[Value, Effects]"]
    )
    """The others, to a depth."""

    def entry(self, traced: Traced, function: Function, deepest: int = _DEEPEST) -> tuple[Value, Effects]:
        """What a function gives and does when nothing but annotations is known of its arguments.

        Calls are followed to a depth, which ends recursion, too, so that no answer depends on what was asked
        before.
        """
        key = traced.path, function.name
        known = self._whole.get(key)
        if known is None or known[1].depth > deepest:
            known = self._cut.get((*key, deepest))
        if known is not None:
            return known
        effects = Effects(deepest, asked={traced.path})
        frame = Frame(self.workspace, traced, function, effects, looped=False, deepest=deepest)
        given = self._run(frame, {})
        serializing.answer(given, frame)
        serializing.views(self._queryset(frame), frame)
        if effects.is_cut or effects.visited > _MOST:
            self._cut[*key, deepest] = given, effects
        else:
            self._whole[key] = given, effects
        return given, effects

    def _queryset(self, frame: Frame) -> Value:
        """The rows that a view of Django REST framework gives, as its class says it or a method of it."""
        number = frame.function.attribute("queryset")
        if number is None and frame.function.attribute("serializer_class") is None:
            return NOTHING
        own = Instance(frame.traced, frame.function)
        method = self.workspace.member(own, "get_queryset", frame.effects.asked)
        if method is not None:
            given, effects = self.entry(*method, frame.deepest)
            frame.call(effects, frame.deepest)
            return given
        return frame.values[number] if number is not None else NOTHING

    def _run(self, frame: Frame, arguments: dict[str, Value]) -> Value:
        function = frame.function
        annotations = dict(function.annotations)
        skipped = {
            number
            for name, start, end in function.absent
            if arguments.get(name, NOTHING) != NOTHING
            for number in range(start, end)
        }
        for number, node in enumerate(function.nodes):
            frame.effects.visited += 1
            if node.kind == "parameter":
                value = arguments.get(node.text)
                if value is None:
                    value = self._parameter(node.text, annotations, frame)
            elif frame.effects.visited > _MOST or number in skipped:
                value = NOTHING
            elif node.kind == "attribute":
                value = self._attribute(At(frame, number))
            elif node.kind == "call":
                value = self._call(At(frame, number))
            else:
                value = PLAIN[node.kind](At(frame, number))
            frame.values.append(value)
        return joined([frame.values[one] for one in function.returned])

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

    def _attribute(self, at: At) -> Value:
        of, name, frame = at.first, at.node.text, at.frame
        match of:
            case Symbol(path=path):
                whole = f"{path}.{name}"
                return self.workspace.find(whole, frame.traced, frame.effects.asked) or Symbol(whole)
            case Mapped(key=key):
                return self._of_class(key, at)
            case Column(cls=cls, way=way):
                return Column(cls, (*way, name))
            case Row():
                return self._of_row(of, at)
            case Awaitable(row=row):
                relation = self.workspace.relation(row.cls, name, frame.effects.asked)
                return self._touched(row, relation, at) if relation is not None else NOTHING
            case Instance():
                return self._of_instance(of, at)
            case Pending() if name in {"object_list", "items"}:
                return of
            case _:
                return Method(of, name)

    def _of_class(self, key: str, at: At) -> Value:
        name, asked = at.node.text, at.frame.effects.asked
        cls = self.workspace.mapped(key, asked)
        if cls is None:
            return NOTHING
        if name in cls.columns or self.workspace.relation(key, name, asked) is not None:
            return Column(key, (name,))
        if cls.library == "sqlalchemy" and name == "query":
            return Pending(Query((key,), at.site, "sqlalchemy", "query"))
        kind = self.workspace.manager(key, name, at.frame.traced, asked) if cls.library == "django" else ""
        if kind:
            return Pending(Query((key,), at.site, "django", "manager", unclear=kind == "own"))
        found = self.workspace.method(key, name, asked)
        return Defined(*found, Mapped(key)) if found is not None else Method(Mapped(key), name)

    def _of_row(self, row: Row, at: At) -> Value:
        name, asked = at.node.text, at.frame.effects.asked
        cls = self.workspace.mapped(row.cls, asked)
        if name == "awaitable_attrs":
            return Awaitable(replace(row, query=row.query and replace(row.query, awaited=False)))
        if cls is None:
            return Unknown(each=row.each)
        relation = self.workspace.relation(row.cls, name, asked)
        if relation is None:
            if name not in cls.columns:
                return self._of_object(row, at)
            return Unknown(row.each, f"{row.cls}.{name}" if row.each else "")
        if name == row.back and not relation.collection:
            # It is the row from which this one was reached.
            return Row(row.before or relation.target, None, each=row.each)
        if cls.library == "django" and relation.collection:
            return Manager(row, relation, at.site)
        return self._touched(row, relation, at)

    def _of_object(self, row: Row, at: At) -> Value:
        """A method or a property of a row."""
        found = self.workspace.method(row.cls, at.node.text, at.frame.effects.asked)
        if found is None:
            return Method(row, at.node.text)
        if any(getattr(one, "path", "").rpartition(".")[2] in _PROPERTIES for one in found[1].decorators):
            return self._defined(Defined(*found, row), Calling(at))
        return Defined(*found, row)

    def _touched(self, row: Row, relation: Relation, at: At) -> Value:
        if not at.frame.is_loaded(row, relation):
            at.frame.touch(row, relation, at.node)
        reached = row.over(relation)
        return Many(replace(reached, each=False)) if relation.collection else reached

    def _of_instance(self, of: Instance, at: At) -> Value:
        found = self.workspace.member(of, at.node.text, at.frame.effects.asked)
        if found is not None and not found[1].is_class:
            return Defined(*found, of)
        term = dict(of.cls.annotations).get(at.node.text)
        if term is not None:
            return annotated(term, at.frame, of.traced)
        return Method(NOTHING, at.node.text)

    # Calls

    def _call(self, at: At) -> Value:
        function, *args = at.parts
        call = Calling(at, args, {name: at.frame.values[one] for name, one in at.node.keywords})
        found = self._given(function, call)
        if found is not None:
            return found
        return Unknown(each=any(map(is_each, [function, *args, *call.keywords.values()])))

    def _given(self, function: Value, call: Calling) -> Value | None:
        """What a call gives; None if nobody knows."""
        match function:
            case Defined():
                return self._defined(function, call)
            case Instance():
                return function
            case Symbol(path=path):
                return _of_library(path, call)
            case Method(of=Pending(query=Query(library="sqlalchemy")) as of, name=name):
                return sqlalchemy.method(of, name, call)
            case Method(of=Pending() | Manager() as of, name=name):
                return django.method(of, name, call)
            case Method(of=Pairs(of=of), name="get" | "pop"):
                return of
            case Method(of=Pairs(of=of), name="values" | "items" as name):
                return Many(of if name == "values" else Several((NOTHING, of)))
            case Method(of=of, name=name):
                found = sqlalchemy.method(of, name, call)
                return found if found is not None else sqlalchemy.function(name, call)
            case _:
                return None

    def _defined(self, defined: Defined, call: Calling) -> Value:
        function, traced, frame, node = defined.function, defined.traced, call.frame, call.node
        frame.effects.asked.add(traced.path)
        bound = [defined.bound] if defined.bound is not None and _is_bound(function) else []
        arguments = dict(zip(function.parameters, [*bound, *call.args], strict=False))
        arguments |= {name: value for name, value in call.keywords.items() if name in function.parameters}
        if frame.deepest == 0:
            frame.effects.is_cut = True
            return NOTHING
        deepest = frame.deepest - 1
        if not any(map(_tells, arguments.values())):
            value, effects = self.entry(traced, function, deepest)
            frame.call(effects, deepest)
            frame.effects.known |= effects.known
            return value
        frame.effects.reach(deepest)
        looped = frame.repeats(node)
        inner = Frame(self.workspace, traced, function, frame.effects, looped=looped, deepest=deepest)
        before = len(frame.effects.touches), len(frame.effects.runs)
        value = self._run(inner, arguments)
        sites = {site for one in arguments.values() for site in sites_in(one)}
        self._replace(frame, node, before[0], sites)
        self._found(frame, node, before[1], set(sites_in(value)) - sites)
        return value

    def _found(self, frame: Frame, node: Node, start: int, sites: set[Site]) -> None:
        """Keep of the queries of a function the one that looks up what it gives, and leave out the others.

        What else functions ask for each thing that they are given is a part of what they do with it.
        """
        runs = frame.effects.runs
        place = frame.place(node)
        kept = [
            replace(one, place=place, within=(one.place, *one.within), outer=node.loop == 0)
            if one.outer
            else one
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


def _tells(value: Value) -> bool:
    """Whether an argument makes a function worth being evaluated again."""
    from_query = isinstance(value, Row) and value.query is not None
    return from_query or isinstance(value, _TELLING) or is_each(value)


def _of_library(path: str, call: Calling) -> Value | None:
    """What a function of a library gives; None if nobody knows."""
    name = path.rpartition(".")[2]
    found = builtin(name, call.args, lambda of: gone_over(of, call.at)) if path == name else None
    found = found if found is not None else django.shortcut(name, call)
    return found if found is not None else sqlalchemy.function(name, call)


def _is_bound(function: Function) -> bool:
    """Whether a function is called with what it is an attribute of."""
    static = any(getattr(one, "path", "") == "staticmethod" for one in function.decorators)
    return function.is_method and not static
