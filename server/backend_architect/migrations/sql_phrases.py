"""The statements of a safe sequence in SQL, made from that which they replace."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from backend_architect.engine.remedies import UnwritableError
from backend_architect.migrations.sql_statement import Action, Statement, without_place
from backend_architect.schema.actions import Rebuild
from backend_architect.schema.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AlterColumn,
    DetachPartition,
    DropConstraint,
    DropIndex,
    UseIndex,
    ValidateConstraint,
)
from backend_architect.schema.ddl_words import UnreadableError
from backend_architect.schema.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.changes import Effect
    from backend_architect.schema.ddl_columns import Clause

_NOT_NULL: Final = re.compile(r"NOT\s+NULL\b", re.IGNORECASE)
_DEFAULT: Final = re.compile(r"DEFAULT\s+", re.IGNORECASE)
_CONCURRENTLY_BEHIND: Final = (
    re.compile(r"CREATE\s+(?:UNIQUE\s+)?INDEX\b", re.IGNORECASE),
    re.compile(r"DROP\s+INDEX\b", re.IGNORECASE),
    re.compile(r"REINDEX\s+(?:INDEX|TABLE|SCHEMA|DATABASE)\b", re.IGNORECASE),
    re.compile(r"REFRESH\s+MATERIALIZED\s+VIEW\b", re.IGNORECASE),
)
_UNLESS_EXISTS: Final = re.compile(r"\s+IF\s+NOT\s+EXISTS\b", re.IGNORECASE)
_KEY_OPTIONS: Final = frozenset({"DEFERRABLE", "NOT", "INITIALLY"})
_BEHIND_NAME: Final = frozenset({"UNIQUE", "PRIMARY", "FOREIGN", "CHECK"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A statement, or only the action of one on the table of the replaced statement."""

    text: str
    action: bool = False


@dataclass(frozen=True)
class Phrases:
    """Makes the statements for changes out of the one that is replaced."""

    statement: Statement
    replaced: tuple[Effect, ...]

    @cached_property
    def action(self) -> Action | None:
        """The action that is replaced, or of which a clause is; None where it is no ALTER TABLE."""
        return self.statement.action_of(self.replaced) if self.statement.actions else None

    @property
    def altering(self) -> Action:
        """The same, where there must be one.

        Raises:
            UnwritableError: it is no ALTER TABLE.
        """
        if self.action is None:
            raise UnwritableError("it is no ALTER TABLE")
        return self.action

    @cached_property
    def clause(self) -> Clause | None:
        """The clause of a new column that is replaced, where it is one."""
        if self.action is None or any(isinstance(one, AddColumn) for one in self.replaced):
            return None
        for one in self.action.clauses:
            made = one.constraint
            if made is not None and any(_alike(made, old) for old in self.replaced):
                return one
        return None

    @property
    def several(self) -> bool:
        """Whether the statement does more than what is replaced."""
        return self.clause is not None or len(self.statement.actions) > 1

    def cased(self, words: str) -> str:
        """Keywords in the case of the statement."""
        return words.lower() if self.statement.text[:1].islower() else words

    def whole(self, text: str, *, action: bool) -> str:
        """A statement, or what is made one of an action."""
        return f"{self.statement.head} {text}" if action else text

    def of(self, change: Effect) -> Phrase:
        """The phrase that makes a change.

        Raises:
            UnwritableError: it cannot be said here.
        """
        if any(without_place(change) == without_place(one) for one in self.replaced):
            return self._as_written()
        match change:
            case AddIndex(index=index) if index.kind == "index":
                return self._index(change)
            case UseIndex():
                return self._use_index(change)
            case AddForeignKey(key=key):
                return self._constraint(key.name)
            case AddCheck(check=check):
                return self._constraint(check.name)
            case ValidateConstraint(name=name):
                return self._action("VALIDATE CONSTRAINT", name)
            case DropConstraint(name=name):
                return self._action("DROP CONSTRAINT", name)
            case AlterColumn(column=column, nullable=False):
                return Phrase(
                    f"{self._action('ALTER COLUMN', column).text} {self.cased('SET NOT NULL')}", True
                )
            case AlterColumn(column=column, default=str(default)) if default:
                said = f"{self.cased('SET DEFAULT')} {self._default() or default}"
                return Phrase(f"{self._action('ALTER COLUMN', column).text} {said}", True)
            case AddColumn():
                return self._column(change)
            case DropIndex() | DetachPartition() | Rebuild():
                return self._beside_writes(change)
            case _:
                raise UnwritableError("nobody knows here how SQL says that")

    def _as_written(self) -> Phrase:
        if self.action is None:
            return Phrase(self.statement.text)
        if len(self.action.changes) != 1:
            raise UnwritableError("the same action does more than that")
        return Phrase(self._source, True)

    @property
    def _source(self) -> str:
        """The action that is replaced, as it is written."""
        return self.statement.text[self.altering.start : self.altering.end]

    def _action(self, words: str, name: str) -> Phrase:
        return Phrase(f"{self.cased(words)} {quoted(name, self.statement.dialect)}", True)

    def _constraint(self, name: str) -> Phrase:
        """A constraint of which only new rows are checked."""
        named = self._action("ADD CONSTRAINT", name).text
        unchecked = self.cased("NOT VALID")
        old = self.replaced[0]
        if isinstance(old, AlterColumn):
            column = quoted(old.column, self.statement.dialect)
            said = f"{self.cased('CHECK')} ({column} {self.cased('IS NOT NULL')})"
            return Phrase(f"{named} {said} {unchecked}", True)
        if self.clause is not None:
            body = self.statement.text[self.clause.body : self.clause.end]
            if isinstance(old, AddForeignKey):
                columns = ", ".join(quoted(one, self.statement.dialect) for one in old.key.columns)
                body = f"{self.cased('FOREIGN KEY')} ({columns}) {body}"
            return Phrase(f"{named} {body} {unchecked}", True)
        return Phrase(f"{self._named(self.altering, named)} {unchecked}", True)

    def _named(self, action: Action, named: str) -> str:
        """The constraint that an action adds, with a name if it has none."""
        words = action.words.copy()
        words.wants("ADD")
        if words.word in _BEHIND_NAME:
            return f"{named} {self.statement.text[words.start : action.end]}"
        return self._source

    def _index(self, change: AddIndex) -> Phrase:
        old = self.replaced[0]
        if not isinstance(old, AddIndex):
            raise UnwritableError("it makes no index")
        if old.index.kind == "index":
            return self._beside_writes(change)
        head = self.cased("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS")
        name = quoted(change.index.name, self.statement.dialect)
        on = f"{head} {name} {self.cased('ON')} {self.statement.table}"
        if self.clause is not None:
            columns = ", ".join(quoted(one or "", self.statement.dialect) for one in change.index.columns)
            return Phrase(f"{on} ({columns}){self._distinct(change)}")
        columns, _ = self._key(self.altering)
        return Phrase(f"{on} {columns}{self._distinct(change)}")

    def _distinct(self, change: AddIndex) -> str:
        return "" if change.index.nulls_distinct else f" {self.cased('NULLS NOT DISTINCT')}"

    def _key(self, action: Action) -> tuple[str, str]:
        """What a key is made of, as it is written, and what stands behind that."""
        words = action.words.copy()
        text = self.statement.text
        while not (words.done or words.word == "("):
            words.skip()
        start = words.start
        words.skip()
        if words.takes("INCLUDE"):
            words.skip()
        columns = text[start : words.passed]
        if not words.done and words.word not in _KEY_OPTIONS:
            raise UnwritableError("the constraint says how its index is kept")
        return columns, text[words.passed : action.end]

    def _use_index(self, change: UseIndex) -> Phrase:
        kind = "PRIMARY KEY" if change.kind == "primary" else "UNIQUE"
        named = self._action("ADD CONSTRAINT", change.name or change.index).text
        index = quoted(change.index, self.statement.dialect)
        options = ""
        if self.action is not None and self.clause is None:
            _, options = self._key(self.action)
        if self.clause is not None and re.search(r"\bDEFERRABLE\b", self._source, re.IGNORECASE):
            raise UnwritableError("the constraint is deferrable")
        return Phrase(f"{named} {self.cased(f'{kind} USING INDEX')} {index}{options}", True)

    def _column(self, change: AddColumn) -> Phrase:
        """The new column without NOT NULL, and without its default if it shall have none."""
        cut = [self._clause(_NOT_NULL)] if change.column.nullable else []
        if change.column.default is None:
            cut.append(self._clause(_DEFAULT))
        action = self.altering
        text = without(self.statement.text, action.start, action.end, filter(None, cut))
        return Phrase(text, True)

    def _clause(self, pattern: re.Pattern[str]) -> Clause | None:
        clauses = self.action.clauses if self.action is not None else []
        return next((one for one in clauses if pattern.match(self.statement.text, one.body)), None)

    def _default(self) -> str:
        """The expression of the default that the new column has now."""
        clause = self._clause(_DEFAULT)
        return _DEFAULT.sub("", self.statement.text[clause.body : clause.end], count=1) if clause else ""

    def _beside_writes(self, change: AddIndex | DropIndex | DetachPartition | Rebuild) -> Phrase:
        """The statement with CONCURRENTLY."""
        if [type(one) for one in self.replaced] != [type(change)]:
            raise UnwritableError("the statement does more than that")
        word = f" {self.cased('CONCURRENTLY')}"
        text = self.statement.text
        if isinstance(change, DetachPartition):
            if len(self.statement.actions) != 1:
                raise UnwritableError("the statement does more than to detach a partition")
            return Phrase(self._source + word, True)
        if isinstance(change, DropIndex):
            self._is_alone()
        found = next(filter(None, (one.match(text) for one in _CONCURRENTLY_BEHIND)), None)
        if found is None:
            raise UnwritableError("PostgreSQL cannot do that beside running writes")
        tail = text[found.end() :]
        if isinstance(change, AddIndex) and change.unless_exists and not _UNLESS_EXISTS.match(tail):
            word += f" {self.cased('IF NOT EXISTS')}"
        return Phrase(text[: found.end()] + word + tail)

    def _is_alone(self) -> None:
        words = self.statement.words.copy()
        try:
            words.wants("DROP", "INDEX")
            words.takes("IF", "EXISTS")
            if len(words.names()) > 1 or words.word == "CASCADE":
                raise UnwritableError("DROP INDEX CONCURRENTLY takes one name, and no CASCADE")
        except UnreadableError as error:
            raise UnwritableError("the statement cannot be read") from error


def _alike(made: Effect, old: Effect) -> bool:
    """Whether a clause makes a change, which knows the name of its table."""
    return isinstance(made, AddIndex | AddForeignKey | AddCheck) and without_place(
        replace(made, table=getattr(old, "table", ""))
    ) == without_place(old)


def without(text: str, start: int, end: int, cut: Iterable[Clause]) -> str:
    """A part of a text without some clauses and the blanks before them."""
    pieces: list[str] = []
    for one in sorted(cut, key=lambda clause: clause.start):
        pieces.append(text[start : one.start].rstrip())
        start = one.end
    return "".join([*pieces, text[start:end]])
