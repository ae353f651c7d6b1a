"""The methods of SQLAlchemy's expressions: `Order.state.in_(...)`."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_architect.queries.drafts import UNKNOWN_VALUE, VALUE, Piece, pattern
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.sqlalchemy_expressions import CONTAINERS, ORDERS, Expressions
from backend_architect.schema.terms import Call, Indexed, Items, Pairs, Term, Unknown

if TYPE_CHECKING:
    from backend_architect.queries.sqlalchemy_names import Entity
    from backend_architect.schema.mapped import Relationship

_BAGS: Final = {
    "contains": "@>",
    "contained_by": "<@",
    "overlap": "&&",
    "has_key": "?",
    "has_any": "?|",
    "has_all": "?&",
}
_NEGATED: Final = {
    "notin_": "in_",
    "not_in": "in_",
    "notlike": "like",
    "not_like": "like",
    "notilike": "ilike",
    "not_ilike": "ilike",
    "isnot": "is_",
    "is_not": "is_",
}
_AFFIXES: Final = {"startswith": ("", "%"), "endswith": ("%", ""), "contains": ("%", "%")}


@dataclass(slots=True)
class Methods(Expressions):
    """Writes what methods of expressions give."""

    @abstractmethod
    def related_rows(self, entity: Entity, relationship: Relationship, call: Call) -> Piece:
        """Whether there is a row to which a relationship leads, with conditions on it."""

    def method(self, receiver: Term, method: str, call: Call) -> Piece:
        """What a method of an expression gives."""
        if method in _NEGATED:
            inner = self.method(receiver, _NEGATED[method], call)
            if inner.sql.endswith(" IS NULL"):
                return Piece(f"{inner.sql.removesuffix('NULL')}NOT NULL", "condition")
            return Piece(f"NOT ({inner.sql})", "condition")
        if method in {"any", "has", "contains"}:
            related = self.relationship(receiver)
            if related is not None:
                return self.related_rows(*related, call)
        if self.is_free(call):
            return UNKNOWN_VALUE
        if method in ORDERS:
            return self.sort_key(receiver, method)
        return self._of(receiver, method, call)

    def _of(self, receiver: Term, method: str, call: Call) -> Piece:
        one, args = self.piece(receiver), call.args
        match method:
            case "label" | "self_group" | "scalar_subquery" | "as_scalar" | "with_variant":
                return one
            case "distinct":
                return Piece(f"DISTINCT {one.sql}", "other")
            case "cast":
                return self.cast(Call(call.function, (receiver, *args), call.keywords, call.line))
            case "as_string" | "as_integer" | "as_float" | "as_boolean" if isinstance(receiver, Indexed):
                return self._typed_item(receiver, method)
            case "in_" if len(args) == 1:
                return self._in(one, args[0])
            case _:
                return self._compared_by(one, method, args)

    def _compared_by(self, one: Piece, method: str, args: tuple[Term, ...]) -> Piece:
        match method:
            case "is_" if len(args) == 1:
                return Piece(f"{one.sql} IS {self.piece(args[0]).sql}", "condition")
            case "between" if len(args) >= 2:
                return Piece(
                    f"{one.sql} BETWEEN {self.piece(args[0]).sql} AND {self.piece(args[1]).sql}", "condition"
                )
            case "like" | "ilike" if args:
                return Piece(f"{one.sql} {method.upper()} {self.piece(args[0]).sql}", "condition")
            case "any" | "all" if len(args) == 1 and one.type.endswith("[]"):
                return Piece(f"{self.piece(args[0]).sql} = {method.upper()} ({one.sql})", "condition")
            case _:
                return self._searched(one, method, args)

    def _searched(self, one: Piece, method: str, args: tuple[Term, ...]) -> Piece:
        """What is searched within a column: a part of a text, an element, a key."""
        bag = one.type.endswith("[]") or one.type.startswith(CONTAINERS) or one.type == "array"
        if method in _BAGS and bag and len(args) == 1:
            value = UNKNOWN_VALUE if isinstance(args[0], Items | Pairs) else self.piece(args[0])
            return Piece(f"{one.sql} {_BAGS[method]} {value.sql}", "condition")
        plain = method.removeprefix("i") if method != "in_" else method
        if plain in _AFFIXES and args and not bag and one.type:
            before, after = _AFFIXES[plain]
            value = self.piece(args[0])
            if not value.is_value:
                raise UnclearError
            if plain != method:
                return Piece(f"{one.sql} ILIKE {pattern(value, before, after)}", "condition")
            return Piece(f"{one.sql} LIKE {pattern(value, before, after)}", "condition")
        if method == "op":
            raise UnclearError
        if method in {"match", "regexp_match", "collate", "is_distinct_from"} and args:
            # No index that is advised answers them.
            return Piece(f"{one.sql} ~ {VALUE}", "condition")
        raise UnclearError

    def _typed_item(self, receiver: Indexed, method: str) -> Piece:
        inner = self.item(receiver.of, receiver.by, text=True)
        types = {"as_integer": "integer", "as_float": "numeric", "as_boolean": "boolean"}
        type_ = types.get(method)
        return inner if type_ is None else Piece(f"CAST({inner.sql} AS {type_})", "other", type_)

    def _in(self, one: Piece, listed: Term) -> Piece:
        query = self.nested(listed)
        if query is not None:
            return Piece(f"{one.sql} IN {query}", "condition")
        if (
            isinstance(listed, Items)
            and listed.items
            and not any(isinstance(i, Unknown) for i in listed.items)
        ):
            return Piece(f"{one.sql} IN {self.piece(listed).sql}", "condition")
        if not self.is_free(listed):
            raise UnclearError
        return Piece(f"{one.sql} IN ({VALUE})", "condition")
