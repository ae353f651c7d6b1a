"""Where names are looked up: the functions of a block, and all that lies outside of them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from backend_architect.python.bindings import of_parameters, of_statements, of_walrus
from backend_architect.python.definitions import is_static
from backend_architect.python.values import UNKNOWN, Value, is_thing, merged

if TYPE_CHECKING:
    from backend_architect.python.bindings import Binding, FunctionNode

Look = Callable[[str], Value | None]
"""Answers what a name of the module stands for; None for a name that the module does not bind.

Attributes of classes are names too, as `Class.attribute`. Behind a name, `()` asks for what a call of it
gives, `[]` for the strings in a list, `<` for the classes that it inherits from, `~` for the instance that
it promises as an annotation, `(` for the string that the call is given first whose result it is, `#` for how
many places read it, if it is a constant string. `@` before a dotted path asks for a thing of another file, by
the path under which this file imports it; behind such a path, `/` asks for the modules that are imported
where it leads to. `@name==` asks for the version of a library that the project pins, `@name?` whether it is
one that the project names among its dependencies.
"""


class Scope(Protocol):
    """Where a name is looked up."""

    def answer(self, name: str) -> Value | None:
        """What the name stands for; None if no scope binds it."""
        ...

    def bindings_of(self, name: str) -> tuple[Binding, ...]:
        """The places that bind the name in the innermost function that does; none for names of the module."""
        ...


@dataclass(frozen=True, slots=True)
class OutsideScope:
    """All that lies outside of the functions of a block: asks, and leaves it to others to remember what."""

    look: Look

    def answer(self, name: str) -> Value | None:
        """What the module says."""
        return self.look(name)

    def bindings_of(self, name: str) -> tuple[Binding, ...]:  # noqa: ARG002 - part of the protocol
        """Nothing: only functions tell where they bind a name."""
        return ()


class FunctionScope:
    """The names that a function binds, and behind it the scope around it."""

    def __init__(
        self,
        function: FunctionNode,
        outer: Scope,
        owner: str | None,
        walrus: Sequence[ast.NamedExpr] = (),
    ) -> None:
        """Takes the class of which the function is a method, and the `:=` in it."""
        self.function = function
        self.outer = outer
        self.owner = owner
        self.walrus = walrus
        self._answers: dict[str, Value | None] = {}

    @cached_property
    def _bound(self) -> dict[str, list[Binding]]:
        function = self.function
        bound: defaultdict[str, list[Binding]] = defaultdict(list)
        for name, binding in of_parameters(
            function, method=self.owner is not None and not is_static(function)
        ):
            bound[name].append(binding)
        statements = () if isinstance(function, ast.Lambda) else function.body
        for name, binding in (*of_statements(statements), *map(of_walrus, self.walrus)):
            bound[name].append(binding)
        return {
            name: bindings for name, bindings in bound.items() if all(one.kind != "outer" for one in bindings)
        }

    def bindings_of(self, name: str) -> tuple[Binding, ...]:
        """The places in this function, or in the next one around that has any."""
        bound = self._bound.get(name)
        return tuple(bound) if bound else self.outer.bindings_of(name)

    def answer(self, name: str) -> Value | None:
        """What the bindings of the function agree on, or the scope around it says."""
        if name not in self._answers:
            bound = self._bound.get(name)
            if bound is None:
                return self.outer.answer(name)
            self._answers[name] = UNKNOWN  # whoever asks again while we look goes in circles
            from backend_architect.python.names import Resolver  # noqa: PLC0415 - the two need each other

            resolver = Resolver(self, self.outer)
            self._answers[name] = agreed(bound, [resolver.bound(binding, self.owner) for binding in bound])
        return self._answers[name]


def agreed(bindings: Sequence[Binding], values: list[Value]) -> Value:
    """What the bindings of a name agree on; the type that is declared holds for whatever it is given."""
    declared = [
        value for binding, value in zip(bindings, values, strict=True) if binding.kind == "annotation"
    ]
    promised = merged(declared) if declared else UNKNOWN
    return promised if is_thing(promised) else merged(values)
