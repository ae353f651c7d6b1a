"""What names in expressions of SQLAlchemy mean: tables, columns, relationships."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.queries.drafts import Draft, Piece, Source, name, source_of
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import ENDS
from backend_architect.schema.mapped import MappedClass, Relationship
from backend_architect.schema.terms import Call, Combined, Indexed, Items, Member, Name, Pairs, Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.queries.mapping import Models, Names
    from backend_architect.schema.model import Table

_COLUMNS = frozenset({"c", "columns", "__table__"})
_DERIVED = frozenset({"subquery", "cte", "alias"})


@dataclass(frozen=True, slots=True)
class Entity:
    """What a query can read rows from, with what its attributes mean."""

    source: Source
    owner: MappedClass | Table | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    """The columns of a query in parentheses, with their types."""

    def column(self, attribute: str, models: Models) -> Piece:
        """The column behind an attribute.

        Raises:
            UnclearError: no column is known behind it.
        """
        columns = dict(self.outputs)
        if self.owner is None:
            if attribute not in columns:
                raise UnclearError
            return Piece(self.source.column(attribute), "column", columns[attribute])
        if isinstance(self.owner, MappedClass):
            column, table = self.owner.columns.get(attribute), self.owner.table
        else:
            column, table = attribute if attribute in self.owner.columns else None, self.owner.name
        if column is None:
            raise UnclearError
        return Piece(self.source.column(column), "column", models.type_of(table, column))

    @property
    def table(self) -> str:
        """The name of its table.

        Raises:
            UnclearError: it is a query.
        """
        if self.owner is None:
            raise UnclearError
        return self.owner.table if isinstance(self.owner, MappedClass) else self.owner.name


@dataclass(slots=True)
class Naming(ABC):
    """Reads names for one SELECT."""

    names: Names
    draft: Draft
    outer: Naming | None = None

    @property
    def models(self) -> Models:
        """All mapped classes."""
        return self.names.models

    @abstractmethod
    def derived(self, call: Call) -> Entity:
        """What a query in parentheses gives."""

    def mention(self, entity: Entity) -> None:
        """Read rows from what a column belongs to, unless the query around does."""
        around = self.outer
        while around is not None:
            if around.draft.has(entity.source.alias):
                return
            around = around.outer
        self.draft.add(entity.source)

    def entity(self, term: Term) -> Entity | None:
        """What a class, a table, an alias or a query in parentheses stands for."""
        match term:
            case Name(path=path):
                parts = path.split(".")
                owner, end = self.names.leading(parts)
                if owner is None or (end != len(parts) and parts[end:] != ["__table__"]):
                    return None
                if isinstance(owner, MappedClass) and owner.library == "django":
                    return None
                table = owner.table if isinstance(owner, MappedClass) else owner.name
                return Entity(source_of(table), owner)
            case Call(args=(first, *rest)) if term.name in {"aliased", "alias"} and isinstance(
                term.function, Name
            ):
                inner = self.entity(first) if not rest else None
                if inner is None and term.name == "alias":
                    return None
                if inner is None or inner.owner is None:
                    raise UnclearError
                return Entity(source_of(inner.table, f"a{term.line}_{_tag(term)}"), inner.owner)
            case Call(function=Member()) if term.name in _DERIVED:
                return self.derived(term)
            case Call(function=Name(path=path)) if term.name == "alias":
                inner = self.entity(Name(path.rpartition(".")[0]))
                return Entity(source_of(inner.table, f"a{term.line}"), inner.owner) if inner else None
            case _:
                return None

    def attribute(self, term: Term) -> tuple[Entity, str] | None:
        """What an attribute belongs to, and its name."""
        match term:
            case Name(path=path):
                parts = path.split(".")
                owner, end = self.names.leading(parts)
                rest = [one for one in parts[end:] if one not in _COLUMNS]
                if owner is None or not rest:
                    return None
                if len(rest) > 1:
                    raise UnclearError
                entity = self.entity(Name(".".join(parts[:end])))
                return (entity, rest[0]) if entity is not None else None
            case Member(of=Member(of=of, name=name), name=attribute) if name in _COLUMNS:
                entity = self.entity(of)
                return (entity, attribute) if entity is not None else None
            case Member(of=of, name=attribute):
                entity = self.entity(of)
                return (entity, attribute) if entity is not None else None
            case _:
                return None

    def relationship(self, term: Term) -> tuple[Entity, Relationship] | None:
        """The relationship that a term names."""
        found = self.attribute(term)
        if found is None or not isinstance(found[0].owner, MappedClass):
            return None
        known = found[0].owner.relationships.get(found[1]) or self._backwards(found[0].owner, found[1])
        return (found[0], known) if known is not None else None

    def _backwards(self, owner: MappedClass, attribute: str) -> Relationship | None:
        """What `backref` of another class adds."""
        for cls, one in self.models.leading_to(owner):
            if one.back == attribute:
                return Relationship(attribute, cls.key, not one.collection, secondary=one.secondary)
        return None

    def target(self, relationship: Relationship) -> Entity:
        """The class to which a relationship leads."""
        cls = self.models.classes.get(relationship.target)
        if cls is None:
            raise UnclearError
        return Entity(source_of(cls.table), cls)

    def links(self, owner: Entity, target: Entity, secondary: str) -> tuple[Source, str, str]:
        """The table between two, and the conditions by which it is joined with each of them."""
        between = source_of(secondary)
        near = _only(self.models.keys_from(secondary, owner.table))
        far = _only(self.models.keys_from(secondary, target.table))
        return between, equal(between, owner.source, near), equal(between, target.source, far)

    def joining(self, owner: Entity, target: Entity, relationship: Relationship) -> str:
        """The condition by which a relationship joins, unless a table stands between."""
        own = self.models.keys_from(owner.table, target.table)
        others = [
            [(left, right) for right, left in pairs]
            for pairs in self.models.keys_from(target.table, owner.table)
        ]
        return equal(owner.source, target.source, _only(others if relationship.collection else own or others))

    def between(self, left: Entity, right: Entity) -> str:
        """The condition by which foreign keys join two tables."""
        return equal(left.source, right.source, _only(self.models.keys_between(left.table, right.table)))

    def is_free(self, term: Term) -> bool:
        """Whether a term names no column, so that it is the same for all rows."""
        return not any(self._is_mapped(one.path) for one in names_in(term))

    def _is_mapped(self, path: str) -> bool:
        owner, _ = self.names.leading(path.split("."))
        return owner is not None


def _only(found: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    if len(found) != 1:
        raise UnclearError
    return found[0]


def equal(left: Source, right: Source, pairs: list[tuple[str, str]]) -> str:
    """The condition that columns of two sources are equal."""
    return " AND ".join(f"{left.column(a)} = {right.column(b)}" for a, b in pairs)


def names_in(term: Term) -> Iterator[Name]:
    """The names in a term, those of methods included, and without those of queries that have been run."""
    pending: list[Term] = [term]
    while pending:
        match pending.pop():
            case Name() as one:
                yield one
            case Call() as call if _is_object(call):
                pass
            case Call(function=function, args=args, keywords=keywords):
                pending += [function, *args, *(value for _, value in keywords)]
            case Member(of=of):
                pending.append(of)
            case Indexed(of=of, by=by):
                pending += [of, *by]
            case Items(items=items) | Combined(operands=items):
                pending += items
            case Pairs(pairs=pairs):
                pending += [one for pair in pairs for one in pair]
            case _:
                pass


def _tag(call: Call) -> str:
    """What tells aliases on one line apart."""
    said = call.keyword("name")
    return name(said) if isinstance(said, str) else "1"


def _is_object(call: Call) -> bool:
    """Whether a call gives a value of the program: an object of a known class, or what a query has found."""
    if call.path == "typing.cast":
        return True
    run = call.name in ENDS and call.name != "exists"
    return run and (isinstance(call.function, Member) or ".query." in call.path)
