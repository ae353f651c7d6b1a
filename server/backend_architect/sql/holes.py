"""What the holes of a statement stand for: values, which can be bound, or parts of the statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from backend_architect.sql.parsing import words

if TYPE_CHECKING:
    from sqlglot import exp

    from backend_architect.sql.query import Query

Role = Literal["value", "quoted", "identifier", "other"]
"""value: a whole value; quoted: in a string literal; identifier: in quotes of a name; other: all else."""

_COMPARISONS = (
    "EQ",
    "NEQ",
    "GT",
    "GTE",
    "LT",
    "LTE",
    "Like",
    "ILike",
    "NullSafeEQ",
    "RegexpLike",
    "SimilarTo",
)
_SURROUNDING = ("Paren", "Cast", "TryCast", "Neg", "Add", "Sub", "Mul", "Div", "DPipe", "Escape", "Collate")
_WITH_PARAMETERS = {"(", "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "MERGE", "REPLACE", "VALUES", "CALL"}
_LISTS = ("In", "Between", "Limit", "Offset", "Fetch")
_SIGNS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "LIMIT", "OFFSET"})


def roles(query: Query) -> list[Role]:
    """The role of each hole of a query, in order."""
    parsed = query.parsed
    identifiers = _identifiers(query.tree) if query.tree is not None else {}
    outside = set(parsed.placeholders)
    return [
        _role(query, hole, identifiers.get(hole[0])) if hole in outside else _quoted(query, hole)
        for hole in query.holes
    ]


def takes_parameters(query: Query) -> bool:
    """Whether databases bind values in statements of this kind; in SET, NOTIFY or CREATE they do not."""
    return next((word.text for word in words(query.parsed)), "") in _WITH_PARAMETERS


def _identifiers(tree: exp.Expr) -> dict[int, exp.Expr]:
    from sqlglot import exp  # noqa: PLC0415 - imported when the first statement is parsed

    return {node.meta["start"]: node for node in tree.find_all(exp.Identifier) if "start" in node.meta}


def _role(query: Query, hole: tuple[int, int], node: exp.Expr | None) -> Role:
    if not takes_parameters(query):
        return "other"
    if query.tree is None:
        return "value" if _before(query, hole[0]) in _SIGNS else "other"
    if (
        node is None
        or node.parent is None
        or type(node.parent).__name__ != "Column"
        or node.parent.args.get("table")
    ):
        return "other"
    inner, outer = node.parent, node.parent.parent
    while outer is not None and type(outer).__name__ in _SURROUNDING:
        inner, outer = outer, outer.parent
    return "value" if outer is not None and _takes_value(inner, outer, query.dialect) else "other"


def _takes_value(inner: exp.Expr, outer: exp.Expr, dialect: str) -> bool:
    """Whether a node stands where a value belongs in the node around it."""
    kind = type(outer).__name__
    if kind in _COMPARISONS:
        return inner.arg_key == "expression"
    if kind in _LISTS:
        return inner.arg_key != "this" or kind == "Limit"
    if kind == "Interval":
        return dialect == "mysql" and inner.arg_key == "this"
    around = outer.parent
    if kind != "Tuple" or around is None or inner.arg_key != "expressions":
        return False
    compared = type(around).__name__ in _COMPARISONS and outer.arg_key == "expression"
    return compared or type(around).__name__ in {"Values", "In"}


def _quoted(query: Query, hole: tuple[int, int]) -> Role:
    """The role of a hole inside of quotes or a comment."""
    around = next((word for word in words(query.parsed) if word.start < hole[0] and hole[1] < word.end), None)
    if around is None:
        # sqlglot gives up behind the first word of some statements, and reads no quotes there.
        in_quotes = query.text[hole[0] - 1 : hole[0]] == "'" == query.text[hole[1] : hole[1] + 1]
        return "quoted" if in_quotes and query.tree is None else "other"
    quote = query.text[around.start]
    if quote == '"':
        return "quoted" if query.dialect == "mysql" else "identifier"
    if quote == "$":
        return "other"  # the body of a function: names and values stand there side by side
    return "identifier" if quote in "`[" else "quoted"


def _before(query: Query, start: int) -> str:
    """The word in front of an offset."""
    in_front = [word.text for word in words(query.parsed) if word.end <= start and not word.quoted]
    return in_front[-1] if in_front else ""
