"""The queries of SQLAlchemy, SQLModel and Flask-SQLAlchemy, as the SQL that they send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.queries.drafts import ALL, VALUE, Draft, Piece, Source, name, source_of
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import ENDS, Step, names_before_calls, steps_of
from backend_architect.queries.sqlalchemy_expressions import Expressions
from backend_architect.queries.sqlalchemy_names import Entity
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.terms import Call, Items, Member, Name, Pairs, Term

if TYPE_CHECKING:
    from backend_architect.queries.mapping import Names
    from backend_architect.schema.mapped import Relationship

_STARTS: Final = frozenset({"select", "query", "exists", "delete", "update"})
_NEUTRAL: Final = frozenset(
    """
    all one one_or_none scalars scalar unique execution_options with_for_update correlate correlate_except
    autoflush populate_existing enable_eagerloads yield_per params scalar_subquery as_scalar subquery cte label
    returning add_columns enable_assertions partitions fetchall fetchone mappings tuples prefix_with one_or_404
    self_group statement with_hint add_cte values_list
    """.split()
)
"""Methods that change nothing of which rows are read."""
_LOADERS: Final = frozenset({"selectinload", "subqueryload", "joinedload"})


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
class Selecting(Expressions):
    """Reads one chain."""

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

    def read(self, term: Term) -> bool:
        """Read a chain; false if it is none of SQLAlchemy."""
        if not isinstance(term, Call | Member) and not hasattr(term, "by"):
            return False
        _, steps = steps_of(term)
        begun = self._begin(steps)
        if begun is None:
            return False
        for step in steps[begun:]:
            self._step(step)
        return True

    def _begin(self, steps: list[Step]) -> int | None:
        """Read how a chain begins; gives the number of the step behind it."""
        leading = list(names_before_calls(steps))
        owner, end = self.names.leading(leading) if leading else (None, 0)
        if isinstance(owner, MappedClass) and owner.library == "sqlalchemy":
            if end < len(steps) and steps[end].name == "query" and steps[end].call is None:
                self._output(Name(".".join(leading[:end])))
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
            self._output(one)
        return True

    def _is_output(self, term: Term) -> bool:
        """Whether something of a mapped class, or a function of SQL, is to be read."""
        if not self.is_free(term):
            return True
        return isinstance(term, Call) and (".func." in f".{term.path}" or ".func." in f".{_path(term)}")

    def _output(self, term: Term) -> None:
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

    # Steps

    def _step(self, step: Step) -> None:
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

    def _where(self, call: Call) -> None:
        for one in call.args:
            terms = one.items if isinstance(one, Items) else (one,)
            for term in terms:
                self.draft.where.append(self.condition(term))

    def _filter_by(self, call: Call) -> None:
        if self.last is None:
            raise UnclearError
        for key, value in call.keywords:
            if isinstance(self.last.owner, MappedClass) and key not in self.last.owner.columns:
                related = self.last.owner.relationships.get(key)
                if related is None or related.collection:
                    raise UnclearError
                target = self.target(related)
                for column, _ in self.models.keys_from(self.last.table, target.table)[:1] and (
                    self.models.keys_from(self.last.table, target.table)[0]
                ):
                    self.draft.where.append(f"{self.last.source.column(column)} = {VALUE}")
                continue
            column = self.last.column(key, self.models)
            found = self.piece(value)
            self.draft.where.append(f"{column.sql} {'IS NULL' if value is None else f'= {found.sql}'}")

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
        if target is None or self.draft.has(target.source.alias) and not self._is_loose(target):
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
        self.draft.offset = "" if start is None or start == 0 else str(start) if isinstance(start, int) else VALUE

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
                given.append(key if isinstance(key, str) else key.path.rpartition(".")[2] if isinstance(key, Name) else "")
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
            self._output(one)

    _STEPS = {
        "where": _where,
        "filter": _where,
        "filter_by": _filter_by,
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
            inner.draft.where.append(f"{target.source.column(self.models.primary_key(target.table))} = {VALUE}")
        else:
            inner._where(call)
            inner._filter_by(call)
        return Piece(f"EXISTS ({inner.draft.sql()})", "condition")


def _path(term: Call) -> str:
    """The name that a chain of calls begins with."""
    while isinstance(term.function, Member) and isinstance(term.function.of, Call):
        term = term.function.of
    return term.path
