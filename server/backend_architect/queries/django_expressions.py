"""Expressions of Django: `Q`, `F`, functions and aggregates, as the SQL that it writes for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from backend_architect.queries.django_lookups import compared, is_text, local
from backend_architect.queries.django_paths import Paths
from backend_architect.queries.drafts import UNKNOWN_VALUE, Piece, constant, literal
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.spines import ENDS, SHORTCUTS, steps_of
from backend_architect.schema.terms import Call, Combined, Items, Member, Name, Term, Unknown

if TYPE_CHECKING:
    from backend_architect.queries.django_paths import Target

AGGREGATES: Final = {
    "Count": "count",
    "Max": "max",
    "Min": "min",
    "Sum": "sum",
    "Avg": "avg",
    "StdDev": "stddev",
    "ArrayAgg": "array_agg",
    "StringAgg": "string_agg",
}
_FUNCTIONS: Final = {
    "Lower": "lower",
    "Upper": "upper",
    "Length": "length",
    "Trim": "trim",
    "Coalesce": "coalesce",
    "Greatest": "greatest",
    "Least": "least",
    "Abs": "abs",
    "MD5": "md5",
}
_TRUNCATED: Final = {
    "TruncDate": "date",
    "TruncDay": "day",
    "TruncMonth": "month",
    "TruncYear": "year",
    "TruncHour": "hour",
    "TruncWeek": "week",
}


@dataclass(slots=True)
class Conditions(Paths, ABC):
    """Writes the conditions of one query."""

    around: Conditions | None = None
    """The query around a subquery, which `OuterRef` names."""

    @abstractmethod
    def query(self, term: Term) -> str | None:
        """The text of a query that stands for a value; None for what is none."""

    # Conditions

    def condition(self, term: Term) -> str:
        """What `Q`, `Exists` and their combinations ask; empty for nothing.

        Raises:
            UnclearError: nobody knows it.
        """
        match term:
            case Combined(operator="&" | "|" as sign, operands=operands):
                outer, self.outer = self.outer, self.outer or sign == "|"
                parts = [part for part in map(self.condition, operands) if part]
                self.outer = outer
                return f"({(' AND ' if sign == '&' else ' OR ').join(parts)})" if parts else ""
            case Combined(operator="not", operands=(inner,)):
                return self._negated(inner)
            case Call() if term.name == "Q":
                return self.together(term)
            case Call() if term.name == "Exists" and len(term.args) == 1:
                query = self.query(term.args[0])
                if query is None:
                    raise UnclearError
                return f"EXISTS {query}"
            case _:
                raise UnclearError

    def _negated(self, term: Term) -> str:
        outer, self.outer = self.outer, True
        text = self.condition(term)
        self.outer = outer
        return f"NOT ({text})" if text else ""

    def together(self, call: Call) -> str:
        """The positional conditions and the keywords of a call, which must all hold."""
        if call.has("**") or call.has("_connector") or call.has("_negated"):
            raise UnclearError
        parts = [part for one in call.args if (part := self.condition(one))]
        parts += [self.lookup(path, value) for path, value in call.keywords]
        return " AND ".join(parts) if len(parts) < 2 else f"({' AND '.join(parts)})"

    def lookup(self, path: str, value: Term) -> str:
        """The condition of one keyword."""
        absent = path.endswith("__isnull") and value is True
        outer, self.outer = self.outer, self.outer or absent
        target = self.follow(path)
        self.outer = outer
        if isinstance(value, bool):
            return compared(target, constant(value), None, value)
        if value is None:
            return compared(target, None, None, None)
        if isinstance(value, Items):
            listed = tuple(self.value(one) for one in value.items)
            unknown = any(isinstance(one, Unknown) for one in value.items)
            return compared(target, UNKNOWN_VALUE, None if unknown else listed, None)
        return compared(target, self.value(value), None, None)

    # Values

    def value(self, term: Term) -> Piece:
        """What a column is compared with.

        Raises:
            UnclearError: it is made of columns in a way that is not known.
        """
        known = literal(term)
        if known is not None:
            return known
        match term:
            case Name(path=path):
                known = self.names.constant(path) if "." in path or path[:1].isupper() else None
                return constant(known) if known is not None else UNKNOWN_VALUE
            case Call():
                return self._called(term)
            case Combined():
                parts = [self.value(one) for one in term.operands]
                if all(one.is_value for one in parts):
                    return UNKNOWN_VALUE
                return self._arithmetic(term, parts)
            case Member(of=Call() as inner) if inner.name in {"pk", "id"}:
                return UNKNOWN_VALUE
            case _:
                return UNKNOWN_VALUE

    def _called(self, call: Call) -> Piece:
        if call.name in {"F", "OuterRef", "Subquery", "Exists", "Value", "Now"} or call.name in _FUNCTIONS:
            return self.expression(call)
        _, steps = steps_of(call)
        if steps and steps[-1].name in ENDS | SHORTCUTS:
            return UNKNOWN_VALUE  # it has been run
        query = self.query(call)
        return Piece(query, "query" if query.startswith("(") else "value") if query else UNKNOWN_VALUE

    # Expressions

    def expression(self, term: Term) -> Piece:
        """An expression; strings are paths here.

        Raises:
            UnclearError: nobody knows what it is.
        """
        match term:
            case str():
                return self._at_end(self.follow(term))
            case int() | float():
                return constant(term)
            case Combined():
                return self._arithmetic(term, [self.expression(one) for one in term.operands])
            case Call():
                return self._expression_of(term)
            case _:
                raise UnclearError

    def _at_end(self, target: Target) -> Piece:
        if target.rest:
            raise UnclearError
        return target.piece

    def _arithmetic(self, term: Combined, parts: list[Piece]) -> Piece:
        if term.operator not in {"+", "-", "*", "/"} or len(parts) != 2:
            raise UnclearError
        return Piece(f"({parts[0].sql} {term.operator} {parts[1].sql})", "other", parts[0].type)

    def _expression_of(self, call: Call) -> Piece:
        name, args = call.name, call.args
        first = args[0] if args else None
        if name in {"F", "ExpressionWrapper"}:
            return self.expression(call.argument(0, "name" if name == "F" else "expression"))
        if name == "OuterRef" and isinstance(first, str):
            if self.around is None:
                raise UnclearError
            return replace(self.around.expression(first), kind="outer")
        if name == "Value":
            return constant(first) if isinstance(first, str | int | float) else UNKNOWN_VALUE
        if name == "Now":
            return Piece("now()")
        if name == "Subquery" and args:
            query = self.query(args[0])
            if query is None:
                raise UnclearError
            return Piece(query, "query")
        if name == "Exists":
            return Piece(self.condition(call), "condition")
        if name in _FUNCTIONS:
            pieces = [self.expression(one) for one in args]
            return Piece(
                f"{_FUNCTIONS[name]}({', '.join(one.sql for one in pieces)})",
                "other",
                pieces[0].type if pieces else "",
            )
        if name in _TRUNCATED and first is not None:
            return self._truncated(name, self.expression(first))
        if name in AGGREGATES:
            return self._of_rows(call)
        raise UnclearError

    def _truncated(self, name: str, piece: Piece) -> Piece:
        if is_text(piece.type):
            raise UnclearError
        if name == "TruncDate":
            return Piece(f"CAST({local(piece)} AS date)", "other", "date")
        return Piece(f"date_trunc('{_TRUNCATED[name]}', {local(piece)})", "other", piece.type)

    def _of_rows(self, call: Call) -> Piece:
        if call.has("filter") and call.keyword("filter") is not None:
            # It counts some rows only, but reads them all.
            call = replace(call, keywords=tuple(one for one in call.keywords if one[0] != "filter"))
        outer, self.outer = self.outer, True
        inner = "*" if call.args[:1] == ("*",) else self.expression(call.argument(0, "expression")).sql
        self.outer = outer
        distinct = "DISTINCT " if call.keyword("distinct") is True else ""
        return Piece(f"{AGGREGATES[call.name]}({distinct}{inner})", "aggregate")

    def is_aggregate(self, term: Term) -> bool:
        """Whether an expression is made of several rows."""
        match term:
            case Call():
                if term.name in {"Subquery", "Exists", "OuterRef"}:
                    return False
                return term.name in AGGREGATES or any(map(self.is_aggregate, term.args))
            case Combined(operands=operands):
                return any(map(self.is_aggregate, operands))
            case _:
                return False
