"""Safe sequences in .sql migrations: in the same file where that can be, else in new ones behind the last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from backend_architect.engine.remedies import Changes, UnwritableError
from backend_architect.indexing.sql_runners import IN_ONE, runner_of
from backend_architect.migrations.sql_editing import Part, SqlEditing
from backend_architect.migrations.sql_later import check_independence
from backend_architect.migrations.sql_new_files import in_new_files, made_alone
from backend_architect.migrations.sql_phrases import Phrases
from backend_architect.migrations.sql_statement import SqlText, Statement, is_in_block
from backend_architect.schema.actions import Begin, End, SetTimeout
from backend_architect.schema.changes import AddForeignKey, AddIndex, UseIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from backend_architect.engine.project import Project
    from backend_architect.indexing.sql_runners import Runner
    from backend_architect.migrations.phases import Phase
    from backend_architect.migrations.walking import MigrationStep
    from backend_architect.schema.changes import Effect
    from backend_architect.sql.scanner import Piece


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SqlMigrations:
    """Writes safe sequences into .sql files."""

    clock: Callable[[], datetime] = _now

    def can(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> bool:
        """Whether `write` succeeds; the text of the migration is known already where its rules are heard."""
        try:
            self.write(step, replaced, phases)
        except UnwritableError:
            return False
        return True

    def write(self, step: MigrationStep, replaced: tuple[Effect, ...], phases: tuple[Phase, ...]) -> Changes:
        """The edits of the migration, and the new ones behind it."""
        if not step.is_postgres:
            raise UnwritableError("only of PostgreSQL it is known here what makes others wait")
        _check_tables(step, phases)
        rewriting = SqlRewriting(step, replaced, phases, self.clock())
        changes = rewriting.changes()
        sums = rewriting.runner.sums
        return replace(changes, notes=(*changes.notes, sums)) if sums else changes


def _check_tables(step: MigrationStep, phases: tuple[Phase, ...]) -> None:
    """Refuse what PostgreSQL refuses, or what would wait nevertheless."""
    for change in (change for phase in phases for change in phase.changes):
        table = step.table(getattr(change, "table", None) or "")
        split = isinstance(change, AddIndex | AddForeignKey | UseIndex) and table and table.partition_by
        if split and (getattr(change, "concurrently", True) or isinstance(change, UseIndex)):
            raise UnwritableError("a partitioned table can only be changed as a whole")
        if isinstance(change, UseIndex) and change.kind == "primary" and table:
            made = step.change
            columns = made.index.columns if isinstance(made, AddIndex) else ()
            if any(one in table.columns and table.columns[one].nullable for one in columns if one):
                raise UnwritableError("a column of the key may be NULL: all rows would be read for that")


@dataclass(frozen=True)
class SqlRewriting:
    """One statement of a migration, and what is put in its place."""

    step: MigrationStep
    replaced: tuple[Effect, ...]
    phases: tuple[Phase, ...]
    now: datetime

    @property
    def project(self) -> Project:
        """The project of the migration."""
        return self.step.project

    @cached_property
    def runner(self) -> Runner:
        """What runs it."""
        return runner_of(self.step.script, self.project.read)

    @cached_property
    def of(self) -> SqlText:
        """Its text."""
        return SqlText.forward(self.project, self.step.script.path, self.step.script.dialect)

    @cached_property
    def piece(self) -> Piece:
        """The statement that is replaced."""
        piece = self.of.piece(self.step.step.statement)
        if is_in_block(self.of.text, piece.start):
            raise UnwritableError("it stands in a block that is sent as one statement")
        return piece

    @cached_property
    def phrases(self) -> Phrases:
        """What says the changes."""
        return Phrases(Statement(self.of.of(self.piece), self.of.dialect), self.replaced)

    @cached_property
    def editing(self) -> SqlEditing:
        """The edits of the migration."""
        return SqlEditing(self.of)

    @cached_property
    def parts(self) -> list[Part]:
        """The changes of the sequence, one after the other."""
        return list(self._parts())

    def _parts(self) -> Iterator[Part]:
        for phase in self.phases:
            why = phase.why
            for change in phase.changes:
                phrase = self.phrases.of(change)
                yield Part(change, phase, phrase.text, phrase.action, why)
                why = ""

    @cached_property
    def stay(self) -> list[Part]:
        """The parts that run in the transaction of the migration: those at the beginning."""
        later = [at for at, one in enumerate(self.parts) if one.phase.transaction != "same"]
        return self.parts[: later[0]] if later else self.parts

    @property
    def limit(self) -> SetTimeout | None:
        """How long the statement may wait for locks, as the migration says."""
        said = [one.change for one in self.step.passage.done if isinstance(one.change, SetTimeout)]
        last = next((one for one in reversed(said) if one.name == "lock_timeout"), None)
        return last if "lock_timeout" in self.step.passage.limits else None

    def changes(self) -> Changes:
        """The edits and new files."""
        step, runner = self.step, self.runner
        explicit = step.passage.transaction is not None
        single = runner.sends_text or runner.single
        none = [one for one in self.parts if one.phase.transaction == "none"]
        grows = single and (len(self.parts) > 1 or self.phrases.several)
        if self.stay == self.parts or not (step.in_transaction or grows):
            return self.edited(self.parts)
        if none and not runner.lone and not (explicit and runner is IN_ONE):
            raise UnwritableError(f"{runner.name} runs every migration in a transaction")
        if explicit and not single:
            return self._outside()
        if self.parts[0] in none and not single and self._is_alone:
            return made_alone(self)
        return in_new_files(self)

    def edited(self, here: Sequence[Part]) -> Changes:
        """The edits that put parts in the place of the statement."""
        self.editing.put(self.piece, self.phrases, here)
        return Changes({self.of.path: self.editing.built()})

    @property
    def statements(self) -> list[Piece]:
        """The statements of the migration."""
        return [piece for piece in self.of.pieces if piece.kind == "sql"]

    @property
    def _is_alone(self) -> bool:
        """Whether the migration does nothing else, besides settings."""
        said = {one.statement for one in self.step.script.steps if isinstance(one.change, SetTimeout)}
        settings = [self.of.piece(number) for number in said]
        return all(one == self.piece or one in settings for one in self.statements)

    def unwrap(self) -> bool:
        """Whether the migration has one statement, as soon as BEGIN and COMMIT around it are cut."""
        around = [one for one in self.step.script.steps if isinstance(one.change, Begin | End)]
        others = [self.of.piece(one.statement) for one in around]
        if [one for one in self.statements if one not in others] != [self.piece] or len(others) not in {0, 2}:
            return False
        for one in others:
            self.editing.cut(one)
        return True

    def _outside(self) -> Changes:
        """The parts behind the COMMIT of the file, or outside of its transactions where they stand."""
        number = self.step.step.statement
        steps = self.step.script.steps
        begin = next(one for one in reversed(self.step.passage.done) if isinstance(one.change, Begin))
        end = next((one for one in steps if one.statement > number and isinstance(one.change, End)), None)
        if end is None or end.change != End():
            raise UnwritableError("the transaction of the statement has no end in its file")
        opened, closed = self.of.piece(begin.statement), self.of.piece(end.statement)
        inside = [one for one in self.of.pieces if opened.start < one.start < closed.start]
        said = {self.of.piece(one.statement).start for one in steps if isinstance(one.change, SetTimeout)}
        if not self.stay and all(one == self.piece or one.start in said for one in inside):
            self.editing.cut(opened)
            self.editing.cut(closed)
            self.editing.make_global(inside)
            return self.edited(self.parts)
        between = [one for one in steps if number < one.statement < end.statement]
        moved = self.parts[len(self.stay) :]
        local = self.limit is not None and self.limit.local
        if self.limit is not None and local:
            text = f"{self.phrases.cased('SET')} lock_timeout = '{self.limit.value}'"
            moved = [Part(SetTimeout("lock_timeout", self.limit.value), moved[0].phase, text), *moved]
        try:
            check_independence(self, moved, between)
        except UnwritableError:
            if local:
                raise
            return self._between(moved, opened if inside[0] == self.piece else None)
        lost = self.editing.put(self.piece, self.phrases, self.stay)
        block = self.editing.block(closed, self.phrases, [replace(moved[0], apart=True), *moved[1:]], lost)
        self.editing.put_behind(closed, block, apart=bool(moved[-1].comment))
        return Changes({self.of.path: self.editing.built()})

    def _between(self, moved: Sequence[Part], opened: Piece | None) -> Changes:
        """The parts between a COMMIT and a BEGIN; before the transaction where nothing of it comes before."""
        phase = moved[0].phase
        commit = Part(End(), phase, self.phrases.cased("COMMIT"))
        begin = Part(Begin(), phase, self.phrases.cased("BEGIN"), apart=True)
        if self.stay:
            return self.edited([*self.stay, commit, *moved, begin])
        if opened is not None:
            self.editing.cut(opened)
        else:
            start, _ = self.editing.comments_above(self.piece)
            self.editing.replace(start, start, f"{commit.text};\n\n")
        return self.edited([*moved, begin])
