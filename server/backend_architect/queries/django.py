"""The queries of Django's models, as the SQL that they send on PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backend_architect.queries.django_expressions import Conditions
from backend_architect.queries.django_paths import Place
from backend_architect.queries.drafts import ALL, VALUE, Draft, name, source_of
from backend_architect.queries.mapping import UnclearError, parents_of
from backend_architect.queries.spines import MANAGERS, SHORTCUTS, Step, names_before_calls, steps_of
from backend_architect.schema.declared import Class
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.terms import Call, Combined, Items, Member, Name, Pairs, Term

if TYPE_CHECKING:
    from backend_architect.queries.mapping import Names
    from backend_architect.schema.mapped import Relationship

_NEUTRAL: Final = frozenset(
    """
    all select_related prefetch_related only defer using iterator select_for_update none values_list values
    get_queryset db_manager as_manager aiterator in_bulk
    """.split()
)
"""Methods that change nothing of which rows are read."""
_INSTANCES: Final = frozenset({"get", "aget", "first", "afirst", "last", "alast", "latest", "earliest", "create"})
_GET_LIMIT: Final = "21"
"""django.db.models.query.MAX_GET_RESULTS"""


def statements_of(term: Term, names: Names) -> list[str]:
    """The statements that an expression sends; none if it is no query of Django.

    Raises:
        UnclearError: nobody knows what it asks.
    """
    reader = QuerySet.of(term, names)
    if reader is None or reader.is_needless:
        return []
    return [reader.statement(), *reader.prefetched]


@dataclass(slots=True)
class QuerySet(Conditions):
    """Reads one chain."""

    verb: str = "select"
    ordered: bool = False
    cleared: bool = False
    """Whether the order does not matter."""
    reversed: bool = False
    grouping: list[str] | None = None
    """What `values` in front of an aggregate has named."""
    changed: list[str] = field(default_factory=list[str])
    keys: bool = False
    """Whether rows are picked by their primary key alone."""
    is_instance: bool = False
    is_needless: bool = False
    """Whether nothing is asked of the database: the chain only goes on from an object."""
    extremes: list[str] = field(default_factory=list[str])
    prefetched: list[str] = field(default_factory=list[str])
    pending: list[tuple[bool, bool, str]] = field(default_factory=list[tuple[bool, bool, str]])

    @classmethod
    def of(cls, term: Term, names: Names, around: Conditions | None = None) -> QuerySet | None:
        """The query of a chain; None if it is none of Django's."""
        _, steps = steps_of(term)
        begun = _begin(steps, names, around)
        if begun is None:
            return None
        reader, number = begun
        for at in range(number, len(steps)):
            step = steps[at]
            if reader.is_instance:
                following = _from_instance(reader.base.cls, steps[at:], names, around)
                if following is None:
                    # An attribute of a row that was read.
                    reader.is_needless = True
                    return reader
                reader = following
                continue
            reader._step(step)
        reader.is_needless = reader.is_needless or (reader.is_instance and reader.verb == "create")
        return reader

    # Steps

    def _step(self, step: Step) -> None:
        call = step.call
        if step.name == "[]":
            self._slice(step.by)
        elif call is None:
            raise UnclearError
        elif step.name in self._STEPS:
            self._STEPS[step.name](self, call)
        elif step.name not in _NEUTRAL:
            raise UnclearError
        if step.name in {"values", "values_list"} and call is not None:
            self._values(call)
        if step.name == "prefetch_related" and call is not None:
            self._prefetch(call)

    def _filter(self, call: Call) -> None:
        if self.draft.limit:
            raise UnclearError
        self.filters += 1
        for one in call.args:
            self._add(self.condition(one), ())
        if call.has("**"):
            raise UnclearError
        for path, value in call.keywords:
            self._add(self.lookup(path, value), (path,))

    def _add(self, condition: str, paths: tuple[str, ...]) -> None:
        if not condition:
            return
        if any(path.partition("__")[0] in self.aggregated for path in paths):
            self.draft.having.append(condition)
        else:
            self.draft.where.append(condition)

    def _exclude(self, call: Call) -> None:
        inner = QuerySet(self.names, self.base)
        inner.filters = self.filters
        text = inner.together(call)
        if not inner.draft.joins:
            self._add(f"NOT ({text})" if text else "", ())
            return
        # What is on several rows is asked of all of them.
        self.filters += 1
        outer, self.outer = self.outer, True
        single = self.together(call)
        self.outer = outer
        self._add(f"NOT ({single})", ())

    def _get(self, call: Call) -> None:
        self._filter(call)
        self.cleared, self.is_instance = True, True
        self.draft.limit = _GET_LIMIT

    def _get_or_create(self, call: Call) -> None:
        given = tuple(one for one in call.keywords if one[0] not in {"defaults", "create_defaults"})
        self._get(Call(call.function, call.args, given, call.line))
        self.is_instance = False

    def _order_by(self, call: Call) -> None:
        self.draft.order, self.ordered = [], True
        for one in call.args:
            self._order(one)
        if not call.args:
            self.cleared = True

    def _order(self, term: Term) -> None:
        outer, self.outer = self.outer, True
        self.draft.order += self._order_keys(term)
        self.outer = outer

    def _order_keys(self, term: Term) -> list[str]:
        match term:
            case "?":
                return ["random()"]
            case str():
                down = term.startswith("-")
                return self._by_path(term.removeprefix("-").removeprefix("+"), down=down)
            case Call(function=Member(of=inner, name="desc" | "asc" as word)):
                nulls = " NULLS LAST" if term.keyword("nulls_last") is True else ""
                nulls = " NULLS FIRST" if term.keyword("nulls_first") is True else nulls
                return [f"{self.expression(inner).sql}{' DESC' if word == 'desc' else ''}{nulls}"]
            case Call() if term.name == "OrderBy":
                down = term.keyword("descending") is True
                return [f"{self.expression(term.args[0]).sql}{' DESC' if down else ''}"]
            case Call():
                return [self.expression(term).sql]
            case _:
                raise UnclearError

    def _by_path(self, path: str, *, down: bool) -> list[str]:
        target = self.follow(path)
        if target.rest:
            raise UnclearError
        last = path.rpartition("__")[2]
        if target.leads is not None and target.leads.cls.ordering and not last.endswith(("_id", "pk")):
            keys: list[str] = []
            for one in target.leads.cls.ordering:
                if one == "?":
                    raise UnclearError
                keys += self._by_path(f"{path}__{one.removeprefix('-')}", down=down != one.startswith("-"))
            return keys
        return [f"{target.piece.sql}{' DESC' if down else ''}"]

    def _reverse(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.reversed = not self.reversed

    def _first(self, call: Call) -> None:
        if not self.draft.where:
            self._sort_by_key()
        # Otherwise the order is only there because there has to be one: any of the rows is meant.
        if call.name.endswith("last"):
            self.reversed = not self.reversed
        self.draft.limit, self.is_instance = "1", True

    def _sort_by_key(self) -> None:
        if not self.draft.order and not self._implicit():
            self.draft.order = [self.base.source.column(self.names.models.primary_key(self.base.cls.table))]
            self.ordered = True

    def _latest(self, call: Call) -> None:
        if not call.args:
            raise UnclearError
        self._order_by(call)
        if call.name.endswith("latest"):
            self.reversed = True
        self.draft.limit, self.is_instance = "1", True

    def _slice(self, by: tuple[Term, ...]) -> None:
        bounds = by[0] if len(by) == 1 else None
        if isinstance(bounds, Call) and bounds.path == "slice":
            start, stop, _ = bounds.args
            first = start if isinstance(start, int) else 0
            if isinstance(stop, int) and (start is None or isinstance(start, int)):
                self.draft.limit = str(stop - first)
            elif stop is not None:
                self.draft.limit = VALUE
            if start is not None and start != 0:
                self.draft.offset = str(start) if isinstance(start, int) else VALUE
        else:
            if isinstance(bounds, int) and bounds > 0:
                self.draft.offset = str(bounds)
            # A row of those that were read, or of a query of one.
            self.draft.limit, self.is_instance = "1", True

    def _values(self, call: Call) -> None:
        if not self.aggregated:
            self.grouping = [one for one in call.args if isinstance(one, str)]

    def _annotate(self, call: Call) -> None:
        if call.args:
            for one in call.args:
                if isinstance(one, Call) and self.is_aggregate(one) and isinstance(one.args[0], str):
                    self._annotated(f"{one.args[0]}__{one.name.lower()}", one)
                else:
                    raise UnclearError
        for key, value in call.keywords:
            self._annotated(key, value)

    def _annotated(self, key: str, value: Term) -> None:
        try:
            piece = self.expression(value)
        except UnclearError:
            if self.is_aggregate(value) or key == "**":
                raise
            return  # nothing is known of it, which matters only where it is used
        self.named[key] = piece
        if self.is_aggregate(value):
            self.aggregated.add(key)
            keys = self.grouping or ["pk"]
            self.draft.group = [self._group_key(one) for one in keys if one not in self.aggregated]

    def _group_key(self, path: str) -> str:
        target = self.follow(path)
        if target.rest:
            raise UnclearError
        return target.piece.sql

    def _aggregate(self, call: Call) -> None:
        self.cleared = True
        for one in (*call.args, *(value for _, value in call.keywords)):
            self.extremes.append(self.expression(one).sql)
        self.verb = "aggregate"

    def _count(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.verb, self.cleared = "count", True

    def _exists(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.verb, self.cleared = "exists", True
        self.draft.limit = "1"

    def _contains(self, call: Call) -> None:
        self.keys = True
        self._exists(call)

    def _distinct(self, call: Call) -> None:
        keys = [self.expression(one).sql for one in call.args]
        self.draft.distinct = ", ".join(keys) or ALL

    def _update(self, call: Call) -> None:
        self.verb, self.cleared = "update", True
        columns = self.base.cls.columns
        self.changed = [columns[key] for key, _ in call.keywords if key in columns]

    def _delete(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.verb, self.cleared = "delete", True

    def _create(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.verb, self.is_instance = "create", True

    def _in_bulk(self, call: Call) -> None:  # noqa: ARG002 - as steps are
        self.keys = True

    def _prefetch(self, call: Call) -> None:
        for one in call.args:
            if isinstance(one, Call) and one.name == "Prefetch" and isinstance(one.argument(0, "lookup"), str):
                try:
                    self._prefetch_by(str(one.argument(0, "lookup")), one.argument(1, "queryset"))
                except UnclearError:
                    continue

    def _prefetch_by(self, path: str, queryset: Term) -> None:
        inner = QuerySet.of(queryset, self.names)
        back = _managed(self.base.cls, path, self.names)
        if inner is None or back is None or back[1].collection:
            return
        column = back[1].columns[0]
        inner.draft.where.append(f"{inner.base.source.column(column)} IN ({VALUE})")
        self.prefetched.append(inner.statement())

    _STEPS = {
        "filter": _filter,
        "exclude": _exclude,
        "get": _get,
        "aget": _get,
        "get_or_create": _get_or_create,
        "update_or_create": _get_or_create,
        "aget_or_create": _get_or_create,
        "order_by": _order_by,
        "reverse": _reverse,
        **dict.fromkeys(("first", "afirst", "last", "alast"), _first),
        **dict.fromkeys(("latest", "earliest", "alatest", "aearliest"), _latest),
        "annotate": _annotate,
        "alias": _annotate,
        **dict.fromkeys(("aggregate", "aaggregate"), _aggregate),
        **dict.fromkeys(("count", "acount"), _count),
        **dict.fromkeys(("exists", "aexists"), _exists),
        "contains": _contains,
        "distinct": _distinct,
        **dict.fromkeys(("update", "aupdate"), _update),
        **dict.fromkeys(("delete", "adelete"), _delete),
        **dict.fromkeys(("create", "acreate", "bulk_create", "bulk_update", "add", "set", "remove"), _create),
        "in_bulk": _in_bulk,
    }

    # The statement

    def _implicit(self) -> tuple[str, ...]:
        return () if self.ordered or self.cleared or self.draft.group else _ordering(self.base.cls, self.names)

    def statement(self, outputs: str = "") -> str:
        """The statement, with its outputs if those matter."""
        if self.verb == "create":
            raise UnclearError
        draft = self.draft
        for one in self._implicit() if draft.limit else ():
            # Where all rows are given, those that are found are sorted, in whatever order that was.
            self._order(one)
        if self.cleared:
            draft.order = [] if self.verb != "select" or not self.ordered else draft.order
        if self.reversed:
            draft.order = [_flipped(one) for one in draft.order]
        target = self.base.source.text
        if self.verb in {"update", "delete"}:
            return self._change(target)
        if self.verb == "aggregate":
            draft.outputs = self.extremes
            return draft.sql()
        if self.verb == "count" and (draft.limit or draft.distinct or draft.group):
            return f"SELECT count(*) FROM ({draft.sql()}) AS subquery"
        queries = [piece.sql for piece in self.named.values() if piece.kind == "query"]
        shown = outputs or ", ".join([f"{name(self.base.source.alias)}.*", *queries])
        if draft.group:
            shown = ", ".join([*draft.group, *(self.named[one].sql for one in sorted(self.aggregated))])
        draft.outputs = [{"count": "count(*)", "exists": "1 AS a"}.get(self.verb, shown)]
        return draft.sql()

    def _change(self, target: str) -> str:
        draft = self.draft
        if draft.limit or draft.group:
            raise UnclearError
        tail = draft.tail()
        if draft.joins:
            key = self.base.source.column(self.names.models.primary_key(self.base.cls.table))
            draft.outputs = [key]
            tail = f" WHERE {key} IN ({draft.sql()})"
        if self.verb == "delete":
            return f"DELETE FROM {target}{tail}"
        if not self.changed:
            raise UnclearError
        return f"UPDATE {target} SET {', '.join(f'{name(one)} = {VALUE}' for one in self.changed)}{tail}"

    # Queries in queries

    def query(self, term: Term) -> str | None:
        """The text of a query that stands for a value; None for what is none, a value for what was run."""
        inner = QuerySet.of(term, self.names, self)
        if inner is None:
            return None
        if inner.is_instance or inner.is_needless or inner.verb != "select":
            return f"({inner.statement()})" if inner.verb == "exists" and not inner.is_instance else VALUE
        shown = inner.base.cls.columns.get("pk", "")
        output = inner.base.source.column(shown) if shown else ""
        if not inner.draft.limit and not inner.draft.distinct:
            inner.ordered, inner.cleared, inner.draft.order = False, True, []
        if inner.grouping:
            output = inner.follow(inner.grouping[0]).piece.sql
        return f"({inner.statement(output)})"


def _flipped(key: str) -> str:
    if key.endswith((" NULLS LAST", " NULLS FIRST")):
        raise UnclearError
    return key.removesuffix(" DESC") if key.endswith(" DESC") else f"{key} DESC"


def _ordering(cls: MappedClass, names: Names) -> tuple[str, ...]:
    if cls.ordering:
        return cls.ordering
    return next((one.ordering for one in parents_of(cls, names.models) if one.ordering), ())


# How chains begin


def _begin(steps: list[Step], names: Names, around: Conditions | None) -> tuple[QuerySet, int] | None:
    """The query that a chain begins with, and the number of the step behind it."""
    if len(steps) > 1 and [one.name for one in steps[:2]] == ["typing", "cast"] and steps[1].call is not None:
        return _of_instance(steps, names, around)
    leading = list(names_before_calls(steps))
    owner, end = names.leading(leading) if leading else (None, 0)
    if isinstance(owner, MappedClass):
        if owner.library != "django" or end >= len(steps):
            return None
        if steps[end].call is not None or not _is_manager(steps[end].name, ".".join(leading[:end]), names):
            return None
        return _on(owner, names, around), end + 1
    for number, step in enumerate(steps):
        if step.name in SHORTCUTS and step.call is not None and step.call.args:
            return _shortcut(step.call, names, around, number)
    return None


def _shortcut(
    call: Call, names: Names, around: Conditions | None, number: int
) -> tuple[QuerySet, int] | None:
    first = call.args[0]
    cls = names.cls(first.path) if isinstance(first, Name) else None
    if cls is not None and cls.library == "django":
        reader = _on(cls, names, around)
    else:
        found = QuerySet.of(Call(Member(first, "all"), (), (), call.line), names, around)
        if found is None:
            return None
        reader = found
    rest = Call(call.function, call.args[1:], call.keywords, call.line)
    if call.name.endswith("get_list_or_404"):
        reader._filter(rest)
    else:
        reader._get(rest)
    return reader, number + 1


def _on(cls: MappedClass, names: Names, around: Conditions | None) -> QuerySet:
    taken = 1
    outer = around
    while outer is not None:
        taken += outer.base.cls.table == cls.table
        outer = outer.around
    alias = "" if taken == 1 else f"{cls.table.rpartition('.')[2]}_u{taken}"
    return QuerySet(names, Place(source_of(cls.table, alias), cls), Draft(), around=around)


def _is_manager(attribute: str, path: str, names: Names) -> bool:
    if attribute in MANAGERS:
        return True
    found = names.find(path)
    value = found.said.get(attribute) if isinstance(found, Class) else None
    return isinstance(value, Call) and (value.name.endswith("Manager") or value.name == "as_manager")


def _of_instance(
    steps: list[Step], names: Names, around: Conditions | None
) -> tuple[QuerySet, int] | None:
    """What an object leads to whose class is known: `author.books.filter(...)`."""
    call = steps[1].call
    first = call.args[0] if call is not None else None
    cls = names.cls(first.path) if isinstance(first, Name) else None
    at = 2
    while cls is not None and cls.library == "django" and at + 1 < len(steps):
        related = cls.relationships.get(steps[at].name)
        if related is None or related.collection or steps[at].call is not None:
            found = _from_instance(cls, steps[at:], names, around)
            return (found, at + 1) if found is not None else None
        cls, at = names.models.classes.get(related.target), at + 1
    return None


def _from_instance(
    cls: MappedClass, steps: list[Step], names: Names, around: Conditions | None
) -> QuerySet | None:
    """The query of the manager of related objects that the first of these steps names."""
    if len(steps) < 2 or steps[0].call is not None or steps[0].name == "[]":
        return None
    found = _managed(cls, steps[0].name, names)
    if found is None:
        return None
    other, related = found
    reader = _on(other, names, around)
    reader.filters = 1
    if not related.collection:
        reader.draft.where.append(f"{reader.base.source.column(related.columns[0])} = {VALUE}")
        return reader
    between = source_of(related.secondary)
    near = names.models.keys_from(related.secondary, cls.table)
    far = names.models.keys_from(related.secondary, other.table)
    if len(near) != 1 or len(far) != 1:
        raise UnclearError
    condition = f"{reader.base.source.column(far[0][0][1])} = {between.column(far[0][0][0])}"
    reader.draft.join(between, condition)
    reader.draft.where.append(f"{between.column(near[0][0][0])} = {VALUE}")
    return reader


def _managed(cls: MappedClass, attribute: str, names: Names) -> tuple[MappedClass, Relationship] | None:
    """The class whose objects an attribute manages, and the relationship between."""
    own = cls.relationships.get(attribute)
    if own is not None:
        target = names.models.classes.get(own.target)
        return (target, own) if own.collection and target is not None else None
    found = [(owner, one) for owner, one in names.models.leading_to(cls) if one.back == attribute]
    return found[0] if len(found) == 1 else None


__all__ = ["Combined", "Items", "Pairs", "QuerySet", "statements_of"]
