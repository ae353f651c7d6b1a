"""A walk through the migrations of a project: each step, with the schema and transaction it meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from backend_architect.engine.project import OfMigrations
from backend_architect.migrations.locks import locked_by
from backend_architect.migrations.runners import runs_in_transaction
from backend_architect.schema import changes
from backend_architect.schema.actions import Begin, End, MakeTable, SetTimeout
from backend_architect.schema.applying import apply
from backend_architect.schema.model import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.engine.project import Project
    from backend_architect.migrations.histories import History, Script
    from backend_architect.schema.changes import Effect, Step
    from backend_architect.schema.model import Column, Origin, Table

_NO_LIMIT: Final = frozenset({"0", "default", "0s", "0ms"})


@dataclass(slots=True)
class Passage:
    """How far a script has been followed, and what holds at that place."""

    script: Script
    done: list[Step] = field(default_factory=list["Step"])
    """The steps before, in their order."""
    new: set[str] = field(default_factory=set[str])
    """The names of tables and views that it has made itself: nobody uses them yet."""
    within: set[str] = field(default_factory=set[str])
    """The last parts of those of them that stand in a schema."""
    transaction: int | None = None
    """The number of the transaction that a statement has begun; None outside of such."""
    ended: bool = False
    """Whether a statement has ended the transaction in which the tool runs the script, or begun another."""
    since: int = 0
    """The place among `done` at which the present transaction begins."""
    limits: set[str] = field(default_factory=set[str])
    """The time-outs that are set."""
    local: set[str] = field(default_factory=set[str])
    """Those of them that end with the transaction."""
    waits: bool = False
    """Whether a step before has waited for a lock on a table that is in use."""

    def make(self, name: str) -> None:
        """Know a table or a view that the script makes."""
        self.new.add(bare(name))
        if "." in bare(name):
            self.within.add(name.rpartition(".")[2])


@dataclass(frozen=True, slots=True)
class MigrationStep(OfMigrations):
    """A step of a migration: the subject of rules about migrations.

    Schema and passage are those of the moment; whoever is shown a step must not keep them.
    """

    project: Project
    script: Script
    step: Step
    schema: Schema
    """What is there before the step."""
    passage: Passage

    @property
    def change(self) -> Effect:
        """What it does."""
        return self.step.change

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return self.step.origin

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL, as far as settings and names tell."""
        return self.script.dialect == "postgres"

    @property
    def in_transaction(self) -> bool:
        """Whether it runs in a transaction, so that the locks it takes are held to the end of that."""
        if self.passage.transaction is not None:
            return True
        return not self.passage.ended and runs_in_transaction(self.script, self.project.read)

    @property
    def together(self) -> list[Step]:
        """The steps before it in its transaction; none where each statement is one of its own."""
        return self.passage.done[self.passage.since :] if self.in_transaction else []

    @property
    def whole_transaction(self) -> list[Step]:
        """All steps of its transaction, those behind it included; none where each statement is one."""
        if not self.in_transaction:
            return []
        behind = takewhile(
            lambda one: not isinstance(one.change, Begin | End), self.script.steps[len(self.passage.done) :]
        )
        return [*self.together, *behind]

    @property
    def same_statement(self) -> list[Step]:
        """All steps of its statement or operation, itself included."""
        return [one for one in self.script.steps if one.statement == self.step.statement]

    def is_new(self, table: str) -> bool:
        """Whether the script itself has made a table, so that nobody uses it yet."""
        if bare(table) in self.passage.new or table in self.script.beside:
            return True
        # A search path may say in which schema it is.
        return table in self.passage.within

    def is_first(self, *kinds: type) -> bool:
        """Whether no step before it in its statement is of these kinds."""
        number = self.step.statement
        before = takewhile(lambda one: one.statement == number, reversed(self.passage.done))
        return not any(isinstance(one.change, kinds) for one in before)

    def table(self, name: str) -> Table | None:
        """A table as it is before the step."""
        return self.schema.table(name)

    def column(self, table: str, name: str) -> Column | None:
        """A column as it is before the step."""
        found = self.schema.table(table)
        return found.columns.get(name) if found is not None else None

    @property
    def locks(self) -> tuple[str, ...]:
        """The existing tables whose readers or writers wait while it runs."""
        return tuple(one for one in locked_by(self.change, self.schema) if not self.is_new(one))


@dataclass(frozen=True, slots=True)
class Histories(OfMigrations):
    """All migrations of a project together."""

    project: Project


def bare(name: str) -> str:
    """The name of a table without the schema in which names are looked up."""
    return name.removeprefix("public.")


def steps_of(project: Project) -> Iterator[MigrationStep]:
    """All steps of all migrations, in the order in which they are applied."""
    for history in project.histories:
        yield from _followed(project, history)


def _followed(project: Project, history: History) -> Iterator[MigrationStep]:
    schema = Schema(dialect=history[0].dialect if history else "postgres")
    passages: dict[str, Passage] = {}
    for script in history:
        # The operations of one migration of Django may stand around those of another.
        passage = passages.setdefault(script.path, Passage(script))
        for step in script.steps:
            moment = MigrationStep(project, script, step, schema, passage)
            yield moment
            passage.waits = passage.waits or bool(moment.locks)
            _pass(passage, step)
            apply(schema, step)


def _pass(passage: Passage, step: Step) -> None:
    passage.done.append(step)
    match step.change:
        case Begin():
            passage.transaction = len(passage.done)
            passage.ended, passage.since = True, len(passage.done)
        case End():
            passage.transaction = None
            passage.ended, passage.since = True, len(passage.done)
            passage.limits -= passage.local
            passage.local.clear()
        case SetTimeout(name=name, value=value, local=local):
            (passage.limits.discard if value in _NO_LIMIT else passage.limits.add)(name)
            (passage.local.add if local else passage.local.discard)(name)
        case changes.CreateTable(table=table):
            passage.make(table.name)
        case changes.CreateView(name=name) | MakeTable(table=name):
            passage.make(name)
        case changes.RenameTable(table=table, to=to) if bare(table) in passage.new:
            passage.make(to)
        case changes.DropTable(table=table):
            passage.new.discard(bare(table))
        case _:
            pass


def names_of(tables: Iterable[str]) -> str:
    """Tables as a message names them."""
    return " and ".join(f"`{name}`" for name in tables)
