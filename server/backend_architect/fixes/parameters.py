"""Rewrites SQL with pasted values so that the driver binds them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Fix
from backend_architect.fixes.calls import append_argument
from backend_architect.fixes.holes import name_for
from backend_architect.python.folding import CONVERSION
from backend_architect.sql.holes import roles, takes_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.embedded import Sink
    from backend_architect.python.folding import Hole
    from backend_architect.python.literals import StringSource, Token
    from backend_architect.python.place import Place

_REASON = "The value travels apart from the statement, so a value that was meant to be SQL is none any more."
_IN_PLACEHOLDERS = re.compile(r"[\w$:]")
"""What must not stand directly behind `:name`: it would belong to the name, or `::` would hide it."""

_NAMED = re.compile(r"(?<!:):([A-Za-z_]\w*)")


def bind_parameters(sink: Sink, at: Place) -> Fix | None:
    """The fix that binds all values of a statement; None unless it is sure what the driver makes of it."""
    rewrite = _Rewrite(sink, at) if _is_understood(sink, at) else None
    edits = rewrite.edits() if rewrite is not None else None
    if edits is None:
        return None
    title = (
        "Bind the value as a parameter" if len(sink.folded.holes) == 1 else "Bind the values as parameters"
    )
    return Fix(title, "unsafe", _REASON, lambda: edits)


def _is_understood(sink: Sink, at: Place) -> bool:
    """Whether the statement is one string, written where it is used, in which all holes are whole values."""
    template = (
        sink.sql.left if isinstance(sink.sql, ast.BinOp) and isinstance(sink.sql.op, ast.Mod) else sink.sql
    )
    if len(sink.queries) != 1 or sink.folded.ambiguous or not _takes_parameters(sink):
        return False
    if not takes_parameters(sink.queries[0]):
        return False
    if not isinstance(template, ast.Constant | ast.JoinedStr) or at.f_string(sink.sql) is not None:
        return False
    written_here = all(
        hole.literal is template and hole.plain and hole.style in {"f-string", "percent"}
        for hole in sink.folded.holes
    )
    one_style = len({hole.style for hole in sink.folded.holes}) == 1
    complete = template is sink.sql or _conversions(template) == len(sink.folded.holes)
    return (
        written_here
        and one_style
        and complete
        and all(role in {"value", "quoted"} for role in roles(sink.queries[0]))
    )


def _conversions(template: ast.Constant | ast.JoinedStr) -> int:
    """How many values a template of `%` takes; constants among them have no holes."""
    text = str(template.value) if isinstance(template, ast.Constant) else ""
    return sum(match[3] != "%" for match in CONVERSION.finditer(text))


def _takes_parameters(sink: Sink) -> bool:
    """Whether the call can be given parameters, and has none yet."""
    argument, call = sink.argument, sink.call
    if argument.paramstyle is None or argument.parameters not in {"one", "each", "chained"}:
        return False
    alone = len(call.args) == argument.position + 1 and call.args[argument.position] is sink.sql
    return alone and (argument.parameters == "chained" or not call.keywords)


@dataclass(slots=True)
class _Parameters:
    """The values in the order in which the driver takes them."""

    style: str
    taken: set[str]
    """Names of parameters that the statement already has."""
    values: dict[str, str] = field(default_factory=dict[str, str])
    """Placeholders by the expression that they stand for, where the driver lets one be used twice."""
    ordered: list[str] = field(default_factory=list[str])

    def placeholder(self, source: str, node: ast.expr) -> str:
        """What stands in the statement for a value."""
        if self.style in {"qmark", "format"}:
            self.ordered.append(source)
            return "?" if self.style == "qmark" else "%s"
        if source not in self.values:
            self.ordered.append(source)
            number = len(self.values) + 1
            sign = {"numeric": f":{number}", "numeric-dollar": f"${number}"}.get(self.style)
            self.values[source] = sign or f":{self._name(node)}"
        return self.values[source]

    def _name(self, node: ast.expr) -> str:
        base = name_for(node)
        names = (base if number == 1 else f"{base}_{number}" for number in range(1, 1000))
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
        return name


@dataclass(slots=True)
class _Rewrite:
    sink: Sink
    at: Place
    changes: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])

    def edits(self) -> list[Edit] | None:
        """All edits of the call, or None if a value is part of a longer string of SQL."""
        template, style = self.sink.folded.holes[0].literal, self.sink.argument.paramstyle
        if template is None or style is None:
            return None
        string, query = self.at.view.string(template), self.sink.queries[0]
        parameters = _Parameters(style, set(_NAMED.findall(query.text)))
        for hole, role, (_, end) in zip(self.sink.holes[0], roles(query), query.holes, strict=True):
            quoted = role == "quoted"
            place = self._place(string, hole, quoted=quoted)
            if place is None:
                return None
            sign = parameters.placeholder(self.at.source_of_hole(hole), hole.node)
            goes_on = _IN_PLACEHOLDERS.match(query.text, end + quoted)
            self.changes.append((*place, f"{sign} " if goes_on else sign))
        percent = self.sink.folded.holes[0].style == "percent"
        self._percent_signs(string, doubled=style == "format", percent=percent)
        if percent:
            self._drop_operands(template, self.sink.sql)
        else:
            self._drop_prefixes(string)
        passed = self._pass(parameters)
        if passed is None:
            return None
        return [self.at.edit(*change) for change in self.changes] + [passed]

    def _place(self, string: StringSource, hole: Hole, *, quoted: bool) -> tuple[int, int] | None:
        """Where a hole stands in the source, with its quotes; None if they hold more than the hole."""
        before, after = self._around(string, hole)
        start, end = self._own_place(string, hole)
        if not quoted:
            return start, end
        if before is None or after is None or before[0] != "'" or after[0] != "'":
            return None
        return before[1], after[2]

    def _own_place(self, string: StringSource, hole: Hole) -> tuple[int, int]:
        if hole.style == "f-string":
            written = string.fields()[hole.start]
            return written.start, written.end
        characters = string.characters()[hole.start : hole.start + hole.width]
        return characters[0][1], characters[-1][2]

    def _around(self, string: StringSource, hole: Hole) -> tuple[tuple[str, int, int] | None, ...]:
        """The characters beside a hole, each with its place in the source."""
        start, end = self._own_place(string, hole)
        characters = string.characters()
        before = next((one for one in reversed(characters) if one[2] <= start), None)
        after = next((one for one in characters if one[1] >= end), None)
        return before, after

    def _percent_signs(self, string: StringSource, *, doubled: bool, percent: bool) -> None:
        """Write the percent signs that are none of the placeholders as the driver wants them."""
        taken = [(start, end) for start, end, _ in self.changes]
        signs = [
            (start, end)
            for char, start, end in string.characters()
            if char == "%" and not any(first <= start < last for first, last in taken)
        ]
        if percent and not doubled:
            self.changes += [(start, end, "") for start, end in signs[::2]]
        elif doubled and not percent:
            self.changes += [(start, end, "%%") for start, end in signs]

    def _drop_operands(self, template: ast.expr, formatting: ast.expr) -> None:
        """Remove the `%` and what stands behind it."""
        start, end = self.at.range_of(template)[1], self.at.range_of(formatting)[1]
        text = self.at.view.source.text
        sign = text.index("%", start, end)
        closed = text.rfind(")", start, sign)
        self.changes.append((max(start, closed + 1), end, ""))

    def _drop_prefixes(self, string: StringSource) -> None:
        """Turn the literals that have no fields any more into plain ones."""
        replaced = [(start, end) for start, end, _ in self.changes]
        for token in string.tokens:
            inside = [one for one in string.fields() if token.start <= one.start < token.end]
            left = [one for one in inside if not any(s <= one.start and one.end <= e for s, e in replaced)]
            if "f" not in token.prefix or left:
                continue
            at = token.start + token.prefix.index("f")
            self.changes.append((at, at + 1, ""))
            self.changes += [(start, end, char) for char, start, end in _doubled_braces(string, token)]

    def _pass(self, parameters: _Parameters) -> Edit | None:
        """Give the values to the call."""
        kind, call = self.sink.argument.parameters, self.sink.call
        values = ", ".join(parameters.ordered)
        if kind == "chained":
            end = self.at.range_of(call)[1]
            named = ", ".join(f"{sign[1:]}={source}" for source, sign in parameters.values.items())
            return self.at.edit(end, end, f".bindparams({named})")
        if kind == "each":
            return append_argument(call, values, self.at)
        if parameters.style == "named":
            pairs = ", ".join(f'"{sign[1:]}": {source}' for source, sign in parameters.values.items())
            return append_argument(call, f"{{{pairs}}}", self.at)
        comma = "," if len(parameters.ordered) == 1 else ""
        return append_argument(call, f"({values}{comma})", self.at)


def _doubled_braces(string: StringSource, token: Token) -> Iterator[tuple[str, int, int]]:
    for char, start, end in string.characters():
        if char in "{}" and end - start == 2 and token.start <= start < token.end:
            yield char, start, end
