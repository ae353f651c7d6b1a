"""Values that are collected in a variable while a statement is put together, line by line."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.delivery import given_parameters
from backend_architect.fixes.binding.placeholders import NAMED, Bound
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.statements import line_before, line_behind, stands_alone
from backend_architect.python.growth import added_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.fixes.binding.delivery import Delivery
    from backend_architect.fixes.binding.moments import Moments
    from backend_architect.fixes.binding.regions import Region
    from backend_architect.python.place import Place

_NAMES = ("params", "parameters", "sql_params", "sql_parameters")
_SPLIT = "values go into it at several places that are not always run"


@dataclass(slots=True)
class Group:
    """The values that one statement puts into the text."""

    statement: ast.stmt
    collected: bool
    """Whether the call cannot take them itself."""
    bound: list[Bound] = field(default_factory=list[Bound])


@dataclass(slots=True)
class Collecting:
    """Collects values where they are put into the text, beside the text."""

    at: Place
    moments: Moments
    delivery: Delivery
    name: str
    first: ast.stmt
    """The statement that begins the text."""

    @classmethod
    def of(
        cls, statements: Sequence[ast.stmt], delivery: Delivery, moments: Moments, at: Place
    ) -> Collecting:
        """What collects the values that some statements put into a text.

        Raises:
            RefusedError: when the text does not grow in one variable.
        """
        grown = [added_to(one) for one in statements]
        names = {one[0] for one in grown if one is not None}
        names |= {name for one in statements if added_to(one) is None for name in _assigned_by(one)}
        variable = next(iter(names)) if len(names) == 1 else ""
        bindings = at.view.resolver(at.frame).scope.bindings_of(variable)
        made = [
            moments.statement_of(one.node) for one in bindings if one.kind == "value" and one.node is not None
        ]
        starts = [one for one in made if one is not None and added_to(one) is None]
        given = given_parameters(delivery.sink, at)
        empty = given is None or (isinstance(given, ast.List | ast.Tuple) and not given.elts)
        if len(starts) != 1 or not empty or not stands_alone(starts[0], at):
            raise RefusedError(_SPLIT)
        bound = at.view.resolver(at.frame).scope.bindings_of
        free = (name for name in _NAMES if not bound(name) and at.look(name) is None)
        name = next(free, None)
        if name is None:
            raise RefusedError(_SPLIT)
        return cls(at, moments, delivery, name, starts[0])

    def runtime_sign(self, number: tuple[int, int], region: Region) -> str:
        """A numbered placeholder whose number is only known when the program runs.

        Args:
            number: which of the values of its statement it is, and how many there are.
            region: what it stands for.

        Raises:
            RefusedError: when the text that holds it is no f-string.
        """
        if any(hole.style != "f-string" for hole in region.holes):
            raise RefusedError("the numbers of its placeholders depend on the way through the function")
        behind = number[1] - number[0]
        count = f"len({self.name})" + (f" - {behind}" if behind else "")
        mark = "$" if self.delivery.placeholders.style == "numeric-dollar" else ":"
        return f"{mark}{{{count}}}"

    def edits(self, groups: Sequence[Group], *, numbered: bool) -> list[Edit]:
        """The edits that collect the values of statements, and give them to the call with the others.

        `numbered` says that placeholders count the values, which must be there before the text grows then.
        """
        named = self.delivery.placeholders.style in NAMED
        if any(one.expanding for group in groups for one in group.bound):
            raise RefusedError(_SPLIT)
        collected = [group for group in groups if group.collected]
        first = [one for group in collected if group.statement is self.first for one in group.bound]
        edits = [line_behind(self.first, f"{self.name} = {self._display(first, named=named)}", self.at)]
        for group in collected:
            if group.statement is self.first:
                continue
            grows = added_to(group.statement) is not None and stands_alone(group.statement, self.at)
            if not grows or (named and self._is_repeated(group.statement)):
                raise RefusedError(_SPLIT)
            write = line_before if numbered else line_behind
            lines = self._additions(group.bound, named=named)
            newline = "\n" + self._indent(group.statement)
            edits.append(write(group.statement, newline.join(lines), self.at))
        return [*edits, *self._given(groups)]

    def _indent(self, statement: ast.stmt) -> str:
        row, column = self.at.view.source.position(self.at.range_of(statement)[0])
        return self.at.view.source.lines[row][:column]

    def _is_repeated(self, statement: ast.stmt) -> bool:
        return any(isinstance(one, ast.For | ast.AsyncFor | ast.While) for one in self.at.around(statement))

    def _display(self, bound: Sequence[Bound], *, named: bool) -> str:
        if named:
            return "{" + ", ".join(f'"{one.name}": {one.source}' for one in bound) + "}"
        return f"[{', '.join(map(_element, bound))}]"

    def _additions(self, bound: Sequence[Bound], *, named: bool) -> list[str]:
        if named:
            return [f'{self.name}["{one.name}"] = {one.source}' for one in bound]
        return [f"{self.name}.{'extend' if one.spread else 'append'}({one.source})" for one in bound]

    def _given(self, groups: Sequence[Group]) -> list[Edit]:
        """Give the collected values to the call, and those that it can take itself in their places."""
        flags = [group.collected for group in groups]
        if not any(not one for one in flags):
            return self._given_alone()
        first, last = flags.index(True), len(flags) - flags[::-1].index(True)
        plain = self.delivery.sink.argument.parameters == "one"
        if (
            not all(flags[first:last])
            or not plain
            or self.delivery.placeholders.style not in {"qmark", "format"}
        ):
            raise RefusedError(_SPLIT)
        before = [one for group in groups[:first] for one in group.bound]
        behind = [one for group in groups[last:] for one in group.bound]
        sources = [*map(_element, before), f"*{self.name}", *map(_element, behind)]
        return self.delivery.whole(f"({', '.join(sources)})")

    def _given_alone(self) -> list[Edit]:
        match self.delivery.sink.argument.parameters:
            case "one":
                return self.delivery.whole(self.name)
            case "each":
                return self.delivery.each(f"*{self.name}")
            case "chained":
                return [self.delivery.chained(f"**{self.name}")]
            case _:
                raise RefusedError(_SPLIT)


def _element(bound: Bound) -> str:
    return f"*{bound.source}" if bound.spread else bound.source


def _assigned_by(statement: ast.stmt) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    yield from (one.id for one in targets if isinstance(one, ast.Name))
