"""What the names of a module stand for, from what its blocks tell."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.python.behaviours import BEHAVIOUR, Behaviours
from backend_architect.python.bindings import Binding
from backend_architect.python.names import (
    BASES,
    CALL,
    ELSEWHERE,
    FIRST,
    IMPORTS,
    ITEMS,
    PROMISE,
    READS,
    FunctionScope,
    Look,
    OutsideScope,
    Resolver,
    agreed,
    foreign_modules,
)
from backend_architect.python.results import is_silent, result_of
from backend_architect.python.values import UNKNOWN, Imports, Literal, Value

if TYPE_CHECKING:
    from backend_architect.python.survey import PythonStudy


_SUFFIX = re.compile("(?:" + "|".join(map(re.escape, (CALL, BASES, PROMISE, ITEMS, FIRST))) + r")\Z")


@dataclass(slots=True)
class ModuleNames:
    """The names that a module binds, and the attributes of its classes, as `Class.attribute`."""

    bound: dict[str, list[Binding]]
    imported: frozenset[str]
    """The top-level modules that the module imports, wherever in it."""
    elsewhere: Look
    """Answers for the things of other files, by the paths under which this file imports them."""
    studies: list[PythonStudy] = field(default_factory=list["PythonStudy"])
    """What the blocks of the module tell."""
    _answers: dict[str, Value | None] = field(default_factory=dict[str, "Value | None"])
    _asking: list[str] = field(default_factory=list[str])
    """The names that are being answered, each for the one before."""
    _deep: set[str] = field(default_factory=set[str])
    """The names whose answers depend on the bodies of functions."""
    _behaviours: Behaviours = field(default_factory=Behaviours)

    def look(self, name: str) -> Value | None:
        """What all places that bind a name agree on; None if there is none."""
        if name.startswith(ELSEWHERE):
            return self.elsewhere(name.removeprefix(ELSEWHERE))
        if name.endswith(BEHAVIOUR):
            return self._behaviours.of(name, self)
        if name not in self._answers:
            self._answers[name] = UNKNOWN  # whoever asks again while we look goes in circles
            self._asking.append(name)
            self._answers[name] = self._answer(name)
            self._asking.pop()
        if name in self._deep:
            self._deep.update(self._asking)
        return self._answers[name]

    @property
    def imports(self) -> frozenset[str]:
        """The top-level modules whose things may be here, imported by the file or by others it imports."""
        bindings = (binding for bound in self.bound.values() for binding in bound if binding.kind == "import")
        paths = {binding.path for binding in bindings if _root(binding.path) not in foreign_modules()}
        answers = [self.elsewhere(path.removesuffix(".*") + IMPORTS) for path in sorted(paths)]
        return self.imported.union(*(one.modules for one in answers if isinstance(one, Imports)))

    def forget(self) -> None:
        """Answer anew, because other files have changed."""
        self._answers.clear()
        self._behaviours.forget()

    def renew(self, owner: str | None, before: PythonStudy, after: PythonStudy) -> None:
        """Take in a block that binds the same names, though the bodies of its functions changed."""
        self.studies[:] = [after if one is before else one for one in self.studies]
        renewed: set[str] = set()
        for (name, old), (_, new) in zip(before.bindings, after.bindings, strict=True):
            full = f"{owner}{name}" if name.startswith(".") else name
            bound = self.bound.get(full, [])
            bound[:] = [new if one is old else one for one in bound]
            renewed.add(full + BEHAVIOUR)
        self._behaviours.renew(renewed)
        for name in self._deep:
            self._answers.pop(name, None)
        self._deep.clear()

    def is_deep(self, name: str) -> bool:
        """Whether the answer depends on the bodies of functions."""
        return name.endswith(BEHAVIOUR) or name in self._deep

    def attribute(self, owner: str, name: str) -> Value:
        """What an attribute of a thing of the module stands for, also where it is one of a base class."""
        outside = OutsideScope(self.look)
        return Resolver(outside, outside).attribute(self.look(owner), name)

    def _answer(self, name: str) -> Value | None:
        if name.endswith(READS):
            self._deep.add(name)
            return self._readers(name.removesuffix(READS))
        bindings = self.bound.get(_SUFFIX.sub("", name))
        if bindings is None:
            return self._starred(name)
        with suppress(RecursionError):
            return agreed(bindings, [self._resolve(name, binding) for binding in bindings])
        return UNKNOWN

    def _readers(self, name: str) -> Value:
        """How many places read a string that is assigned once, as one literal."""
        match self.bound.get(name):
            case [Binding(kind="value", node=ast.Constant(value=str()), function=None)]:
                bare = name.rpartition(".")[2]
                return Literal(sum(_reads(node, bare) for study in self.studies for node in study.around))
            case _:
                return UNKNOWN

    def _starred(self, name: str) -> Value | None:
        """What the modules say of a name from which everything is imported."""
        for binding in self.bound.get("*", ()):
            value = self.elsewhere(binding.path.removesuffix("*") + name)
            if value is not None:
                return value
        return None

    def _resolve(self, name: str, binding: Binding) -> Value:
        outside = OutsideScope(self.look)
        owner = name.rpartition(".")[0] or None
        scope = FunctionScope(binding.function, outside, owner) if binding.function else outside
        function = binding.node
        if name.endswith(CALL) and is_silent(function):
            self._deep.add(name)
            return result_of(function, Resolver(FunctionScope(function, outside, owner), outside))
        return Resolver(scope, outside).bound(binding, owner, name)


def _reads(node: ast.AST, name: str) -> bool:
    """Whether a node reads a name, or hands it to other files."""
    match node:
        case ast.Name(id=read, ctx=ast.Load()) | ast.Attribute(attr=read, ctx=ast.Load()):
            return read == name
        case ast.Constant(value=str() as text):
            return text == name
        case _:
            return False


def _root(path: str) -> str:
    return path.partition(".")[0]
