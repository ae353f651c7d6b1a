"""The queries of SQLAlchemy, SQLModel and Flask-SQLAlchemy, as the SQL that they send."""

# ruff: noqa: S608 - the statements are read, and never run

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.queries.drafts import VALUE, Draft, Piece, Source, name, source_of
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import ENDS, Step, names_before_calls, steps_of
from backend_architect.queries.sqlalchemy_names import Entity
from backend_architect.queries.sqlalchemy_steps import Steps
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.terms import Call, Member, Name, Term

if TYPE_CHECKING:
    from backend_architect.queries.mapping import Names
    from backend_architect.schema.mapped import Relationship

_STARTS: Final = frozenset({"select", "query", "exists", "delete", "update"})


def statements_of(term: Term, names: Names) -> list[str]:
    """The statements that an expression sends; none if it is no query of SQLAlchemy.

    Raises:
        UnclearError: nobody knows what it asks.
    """
    reader = Selecting(names, Draft())
    if not reader.read(term):
        return []
    return [*filter(None, [reader.statement()]), *reader.loads]


@dataclass(slots=True)
class Selecting(Steps):
    """Reads one chain."""

    def read(self, term: Term) -> bool:
        """Read a chain; false if it is none of SQLAlchemy."""
        if not isinstance(term, Call | Member) and not hasattr(term, "by"):
            return False
        _, steps = steps_of(term)
        begun = self._begin(steps)
        if begun is None:
            return False
        for step in steps[begun:]:
            self.step(step)
        return True

    def _begin(self, steps: list[Step]) -> int | None:
        """Read how a chain begins; gives the number of the step behind it."""
        leading = list(names_before_calls(steps))
        owner, end = self.names.leading(leading) if leading else (None, 0)
        if isinstance(owner, MappedClass) and owner.library == "sqlalchemy":
            if end < len(steps) and steps[end].name == "query" and steps[end].call is None:
                self.output(Name(".".join(leading[:end])))
                return end + 1
            return None
        for number, step in enumerate(steps):
            if step.name in _STARTS and step.call is not None:
                return number + 1 if self._starts(step) else None
        return None

    def _starts(self, step: Step) -> bool:
        call = step.call
        if call is None:
            return False
        if step.name in {"delete", "update"}:
            entity = self.entity(call.args[0]) if len(call.args) == 1 else None
            if entity is None:
                return False
            self.verb, self.last = step.name, entity
            self.draft.add(entity.source)
            return True
        if step.name == "exists":
            self.verb = "exists"
        elif not any(map(self._is_output, call.args)):
            return False
        for one in call.args:
            self.output(one)
        return True

    def _is_output(self, term: Term) -> bool:
        """Whether something of a mapped class, or a function of SQL, is to be read."""
        if not self.is_free(term):
            return True
        return isinstance(term, Call) and (".func." in f".{term.path}" or ".func." in f".{_path(term)}")

    def output(self, term: Term) -> None:
        """Add what a query gives."""
        entity = self.entity(term)
        if entity is not None:
            self.last = self.last or entity
            self.mention(entity)
            self.draft.outputs.append(f"{name(entity.source.alias)}.*")
            if isinstance(entity.owner, MappedClass):
                columns = entity.owner.columns.items()
                self.listed += [(key, self.models.type_of(entity.table, column)) for key, column in columns]
            return
        labelled = isinstance(term, Call) and term.name == "label" and term.args
        piece = self.piece(term)
        label = term.args[0] if labelled and isinstance(term, Call) else None
        if isinstance(label, str):
            self.draft.outputs.append(f"{piece.sql} AS {name(label)}")
            self.listed.append((label, piece.type))
            return
        self.draft.outputs.append(piece.sql)
        found = self.attribute(term)
        if found is not None:
            self.last = self.last or found[0]
            self.listed.append((found[1], piece.type))

    # The statement

    def statement(self) -> str:
        """The statement; empty where the primary key alone picks a row."""
        if self.by_key:
            return ""
        draft = self.draft
        if self.verb in {"delete", "update"}:
            if draft.joins or len(draft.sources) != 1 or (self.verb == "update" and not self.changed):
                raise UnclearError
            target = draft.sources[0].text
            if self.verb == "delete":
                return f"DELETE FROM {target}{draft.tail()}"
            changes = ", ".join(f"{name(one)} = {VALUE}" for one in dict.fromkeys(self.changed))
            return f"UPDATE {target} SET {changes}{draft.tail()}"
        text = draft.sql()
        return f"SELECT count(*) FROM ({text}) AS anon_1" if self.is_counted else text

    # Queries in queries

    def _inner(self, term: Term, outer: Selecting | None) -> Selecting | None:
        inner = Selecting(self.names, Draft(), outer)
        return inner if inner.read(term) else None

    def nested(self, term: Term) -> str | None:
        """The text of a query that stands in an expression; None for what is none."""
        if not isinstance(term, Call | Member):
            return None
        inner = self._inner(term, self)
        if inner is None:
            return None
        _, steps = steps_of(term)
        if any(step.name in ENDS and step.name not in {"exists", "delete", "update"} for step in steps):
            return VALUE  # it has been run
        if not inner.draft.sources and not inner.draft.joined:
            inner = self._inner(term, None)
        if inner is None or inner.verb in {"delete", "update"}:
            raise UnclearError
        if inner.verb != "exists":
            return f"({inner.statement()})"
        inner.draft.outputs = inner.draft.outputs or ["1"]
        return f"EXISTS ({inner.statement()})"

    def derived(self, call: Call) -> Entity:
        """What a query in parentheses gives."""
        inner = self._inner(call, None)
        if inner is None or inner.verb != "select":
            raise UnclearError
        source = Source(f"s{call.line}", f"({inner.statement()})")
        return Entity(source, None, tuple(inner.listed))

    def related_rows(self, entity: Entity, relationship: Relationship, call: Call) -> Piece:
        """Whether there is a row to which a relationship leads, with conditions on it."""
        target = self.target(relationship)
        if target.source.alias == entity.source.alias:
            target = Entity(source_of(target.table, f"a{call.line}"), target.owner)
        self.mention(entity)
        inner = Selecting(self.names, Draft(["1"]), self, last=target)
        inner.draft.sources.append(target.source)
        if relationship.secondary:
            between, near, far = self.links(entity, target, relationship.secondary)
            inner.draft.sources.insert(0, between)
            inner.draft.where += [near, far]
        else:
            inner.draft.where.append(self.joining(entity, target, relationship))
        if call.name == "contains":
            inner.draft.where.append(
                f"{target.source.column(self.models.primary_key(target.table))} = {VALUE}"
            )
        else:
            inner.where(call)
            inner.filter_by(call)
        return Piece(f"EXISTS ({inner.draft.sql()})", "condition")


def _path(term: Call) -> str:
    """The name that a chain of calls begins with."""
    while isinstance(term.function, Member) and isinstance(term.function.of, Call):
        term = term.function.of
    return term.path
