"""How the values of parameters are given to the call."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.placeholders import NAMED, Bound
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.calls import append_argument, append_positional
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.fixes.binding.placeholders import Placeholders
    from backend_architect.python.embedded import Sink
    from backend_architect.python.place import Place

_CLASH = "nobody can tell where among the parameters that it has the new ones belong"


def given_parameters(sink: Sink, at: Place) -> ast.expr | None:
    """The parameters that the call gives already; None also for None."""
    argument = sink.argument
    if argument.parameters not in {"one", "many"}:
        return None
    given = at.argument(sink.call, argument.parameters_position, argument.parameters_keyword)
    return None if isinstance(given, ast.Constant) and given.value is None else given


@dataclass(slots=True)
class Delivery:
    """Gives values to one call that hands over SQL."""

    sink: Sink
    at: Place
    placeholders: Placeholders
    imports: list[str] = field(default_factory=list[str])

    def edits(self, bound: Sequence[Bound]) -> list[Edit]:
        """The edits that give values for new placeholders, beside those that the call gives already.

        Raises:
            RefusedError: when it is not certain where they belong.
        """
        call, argument = self.sink.call, self.sink.argument
        starred = any(isinstance(one, ast.Starred) for one in call.args)
        by_number = self.placeholders.style == "numeric-dollar" and argument.parameters == "each"
        if (starred and not by_number) or any(one.arg is None for one in call.keywords):
            raise RefusedError("`*` and `**` hide which parameters the call has")
        match argument.parameters:
            case "one":
                return self._one(bound)
            case "many":
                return self._many(bound)
            case "each":
                return self._each(bound)
            case _:
                return [self._chained(bound)]

    def whole(self, name: str) -> list[Edit]:
        """The edits that give all parameters at once, which are in a list or a dict with a name."""
        return self._give(name if self.placeholders.style in NAMED else self._as_taken(name))

    def _as_taken(self, source: str) -> str:
        """A sequence as the call takes it."""
        as_is = self.sink.argument.takes != "tuple" or source.startswith("tuple(")
        return source if as_is else f"tuple({source})"

    # A sequence or a mapping

    def _one(self, bound: Sequence[Bound]) -> list[Edit]:
        given = given_parameters(self.sink, self.at)
        if self.placeholders.style in NAMED:
            entries = [f'"{one.name}": {one.source}' for one in bound]
            if given is None and self.sink.call.keywords and self.placeholders.dialect == "oracle":
                return [self._keywords(bound)]
            if given is None:
                return self._give(f"{{{', '.join(entries)}}}")
            return self._mapping_with(given, entries)
        if given is None or (isinstance(given, ast.Tuple | ast.List) and not given.elts):
            if len(bound) == 1 and bound[0].spread:
                return self._give(self._as_taken(bound[0].source), given)
            sources = [f"*{_unwrapped(one)}" if one.spread else one.source for one in bound]
            comma = "," if len(sources) == 1 else ""
            return self._give(f"({', '.join(sources)}{comma})", given)
        return self._sequence_with(given, bound)

    def _keywords(self, bound: Sequence[Bound]) -> Edit:
        """Values as arguments with the names of their placeholders, as the call has others."""
        text = ", ".join(f"{one.name}={one.source}" for one in bound)
        edit = append_argument(self.sink.call, text, self.at)
        if edit is None:
            raise RefusedError("the call has no place for parameters")
        return edit

    def _give(self, text: str, instead: ast.expr | None = None) -> list[Edit]:
        call, argument = self.sink.call, self.sink.argument
        none = self.at.argument(call, argument.parameters_position, argument.parameters_keyword)
        instead = instead or none
        if instead is not None:
            return [self.at.edit(*self.at.range_of(instead), text)]
        by_position = (
            call.args and call.args[-1] is self.sink.sql and argument.parameters_position == len(call.args)
        )
        if by_position:
            edit = append_positional(call, text, self.at)
        elif argument.parameters_keyword is not None:
            edit = append_argument(call, f"{argument.parameters_keyword}={text}", self.at)
        else:
            edit = None
        if edit is None:
            raise RefusedError("the call has no place for parameters")
        return [edit]

    def _mapping_with(self, given: ast.expr, entries: list[str]) -> list[Edit]:
        start, end = self.at.range_of(given)
        if isinstance(given, ast.Dict) and given.values:
            last = self.at.range_of(given.values[-1])[1]
            return [self.at.edit(last, last, f", {', '.join(entries)}")]
        if isinstance(given, ast.Dict):
            return [self.at.edit(start, end, f"{{{', '.join(entries)}}}")]
        if not isinstance(given, ast.Name | ast.Attribute | ast.Call):
            raise RefusedError(_CLASH)
        return [self.at.edit(start, start, "{**"), self.at.edit(end, end, f", {', '.join(entries)}}}")]

    def _sequence_with(self, given: ast.expr, bound: Sequence[Bound]) -> list[Edit]:
        existing = [one.start for one in self.placeholders.existing]
        sources = [f"*{_unwrapped(one)}" if one.spread else one.source for one in bound]
        starts = [one.start for one in bound]
        if isinstance(given, ast.Tuple | ast.List):
            if len(given.elts) != len(existing) or any(isinstance(one, ast.Starred) for one in given.elts):
                raise RefusedError(_CLASH)
            return self._among(given, existing, list(zip(starts, sources, strict=True)))
        start, end = self.at.range_of(given)
        in_brackets = (
            self.at.view.source.text[start - 1 : end + 1][:: len(self.at.source_of(given)) + 1] == "()"
        )
        if not isinstance(given, ast.Name | ast.Attribute | ast.Call) or not existing or in_brackets:
            raise RefusedError(_CLASH)
        if min(starts) > max(existing):
            return [self.at.edit(start, start, "(*"), self.at.edit(end, end, f", {', '.join(sources)})")]
        if max(starts) < min(existing):
            return [self.at.edit(start, start, f"({', '.join(sources)}, *"), self.at.edit(end, end, ")")]
        raise RefusedError(_CLASH)

    def _among(
        self, given: ast.Tuple | ast.List, existing: list[int], added: list[tuple[int, str]]
    ) -> list[Edit]:
        """Write new elements between those that a display has."""
        edits: list[Edit] = []
        for index, element in enumerate(given.elts):
            before = [
                s for at, s in added if at < existing[index] and (not index or at > existing[index - 1])
            ]
            if before:
                start = self.at.range_of(element)[0]
                edits.append(self.at.edit(start, start, f"{', '.join(before)}, "))
        behind = [source for at, source in added if at > existing[-1]]
        if behind:
            end = self.at.range_of(given.elts[-1])[1]
            close = self.at.range_of(given)[1]
            text = self.at.view.source.text
            comma = text.find(",", end, close)
            if comma >= 0 and len(given.elts) == 1:
                edits.append(self.at.edit(comma + 1, comma + 1, f" {', '.join(behind)}"))
            else:
                edits.append(self.at.edit(end, end, f", {', '.join(behind)}"))
        return edits

    # A sequence of these

    def _many(self, bound: Sequence[Bound]) -> list[Edit]:
        rows = given_parameters(self.sink, self.at)
        existing = [one.start for one in self.placeholders.existing]
        if rows is None or not existing or any(one.spread for one in bound):
            raise RefusedError(_CLASH)
        sources = [one.source for one in bound]
        used = " ".join((*sources, self.at.source_of(rows)))
        row = "row" if not re.search(r"\brow\b", used) else "values"
        if self.placeholders.style in NAMED:
            entries = ", ".join(f'"{one.name}": {one.source}' for one in bound)
            element = f"{{**{row}, {entries}}}"
        else:
            element = f"({', '.join(self._woven(row, existing, bound))})"
        start, end = self.at.range_of(rows)
        return [self.at.edit(start, start, f"[{element} for {row} in "), self.at.edit(end, end, "]")]

    def _woven(self, row: str, existing: list[int], bound: Sequence[Bound]) -> list[str]:
        """The values of a row and the new ones, in the order of their placeholders."""
        woven: list[str] = []
        taken = 0
        for one in bound:
            before = sum(start < one.start for start in existing)
            if before > taken:
                whole = taken == 0 and before == len(existing)
                woven.append(f"*{row}" if whole else f"*{row}[{taken or ''}:{before}]")
            woven.append(one.source)
            taken = before
        if taken < len(existing):
            woven.append(f"*{row}[{taken}:]" if taken else f"*{row}")
        return woven

    # Every value an argument of its own

    def _each(self, bound: Sequence[Bound]) -> list[Edit]:
        call = self.sink.call
        if not call.args or call.args[0] is not self.sink.sql:
            raise RefusedError("the call has no place for parameters")
        existing = [one.start for one in self.placeholders.existing]
        behind = min(one.start for one in bound) > max(existing, default=-1)
        starred = any(isinstance(one, ast.Starred) for one in call.args)
        if not behind or not (starred or len(call.args) - 1 == len(existing)):
            raise RefusedError(_CLASH)
        sources = [f"*{_unwrapped(one)}" if one.spread else one.source for one in bound]
        return self.each(", ".join(sources))

    def each(self, text: str) -> list[Edit]:
        """The edits that give all values as arguments."""
        edit = append_positional(self.sink.call, text, self.at)
        if edit is None:
            raise RefusedError("the call has no place for parameters")
        return [edit]

    # `.bindparams(...)`

    def _chained(self, bound: Sequence[Bound]) -> Edit:
        arguments = [self._expanding(one) for one in bound if one.expanding]
        arguments += [f"{one.name}={one.source}" for one in bound if not one.expanding]
        return self.chained(", ".join(arguments))

    def chained(self, text: str) -> Edit:
        """The edit that binds values to the statement itself."""
        end = self.at.range_of(self.sink.call)[1]
        return self.at.edit(end, end, f".bindparams({text})")

    def _expanding(self, bound: Bound) -> str:
        path = "sqlalchemy.bindparam"
        if self.at.resolve(ast.Name("bindparam")) not in {None, Symbol(path)}:
            raise RefusedError("another thing is called `bindparam` here")
        self.imports.append("from sqlalchemy import bindparam")
        return f"bindparam({json.dumps(bound.name)}, {bound.source}, expanding=True)"


def _unwrapped(bound: Bound) -> str:
    """A sequence in a display needs not be a tuple of its own."""
    source = bound.source
    return source[len("tuple(") : -1] if source.startswith("tuple(") else source
