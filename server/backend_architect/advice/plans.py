"""In which order the tables of a query are read, and what each of them lacks for that.

One table is read first: the one of which conditions leave least. Through its rows the others are found, by
the columns that join them, as long as there are few rows. A query that leaves much of all its tables reads
them whole, and no index helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from backend_architect.advice.candidates import GAIN, WORTH, Candidate, best_candidate
from backend_architect.advice.estimates import ONE, ROWS
from backend_architect.advice.lookups import is_lookup
from backend_architect.advice.wanted import Wanted
from backend_architect.queries.shapes import Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.queries.shapes import Either, OrderKey, QueryShape
    from backend_architect.schema.model import Schema, Table

Reason = Literal["filter", "order", "join", "parent"]
"""What a missing index is for; parent: changes of the rows that a foreign key points to."""

_LOOKED_UP: Final = 500
"""How many rows may be looked up one by one before it is better to read the other table once."""

_SCATTERED: Final = 10
"""How many rows a value from elsewhere may stand for, where they are few."""


@dataclass(frozen=True, slots=True)
class Need:
    """An index that a query lacks."""

    candidate: Candidate
    wanted: Wanted
    reason: Reason
    shape: QueryShape


@dataclass(frozen=True, slots=True)
class _Access:
    """How a table would be read."""

    wanted: Wanted
    now: float
    """The share of the table that is read with the indexes that it has."""
    candidates: tuple[Candidate, ...]
    """What it lacks; several for OR."""
    best: float
    """The share that is read with them."""

    @property
    def lacks(self) -> bool:
        """Whether they are worth having."""
        return bool(self.candidates) and self.best <= WORTH and self.now >= self.best * GAIN


def needs_of(shape: QueryShape, schema: Schema) -> Iterator[Need]:
    """The indexes that a query lacks."""
    yield from _Planner(shape, schema).needs()


class _Planner:
    def __init__(self, shape: QueryShape, schema: Schema) -> None:
        self.shape = shape
        self.schema = schema
        self.tables = [schema.table(use.table) if use.table else None for use in shape.uses]
        self.few = [use.few or self._is_small(use.source) for use in shape.uses]
        self.alone = sum(table is not None for table in self.tables) == 1

    def needs(self) -> Iterator[Need]:
        """The indexes that the query lacks."""
        if self.alone and self.shape.extremes:
            around = {at for at, few in enumerate(self.few) if few}
            for number, key in self.shape.extremes:
                yield from self._read(number, "order", self._reached(number, around, (key,), 1))
            return
        pending = set(range(len(self.shape.uses)))
        while pending:
            component = self._component(min(pending))
            pending -= component
            yield from self._component_needs(component)

    def _is_small(self, source: QueryShape | None) -> bool:
        """Whether a query that is run by itself gives few rows, as far as its own conditions tell."""
        if source is None or source.limit is not None:
            return source is not None
        for use in source.uses:
            table = self.schema.table(use.table) if use.table and not use.optional else None
            if (
                table is not None
                and Wanted(table, self.schema, ()).shares(use.conditions) <= _LOOKED_UP / ROWS
            ):
                return True
        return False

    def _component(self, first: int) -> set[int]:
        """The uses that are joined with one, directly or by others."""
        found, pending = {first}, [first]
        while pending:
            at = pending.pop()
            for other in self._joined(at) - found:
                found.add(other)
                pending.append(other)
        return found

    def _joined(self, at: int) -> set[int]:
        left = {join.right for join in self.shape.joins if join.left == at}
        return left | {join.left for join in self.shape.joins if join.right == at}

    def _component_needs(self, component: set[int]) -> Iterator[Need]:
        driver = self._driver(component)
        if driver is None:
            return
        visited, rows = {driver}, float(_SCATTERED)
        if self.tables[driver] is not None:
            access = self._first(driver)
            yield from self._read(driver, _reason(access), access)
            rows = access.best * ROWS
        elif not self.shape.uses[driver].table:
            rows = 1.0
        while following := self._following(component - visited, visited):
            at = min(following, key=lambda one: self._reached(one, visited).best)
            access = self._reached(at, visited)
            visited.add(at)
            if self.tables[at] is None:
                continue
            if rows <= _LOOKED_UP:
                yield from self._read(at, "join", access)
            rows *= max(access.best * ROWS, 0.1)

    def _driver(self, component: set[int]) -> int | None:
        """The use that is read first: few rows from elsewhere, or what leaves least of its table."""
        few = [at for at in component if self.few[at]]
        if few:
            return few[0]
        found = [(access.best, access.lacks, at) for at in sorted(component) if (access := self._first(at))]
        able = [one for one in found if not self.shape.uses[one[2]].optional and one[0] <= WORTH]
        return min(able)[2] if able else None

    def _first(self, at: int) -> _Access:
        """How a table is read by its own conditions, or in the wanted order."""
        ordered = self.shape.ordered == at
        order, limit = (self.shape.order, self.shape.limit) if ordered else ((), None)
        return self._access(at, (), order, limit)

    def _reached(
        self, at: int, visited: set[int], order: tuple[OrderKey, ...] = (), limit: int | None = None
    ) -> _Access:
        """How a table is read by what its rows are joined with."""
        keys = [join.left_key for join in self.shape.joins if join.left == at and join.right in visited]
        keys += [join.right_key for join in self.shape.joins if join.right == at and join.left in visited]
        if self.alone and self.shape.ordered == at:
            order, limit = self.shape.order, self.shape.limit
        return self._access(at, tuple(Predicate(key, "equal") for key in dict.fromkeys(keys)), order, limit)

    def _following(self, pending: set[int], visited: set[int]) -> list[int]:
        return [at for at in pending if self._joined(at) & visited]

    def _access(
        self, at: int, joined: tuple[Predicate, ...], order: tuple[OrderKey, ...], limit: int | None
    ) -> _Access:
        table, use = self.tables[at], self.shape.uses[at]
        if table is None:
            return _NOTHING
        purges = table.name in {self.shape.removes_from, self.shape.updates}
        predicates = (*joined, *use.conditions)
        outside = self._outside(at) if order else 1.0
        for either in use.either:
            outside *= self._either_share(either, table)
        wanted = Wanted(table, self.schema, predicates, order, limit, outside, purges)
        candidate = best_candidate(wanted)
        now = wanted.now()
        access = _Access(
            wanted, now, (candidate,) if candidate else (), min(now, candidate.reading if candidate else 1)
        )
        branched = [self._branches(wanted, either) for either in use.either]
        return min([access, *branched], key=lambda one: one.best)

    def _branches(self, wanted: Wanted, either: Either) -> _Access:
        """How a table is read by conditions of which one must hold: once for each."""
        now = best = 0.0
        lacking: list[Candidate] = []
        for branch in either.branches:
            one = replace(wanted, predicates=branch, order=(), limit=None)
            candidate, present = best_candidate(one), one.now()
            reading = candidate.reading if candidate is not None else 1.0
            now += present
            best += min(present, reading)
            if candidate is not None and present >= reading * GAIN:
                lacking.append(candidate)
        return _Access(wanted, min(now, 1.0), tuple(lacking), min(best, 1.0))

    def _either_share(self, either: Either, table: Table) -> float:
        wanted = Wanted(table, self.schema, ())
        return min(1.0, sum(wanted.shares(branch) for branch in either.branches))

    def _outside(self, at: int) -> float:
        """The share of rows that the conditions on the other tables leave."""
        product = 1.0
        for other, use in enumerate(self.shape.uses):
            table = self.tables[other]
            if other != at and table is not None and not use.optional:
                product *= max(Wanted(table, self.schema, ()).shares(use.conditions), ONE)
        return product

    def _read(self, at: int, reason: Reason, access: _Access) -> Iterator[Need]:
        table = self.tables[at]
        if table is None or not access.lacks:
            return
        if not table.complete or is_lookup(table, self.schema):
            # Of a table that is made elsewhere nobody knows the indexes.
            return
        for candidate in access.candidates:
            yield Need(candidate, candidate.wanted or access.wanted, reason, self.shape)


def _reason(access: _Access) -> Reason:
    """Whether an index is wanted for the order alone."""
    unordered = best_candidate(replace(access.wanted, order=(), limit=None))
    return "order" if access.wanted.limit is not None and unordered is None else "filter"


_NOTHING = _Access(None, 1.0, (), 1.0)  # type: ignore[arg-type]
