"""The indexes that would serve what is wanted of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.advice.estimates import FLAG, HALF, is_flag
from backend_architect.schema.model import Index, IndexPart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.advice.wanted import Wanted
    from backend_architect.queries.shapes import Key, OrderKey, Predicate, Rewrite

WORTH: Final = 0.03
"""The largest share of a table for which going through an index beats reading all of it."""

GAIN: Final = 10
"""How many times less must be read for an index to be advised."""

_BAGS: Final = {
    "infix": "gin_trgm_ops",
    "contains": "",
    "overlaps": "",
    "has-key": "",
    "text-search": "",
}
"""Conditions that GIN answers, with the class of operators that it needs."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that would serve what is wanted."""

    index: Index
    reading: float
    """The share of the table that is then read."""
    equal: int = 0
    """How many of its first parts are compared for equality, and may stand in any order."""
    wanted: Wanted | None = None
    """What it serves."""
    rewrites: tuple[Rewrite, ...] = ()
    """What the query must say otherwise for that."""


def best_candidate(wanted: Wanted) -> Candidate | None:
    """The index that makes the database read least; None if none is worth having."""
    found = [*_of(wanted, ()), *_rewritten(wanted)]
    worth = [one for one in found if one.reading <= WORTH]
    return min(worth, key=lambda one: one.reading, default=None)


def _rewritten(wanted: Wanted) -> Iterator[Candidate]:
    """Candidates for the query said otherwise, where it hides a column from an index that is or can be."""
    rewrites = [one.rewrite for one in wanted.predicates if one.rewrite is not None]
    if not rewrites or wanted.now() <= WORTH:
        return
    hidden = [one for one in wanted.predicates if one.rewrite is not None]
    other = replace(wanted, predicates=tuple(_otherwise(one) for one in wanted.predicates))
    if all(one.key.indexable and one.kind != "other" for one in hidden) and other.now() > WORTH:
        return
    now = other.now()
    if now <= WORTH:
        served = min(other.table.indexes, key=other.reading)
        # An index is there already; only the query hides the column from it.
        yield Candidate(served, now / GAIN, 0, other, tuple(rewrites))
        return
    yield from _of(other, tuple(rewrites))


def _otherwise(predicate: Predicate) -> Predicate:
    return replace(predicate.rewrite.condition) if predicate.rewrite is not None else predicate


def _of(wanted: Wanted, rewrites: tuple[Rewrite, ...]) -> Iterator[Candidate]:
    for index, equal in (*_trees(wanted), *_bags(wanted)):
        yield Candidate(index, wanted.reading(index), equal, wanted, rewrites)


def _trees(wanted: Wanted) -> Iterator[tuple[Index, int]]:
    """Equality first, then the order or one range; each whole and as a partial index."""
    usable = [one for one in wanted.predicates if one.key.indexable and not _is_bag(one.key, wanted)]
    equal = [one for one in _distinct(usable) if one.kind in {"equal", "in"} or _is_rare(one, wanted)]
    constant = [one for one in usable if _is_constant_state(one, wanted)]
    strong = [one for one in equal if wanted.share(one) < FLAG]
    if strong:
        # A state beside something selective is one more column, but for yes and no and for NULL.
        constant = [one for one in constant if one.kind == "null" or wanted.share(one) >= HALF]
    within = [one for one in equal if one not in constant]
    where = " AND ".join(one.sql for one in constant)
    head = [IndexPart(one.key.column, one.key.text) for one in sorted(within, key=_position(wanted))]
    tails = [_order_tail(wanted, within), _range_tail(wanted, usable, within)]
    seen: list[Index] = []
    for tail in tails:
        # Where only what is missing is asked for, an index of just these rows.
        parts = (*head, *tail) or tuple(
            IndexPart(one.key.column) for one in constant if _is_rare(one, wanted)
        )
        if parts:
            index = Index("", parts, where=where)
            if index not in seen:
                seen.append(index)
                yield index, len(head)


def _distinct(predicates: list[Predicate]) -> list[Predicate]:
    seen: dict[Key, Predicate] = {}
    for one in predicates:
        if one.kind in {"equal", "in", "null"}:
            seen.setdefault(one.key, one)
    return list(seen.values())


def _is_rare(predicate: Predicate, wanted: Wanted) -> bool:
    return predicate.kind == "null" and wanted.share(predicate) < FLAG


def _is_constant_state(predicate: Predicate, wanted: Wanted) -> bool:
    """Whether a condition is the same at every run and leaves so many rows that it is no key of an index."""
    if predicate.kind == "null":
        return True
    if predicate.kind == "not-null":
        return False
    return (
        predicate.kind in {"equal", "in"}
        and predicate.constant is not None
        and is_flag(predicate.key, wanted.table, wanted.schema)
    )


def _position(wanted: Wanted):
    """What to sort equal columns by: those that many queries have in common first, states last."""

    def key(predicate: Predicate) -> tuple[bool, bool]:
        return (is_flag(predicate.key, wanted.table, wanted.schema), predicate.kind == "in")

    return key


def _order_tail(wanted: Wanted, within: list[Predicate]) -> tuple[IndexPart, ...]:
    fixed = {one.key for one in within if one.kind != "in"}
    keys = [one for one in wanted.order if one.key not in fixed]
    if not all(one.key.indexable for one in keys) or any(one.kind == "in" for one in within):
        return ()
    return tuple(_order_part(one) for one in keys)


def _order_part(key: OrderKey) -> IndexPart:
    return IndexPart(key.key.column, key.key.text, key.descending, key.nulls)


def _range_tail(wanted: Wanted, usable: list[Predicate], within: list[Predicate]) -> tuple[IndexPart, ...]:
    fixed = {one.key for one in within}
    ranges = [
        one for one in usable if one.kind in {"lower", "upper", "between", "prefix"} and one.key not in fixed
    ]
    if not ranges:
        return ()
    best = min(ranges, key=wanted.share)
    if best.kind != "prefix" and wanted.order and wanted.order[0].key == best.key:
        return _order_tail(wanted, within)
    opclass = "text_pattern_ops" if best.kind == "prefix" else ""
    return (IndexPart(best.key.column, best.key.text, opclass=opclass),)


def _is_bag(key: Key, wanted: Wanted) -> bool:
    """Whether a column holds many values at once, which a tree does not sort by."""
    # A table that is only altered in the files at hand has columns that nobody has said.
    column = wanted.table.columns.get(key.column) if key.column is not None else None
    if column is None:
        return False
    type_ = column.type
    return type_.endswith("[]") or type_ in {"json", "jsonb", "tsvector", "xml"}


def _bags(wanted: Wanted) -> Iterator[tuple[Index, int]]:
    """An index for what is searched within values: elements, keys, words, pieces of text."""
    for one in wanted.predicates:
        if one.kind not in _BAGS or not one.key.indexable:
            continue
        opclass, using = _BAGS[one.kind], "gin"
        column = wanted.table.columns.get(one.key.column) if one.key.column is not None else None
        type_ = column.type if column is not None else ""
        if type_.endswith("range"):
            using = "gist"
        elif type_ == "json" or (opclass == "" and type_ and not _is_bag(one.key, wanted)):
            # json has no operators, and what else has them wants other indexes.
            continue
        if one.kind == "contains" and type_ == "jsonb":
            opclass = "jsonb_path_ops"
        yield Index("", (IndexPart(one.key.column, one.key.text, opclass=opclass),), using=using), 0
