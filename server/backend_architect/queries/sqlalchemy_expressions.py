"""Expressions of SQLAlchemy, as the SQL that it writes for them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from backend_architect.queries.drafts import UNKNOWN_VALUE, VALUE, Piece, literal
from backend_architect.queries.mapping import UnclearError
from backend_architect.queries.sqlalchemy_names import Naming
from backend_architect.schema.terms import Call, Combined, Indexed, Items, Member, Name, Term

if TYPE_CHECKING:
    from collections.abc import Callable


_COMPARING: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/"})
_LIBRARIES: Final = ("sqlalchemy", "sqlmodel", "sa.", "db.", "flask_sqlalchemy")
ORDERS: Final = {
    "desc": "DESC",
    "asc": "",
    "nullsfirst": "NULLS FIRST",
    "nulls_first": "NULLS FIRST",
    "nullslast": "NULLS LAST",
    "nulls_last": "NULLS LAST",
}
CONTAINERS: Final = ("jsonb", "json", "hstore")
_TYPES: Final = {
    "Date": "date",
    "DateTime": "timestamp",
    "String": "varchar",
    "Text": "text",
    "Unicode": "varchar",
    "Integer": "integer",
    "BigInteger": "bigint",
    "Float": "float",
    "Numeric": "numeric",
    "UUID": "uuid",
    "JSONB": "jsonb",
    "Boolean": "boolean",
}


@dataclass(slots=True)
class Expressions(Naming):
    """Writes expressions for one SELECT."""

    @abstractmethod
    def nested(self, term: Term) -> str | None:
        """The text of a query that stands in an expression; None for what is none."""

    @abstractmethod
    def method(self, receiver: Term, method: str, call: Call) -> Piece:
        """What a method of an expression gives."""

    def condition(self, term: Term) -> str:
        """A condition.

        Raises:
            UnclearError: nobody knows what it asks.
        """
        found = self.piece(term)
        if found.is_value and found.sql not in {"TRUE", "FALSE"}:
            raise UnclearError
        return found.sql

    def piece(self, term: Term) -> Piece:
        """An expression.

        Raises:
            UnclearError: nobody knows what it is.
        """
        known = literal(term)
        if known is not None:
            return known
        match term:
            case Items(items=items):
                pieces = [self.piece(one) for one in items]
                kind = "value" if all(one.is_value for one in pieces) else "other"
                return Piece(f"({', '.join(one.sql for one in pieces)})", kind)
            case Name():
                return self._name(term)
            case Combined():
                return self._combined(term)
            case Call():
                return self._call(term)
            case Indexed(of=of, by=by):
                return self.item(of, by)
            case Member():
                return self._member(term)
            case _:
                return self._free(term)

    def _free(self, term: Term) -> Piece:
        if not self.is_free(term):
            raise UnclearError
        return UNKNOWN_VALUE

    # Names

    def _name(self, term: Name) -> Piece:
        found = self.attribute(term)
        if found is None:
            parts = term.path.split(".")
            strange = len(parts) > 1 and parts[-2][:1].isupper() and not parts[-1].isupper()
            if not self.is_free(term) or (strange and isinstance(self.names.find(".".join(parts[:-1])), str)):
                # A class that is not known may be mapped.
                raise UnclearError
            return UNKNOWN_VALUE
        entity, attribute = found
        piece = entity.column(attribute, self.models)
        self.mention(entity)
        return piece

    def _member(self, term: Member) -> Piece:
        if term.name == "astext":
            inner = term.of
            if isinstance(inner, Indexed):
                return self.item(inner.of, inner.by, text=True)
            raise UnclearError
        found = self.attribute(term)
        if found is None:
            return self._free(term)
        piece = found[0].column(found[1], self.models)
        self.mention(found[0])
        return piece

    def item(self, of: Term, by: tuple[Term, ...], *, text: bool = False) -> Piece:
        """What is under a key of a document."""
        base = self.piece(of)
        if base.is_value:
            return UNKNOWN_VALUE
        if not base.type.startswith(CONTAINERS) or len(by) != 1:
            raise UnclearError
        if isinstance(by[0], Items):
            raise UnclearError
        key = self.piece(by[0])
        if not key.is_value:
            raise UnclearError
        return Piece(
            f"({base.sql} {'->>' if text else '->'} {key.sql})", "column", "text" if text else base.type
        )

    # Operators

    def _combined(self, term: Combined) -> Piece:
        operator, operands = term.operator, term.operands
        if operator in {"and", "or"}:
            return self._free(term)  # Python decides which of them it is
        if operator in {"&", "|"} or (operator == "not" and len(operands) == 1):
            if self.is_free(term):
                return UNKNOWN_VALUE
            parts = [self.condition(one) for one in operands]
            if operator == "not":
                return Piece(f"NOT ({parts[0]})", "condition")
            return Piece(f"({' AND '.join(parts) if operator == '&' else ' OR '.join(parts)})", "condition")
        if operator in _COMPARING and len(operands) == 2:
            return self._compared(operator, operands[0], operands[1])
        if operator in _ARITHMETIC and len(operands) == 2:
            left, right = self.piece(operands[0]), self.piece(operands[1])
            if left.is_value and right.is_value:
                return UNKNOWN_VALUE
            texts = {"text", "varchar"} & {left.type.partition("(")[0], right.type.partition("(")[0]}
            sign = "||" if operator == "+" and texts else operator
            return Piece(f"({left.sql} {sign} {right.sql})", "other", left.type)
        return self._free(term)

    def _compared(self, operator: str, left: Term, right: Term) -> Piece:
        related = self._related(operator, left, right)
        if related is not None:
            return related
        one, other = self.piece(left), self.piece(right)
        if one.is_value and other.is_value:
            return UNKNOWN_VALUE
        if other.sql == "NULL":
            return Piece(f"{one.sql} IS {'NOT ' if operator == '<>' else ''}NULL", "condition")
        return Piece(f"{one.sql} {operator} {other.sql}", "condition")

    def _related(self, operator: str, left: Term, right: Term) -> Piece | None:
        """A relationship that is compared with an object, or with nothing."""
        found = self.relationship(left)
        if found is None:
            return None
        entity, relationship = found
        target = self.target(relationship)
        keys = self.models.keys_from(entity.table, target.table)
        if relationship.collection or relationship.secondary or len(keys) != 1 or operator not in {"=", "<>"}:
            raise UnclearError
        self.mention(entity)
        value = "IS NULL" if right is None else f"= {VALUE}"
        text = " AND ".join(f"{entity.source.column(column)} {value}" for column, _ in keys[0])
        return Piece(text if operator == "=" else f"NOT ({text})", "condition")

    # Calls

    def _call(self, call: Call) -> Piece:
        if isinstance(call.function, Call):
            return self._operator(call)
        query = self.nested(call)
        if query is not None:
            return Piece(query, "other")
        if isinstance(call.function, Name):
            parts = call.path.split(".")
            owner, end = self.names.leading(parts)
            if owner is not None:
                if end == len(parts):
                    return self._free(Items(call.args))
                return self.method(Name(".".join(parts[:-1])), parts[-1], call)
            return self._function(call, parts)
        if isinstance(call.function, Member):
            return self.method(call.function.of, call.function.name, call)
        raise UnclearError

    def _operator(self, call: Call) -> Piece:
        """`column.op("@>")(value)`."""
        made = call.function
        if not isinstance(made, Call) or made.name != "op" or not made.args or len(call.args) != 1:
            return self._free(call)
        sign = made.args[0]
        receiver = (
            made.function.of if isinstance(made.function, Member) else Name(made.path.rpartition(".")[0])
        )
        if not isinstance(sign, str):
            raise UnclearError
        return Piece(f"{self.piece(receiver).sql} {sign} {self.piece(call.args[0]).sql}", "condition")

    def _function(self, call: Call, parts: list[str]) -> Piece:
        if "func" in parts[:-1]:
            return self._sql_function(parts[-1], call)
        written = self._WRITERS.get(parts[-1])
        if written is None or (not call.path.startswith(_LIBRARIES) and parts[-2:-1] != ["db"]):
            return self._free(call)
        return written(self, call)

    def _sql_function(self, name: str, call: Call) -> Piece:
        args = [self.piece(one) for one in call.args]
        kind = "value" if args and all(one.is_value for one in args) else "other"
        if name == "count" and not args:
            return Piece("count(*)", "other")
        type_ = args[0].type if args else ""
        return Piece(f"{name}({', '.join(one.sql for one in args)})", kind, type_)

    def _together(self, call: Call) -> Piece:
        word = " AND " if call.name == "and_" else " OR "
        parts = [self.condition(one) for one in call.args]
        if not parts:
            return Piece("TRUE", "condition")
        return Piece(f"({word.join(parts)})", "condition")

    def _not(self, call: Call) -> Piece:
        return Piece(f"NOT ({self.condition(call.args[0])})", "condition")

    def cast(self, call: Call) -> Piece:
        """An expression as another type."""
        inner, type_ = self.piece(call.argument(0, "expression")), call.argument(1, "type_")
        path = type_.path if isinstance(type_, Name | Call) else ""
        known = _TYPES.get(path.rpartition(".")[2]) or _TYPES.get(path.rpartition(".")[2].title())
        if inner.is_value:
            return UNKNOWN_VALUE
        if known is None:
            raise UnclearError
        return Piece(f"CAST({inner.sql} AS {known})", "other", known)

    def _ordered(self, call: Call) -> Piece:
        return self.sort_key(call.args[0], call.name)

    def sort_key(self, term: Term, word: str) -> Piece:
        """A key of an order, with its direction."""
        inner = self.piece(term)
        return Piece(f"{inner.sql} {ORDERS[word]}".strip(), "order")

    def _distinct(self, call: Call) -> Piece:
        return Piece(f"DISTINCT {self.piece(call.args[0]).sql}", "other")

    def _any(self, call: Call) -> Piece:
        inner = self.piece(call.args[0])
        return Piece(f"{'ANY' if call.name.startswith('any') else 'ALL'} ({inner.sql})", inner.kind)

    def _tuple(self, call: Call) -> Piece:
        return self.piece(Items(call.args))

    def _between(self, call: Call) -> Piece:
        one, low, high = (self.piece(arg).sql for arg in call.args[:3])
        return Piece(f"{one} BETWEEN {low} AND {high}", "condition")

    def _extract(self, call: Call) -> Piece:
        field_, inner = call.argument(0, "field"), self.piece(call.argument(1, "expr"))
        if not isinstance(field_, str):
            raise UnclearError
        return Piece(f"EXTRACT({field_} FROM {inner.sql})", "other")

    def _case(self, call: Call) -> Piece:
        parts: list[str] = []
        for one in call.args:
            if not isinstance(one, Items) or len(one.items) != 2:
                raise UnclearError
            parts.append(f"WHEN {self.condition(one.items[0])} THEN {self.piece(one.items[1]).sql}")
        otherwise = f" ELSE {self.piece(call.keyword('else_')).sql}" if call.has("else_") else ""
        return Piece(f"CASE {' '.join(parts)}{otherwise} END", "other")

    def _boolean(self, call: Call) -> Piece:
        return Piece({"true": "TRUE", "false": "FALSE", "null": "NULL"}[call.name])

    def _same(self, call: Call) -> Piece:
        return self.piece(call.argument(0, "value"))

    _WRITERS: ClassVar[dict[str, Callable[[Any, Call], Piece]]] = {
        "and_": _together,
        "or_": _together,
        "not_": _not,
        "cast": cast,
        "distinct": _distinct,
        "any_": _any,
        "all_": _any,
        "tuple_": _tuple,
        "between": _between,
        "extract": _extract,
        "case": _case,
        "true": _boolean,
        "false": _boolean,
        "null": _boolean,
        "literal": _same,
        "col": _same,
        **dict.fromkeys(ORDERS, _ordered),
    }
