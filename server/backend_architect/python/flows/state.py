"""What a walk over a function knows at the place where it is: the variables, and what they hold."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.flows.data import (
    NOTHING,
    Data,
    Key,
    Mark,
    Marks,
    cleared,
    joined,
)
from backend_architect.python.names import ELSEWHERE, OutsideScope, Resolver, foreign_modules
from backend_architect.python.values import (
    UNKNOWN,
    Instance,
    Literal,
    Symbol,
    Text,
    Value,
    is_number,
    local_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.bindings import FunctionNode
    from backend_architect.python.names import Look

Env = dict[str, Data]
"""What variables hold. `?source` is an expression whose value has been looked at, `!name` what a parameter
held at first; both are there only to be made harmless."""

ASKED, FIRST = "?", "!"

_BUILTINS = frozenset(dir(builtins))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Use:
    """Data that reaches a sink at a call."""

    kind: str
    sink: str
    """The dotted name of the function that does harm."""
    argument: ast.expr
    marks: Marks
    through: str = ""
    """The helper that hands it on."""
    helpers: int = 0
    """How far away the sink is, in helpers."""


@dataclass(slots=True, eq=False)
class State:
    """The variables at one place, and what was seen on the way there."""

    look: Look
    owner: str | None = None
    """The class around the function."""
    env: Env | None = field(default_factory=dict[str, Data])
    """None where no way leads."""
    seen: dict[ast.AST, Data] = field(default_factory=dict[ast.AST, Data])
    """The values of all expressions that carry data."""
    uses: dict[ast.Call, dict[tuple[str, str, ast.expr], Use]] = field(
        default_factory=dict[ast.Call, "dict[tuple[str, str, ast.expr], Use]"]
    )
    """The sinks that data reaches, by the calls."""
    returned: list[Data] = field(default_factory=list[Data])
    sightings: int = 0
    """How often an expression was seen that carries data."""
    refuses: bool = False
    """Whether there is a way to a `raise`."""
    has_checks: bool = False
    """Whether the outcome of a condition that speaks of data is kept in a variable."""
    has_asked: bool = False
    """Whether the value of an expression has been looked at that is no variable."""
    resolver: Resolver = field(init=False)
    _globals: dict[str, Data] = field(init=False, default_factory=dict[str, Data])

    def __post_init__(self) -> None:
        outside = OutsideScope(self.look)
        self.resolver = Resolver(outside, outside)

    # To be done by those who know how

    def eval(self, node: ast.expr) -> Data:
        """The value of an expression."""
        raise NotImplementedError

    def run(self, function: FunctionNode, arguments: Env) -> Data:
        """The result of a function of this function."""
        raise NotImplementedError

    # Names

    def variable(self, name: str) -> Data:
        """What a name stands for."""
        env = self.env
        if env is not None and (found := env.get(name)) is not None:
            return found
        if name not in self._globals:
            value = self.look(name)
            if value is None:
                value = Symbol(f"builtins.{name}") if name in _BUILTINS else UNKNOWN
            self._globals[name] = Data(value=value) if value != UNKNOWN else NOTHING
        return self._globals[name]

    def assign(self, target: ast.expr, data: Data) -> None:
        """Bind the names of a target."""
        if self.env is None:
            return
        match target:
            case ast.Name(id=name):
                self.bind(name, data)
            case ast.Starred(value=inner):
                self.assign(inner, data.flat())
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, data)
            case ast.Attribute(value=owner, attr=name):
                self.update(owner, self.eval(owner), self.eval(owner).with_item(f".{name}", data))
            case ast.Subscript(value=owner, slice=index):
                self._assign_item(owner, index, data)
            case _:
                pass

    def bind(self, name: str, data: Data) -> None:
        """Let a variable hold a value."""
        env = self.env
        if env is None:
            return
        env[name] = data
        self._forget(name)
        if self.has_checks:
            self._forget_checks(name)

    def _forget_checks(self, name: str) -> None:
        """What was found out about a variable holds no more, now that it is bound again."""
        env = self.env or {}
        for other, held in list(env.items()):
            if held.check is not None and any(
                isinstance(node, ast.Name) and node.id == name for node in ast.walk(held.check)
            ):
                env[other] = Data(value=held.value)

    def _forget(self, name: str) -> None:
        """What was found out about parts of a variable holds no more."""
        env = self.env or {}
        if not self.has_asked:
            return
        starts = (f"{ASKED}{name}.", f"{ASKED}{name}[")
        for key in [key for key in env if key[0] == ASKED and key.startswith(starts)]:
            del env[key]

    def _unpack(self, targets: list[ast.expr], data: Data) -> None:
        starred = [at for at, one in enumerate(targets) if isinstance(one, ast.Starred)]
        elements = data.elements
        if elements is None or (
            len(elements) != len(targets) if not starred else len(elements) < len(targets) - 1
        ):
            for target in targets:
                self.assign(target, data.any_item())
            return
        if starred:
            at, behind = starred[0], len(targets) - starred[0] - 1
            end = len(elements) - behind
            middle = Data(elements=elements[at:end])
            inner = targets[at]
            self.assign(inner.value if isinstance(inner, ast.Starred) else inner, middle)
            for target, one in zip(
                [*targets[:at], *targets[at + 1 :]], [*elements[:at], *elements[end:]], strict=True
            ):
                self.assign(target, one)
            return
        for target, one in zip(targets, elements, strict=True):
            self.assign(target, one)

    def _assign_item(self, owner: ast.expr, index: ast.expr, data: Data) -> None:
        before, key = self.eval(owner), self.eval(index).constant
        after = before.with_item(key, data) if isinstance(key, Key) else before.with_some(data)
        self.update(owner, before, after)

    def update(self, owner: ast.expr, before: Data, after: Data) -> None:
        """The object of an expression has changed; all variables that hold it see that."""
        env = self.env
        if env is None:
            return
        for name, held in env.items():
            if held is before and (before.is_container or name[0] == FIRST):
                env[name] = after
        match owner:
            case ast.Name(id=name):
                env[name] = after
                self._forget(name)
            case ast.Attribute(value=outer, attr=attribute):
                held = self.eval(outer)
                self.update(outer, held, held.with_item(f".{attribute}", after))
            case ast.Subscript(value=outer, slice=index):
                held, key = self.eval(outer), self.eval(index).constant
                changed = held.with_item(key, after) if isinstance(key, Key) else held.with_some(after)
                self.update(outer, held, changed)
            case _:
                pass

    # Ways

    def copy(self) -> Env | None:
        """The variables as they are now."""
        return None if self.env is None else dict(self.env)

    def saw(self, node: ast.AST, data: Data) -> None:
        """Remember what an expression carries."""
        self.sightings += 1
        before = self.seen.get(node)
        self.seen[node] = data if before is None or before is data else joined([before, data])

    # Making harmless

    def restrict(self, node: ast.expr, kinds: frozenset[str], *, derived: bool = False) -> None:
        """The value of an expression is harmless from here on.

        With `derived`, that says the same of the data that it was made from.
        """
        env = self.env
        data = self.eval(node)
        if env is None or not data.all_marks:
            return
        origins = {mark.origin for mark in data.all_marks if mark.whole or derived}

        def change(mark: Mark) -> Mark | None:
            return cleared(mark, kinds) if mark.origin in origins else mark

        if origins:
            for name, held in env.items():
                if held.marks or held.is_container:
                    env[name] = held.mapped(change)
        after = data.made_safe(kinds)
        if isinstance(node, ast.NamedExpr):
            node = node.target
        if isinstance(node, ast.Name):
            for name, held in list(env.items()):
                if held is data:
                    env[name] = after
            env[node.id] = after
        else:
            self.has_asked = True
            env[ASKED + ast.unparse(node)] = after

    # What things are

    def attribute_value(self, value: Value, name: str) -> Value:
        """What an attribute of a thing stands for; of several base classes, the one that knows it."""
        if not isinstance(value, Symbol | Instance):
            return UNKNOWN
        found = self.resolver.attribute(value, name)
        if isinstance(value, Instance) and not isinstance(found, Instance):
            for base in self.bases(value.type):
                known = libraries.attribute(f"{base}.{name}")
                if known:
                    return Instance(known)
        return found

    def bases(self, path: str, seen: tuple[str, ...] = ()) -> Iterable[str]:
        """The classes of libraries from which a class of the project inherits, or it itself."""
        own = local_name(path)
        if own is None:
            yield path
            if path.partition(".")[0] in foreign_modules():
                return
        found = self.look(f"{ELSEWHERE}{path}<" if own is None else f"{own}<")
        for base in getattr(found, "paths", ()):
            if base is not None and base not in seen:
                yield from self.bases(base, (*seen, path))

    def is_harmless(self, value: Value) -> bool:
        """Whether a thing can hold nothing that a sender could make up: a number, a date, an enum."""
        if is_number(value):
            return True
        if not isinstance(value, Instance):
            return False
        return any(libraries.entry("harmless-types", base) is not None for base in self.bases(value.type))


def constant(value: object) -> Data:
    """A constant as a value."""
    if isinstance(value, str):
        return Data(value=Text((value,)))
    if isinstance(value, int | float | complex | bytes | None):
        return Data(value=Literal(value))
    return NOTHING


def join_envs(envs: Iterable[Env | None]) -> Env | None:
    """The variables where several ways meet."""
    alive = [env for env in envs if env is not None]
    if not alive:
        return None
    first, *rest = alive
    if not rest:
        return first
    result = dict(first)
    for env in rest:
        for name, held in env.items():
            known = result.get(name)
            if known is not held:
                result[name] = held if known is None else joined([known, held])
    asked = [name for name in result if name[0] == ASKED and not all(name in env for env in alive)]
    for name in asked:
        del result[name]
    return result
