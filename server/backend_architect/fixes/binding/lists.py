"""Lists that are pasted into a statement: `", ".join(...)`, `tuple(...)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.origins import appended, assigned, is_consumed, may_be_sql
from backend_architect.fixes.binding.values import read_alone
from backend_architect.python.folded import Chunk

if TYPE_CHECKING:
    from backend_architect.python.folded import Hole
    from backend_architect.python.place import Place

_BETWEEN = re.compile(r"\s*('?)\s*,\s*('?)\s*")
_ONCE = (ast.GeneratorExp, ast.Await, ast.Yield, ast.Lambda, ast.Starred, ast.NamedExpr)
"""What must not be written twice."""


@dataclass(frozen=True, slots=True)
class PastedList:
    """The values of a list."""

    values: str
    """An expression for all of them: what is iterated over, or a list comprehension."""
    loop: str
    """What follows the element in a comprehension over them: `for _ in ids`."""
    comprehended: bool = False
    """Whether the values are made by a comprehension, and are a list."""
    quotes_between: bool = False
    """Whether what stands between two of them closes one quote and opens the next."""
    once: bool = False
    """Whether they can be gone through once only."""
    converted: bool = False
    """Whether something else than text is made text of."""
    variable: ast.Name | None = None
    """The variable through which the text of the list came, which nothing needs any more."""
    origin: ast.expr | None = None
    """The expression that is evaluated elsewhere, if that is not where the list is pasted."""

    @property
    def as_list(self) -> str:
        """A list of the values."""
        return self.values if self.comprehended else f"list({self.values})"

    @property
    def as_tuple(self) -> str:
        """A sequence of the values, as a driver takes it for a placeholder each."""
        return self.values if self.comprehended else f"tuple({self.values})"


SourceOf = Callable[[ast.expr], str]


def pasted_list(hole: Hole, at: Place) -> PastedList | None:
    """The list that a hole pastes; None if it is not known to paste one."""
    node = hole.node
    if isinstance(node, ast.Name):
        return _of_variable(node, at)
    if not isinstance(node, ast.Call):
        return None
    if at.f_string(node) is None:
        return _Reading(at, at.source_of).of_call(node)
    written = read_alone(at.source_of_hole(hole))
    return (
        _Reading(at, written.source_of).of_call(written.tree) if isinstance(written.tree, ast.Call) else None
    )


def _of_variable(name: ast.Name, at: Place) -> PastedList | None:
    """The list whose text a variable holds, or that it is itself."""
    bindings = at.view.resolver(at.frame).scope.bindings_of(name.id)
    bound = bindings[0].node if len(bindings) == 1 and bindings[0].kind == "value" else None
    if isinstance(bound, ast.Call) and at.f_string(bound) is None:
        found = _Reading(at, at.source_of).of_call(bound)
        return found and replace(found, variable=name, origin=bound)
    return PastedList(name.id, f"for _ in {name.id}") if at.type_of(name) == "builtins.tuple" else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the calls that make text of lists."""

    at: Place
    source_of: SourceOf

    def of_call(self, node: ast.Call) -> PastedList | None:
        match node:
            case ast.Call(func=ast.Attribute(attr="join", value=separator), args=[items], keywords=[]):
                text = self.at.constant(separator)
                between = _BETWEEN.fullmatch(text) if isinstance(text, str) else None
                if between is None or between[1] != between[2]:
                    return None
                found = self.of_items(items)
                return found and replace(found, quotes_between=bool(between[1]))
            case ast.Call(func=ast.Name(id="tuple"), args=[items], keywords=[]):
                return self.of_items(items)
            case ast.Call(func=ast.Name(id="str"), args=[ast.Call() as inner], keywords=[]):
                return self.of_call(inner)
            case _:
                return None

    def of_items(self, items: ast.expr) -> PastedList | None:
        """The values of what is joined, without what only makes text of them."""
        match items:
            case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="str" | "repr"), inner], keywords=[]):
                found = self.of_items(inner)
                return found and replace(found, converted=True)
            case (
                ast.GeneratorExp(elt=element, generators=[loop])
                | ast.ListComp(elt=element, generators=[loop])
            ):
                return self.of_comprehension(element, loop)
            case ast.Name() if len(made := list(assigned(items, self.at))) == 1 and isinstance(
                made[0], ast.ListComp
            ):
                return self.of_items(made[0])
            case ast.Name() if any(may_be_sql(one, self.at) for one in appended(items, self.at)):
                return None
            case (
                ast.Name()
                | ast.Attribute()
                | ast.Subscript()
                | ast.List()
                | ast.Tuple()
                | ast.Set()
                | ast.Call(func=ast.Attribute(attr="values" | "keys" | "split" | "getlist"))
            ):
                source = self.line_of(items)
                once = is_consumed(items, self.at)
                return PastedList(source, f"for _ in {source}", once=once) if source else None
            case _:
                return None

    def only(self, name: ast.Name) -> ast.expr | None:
        """What is assigned to a variable, if that happens once."""
        values = list(assigned(name, self.at))
        return values[0] if len(values) == 1 else None

    def of_comprehension(self, element: ast.expr, loop: ast.comprehension) -> PastedList | None:
        value = self.bare(element)
        if value is None or loop.is_async or isinstance(loop.iter, _ONCE):
            return None
        source, iterated, target = map(self.line_of, (value, loop.iter, loop.target))
        conditions = [self.line_of(one) for one in loop.ifs]
        if source is None or iterated is None or target is None or None in conditions:
            return None
        tail = "".join(f" if {one}" for one in conditions)
        converted, once = value is not element, is_consumed(loop.iter, self.at)
        if source == target and not tail:
            return PastedList(iterated, f"for _ in {iterated}", once=once, converted=converted)
        loop_text = f"for {target if tail else '_'} in {iterated}{tail}"
        return PastedList(
            f"[{source} for {target} in {iterated}{tail}]", loop_text, comprehended=True, converted=converted
        )

    def bare(self, element: ast.expr) -> ast.expr | None:
        """The value in an element such as `str(i)`, `f"'{i}'"`, `"'%s'" % i`, `"'" + i + "'"`."""
        match element:
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner], keywords=[]):
                return inner
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return element
            case _:
                pass
        folded = self.at.fold(element)
        if folded is None or len(folded.holes) != 1 or folded.ambiguous:
            return None
        hole = folded.holes[0]
        around = "".join(part.text for part in folded.parts if isinstance(part, Chunk))
        return hole.node if around in {"", "''"} and hole.plain else None

    def line_of(self, node: ast.expr) -> str | None:
        """The source of an expression that stands on one line."""
        source = self.source_of(node)
        return None if "\n" in source or "#" in source else source
