"""Writes safe sequences into revisions of Alembic."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.remedies import Changes, Remedy, UnwritableError
from backend_architect.indexing.index_names import shortened
from backend_architect.migrations.alembic_edits import (
    column_call,
    is_own,
    name_of,
    own_edits,
    part,
    without,
)
from backend_architect.migrations.alembic_layout import Layout, Piece
from backend_architect.migrations.alembic_revision import RevisionFile
from backend_architect.migrations.alembic_site import function_of, is_block, lead_of, site_of, sites
from backend_architect.python.comments import comments_of
from backend_architect.schema import changes as change
from backend_architect.schema.actions import Begin, End

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.project import Project
    from backend_architect.migrations.alembic_calls import Calls
    from backend_architect.migrations.alembic_site import Site
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect

_OF_KEYS: Final = frozenset({"ondelete", "onupdate", "deferrable", "initially", "match"})
"""What a foreign key says in a column and by itself alike."""
_OF_CONSTRAINTS: Final = frozenset({"schema", "constraint_name", "table_name", "columns"})
"""What a unique constraint or primary key may say that is made of an index."""
_AGAIN: Final = (
    "What stands before the block is committed by it: if something fails later, take that back before the "
    "next try."
)
_INVALID: Final = "If an index cannot be built, drop the INVALID one that is left before the next try."
_LIMIT: Final = "2s"


class AlembicWriter:
    """Writes safe sequences into revisions; see `Writer`.

    All phases stay in the revision: `autocommit_block` ends a transaction and begins another.
    """

    def can(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> bool:
        """Whether the step is an operation of the revision itself and one statement makes it alone."""
        made = [one for one in step.script.steps if one.origin == step.origin]
        together = {one.statement for one in made}
        return (
            step.is_postgres
            and step.origin.path == step.script.path
            and len(together) == 1
            and bool(replaced and phases)
        )

    def write(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> Changes:
        """The edits of the revision.

        Raises:
            UnwritableError: it is not certain what is to be written.
        """
        revision = RevisionFile(step.project, step.script.path)
        revision.check_environment()
        made = [one.change for one in step.same_statement]
        site = site_of(revision.file, step.origin.line, made)
        of_column = site.operation.name == "add_column"
        new = next(filter(None, (revision.name(one, of_column=of_column) for one in replaced)), "")
        names = dict.fromkeys(_names(phases), new) if new else {}
        phases = tuple(_renamed(one, names) for one in phases)
        pieces = [*_Sequence(site, revision.calls, made, replaced, phases).pieces()]
        if site.around.alone:
            pieces = [replace(one, alone=False) for one in pieces]
        layout = Layout(site, revision.calls, pieces, at_end=_is_free_behind(step, site, phases))
        edits = [*layout.edits(), *_dropped(revision.calls, phases), *revision.file.import_edits()]
        written = {revision.file.path: tuple(sorted(edits, key=lambda one: one.span))}
        leaves = any(one.alone for one in pieces)
        return Changes(written, notes=tuple(_notes(step, phases) if leaves else ()))


def _names(phases: Sequence[Phase]) -> Iterator[str]:
    """The name that a sequence has given to what had none."""
    yield from (name for phase in phases for one in phase.changes[:1] if (name := name_of(one)))


def _renamed(phase: Phase, names: dict[str, str]) -> Phase:
    return replace(phase, changes=tuple(_with_names(one, names) for one in phase.changes))


def _with_names(said: Any, names: dict[str, str]) -> Any:
    """A change in which what has one of some names has another."""
    new = {
        one.name: shortened(names[value])
        for one in fields(said)
        if one.name in {"name", "index"} and (value := getattr(said, one.name)) in names
    }
    inner = {
        one.name: _with_names(value, names)
        for one in fields(said)
        if one.name in {"index", "key", "check"} and not isinstance(value := getattr(said, one.name), str)
    }
    return replace(said, **new, **inner)


@dataclass(frozen=True, slots=True)
class _Sequence:
    """The operations of phases, the author's own among them."""

    site: Site
    calls: Calls
    made: Sequence[Effect]
    """All that the author's operation does."""
    replaced: Sequence[Effect]
    phases: Sequence[Phase]

    def pieces(self) -> Iterator[Piece]:
        """The operations in their order.

        Raises:
            UnwritableError: one of them cannot be written.
        """
        own: Effect | None = self.replaced[0]
        if self._stays_partly():
            edits = [edit for one in self.replaced for edit in without(self.site, one)]
            yield Piece(False, "", edits=tuple(edits))
            own = None
        elif len(self.replaced) > 1:
            raise UnwritableError("the operation does several things at once")
        else:
            self._check_whole(self.replaced[0])
        for phase in self.phases:
            why = phase.why
            for one in phase.changes:
                alone = phase.transaction != "same"
                if own is not None and is_own(own, one):
                    yield Piece(alone, why, edits=tuple(own_edits(self.site, own, one, self.calls)))
                    own = None
                else:
                    yield Piece(alone, why, partial(self.calls.written, one, more=self._more(one)))
                why = ""
        if own is not None and not self._is_constraint(own):
            raise UnwritableError("the operation does more than what is written instead")

    def _stays_partly(self) -> bool:
        others = [one for one in self.made if one not in self.replaced]
        return bool(others) and not any(isinstance(one, change.AddColumn) for one in self.replaced)

    def _check_whole(self, said: Effect) -> None:
        """Check that an operation which goes says no more than what is written instead."""
        keywords = {one.arg for one in self.site.call.keywords}
        if (
            self._is_constraint(said)
            and self.site.operation.name != "execute"
            and not keywords <= _OF_CONSTRAINTS
        ):
            raise UnwritableError("the constraint says more than an index can")
        statement, lines = self.site.statement, self.site.file.source.lines
        above_end = lines[statement.lineno - 1 : (statement.end_lineno or statement.lineno) - 1]
        if self._is_constraint(said) and any(comments_of(above_end)):
            raise UnwritableError("comments stand in the operation that goes")
        if self.site.operation.name == "execute" and not self.site.is_current:
            raise UnwritableError("it is not certain that the block reaches this connection")

    @staticmethod
    def _is_constraint(said: Effect) -> bool:
        """Whether an index and a constraint on it take the place of an operation."""
        return isinstance(said, change.AddIndex) and said.index.kind != "index"

    def _more(self, said: Effect) -> tuple[str, ...]:
        """What the author's column says of a part of it that is written by itself."""
        at = self.site.file.at
        if self.site.operation.name != "add_column":
            return ()
        match said:
            case change.AddForeignKey():
                key = part(column_call(self.site), "ForeignKey", self.site)
                given = {one.arg: one.value for one in key.keywords if one.arg != "name"}
                if not given.keys() <= _OF_KEYS:
                    raise UnwritableError("the foreign key says more than can be said apart")
                return tuple(f"{name}={at.source_of(value)}" for name, value in given.items())
            case change.AlterColumn(default=str()):
                keywords = column_call(self.site).keywords
                value = next((one.value for one in keywords if one.arg == "server_default"), None)
                return (f"server_default={at.source_of(value)}",) if value is not None else ()
            case _:
                return ()


def _is_free_behind(step: MigrationStep, site: Site, phases: Sequence[Phase]) -> bool:
    """Whether nothing behind an operation is about its tables, so that it may come later.

    Then all that stands before the commit is made whole or not at all.
    """
    around = site.around
    body = around.outer if around.batch is not None else around.body
    container = around.batch or site.statement
    later = body[body.index(container) + 1 :]
    own = {table for phase in phases for one in phase.changes for table in _tables(one)}
    for node in later:
        rows = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        steps = [one.change for one in step.script.steps if one.origin.line in rows]
        tables = [_tables(one) for one in steps if not isinstance(one, Begin | End | change.AddColumn)]
        is_plain = isinstance(node, ast.Expr) or is_block(node)
        if not is_plain or not steps or not all(tables):
            return False
        if own.intersection(name for some in tables for name in some):
            return False
    return bool(own)


def _tables(said: Effect) -> tuple[str, ...]:
    """The tables that a change is about; none where that is not known."""
    names = [getattr(said, "table", "")]
    if isinstance(said, change.AddForeignKey):
        names.append(said.key.table)
    if isinstance(said, change.RenameTable | change.CreateTable | change.DropTable):
        return ()
    return tuple(one.removeprefix("public.") for one in names if isinstance(one, str) and one)


def _dropped(calls: Calls, phases: Sequence[Phase]) -> Iterator[Edit]:
    """The edits that let `downgrade()` drop beside writes what is built beside writes."""
    built = {
        one.index.name
        for phase in phases
        for one in phase.changes
        if isinstance(one, change.AddIndex) and one.concurrently
    }
    for site in _plain_drops(calls, built):
        was = change.DropIndex(site.operation.text("index_name"), site.operation.table or None)
        edits = own_edits(site, was, replace(was, concurrently=True), calls)
        yield from Layout(site, calls, [Piece(True, "", edits=tuple(edits))]).edits()


def _plain_drops(calls: Calls, names: set[str]) -> list[Site]:
    try:
        found = list(sites(calls.file, "downgrade"))
    except UnwritableError:
        return []
    return [
        one
        for one in found
        if one.operation.name == "drop_index"
        and one.operation.text("index_name") in names
        and not one.operation.is_set("postgresql_concurrently")
        and not one.around.alone
        and one.around.batch is None
    ]


def _notes(step: MigrationStep, phases: Sequence[Phase]) -> Iterator[str]:
    earlier = [one for one in step.together if one.origin.path == step.script.path]
    if any(one.statement != step.step.statement for one in earlier):
        yield _AGAIN
    if any(isinstance(one, change.AddIndex) for phase in phases for one in phase.changes):
        yield _INVALID


@dataclass(frozen=True, slots=True)
class LimitWaiting:
    """Sets `lock_timeout` for the transaction of a step; plain data."""

    path: str
    line: int

    def changes(self, project: Project) -> Changes:
        """The statement as the first one of its transaction."""
        revision = RevisionFile(project, self.path)
        file, calls = revision.file, revision.calls
        body = function_of(file, "upgrade").body
        described = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        first = 1 if described and len(body) > 1 else 0
        place = next((i for i, node in enumerate(body) if self.line <= (node.end_lineno or node.lineno)), -1)
        if place < first or is_block(body[place]):
            raise UnwritableError("the operation does not stand in the transaction of upgrade()")
        blocks = [i for i in range(place) if is_block(body[i])]
        node = body[max([first, *(i + 1 for i in blocks)])]
        if not file.begins_line(node):
            raise UnwritableError("the function stands on one line")
        indent = file.indent_of(node)
        function, arguments = calls.execute(f"SET LOCAL lock_timeout = '{_LIMIT}'")
        start = file.source.at(node.lineno - 1 - len(lead_of(node, file)), 0)
        call = file.style.call(f"{calls.op}.{function}", arguments, indent)
        edit = file.at.edit(start, start, f"{indent}{call}{file.style.newline}")
        return Changes({self.path: tuple(sorted([edit, *file.import_edits()], key=lambda one: one.span))})


def limit_waiting(step: MigrationStep) -> Remedy | None:
    """The remedy that lets a revision give up after two seconds rather than make others wait behind it.

    None where its transaction has such a limit already, or the step does not stand in one.
    """
    if "lock_timeout" in step.passage.limits or not step.is_postgres or not step.in_transaction:
        return None
    if step.passage.ended and step.passage.transaction is None:
        return None
    plan = LimitWaiting(step.script.path, step.origin.line)
    return Remedy(
        f"Set lock_timeout to {_LIMIT}",
        "unsafe",
        "the migration fails where it would have waited longer",
        plan,
    )
