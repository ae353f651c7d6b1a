"""The tables behind paths of Django's lookups, such as `author__email`, and the joins that lead to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.python.words import word_set
from backend_architect.queries.drafts import Draft, Piece, Source, source_of
from backend_architect.queries.mapping import UnclearError, parents_of
from backend_architect.queries.sqlalchemy_names import equal

if TYPE_CHECKING:
    from backend_architect.queries.mapping import Names
    from backend_architect.schema.mapped import MappedClass, Relationship

LOOKUPS: Final = word_set(
    """
    exact iexact gt gte lt lte in contains icontains startswith istartswith endswith iendswith range
    isnull regex iregex search overlap contained_by has_key has_keys has_any_keys
    """
)


@dataclass(frozen=True, slots=True)
class Place:
    """Rows of a model, under the name that their table has in a query."""

    source: Source
    cls: MappedClass


@dataclass(frozen=True, slots=True)
class Target:
    """What a path leads to: a column or an expression, and the lookups behind it."""

    piece: Piece
    rest: tuple[str, ...]
    leads: Place | None = None
    """The row to which a foreign key leads, if the path ends with one."""
    column: str = ""
    nullable: bool = True


@dataclass(slots=True)
class Paths:
    """Follows paths for one query, and adds the joins that they need."""

    names: Names
    base: Place
    draft: Draft = field(default_factory=Draft)
    named: dict[str, Piece] = field(default_factory=dict[str, Piece])
    """What `annotate` has given names to."""
    aggregated: set[str] = field(default_factory=set[str])
    """Those of them that are made of several rows."""
    filters: int = 0
    """The number of the call of `filter`: each looks for rows of its own where there are many."""
    outer: bool = False
    """Whether rows without a partner stay."""
    _joins: dict[tuple[str, str, int], Source] = field(default_factory=dict[tuple[str, str, int], Source])

    def __post_init__(self) -> None:
        """Read from the table of the model."""
        self.draft.add(self.base.source)

    def follow(self, path: str) -> Target:
        """What a path leads to.

        Raises:
            UnclearError: nobody knows it.
        """
        parts = path.split("__")
        if parts[0] in self.named:
            return Target(self.named[parts[0]], tuple(parts[1:]))
        at = self.base
        for number, part in enumerate(parts):
            rest = tuple(parts[number + 1 :])
            found = self._column(at, part)
            related = at.cls.relationships.get(part)
            if related is not None and not related.collection:
                if self._ends(related, rest):
                    return self._pointing(at, related, rest)
                at = self._forward(at, related)
                continue
            if related is not None:
                between = self._between(at, at.cls, related)
                if self._ends(related, rest):
                    return self._key_between(between, related.target, related, rest)
                at = self._far(between, self._class(related.target), related.secondary, part)
                continue
            if found is not None:
                return self._target(*found, rest)
            owner, related = self._leading_back(at.cls, part)
            if related.collection:
                between = self._between(at, at.cls, related)
                if self._ends_at(owner, rest):
                    return self._key_between(between, owner.key, related, rest)
                at = self._far(between, owner, related.secondary, part)
                continue
            at = self._backward(at, owner, related, part)
            if not rest or rest[0] in LOOKUPS:
                return self._target(at, self.names.models.primary_key(at.cls.table), rest)
        raise UnclearError

    def _target(self, at: Place, column: str, rest: tuple[str, ...]) -> Target:
        models = self.names.models
        piece = Piece(at.source.column(column), "column", models.type_of(at.cls.table, column))
        return Target(piece, rest, None, column, models.nullable(at.cls.table, column))

    def _column(self, at: Place, part: str) -> tuple[Place, str] | None:
        """The column of an attribute, of the model or of one that it extends."""
        column = at.cls.columns.get(part)
        if column is not None:
            return at, column
        for parent in parents_of(at.cls, self.names.models):
            if part in parent.columns or part in parent.relationships:
                above = self._above(at, parent)
                found = self._column(above, part)
                if found is not None:
                    return found
        return None

    def _above(self, at: Place, parent: MappedClass) -> Place:
        key, other = (self.names.models.primary_key(one.table) for one in (at.cls, parent))
        source = self._join(at, f"^{parent.name}", 0, parent.table, [(key, other)])
        return Place(source, parent)

    def _class(self, key: str) -> MappedClass:
        cls = self.names.models.classes.get(key)
        if cls is None:
            raise UnclearError
        return cls

    def _ends(self, related: Relationship, rest: tuple[str, ...]) -> bool:
        """Whether a path ends with a relationship, so that its key is enough."""
        target = self.names.models.classes.get(related.target)
        return not rest or rest[0] in LOOKUPS or (rest[0] == "pk") or self._is_key(target, rest[0])

    def _ends_at(self, owner: MappedClass, rest: tuple[str, ...]) -> bool:
        return not rest or rest[0] in LOOKUPS or self._is_key(owner, rest[0])

    def _is_key(self, cls: MappedClass | None, attribute: str) -> bool:
        if cls is None:
            return attribute == "id"
        column = cls.columns.get(attribute)
        table = self.names.models.tables.get(cls.table)
        return column is not None and table is not None and table.primary_key == (column,)

    def _pointing(self, at: Place, related: Relationship, rest: tuple[str, ...]) -> Target:
        if len(related.columns) != 1:
            raise UnclearError
        if rest and rest[0] not in LOOKUPS:
            rest = rest[1:]
        found = self._target(at, related.columns[0], rest)
        target = self.names.models.classes.get(related.target)
        leads = Place(at.source, target) if target is not None else None
        return Target(found.piece, rest, leads, found.column, found.nullable)

    # Joins

    def _forward(self, at: Place, related: Relationship) -> Place:
        cls = self._class(related.target)
        models = self.names.models
        pairs = [one for one in models.keys_from(at.cls.table, cls.table) if one[0][0] == related.columns[0]]
        if len(pairs) != 1:
            raise UnclearError
        outer = self.outer and models.nullable(at.cls.table, related.columns[0])
        return Place(self._join(at, related.name, 0, cls.table, pairs[0], outer=outer), cls)

    def _leading_back(self, cls: MappedClass, part: str) -> tuple[MappedClass, Relationship]:
        """The relationship of another model that leads here, under the name that it has in lookups."""
        found: list[tuple[MappedClass, Relationship]] = []
        for owner, related in self.names.models.leading_to(cls):
            default = related.back in {owner.name.lower(), f"{owner.name.lower()}_set"}
            if part == (owner.name.lower() if default else related.back):
                found.append((owner, related))
        if len(found) != 1:
            raise UnclearError
        return found[0]

    def _backward(self, at: Place, owner: MappedClass, related: Relationship, part: str) -> Place:
        models = self.names.models
        pairs = [
            one for one in models.keys_from(owner.table, at.cls.table) if one[0][0] == related.columns[0]
        ]
        if len(pairs) != 1:
            raise UnclearError
        flipped = [(far, near) for near, far in pairs[0]]
        source = self._join(at, f"<{part}", self.filters, owner.table, flipped, outer=self.outer)
        return Place(source, owner)

    def _between(self, at: Place, cls: MappedClass, related: Relationship) -> Source:
        """The table between two models, joined with the one at hand."""
        pairs = self._keys(related.secondary, cls)
        flipped = [(far, near) for near, far in pairs]
        return self._join(
            at, f"*{related.secondary}", self.filters, related.secondary, flipped, outer=self.outer
        )

    def _keys(self, secondary: str, cls: MappedClass) -> list[tuple[str, str]]:
        found = self.names.models.keys_from(secondary, cls.table)
        if len(found) != 1:
            raise UnclearError
        return found[0]

    def _key_between(
        self, between: Source, target: str, related: Relationship, rest: tuple[str, ...]
    ) -> Target:
        """The column of the table between two models that points to the far one."""
        cls = self._class(target)
        column = self._keys(related.secondary, cls)[0][0]
        if rest and rest[0] not in LOOKUPS:
            rest = rest[1:]
        piece = Piece(between.column(column), "column", self.names.models.type_of(related.secondary, column))
        return Target(piece, rest, None, column, nullable=False)

    def _far(self, between: Source, cls: MappedClass, secondary: str, part: str) -> Place:
        pairs = self._keys(secondary, cls)
        near = Place(between, cls)
        source = self._join(near, f">{part}", self.filters, cls.table, pairs, outer=self.outer)
        return Place(source, cls)

    def _join(  # noqa: PLR0913 - what a join consists of
        self,
        at: Place,
        name: str,
        number: int,
        table: str,
        pairs: list[tuple[str, str]],
        *,
        outer: bool = False,
    ) -> Source:
        key = (at.source.alias, name, number)
        if key not in self._joins:
            bare = table.rpartition(".")[2]
            taken = sum(one.table == table for one in (*self.draft.sources, *self.draft.joined))
            source = source_of(table, f"{bare}_{taken + 1}" if taken else bare)
            self._joins[key] = source
            self.draft.join(source, equal(at.source, source, pairs), outer=outer)
        return self._joins[key]
