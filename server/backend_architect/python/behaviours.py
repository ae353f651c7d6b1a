"""What the functions of a module do with their arguments: `name!` of a module's names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from backend_architect.python.values import UNKNOWN, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend_architect.python.bindings import Binding

BEHAVIOUR = "!"


class Module(Protocol):
    """The names of a module."""

    @property
    def bound(self) -> Mapping[str, list[Binding]]:
        """The places that bind each name."""
        ...

    def look(self, name: str) -> Value | None:
        """What a name stands for."""
        ...


@dataclass(slots=True)
class _Known:
    answer: Value | None
    circle: frozenset[str]
    """The functions that were asked about each other; the answer depends on which of them was asked first."""


@dataclass(slots=True)
class Behaviours:
    """The behaviours of the functions of a module, each found out once.

    Functions that call each other in a circle are read from the one that is asked for, so that an answer
    never depends on what was asked before.
    """

    _known: dict[str, _Known] = field(default_factory=dict[str, _Known])
    _asked: list[str] = field(default_factory=list[str])
    _circles: list[set[str]] = field(default_factory=list[set[str]])
    """For each function that is being read, those under way that it came back to."""
    _within: dict[str, _Known] = field(default_factory=dict[str, _Known])
    """Answers that hold while the functions of their circles are under way."""
    _readers: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    """For each function, those that have asked for it."""

    def of(self, name: str, module: Module) -> Value | None:
        """What a function does; None if nothing binds the name, unknown if it is no function."""
        if self._asked:
            self._readers.setdefault(name, set()).add(self._asked[-1])
        if name in self._asked:
            self._circles[-1].add(name)
            return UNKNOWN
        known = self._within.get(name) or self._known.get(name)
        if known is not None and not (
            known.circle and name not in self._within and known.circle.intersection(self._asked)
        ):
            if self._circles:
                self._circles[-1].update(known.circle.intersection(self._asked))
            return known.answer
        return self._read(name, module)

    def _read(self, name: str, module: Module) -> Value | None:
        bindings = module.bound.get(name.removesuffix(BEHAVIOUR))
        if bindings is None:
            return None
        self._asked.append(name)
        self._circles.append(set())
        answer = _read(name, bindings, module)
        self._asked.pop()
        circle = self._circles.pop()
        came_back_to = circle.intersection(self._asked)
        known = _Known(answer, frozenset(circle))
        if came_back_to:
            self._within[name] = known
            self._circles[-1].update(came_back_to)
        else:
            self._known[name] = known
            for inner in [one for one, it in self._within.items() if not it.circle.intersection(self._asked)]:
                known.circle = known.circle | {inner}
                del self._within[inner]
        return answer

    def renew(self, names: set[str]) -> None:
        """Read some functions again, and whoever has asked for them."""
        stack = list(names)
        while stack:
            name = stack.pop()
            self._known.pop(name, None)
            stack += self._readers.pop(name, ())

    def forget(self) -> None:
        """Read all functions again."""
        self._known.clear()


def _read(name: str, bindings: list[Binding], module: Module) -> Value | None:
    nodes = [one.node for one in bindings if isinstance(one.node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if len(nodes) != 1 or len(bindings) != 1 or bindings[0].function is not None:
        return UNKNOWN
    from backend_architect.python.flows.summaries import summary_of  # noqa: PLC0415 - flows need names

    owner = name.removesuffix(BEHAVIOUR).rpartition(".")[0] or None
    try:
        return summary_of(nodes[0], owner, module.look)
    except RecursionError:
        return UNKNOWN
