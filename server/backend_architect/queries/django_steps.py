"""The methods of Django's query sets: what each of them adds to a query."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from backend_architect.python.words import word_set
from backend_architect.queries.django_expressions import Conditions
from backend_architect.queries.drafts import ALL, VALUE
from backend_architect.queries.mapping import UnclearError, parents_of
from backend_architect.schema.terms import Call, Member, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.queries.mapping import Names
    from backend_architect.queries.spines import Step
    from backend_architect.schema.mapped import MappedClass

_NEUTRAL: Final = word_set(
    """
    all select_related only defer using iterator select_for_update none get_queryset db_manager as_manager
    aiterator
    """
)
"""Methods that change nothing of which rows are read."""
_GET_LIMIT: Final = "21"
"""django.db.models.query.MAX_GET_RESULTS"""


@dataclass(slots=True)
class Steps(Conditions):
    """Reads the links of one chain."""

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

    @abstractmethod
    def prefetch(self, call: Call) -> None:
        """Read the queries that load what is related to the rows."""

    # Steps

    def step(self, step: Step) -> None:
        """Read one link of a chain.

        Raises:
            UnclearError: nobody knows what it asks.
        """
        call = step.call
        if step.name == "[]":
            self._slice(step.by)
        elif call is not None and step.name in self._STEPS:
            self._STEPS[step.name](self, call)
        elif call is None or step.name not in _NEUTRAL:
            raise UnclearError

    def narrow(self, call: Call) -> None:
        """Add the conditions of a call."""
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
        inner = type(self)(self.names, self.base)
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

    def get(self, call: Call) -> None:
        """Read one row by the conditions of a call."""
        self.narrow(call)
        self.cleared, self.is_instance = True, True
        self.draft.limit = _GET_LIMIT

    def _get_or_create(self, call: Call) -> None:
        given = tuple(one for one in call.keywords if one[0] not in {"defaults", "create_defaults"})
        self.get(Call(call.function, call.args, given, call.line))
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
        if not self.draft.order and not self.implicit():
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

    _STEPS: ClassVar[dict[str, Callable[[Any, Call], None]]] = {
        "filter": narrow,
        "exclude": _exclude,
        "get": get,
        "aget": get,
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
        **dict.fromkeys(("values", "values_list"), _values),
        "prefetch_related": lambda self, call: self.prefetch(call),
    }

    def implicit(self) -> tuple[str, ...]:
        """The order of the model, if the query has none of its own."""
        return (
            () if self.ordered or self.cleared or self.draft.group else _ordering(self.base.cls, self.names)
        )


def flipped(key: str) -> str:
    """A key of an order, the other way round."""
    if key.endswith((" NULLS LAST", " NULLS FIRST")):
        raise UnclearError
    return key.removesuffix(" DESC") if key.endswith(" DESC") else f"{key} DESC"


def _ordering(cls: MappedClass, names: Names) -> tuple[str, ...]:
    if cls.ordering:
        return cls.ordering
    return next((one.ordering for one in parents_of(cls, names.models) if one.ordering), ())
