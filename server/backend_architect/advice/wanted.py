"""What is wanted of one table, and how much of it an index makes the database read for that."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from backend_architect.advice.estimates import LEAST, MANY, ONE, ROWS, SOME, share
from backend_architect.advice.implication import implies
from backend_architect.queries.expressions import canonical_text, is_time
from backend_architect.queries.shapes import Key, OrderKey, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.schema.model import Index, IndexPart, Schema, Table

_TREE_KINDS = {"equal", "in", "null"}
_RANGES = {"lower", "upper", "between"}
_COMPARED = _TREE_KINDS | _RANGES
_TOGETHER = 0.1
"""What a row costs whose neighbours are wanted, too, compared with one alone."""
_ENTRY = 0.05
"""What an entry of an index costs, compared with a row of the table."""
_FITTING = {
    "contains": ("", "array_ops", "jsonb_ops", "jsonb_path_ops"),
    "has-key": ("", "jsonb_ops"),
    "overlaps": ("", "array_ops"),
    "text-search": ("", "tsvector_ops"),
    "infix": ("gin_trgm_ops", "gist_trgm_ops"),
    "prefix": ("gin_trgm_ops", "gist_trgm_ops"),
}
"""The classes of operators of GIN and GiST that answer a kind of condition."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The conditions on a table that hold together, and the order in which the first rows are wanted."""

    table: Table
    schema: Schema
    predicates: tuple[Predicate, ...]
    order: tuple[OrderKey, ...] = ()
    limit: int | None = None
    outside: float = 1.0
    """The share of the rows that conditions on other tables leave."""
    purges: bool = False

    def share(self, predicate: Predicate) -> float:
        """The share of the rows for which a condition holds."""
        return share(predicate, self.table, self.schema, purges=self.purges)

    def shares(self, predicates: Iterable[Predicate]) -> float:
        """The share of the rows for which several conditions hold."""
        product = 1.0
        for one in predicates:
            product *= self.share(one)
        return product

    def reading(self, index: Index) -> float:
        """The share of the table that is read through an index for what is wanted; 1 where it is no use."""
        if index.where and not implies(self.predicates, index.where):
            return 1.0
        if index.using in {"gin", "gist", "spgist"}:
            return self._reading_bag(index)
        if index.using not in {"btree", "hash", "brin", ""}:
            return 1.0
        return self._reading_tree(index)

    def now(self) -> float:
        """The share of the table that is read with the indexes that it has."""
        return min((self.reading(index) for index in self.table.indexes), default=1.0)

    def _within(self, index: Index) -> list[Predicate]:
        """The conditions that an index answers by leaving rows out."""
        if not index.where:
            return []
        return [one for one in self.predicates if implies((one,), index.where)]

    def _reading_bag(self, index: Index) -> float:
        answered = self._within(index)
        fits = False
        for part in index.parts:
            for one in self.predicates:
                classes = _FITTING.get(one.kind, ())
                equal = index.using == "gin" and len(index.parts) > 1 and one.kind in {"equal", "in"}
                if is_of(part, one.key) and (part.opclass in classes or equal or index.using == "spgist"):
                    fits = fits or not equal
                    answered.append(one)
        return max(self.shares(answered), LEAST) if fits or (answered and index.where) else 1.0

    def _reading_tree(self, index: Index) -> float:
        answered = self._within(index)
        fixed: list[Predicate] = []
        position = 0
        for part in index.parts:
            equal = self._on(part, _TREE_KINDS)
            if equal is None:
                break
            fixed.append(equal)
            position += 1
        ranged: list[Predicate] = []
        if position < len(index.parts):
            part = index.parts[position]
            kinds = {"prefix"} if part.opclass.endswith("pattern_ops") else _RANGES
            ranged = [one for one in self.predicates if one.kind in kinds and is_of(part, one.key)]
        if index.using == "hash" and (len(fixed) != 1 or fixed[0].kind == "null"):
            return 1.0
        found = [*answered, *(one for one in (*fixed, *ranged) if one not in answered)]
        reading = self.shares(found)
        if not fixed and any(self._lies_together(one) for one in ranged):
            reading *= _TOGETHER
        if fixed or ranged:
            # Columns further behind are compared within the index, which is much smaller than the table.
            later = [one for part in index.parts[position + 1 :] if (one := self._on(part, _COMPARED))]
            within = self.shares(one for one in later if one not in found)
            reading = max(reading * within, reading * _ENTRY)
        if (
            index.unique
            and position == len(index.parts)
            and all(one.kind in {"equal", "in"} for one in fixed)
        ):
            # One row for each of the values that are listed.
            reading = min(reading, ONE * prod(one.values for one in fixed if one.kind == "in"))
        if index.using == "brin":
            # It leaves out whole ranges of pages, as far as rows lie in order.
            reading = max(reading, SOME)
        if index.using in {"btree", ""}:
            reading = min(reading, self._reading_ordered(index, position, found, fixed))
        return max(reading, LEAST)

    def _lies_together(self, predicate: Predicate) -> bool:
        """Whether the rows of a range came one after the other, as those of a short while do."""
        column = self.table.columns.get(predicate.key.column or "")
        return column is not None and is_time(column.type) and self.share(predicate) <= MANY

    def _on(self, part: IndexPart, kinds: set[str]) -> Predicate | None:
        listed = (one for one in self.predicates if one.kind in kinds and is_of(part, one.key))
        return min(listed, key=self.share, default=None)

    def _reading_ordered(
        self, index: Index, position: int, found: list[Predicate], fixed: list[Predicate]
    ) -> float:
        """The share that is read when the index gives the rows in order, and only the first are wanted."""
        if self.limit is None or not self.order:
            return 1.0
        if any(one.kind == "null" or (one.kind == "in" and one.values > 1) for one in fixed):
            # The planner does not see that the rows of one value are in order then.
            return 1.0
        keys = [one for one in self.order if not any(one.key == other.key for other in fixed)]
        matched = _matched(keys, index.parts[position:])
        if matched == 0 and keys:
            return 1.0
        answered = [*found, *(one for one in self.predicates if self._is_in_order(one, keys[:matched]))]
        rest = self.shares(one for one in self.predicates if one not in answered) * self.outside
        first = self.limit / ROWS / max(rest, ONE)
        if matched < len(keys):
            # All rows that are alike in the first keys are sorted by the others.
            alike = self.shares(found)
            for one in keys[:matched]:
                alike *= self._alike(one.key)
            first = max(first, alike)
        return first

    def _is_in_order(self, predicate: Predicate, keys: list[OrderKey]) -> bool:
        return predicate.kind in _RANGES and bool(keys) and predicate.key == keys[0].key

    def _alike(self, key: Key) -> float:
        return self.share(Predicate(key, "equal"))


def is_of(part: IndexPart, key: Key) -> bool:
    """Whether an index sorts by a key."""
    if key.column is not None:
        return part.column == key.column
    return part.column is None and canonical_text(part.expression) == key.expression


def _matched(keys: list[OrderKey], parts: Iterable[IndexPart]) -> int:
    """How many of the keys an index gives in their order, read forwards or backwards."""
    backwards: bool | None = None
    matched = 0
    for key, part in zip(keys, parts, strict=False):
        if not is_of(part, key.key) or part.opclass.endswith("pattern_ops"):
            break
        flipped = key.descending != part.descending
        if (_nulls_first(key.descending, key.nulls) != _nulls_first(part.descending, part.nulls)) != flipped:
            break
        if backwards is not None and backwards != flipped:
            break
        backwards = flipped
        matched += 1
    return matched


def _nulls_first(descending: bool, nulls: str) -> bool:
    return nulls == "first" if nulls else descending
