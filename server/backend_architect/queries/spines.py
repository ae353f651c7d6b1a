"""Chains of attributes and calls, and which of them may be queries as far as their words tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set
from backend_architect.schema.terms import Call, Indexed, Member, Name, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.queries.environments import Environment

MANAGERS: Final = frozenset({"objects", "_default_manager", "_base_manager"})
_STARTS: Final = frozenset({"select", "query", "delete", "update", "exists"})
SHORTCUTS: Final = frozenset(
    {"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"}
)
METHODS: Final = word_set(
    """
    filter filter_by exclude get order_by values values_list annotate aggregate first last latest
    earliest exists count update delete distinct all where get_or_create update_or_create in_bulk aget
    afirst alast acount aexists
    """
)
ENDS: Final = word_set(
    """
    get first last latest earliest exists count aggregate update delete one one_or_none scalar
    get_or_create update_or_create in_bulk aget afirst alast acount aexists aupdate adelete aaggregate
    alatest aearliest paginate first_or_404 get_or_404 one_or_404
    """
)
"""Methods that run a query."""


@dataclass(frozen=True, slots=True)
class Spine:
    """What a chain in a program consists of."""

    root: ast.AST
    names: tuple[str, ...]
    """The attributes, from the inside."""
    called: bool
    """Whether the root is called."""
    plain: bool
    """Whether the last of it is neither a call nor a subscript."""

    @property
    def last(self) -> str:
        """The last method; empty for a subscript."""
        return self.names[-1] if self.names else ""

    @property
    def strong(self) -> bool:
        """Whether nothing but a query looks like this."""
        if not MANAGERS.isdisjoint(self.names) or (self.called and isinstance(self.root, ast.Name)):
            return True
        return "query" in self.names[:-1] or "select" in self.names[:-1]


def spine_of(node: ast.AST) -> Spine:
    """The chain that an expression is."""
    names: list[str] = []
    called, plain = False, isinstance(node, ast.Attribute | ast.Name)
    while True:
        match node:
            case ast.Attribute():
                names.append(node.attr)
                called, node = False, node.value
            case ast.Call():
                called, node = True, node.func
            case ast.Subscript():
                node = node.value
            case _:
                return Spine(node, tuple(reversed(names)), called, plain)


def is_query(spine: Spine, at: Environment) -> bool:
    """Whether a chain may be a query."""
    if spine.plain or not isinstance(spine.root, ast.Name):
        return False
    root = spine.root.id
    if root in at.lazy and (spine.names or not spine.called):
        return True
    if not MANAGERS.isdisjoint(spine.names) or not _STARTS.isdisjoint(spine.names):
        return True
    path = at.imports.get(root, root)
    if spine.called:
        return path.rpartition(".")[2] in _STARTS | SHORTCUTS
    if METHODS.isdisjoint(spine.names):
        return False
    return root in at.values or any(one[:1].isupper() for one in (*path.split("."), *spine.names))


@dataclass(frozen=True, slots=True)
class Step:
    """A link of a chain: an attribute, a call of it, or a subscript."""

    name: str
    call: Call | None = None
    by: tuple[Term, ...] = ()


def steps_of(term: Term) -> tuple[Term, list[Step]]:
    """The links of a chain from the inside, and what it begins with if that is no name."""
    found: list[Step] = []
    while True:
        match term:
            case Call(function=Member(of=of, name=name)):
                found.append(Step(name, term))
                term = of
            case Call(function=Name(path=path)):
                parts = path.split(".")
                found.append(Step(parts[-1], term))
                found += [Step(part) for part in reversed(parts[:-1])]
                return None, found[::-1]
            case Member(of=of, name=name):
                found.append(Step(name))
                term = of
            case Indexed(of=of, by=by):
                found.append(Step("[]", None, by))
                term = of
            case Name(path=path):
                found += [Step(part) for part in reversed(path.split("."))]
                return None, found[::-1]
            case _:
                return term, found[::-1]


def names_before_calls(steps: list[Step]) -> Iterator[str]:
    """The names that a chain begins with."""
    for step in steps:
        if step.call is not None or step.by:
            return
        yield step.name
