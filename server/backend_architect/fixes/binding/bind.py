"""The fix that binds the values of a statement, or why there is none."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.fixes.binding.collecting import Collecting, Group
from backend_architect.fixes.binding.delivery import Delivery, given_parameters
from backend_architect.fixes.binding.moments import Moments
from backend_architect.fixes.binding.operations import Operations, prefixes
from backend_architect.fixes.binding.placeholders import NUMBERED, Placeholders, placeholders_of
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.binding.regions import Reading, Region, Wanted
from backend_architect.fixes.binding.rewriting import Rewriting
from backend_architect.fixes.binding.sources import Sources
from backend_architect.fixes.binding.variables import check_readers, constant_edits, unused_edits
from backend_architect.python.comments import lose_comments
from backend_architect.python.growth import added_to
from backend_architect.sql.holes import takes_parameters
from backend_architect.sql.name_holes import name_role

if TYPE_CHECKING:
    from backend_architect.engine.findings import Edit
    from backend_architect.python.embedded import Sink
    from backend_architect.python.place import Place

_REASON = "The value travels apart from the statement, so a value that was meant to be SQL is none any more."
_SHARED = " Other files that import the changed constant need the same change."


def bind_parameters(sink: Sink, at: Place, wanted: Wanted) -> Fix | str:
    """The fix that binds values of a statement, or the reason why there is none.

    Args:
        sink: the call and its statement.
        at: where the call stands.
        wanted: which holes must be bound.
    """
    try:
        style = _style(sink)
        query, shift = sink.queries[0], sink.starts[0]
        interpolates = style == "format" and (
            sink.argument.interpolates or given_parameters(sink, at) is not None
        )
        regions = Reading(sink, query, shift, at, style, wanted, interpolates).regions()
        bound = {id(hole) for region in regions for hole in region.holes}
        if any(wanted(hole) == "must" and id(hole) not in bound for hole in sink.holes[0]):
            raise RefusedError("a value stands where no parameter can")  # noqa: TRY301 - as below
        if style == "format" and not interpolates:
            _check_the_rest(sink, regions, wanted)
        placeholders = placeholders_of(
            query, style, regions, shift, mapping=sink.argument.takes != "sequence"
        )
        return _Binding(sink, at, regions, placeholders, interpolates).fix()
    except RefusedError as refused:
        return str(refused)


def _check_the_rest(sink: Sink, regions: list[Region], wanted: Wanted) -> None:
    """Refuse where text stays pasted that may hold percent signs, which the driver reads from now on."""
    bound = {id(hole) for region in regions for hole in region.holes}
    query = sink.queries[0]
    for hole, span in zip(sink.holes[0], query.holes, strict=True):
        is_text = wanted(hole) != "no" or isinstance(hole.node, ast.Call)
        left = id(hole) not in bound and is_text and not hole.numeric
        if left and name_role(query, span) == "other":
            raise RefusedError("what stays pasted may hold percent signs, which the driver would read")


def _style(sink: Sink) -> str:
    """How the driver writes placeholders, if the call can be given any."""
    argument = sink.argument
    if sink.folded.ambiguous:
        raise RefusedError("the text differs from one way through the function to another")
    if len(sink.queries) != 1:
        raise RefusedError("it holds several statements, and parameters belong to one")
    if not takes_parameters(sink.queries[0]):
        raise RefusedError("statements of this kind take no parameters")
    if argument.parameters == "none":
        name = getattr(sink.call.func, "attr", getattr(sink.call.func, "id", "the call"))
        unwrapped = name in {"execute", "scalar"}  # of SQLAlchemy
        raise RefusedError(
            f"`{name}` takes no parameters" + (" for a plain string: use `text`" if unwrapped else "")
        )
    if argument.paramstyle is None:
        raise RefusedError("nobody can tell the driver; annotate the connection with its class")
    return argument.paramstyle


@dataclass(slots=True)
class _Binding:
    sink: Sink
    at: Place
    regions: list[Region]
    placeholders: Placeholders
    interpolates: bool
    """Whether the driver reads `%%` as one sign as the call is."""
    moments: Moments = field(init=False)
    delivery: Delivery = field(init=False)
    statements: list[ast.stmt] = field(init=False)
    """The statement in which each region gets its value."""
    collected: set[ast.stmt] = field(default_factory=set[ast.stmt])
    """Those whose values the call cannot take itself."""

    def __post_init__(self) -> None:
        """Look where things happen."""
        self.moments = Moments(self.at, self.sink.call)
        self.delivery = Delivery(self.sink, self.at, self.placeholders)
        self.statements = [self._statement_of(region) for region in self.regions]

    def fix(self) -> Fix:
        """The fix.

        Raises:
            RefusedError: with the reason why there is none.
        """
        sources = Sources(self.at)
        operations = Operations(self.sink, self.at, sources, self.regions)
        rewriting = Rewriting(self.sink, self.at, sources)
        collecting = self._collecting()
        groups = self._write(rewriting, operations, collecting)
        formats = self.placeholders.style in {"format", "pyformat"}
        rewriting.changes += operations.signs(doubled=formats and not self.interpolates)
        edits = list(operations.edits())
        if collecting is None:
            edits += self.delivery.edits(self.placeholders.bound)
        else:
            edits += collecting.edits(groups, numbered=self._is_numbered())
        return self._assembled(rewriting, edits)

    def _assembled(self, rewriting: Rewriting, edits: list[Edit]) -> Fix:
        changes = list(rewriting.changes)
        holders = {change.holder for change in changes}
        for holder in list(holders):
            changes += prefixes(holder, rewriting.changes, self.at)
        check_readers(self.sink, self._changed(holders), self.at)
        whole = constant_edits(changes, self.at)
        literal = (ast.Constant, ast.JoinedStr)
        edits += [
            self.at.edit(one.start, one.end, one.text)
            for one in changes
            if isinstance(one.holder, literal) or one.holder in self._operands()
        ]
        edits += unused_edits(self._lists(), self.at)
        if "#" in self.at.view.source.text and lose_comments(edits, self.at.view.source):
            raise RefusedError("a comment stands among what would go")
        title = "Bind the value as a parameter" if len(self.regions) == 1 else "Bind the values as parameters"
        reason = _REASON + (_SHARED if whole is not None else "")
        return Fix(title, "unsafe", reason, lambda: edits, tuple(self.delivery.imports), whole)

    def _operands(self) -> set[ast.expr]:
        return {hole.node for region in self.regions if region.keeps_list for hole in region.holes}

    def _lists(self) -> list[ast.Name]:
        """The variables that held the text of a list."""
        items = [region.items for region in self.regions if region.items is not None]
        return [one.variable for one in items if one.variable is not None]

    def _changed(self, holders: set[ast.expr]) -> set[ast.expr]:
        """The literals that change, and the values that are not put into the text any more."""
        return holders | {hole.node for region in self.regions for hole in region.holes}

    def _write(
        self, rewriting: Rewriting, operations: Operations, collecting: Collecting | None
    ) -> list[Group]:
        """Write the placeholders; the new values by the statement in which they are put in."""
        groups: list[Group] = []
        numbers: Counter[ast.stmt] = Counter()
        totals = Counter(self.statements)
        for region, statement in zip(self.regions, self.statements, strict=True):
            before = len(self.placeholders.bound)
            sign = self.placeholders.sign_of(region, self._behind(region))
            if not groups or groups[-1].statement is not statement:
                groups.append(Group(statement, statement in self.collected))
            groups[-1].bound.extend(self.placeholders.bound[before:])
            numbers[statement] += 1
            if region.keeps_list:
                rewriting.rewrite_operand(region, self.placeholders.element(region))
                continue
            counted = collecting is not None and self._is_numbered() and statement in self.collected
            if collecting is not None and counted and statement is not collecting.first:
                number = numbers[statement], totals[statement]
                sign = "".join((region.around[0], collecting.runtime_sign(number, region), region.around[1]))
            rewriting.replace(region, operations.sign(region, sign))
        return groups

    def _is_numbered(self) -> bool:
        return self.placeholders.style in NUMBERED

    def _behind(self, region: Region) -> str:
        """The character behind a region."""
        query, shift = self.sink.queries[0], self.sink.starts[0]
        return query.text[region.end - shift : region.end - shift + 1]

    def _statement_of(self, region: Region) -> ast.stmt:
        """Where the values of a region are put into the text."""
        found = {
            self.moments.statement_of(hole.operation or hole.literal or hole.node) for hole in region.holes
        }
        statement = next(iter(found))
        if len(found) != 1 or statement is None:
            raise RefusedError("a part of it is put together elsewhere")
        return statement

    def _collecting(self) -> Collecting | None:
        """What collects the values on the way to the call; None where the call can take them itself."""
        here = self.moments.here
        for region, statement in zip(self.regions, self.statements, strict=True):
            if self.moments.function_of(statement) is not self.at.function:
                raise RefusedError("the text is put together in another function")
            origin = region.items.origin if region.items is not None else None
            if origin is not None:
                made = self.moments.statement_of(origin)
                if made is None or not self.moments.lasts(origin, made):
                    raise RefusedError("the values of its list change before they are used")
            if statement is here:
                continue
            direct = self.moments.always_before(statement) and all(
                self.moments.lasts(hole.node, statement) for hole in region.holes
            )
            if not direct:
                self.collected.add(statement)
        if not self.collected:
            return None
        # What grows in the same variable keeps its order only if all of it is collected.
        collecting = Collecting.of(list(self.collected), self.delivery, self.moments, self.at)
        names = {added[0] for added in map(added_to, self.collected) if added is not None}
        for statement in self.statements:
            added = added_to(statement)
            if statement is collecting.first or (added is not None and added[0] in names):
                self.collected.add(statement)
        return collecting
