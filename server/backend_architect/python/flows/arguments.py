"""The arguments of calls, and the parameters that they are for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.python.flows.data import Data, Marks, partial, united

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.python.flows.state import Env, State


@dataclass(slots=True)
class Given:
    """The arguments of a call."""

    positional: list[tuple[Data, ast.expr]] = field(default_factory=list["tuple[Data, ast.expr]"])
    keywords: dict[str, tuple[Data, ast.expr]] = field(default_factory=dict[str, "tuple[Data, ast.expr]"])
    rest: list[tuple[Data, ast.expr]] = field(default_factory=list["tuple[Data, ast.expr]"])
    """What comes by `*` and `**`, and may be for any parameter."""

    @property
    def all(self) -> list[tuple[Data, ast.expr]]:
        """All values with their expressions."""
        return [*self.positional, *self.keywords.values(), *self.rest]

    @property
    def marks(self) -> Marks:
        """The marks of all values."""
        return united(data.all_marks for data, _ in self.all)

    def argument(self, position: int | None, keyword: str | None) -> tuple[Data, ast.expr] | None:
        """What is given for a parameter."""
        if keyword is not None and keyword in self.keywords:
            return self.keywords[keyword]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return next((one for one in self.rest if one[0].all_marks), None)


def given(walk: State, node: ast.Call) -> Given:
    """The values of the arguments of a call."""
    found = Given()
    for argument in node.args:
        data = walk.eval(argument)
        if not isinstance(argument, ast.Starred):
            found.positional.append((data, argument))
        elif data.elements is not None:
            found.positional += [(one, argument) for one in data.elements]
        else:
            found.rest.append((data.flat(), argument))
    for keyword in node.keywords:
        data = walk.eval(keyword.value)
        if keyword.arg is not None:
            found.keywords[keyword.arg] = (data, keyword.value)
        elif data.parts is not None:
            named = {key: one for key, one in data.parts.items() if isinstance(key, str)}
            found.keywords |= {key: (one, keyword.value) for key, one in named.items()}
            found.rest.append((Data(data.marks), keyword.value))
        else:
            found.rest.append((data.flat(), keyword.value))
    return found


def bound(parameters: Iterable[str], arguments: Given, instance: Data | None) -> Env:
    """What the parameters of a function get; `*rest` and `**rest` are written with their stars."""
    env: Env = {}
    names = [name for name in parameters if not name.startswith("*") and not name.startswith("=")]
    only_keyword = [name[1:] for name in parameters if name.startswith("=")]
    positional = [data for data, _ in arguments.positional]
    if instance is not None:
        positional.insert(0, instance)
    env.update(zip(names, positional, strict=False))
    keywords = {name: data for name, (data, _) in arguments.keywords.items()}
    for name in (*names, *only_keyword):
        if name in keywords:
            env[name] = keywords.pop(name)
        elif name not in env and arguments.rest:
            env[name] = Data(partial(united(data.all_marks for data, _ in arguments.rest)))
    for name in parameters:
        if name.startswith("**"):
            env[name[2:]] = Data(united(data.marks for data, _ in arguments.rest), parts={**keywords})
        elif name.startswith("*"):
            more = united(data.all_marks for data, _ in arguments.rest)
            behind = tuple(positional[len(names) :])
            env[name[1:]] = (
                Data(elements=behind)
                if not more
                else Data(partial(united([more, *(one.all_marks for one in behind)])))
            )
    return env
