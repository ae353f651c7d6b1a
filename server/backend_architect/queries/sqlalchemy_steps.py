"""The methods of SQLAlchemy's statements and queries: what each of them adds."""

# ruff: noqa: S608 - the statements are read, and never run

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from backend_architect.python.words import word_set
from backend_architect.queries.drafts import ALL, VALUE, name
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import Step, steps_of
from backend_architect.queries.sqlalchemy_methods import Methods
from backend_architect.queries.sqlalchemy_names import Entity
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.terms import Call, Items, Member, Name, Pairs, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.schema.mapped import Relationship

_NEUTRAL: Final = word_set(
    """
    all one one_or_none scalars scalar unique execution_options with_for_update correlate
    correlate_except autoflush populate_existing enable_eagerloads yield_per params scalar_subquery
    as_scalar subquery cte label returning add_columns enable_assertions partitions fetchall fetchone
    mappings tuples prefix_with one_or_404 self_group statement with_hint add_cte values_list
    """
)
"""Methods that change nothing of which rows are read."""
_LOADERS: Final = frozenset({"selectinload", "subqueryload", "joinedload"})


@dataclass(slots=True)
class Steps(Methods):
    """Reads the links of one chain."""

    verb: str = "select"
    last: Entity | None = None
    """What the keywords of `filter_by` are columns of."""
    changed: list[str] = field(default_factory=list[str])
    loads: list[str] = field(default_factory=list[str])
    """The statements that load what is related to the rows."""
    listed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The names and types of the outputs."""
    is_counted: bool = False
    by_key: bool = False

    @abstractmethod
    def output(self, term: Term) -> None:
        """Add what a query gives."""

    # Steps

    def step(self, step: Step) -> None:
        """Read one link of a chain.

        Raises:
            UnclearError: nobody knows what it asks.
        """
        call = step.call
        if step.name == "[]":
            self._slice(step.by)
        elif call is None:
            if step.name not in {"c", "columns", "statement"}:
                raise UnclearError
        elif step.name in _NEUTRAL:
            return
        elif step.name in self._STEPS:
            if call.has("**"):
                raise UnclearError
            self._STEPS[step.name](self, call)
        else:
            raise UnclearError

    def where(self, call: Call) -> None:
        """Add the conditions of a call."""
        for one in call.args:
            terms = one.items if isinstance(one, Items) else (one,)
            for term in terms:
                self.draft.where.append(self.condition(term))

    def filter_by(self, call: Call) -> None:
        """Add the conditions that keywords are, on what was joined last."""
        if self.last is None:
            raise UnclearError
        for key, value in call.keywords:
            if isinstance(self.last.owner, MappedClass) and key not in self.last.owner.columns:
                self._related_to(self.last, self.last.owner.relationships.get(key))
                continue
            column = self.last.column(key, self.models)
            found = self.piece(value)
            self.draft.where.append(f"{column.sql} {'IS NULL' if value is None else f'= {found.sql}'}")

    def _related_to(self, entity: Entity, relationship: Relationship | None) -> None:
        """Rows that lead to an object."""
        if relationship is None or relationship.collection:
            raise UnclearError
        keys = self.models.keys_from(entity.table, self.target(relationship).table)
        if len(keys) != 1:
            raise UnclearError
        self.draft.where += [f"{entity.source.column(column)} = {VALUE}" for column, _ in keys[0]]

    def _join(self, call: Call) -> None:
        outer = call.name == "outerjoin" or call.keyword("isouter") is True
        if call.keyword("full") is True:
            raise UnclearError
        first, on = call.args[0], call.args[1] if len(call.args) > 1 else call.keyword("onclause")
        on_given = len(call.args) > 1 or call.has("onclause")
        related = self.relationship(on if on_given and isinstance(on, Name | Member) else first)
        if related is not None:
            target = self.entity(first) if on_given else None
            self._join_related(*related, target or self.target(related[1]), outer=outer)
            return
        target = self.entity(first)
        if target is None or (self.draft.has(target.source.alias) and not self._is_loose(target)):
            raise UnclearError
        if on_given:
            self.draft.sources = [one for one in self.draft.sources if one.alias != target.source.alias]
            self.draft.joined.append(target.source)
            condition = self.condition(on)
            self.draft.joined.pop()
        else:
            condition = self._by_keys(target)
        self.draft.join(target.source, condition, outer=outer)
        self.last = target

    def _is_loose(self, target: Entity) -> bool:
        """Whether a table stands in FROM by itself, because a column of it is read."""
        return len(self.draft.sources) > 1 and target.source in self.draft.sources

    def _by_keys(self, target: Entity) -> str:
        """The condition by which foreign keys join a table with one that is there."""
        for source in (*self.draft.sources, *reversed(self.draft.joined)):
            if source.table and source.alias != target.source.alias:
                left = Entity(source, self.models.tables.get(source.table))
                if left.owner is not None and self.models.keys_between(source.table, target.table):
                    return self.between(left, target)
        raise UnclearError

    def _join_related(
        self, entity: Entity, relationship: Relationship, target: Entity, *, outer: bool
    ) -> None:
        self.mention(entity)
        if relationship.secondary:
            between, near, far = self.links(entity, target, relationship.secondary)
            self.draft.join(between, near, outer=outer)
            self.draft.join(target.source, far, outer=outer)
        else:
            if target.source.alias == entity.source.alias:
                raise UnclearError
            self.draft.join(target.source, self.joining(entity, target, relationship), outer=outer)
        self.last = target

    def _select_from(self, call: Call) -> None:
        for one in call.args:
            entity = self.entity(one)
            if entity is None:
                raise UnclearError
            self.draft.sources = [source for source in self.draft.sources if source != entity.source]
            self.draft.sources.insert(0, entity.source)
            self.last = entity

    def _order_by(self, call: Call) -> None:
        if len(call.args) == 1 and call.args[0] in (None, False):
            self.draft.order = []
            return
        for one in call.args:
            for term in one.items if isinstance(one, Items) else (one,):
                self.draft.order.append(self._order_key(term))

    def _order_key(self, term: Term) -> str:
        if not isinstance(term, str):
            piece = self.piece(term)
            if piece.is_value:
                raise UnclearError
            return piece.sql
        if any(term == label for label, _ in self.listed):
            return name(term)
        raise UnclearError

    def _group_by(self, call: Call) -> None:
        for one in call.args:
            entity = self.entity(one)
            if entity is not None:
                self.draft.group.append(entity.source.column(self.models.primary_key(entity.table)))
            else:
                self.draft.group.append(self.piece(one).sql)

    def _having(self, call: Call) -> None:
        self.draft.having += [self.condition(one) for one in call.args]

    def _limit(self, call: Call) -> None:
        value = call.args[0] if call.args else None
        self.draft.limit = str(value) if isinstance(value, int) else "" if value is None else VALUE

    def _offset(self, call: Call) -> None:
        value = call.args[0] if call.args else None
        self.draft.offset = str(value) if isinstance(value, int) else "" if value is None else VALUE

    def _slice(self, by: tuple[Term, ...]) -> None:
        bounds = by[0] if len(by) == 1 else None
        if isinstance(bounds, Call) and bounds.path == "slice":
            self._window(bounds)
        elif isinstance(bounds, int) and bounds >= 0:
            self.draft.limit, self.draft.offset = "1", str(bounds) if bounds else ""
        # What is indexed otherwise is a row that was read.

    def _window(self, call: Call) -> None:
        start, stop = call.args[0], call.args[1]
        if stop is None:
            return
        known = isinstance(stop, int) and (start is None or isinstance(start, int))
        first = start if isinstance(start, int) else 0
        self.draft.limit = str(int(stop) - first) if known and isinstance(stop, int) else VALUE
        self.draft.offset = (
            "" if start is None or start == 0 else str(start) if isinstance(start, int) else VALUE
        )

    def _distinct_on(self, call: Call) -> None:
        self.draft.distinct = ", ".join(self.piece(one).sql for one in call.args) or ALL

    def _extend(self, call: Call) -> None:
        for one in call.args:
            if not isinstance(one, Call) or one.name != "distinct_on":
                raise UnclearError
            self._distinct_on(one)

    def _first(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.draft.limit = "1"

    def _paginate(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.draft.limit = VALUE

    def _get(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.by_key = True

    def _count(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.is_counted = True

    def _exists(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.verb = "exists"

    def _change(self, call: Call) -> None:
        """`delete()` and `update({...})` behind a query."""
        self.verb = call.name
        if call.name == "update":
            self._values(call)

    def _values(self, call: Call) -> None:
        given = [key for key, _ in call.keywords if key != "synchronize_session"]
        for one in call.args:
            for key, _ in one.pairs if isinstance(one, Pairs) else ():
                given.append(
                    key
                    if isinstance(key, str)
                    else key.path.rpartition(".")[2]
                    if isinstance(key, Name)
                    else ""
                )
        columns = self.last.owner.columns if self.last and isinstance(self.last.owner, MappedClass) else {}
        self.changed += [columns[key] for key in given if key in columns]

    def _options(self, call: Call) -> None:
        for one in call.args:
            _, steps = steps_of(one)
            for step in steps:
                if step.name in _LOADERS and step.call is not None and len(step.call.args) == 1:
                    self._load(step.call.args[0])

    def _load(self, term: Term) -> None:
        """Rows that are read by their foreign key, for those that were read."""
        try:
            related = self.relationship(term)
            if related is None or not related[1].collection:
                return
            entity, relationship = related
            if relationship.secondary:
                between, _, _ = self.links(entity, self.target(relationship), relationship.secondary)
                keys = self.models.keys_from(between.table, entity.table)
                many = between
            else:
                many = self.target(relationship).source
                keys = self.models.keys_from(many.table, entity.table)
        except UnclearError:
            return
        if len(keys) == 1 and len(keys[0]) == 1:
            self.loads.append(f"SELECT * FROM {many.text} WHERE {many.column(keys[0][0][0])} IN ({VALUE})")

    def _entities(self, call: Call) -> None:
        self.draft.outputs.clear()
        self.listed.clear()
        for one in call.args:
            self.output(one)

    _STEPS: ClassVar[dict[str, Callable[[Any, Call], None]]] = {
        "where": where,
        "filter": where,
        "filter_by": filter_by,
        "join": _join,
        "outerjoin": _join,
        "select_from": _select_from,
        "order_by": _order_by,
        "group_by": _group_by,
        "having": _having,
        "limit": _limit,
        "offset": _offset,
        "slice": _window,
        "distinct": _distinct_on,
        "ext": _extend,
        "first": _first,
        "first_or_404": _first,
        "paginate": _paginate,
        "get": _get,
        "get_or_404": _get,
        "count": _count,
        "exists": _exists,
        "delete": _change,
        "update": _change,
        "values": _values,
        "options": _options,
        "with_entities": _entities,
        "with_only_columns": _entities,
    }
