"""The queries of Django's models, as the SQL that they send on PostgreSQL."""

# ruff: noqa: S608 - the statements are read, and never run

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.queries.django_paths import Place
from backend_architect.queries.django_steps import Steps, flipped
from backend_architect.queries.drafts import VALUE, Draft, name, source_of
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import MANAGERS, SHORTCUTS, Step, names_before_calls, steps_of
from backend_architect.schema.declared import Class
from backend_architect.schema.mapped import MappedClass
from backend_architect.schema.terms import Call, Member, Name, Term

if TYPE_CHECKING:
    from backend_architect.queries.django_expressions import Conditions
    from backend_architect.queries.mapping import Names
    from backend_architect.schema.mapped import Relationship


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
class QuerySet(Steps):
    """Reads one chain."""

    prefetched: list[str] = field(default_factory=list[str])
    """The statements that load what is related to the rows."""

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
            reader.step(step)
        reader.is_needless = reader.is_needless or (reader.is_instance and reader.verb == "create")
        return reader

    def prefetch(self, call: Call) -> None:
        """Read the queries that load what is related to the rows."""
        for one in call.args:
            lookup = one.argument(0, "lookup") if isinstance(one, Call) and one.name == "Prefetch" else None
            if isinstance(one, Call) and isinstance(lookup, str):
                try:
                    self._prefetch_by(lookup, one.argument(1, "queryset"))
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

    # The statement

    def statement(self, outputs: str = "") -> str:
        """The statement, with its outputs if those matter."""
        if self.verb == "create":
            raise UnclearError
        draft = self.draft
        for one in self.implicit() if draft.limit else ():
            # Where all rows are given, those that are found are sorted, in whatever order that was.
            self._order(one)
        if self.cleared:
            draft.order = [] if self.verb != "select" or not self.ordered else draft.order
        if self.reversed:
            draft.order = [flipped(one) for one in draft.order]
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
        reader.narrow(rest)
    else:
        reader.get(rest)
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


def _of_instance(steps: list[Step], names: Names, around: Conditions | None) -> tuple[QuerySet, int] | None:
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
