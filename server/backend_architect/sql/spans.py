"""Where the nodes of a syntax tree stand in the text of their statement.

sqlglot gives positions to identifiers, literals, stars and names of functions only. The range of any other
node is that of what it contains, widened over the tokens beside it that belong to it: keywords, parentheses.
All ranges are half-open and count code points of the statement's text.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from backend_architect.sql.parsing import words

if TYPE_CHECKING:
    from sqlglot import exp

    from backend_architect.sql.parsing import Parsed

_OPENING = frozenset({"(", "[", "CASE"})
_CLOSING = frozenset({")", "]", "END"})

_STATEMENTS = {
    name: name.upper()
    for name in ("Alter", "Create", "Delete", "Drop", "Insert", "Merge", "Select", "Update", "With")
}
"""The first word of nodes that may hold anything between it and their first part with a position."""

_KEYWORDS = {
    **{
        name: name.upper() for name in ("Case", "Constraint", "Exists", "From", "Group", "Having", "Interval")
    },
    **{name: name.upper() for name in ("Limit", "Not", "Offset", "Order", "Returning", "Where")},
    "AlterColumn": "ALTER",
    "CheckColumnConstraint": "CHECK",
    "DefaultColumnConstraint": "DEFAULT",
    "ForeignKey": "FOREIGN",
    "If": "WHEN",
    "Neg": "-",
    "PrimaryKey": "PRIMARY",
    "Reference": "REFERENCES",
    "Values": "VALUES",
}
"""The word a node begins with, by the name of its class."""

_BETWEEN = frozenset({"BY", "COLUMN", "KEY", "WHEN", "ONLY", "LATERAL"})
"""Words without a position that may stand between that word and the rest of the node."""

_JOIN = frozenset(
    {"ANTI", "CROSS", "FULL", "INNER", "JOIN", "LATERAL", "LEFT", "NATURAL", "OUTER", "RIGHT", "SEMI"}
)
_ORDERED = frozenset({"ASC", "DESC", "NULLS", "FIRST", "LAST"})
_OPERATORS = frozenset(
    {"IS", "NOT", "DISTINCT", "FROM", "=", "<>", "!=", "<", ">", "<=", ">=", "AND", "OR", "||"}
)
_BEFORE_TYPE = frozenset({"::", "AS", "SET", "DATA", "TYPE"})
_IN_TYPE = frozenset({"PRECISION", "VARYING", "WITH", "WITHOUT", "TIME", "ZONE", "UNSIGNED", "."})
_GROUPS = frozenset(
    {"CheckColumnConstraint", "ForeignKey", "Exists", "Paren", "PrimaryKey", "Schema", "Subquery", "Tuple"}
)
"""Nodes that have parentheses around them or their parts."""
_ATOMS = frozenset({"Column", "DataType", "Identifier", "Literal", "Star"})

_Range = tuple[int, int]
"""Indexes of the first and the last word, both included."""


class _Finder:
    """Finds the ranges of nodes among the words of one statement."""

    def __init__(self, parsed: Parsed) -> None:
        self.words = words(parsed)
        self._texts = ["" if word.quoted else word.text for word in self.words]
        self._starts = [word.start for word in self.words]
        self._ranges: dict[int, _Range] = {}

    def range(self, node: exp.Expr) -> _Range | None:
        """The words of a node; None if nothing in it has a position."""
        # Children before parents, without recursion: a thousand conditions are a thousand levels deep.
        for below in reversed(list(node.walk())):
            found = self._core(below)
            if found and id(below) not in self._ranges:
                first, last = self._widened(below, *found)
                self._ranges[id(below)] = first, min(last, len(self.words) - 1)
        return self._ranges.get(id(node))

    def unplaced(self, node: exp.Expr) -> _Range | None:
        """The words of a type, NULL, TRUE or FALSE, which have no position, from what stands around them."""
        parent = node.parent
        around = self.range(parent) if parent else None
        if parent is None or around is None:
            return None
        if type(node).__name__ == "DataType":
            before = self._ranges.get(id(parent.this))
            return self._type(before[1] + 1) if before else None
        wanted = {"Null": {"NULL"}, "Boolean": {"TRUE", "FALSE"}}.get(type(node).__name__, set[str]())
        siblings = list(parent.iter_expressions())
        taken = {index for child in siblings for index in range(*self._half_open(child))}
        free = [i for i in range(around[0], around[1] + 1) if self._texts[i] in wanted and i not in taken]
        alike = [child for child in siblings if type(child) is type(node)]
        order = next((i for i, child in enumerate(alike) if child is node), len(free))
        return (free[order], free[order]) if order < len(free) else None

    def _half_open(self, node: exp.Expr) -> _Range:
        first, last = self._ranges.get(id(node), (0, -1))
        return first, last + 1

    def _core(self, node: exp.Expr) -> _Range | None:
        """From the first to the last word below the node that has a position."""
        ranges = [self._ranges[id(child)] for child in node.iter_expressions() if id(child) in self._ranges]
        start, end = node.meta.get("start"), node.meta.get("end")
        if isinstance(start, int) and isinstance(end, int):
            ranges.append((self._at(start), self._at(end)))
        return (min(first for first, _ in ranges), max(last for _, last in ranges)) if ranges else None

    def _at(self, offset: int) -> int:
        return max(0, bisect_right(self._starts, offset) - 1)

    def _text(self, index: int) -> str:
        return self._texts[index] if 0 <= index < len(self._texts) else ""

    def _widened(self, node: exp.Expr, first: int, last: int) -> _Range:
        name = type(node).__name__
        if name in _ATOMS:
            return first, last
        last = self._right_side(node, name, last)
        if name in {"And", "Or"}:
            # What stands between their two sides is one word; counting brackets in long chains is quadratic.
            return first, last
        first, last = self._around(name, *self._balanced(first, last))
        if name in _STATEMENTS or name in _KEYWORDS:
            first, last = self._balanced(self._keyword(name, first), last)
        if name in {"AlterColumn", "ColumnDef", "Constraint"}:
            last = self._entry_end(last)
        return first, last

    def _around(self, name: str, first: int, last: int) -> _Range:
        """The range with the brackets and modifiers that belong to nodes of this class."""
        if name == "Ordered":
            return first, self._while(_ORDERED, last)
        if name == "Join":
            while self._text(first - 1) in _JOIN:
                first -= 1
        elif name in _GROUPS:
            # The first element of a tuple may be NULL, which has no position.
            opening = self._enclosing(first) if name == "Tuple" else first - 1
            if self._text(opening) == "(":
                return opening, max(last, self._matching(opening))
        elif name in {"Cast", "TryCast", "Extract", "Coalesce"}:
            return self._call(name, first, last)
        return first, last

    def _right_side(self, node: exp.Expr, name: str, last: int) -> int:
        """The last word of a node whose right side has no position of its own, or is a parenthesis."""
        following = self._text(last + 1)
        if name in {"Cast", "TryCast"} and following == "::":
            return self._type(last + 1)[1]
        if name == "In" and following in {"IN", "NOT"}:
            opening = last + 2 if following == "IN" else last + 3
            return self._matching(opening) if self._text(opening) == "(" else last
        if name == "Window" and following == "OVER":
            return self._matching(last + 2) if self._text(last + 2) == "(" else last + 2
        if following == "(" and "start" in node.meta:
            return self._matching(last + 1)
        right = node.args.get("expression")
        if following in _OPERATORS and hasattr(right, "key") and id(right) not in self._ranges:
            end = self._while(_OPERATORS, last) + 1
            return min(end + (self._text(end) == "@"), len(self._texts) - 1)
        return last

    def _type(self, index: int) -> _Range:
        """The words of the type that begins at or shortly after `index`."""
        while self._text(index) in _BEFORE_TYPE:
            index += 1
        last = min(index, len(self._texts) - 1)
        while True:
            following = self._text(last + 1)
            if following in {"(", "["}:
                last = self._matching(last + 1)
            elif following in _IN_TYPE:
                last += 2 if following == "." else 1
            else:
                return min(index, last), min(last, len(self._texts) - 1)

    def _call(self, name: str, first: int, last: int) -> _Range:
        """CAST(...) and the like: their name has no position, and their last words may have none."""
        opening = self._enclosing(first)
        if opening > 0 and self._text(opening - 1).replace("_", "") == name.upper():
            return opening - 1, max(last, self._matching(opening))
        return first, last

    def _keyword(self, name: str, first: int) -> int:
        """The index of the word that the node begins with, or `first` if it is not there."""
        word = _STATEMENTS.get(name) or _KEYWORDS[name]
        lowest = self._enclosing(first)
        index = first if self._text(first) == word else first - 1
        while self._text(index) != word:
            if index <= lowest or (name in _KEYWORDS and self._text(index) not in _BETWEEN):
                return first
            index = self._opening(index) - 1 if self._text(index) in _CLOSING else index - 1
        return index

    def _balanced(self, first: int, last: int) -> _Range:
        """The range with the partners of all brackets in it."""
        depth = lowest = 0
        for index in range(first, last + 1):
            depth += (self._text(index) in _OPENING) - (self._text(index) in _CLOSING)
            lowest = min(lowest, depth)
        for _ in range(-lowest):
            first = max(0, self._enclosing(first))
        for _ in range(depth - lowest):
            last = self._closing(last + 1)
        return first, last

    def _enclosing(self, index: int) -> int:
        """The index of the bracket that is open where the word at `index` stands, or -1."""
        index -= 1
        while index >= 0 and self._text(index) not in _OPENING:
            index = self._opening(index) - 1 if self._text(index) in _CLOSING else index - 1
        return index

    def _opening(self, closing: int) -> int:
        depth = 0
        for index in range(closing, -1, -1):
            depth += (self._text(index) in _CLOSING) - (self._text(index) in _OPENING)
            if not depth:
                return index
        return 0

    def _matching(self, opening: int) -> int:
        return self._closing(opening + 1)

    def _closing(self, index: int) -> int:
        """The index of the first bracket from `index` on that closes one open before, or the last index."""
        depth = 1
        for at in range(index, len(self._texts)):
            depth += (self._texts[at] in _OPENING) - (self._texts[at] in _CLOSING)
            if not depth:
                return at
        return len(self._texts) - 1

    def _while(self, texts: frozenset[str], last: int) -> int:
        while self._text(last + 1) in texts:
            last += 1
        return last

    def _entry_end(self, last: int) -> int:
        """The last word before the comma or parenthesis that ends an entry of a list."""
        while last + 1 < len(self._texts) and self._text(last + 1) not in {",", ")"}:
            last = self._matching(last + 1) if self._text(last + 1) in _OPENING else last + 1
        return last


def span(node: exp.Expr, parsed: Parsed) -> tuple[int, int]:
    """The half-open range of a node of `parsed.tree` in the statement's text.

    For the root that is the whole statement. A node of which nothing has a position, such as NOT NULL, has
    the range of the nearest node around it that has one.
    """
    finder = _Finder(parsed)
    if not finder.words:
        return 0, len(parsed.text)
    found: _Range | None = None
    around: exp.Expr | None = node
    while around is not None and around is not parsed.tree and found is None:
        unplaced = type(around).__name__ in {"DataType", "Null", "Boolean"}
        found = (finder.unplaced(around) if unplaced else None) or finder.range(around)
        around = around.parent
    first, last = found or (0, len(finder.words) - 1)
    return finder.words[first].start, finder.words[last].end


def keyword_span(parsed: Parsed, *sought: str) -> tuple[int, int] | None:
    """The half-open range of the first place where these words follow one another, or None.

    Words are compared without regard to case, and only with what is not quoted: `keyword_span(p, "CREATE",
    "INDEX")`. Comments and blanks between them do not matter.
    """
    listed = words(parsed)
    texts = [None if word.quoted else word.text for word in listed]
    wanted = [word.upper() for word in sought]
    for first in range(len(texts) - len(wanted) + 1):
        if wanted and texts[first : first + len(wanted)] == wanted:
            return listed[first].start, listed[first + len(wanted) - 1].end
    return None
