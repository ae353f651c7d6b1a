"""Which stretches of a statement become parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from backend_architect.fixes.binding.lists import PastedList, pasted_list
from backend_architect.fixes.binding.origins import all_values, is_escaped, may_be_sql
from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.binding.values import is_whole, pattern, single, spec_of
from backend_architect.python.folded import Chunk, Hole
from backend_architect.python.pasted import short
from backend_architect.sql.holes import roles
from backend_architect.sql.parsing import Word, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.python.embedded import Sink
    from backend_architect.python.place import Place
    from backend_architect.sql.query import Query

_TYPED = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL"})
"""Words that make a type and its value one literal, in which no parameter can stand."""

_UNITS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})
_CLAUSES = frozenset({"BY", "FROM", "WHERE", "SELECT", "LIMIT", "HAVING", "SET", "VALUES", "ON", "JOIN"})
_ESCAPED = re.compile(r"[eEnNbBxX&]\Z")
_ANY_TYPE = frozenset({"CONCAT", "CONCAT_WS", "FORMAT", "JSON_BUILD_OBJECT", "JSONB_BUILD_OBJECT"})
"""Functions whose arguments tell PostgreSQL nothing of the type of a parameter."""


Wanted = Callable[[Hole], Literal["must", "may", "no"]]
"""Whether a hole must become a parameter, may become one beside others, or is a part of the text."""


@dataclass(slots=True)
class Region:
    """A stretch of the whole string, from one offset to another, that one or more parameters replace."""

    start: int
    end: int
    holes: list[Hole]
    source: str = ""
    """The expression that gives the value."""
    items: PastedList | None = None
    """The values, where they are several."""
    around: tuple[str, str] = ("", "")
    """What is written before and behind the placeholder."""
    sequence: str = ""
    """The expression that gives the values of this region and of others together."""
    keeps_list: bool = False
    """Whether a placeholder for each value is written where the list was pasted."""


@dataclass(slots=True)
class Reading:
    """Finds the regions of a statement."""

    sink: Sink
    query: Query
    shift: int
    at: Place
    style: str
    wanted: Wanted
    interpolates: bool
    """Whether the driver reads `%%` as one sign as the call is."""
    words: list[Word] = field(default_factory=list[Word])

    def regions(self) -> list[Region]:
        """The regions in the order of the text."""
        self.words = words(self.query.parsed)
        found: list[Region] = []
        end = 0
        spots = zip(self.sink.holes[0], roles(self.query), self.query.holes, strict=True)
        for hole, role, span in spots:
            if span[0] < end or role not in {"value", "quoted"} or not self._becomes(hole, role):
                continue
            region = self._quoted(span) if role == "quoted" else self._value(hole, span)
            end = region.end
            found.append(region)
        return [self._moved(region) for region in found]

    def _becomes(self, hole: Hole, role: str) -> bool:
        """Whether a hole becomes a parameter: also a number, unless its format says how it is written."""
        wanted = self.wanted(hole)
        return wanted == "must" or (wanted == "may" and role == "value" and is_whole(hole, self.at))

    def _moved(self, region: Region) -> Region:
        region.start += self.shift
        region.end += self.shift
        return region

    def _value(self, hole: Hole, span: tuple[int, int]) -> Region:
        """The region of a hole that stands where the database expects a value."""
        before = self._before(span[0])
        if before and before[-1].text == "IN":
            return self._list(hole, span, span, before[-1])
        if len(before) > 1 and before[-1].text == "(" and before[-2].text == "IN":
            behind = self._behind(span[1])
            if behind and behind[0].text == ")":
                return self._list(hole, span, (before[-1].start, behind[0].end), before[-2])
        if self._fills_row(span, before):
            raise RefusedError("what is pasted behind `VALUES` may be one value or several")
        if self._clause(before) == "ON":
            raise RefusedError(f"`{short(self.at.source_of_hole(hole))}` may be the name of a column")
        if may_be_sql(hole.node, self.at):
            raise RefusedError(f"`{short(self.at.source_of_hole(hole))}` may be SQL and no value")
        if not is_whole(hole, self.at, quoted=False):
            raise RefusedError(f"`{spec_of(hole, self.at)}` decides how the value is written")
        sequence = all_values(hole, self.at)
        if sequence is not None:
            return Region(*span, [hole], sequence=self.at.source_of(sequence))
        source = single(hole, self.at, quoted=False)
        if before and before[-1].text in {"LIMIT", "OFFSET"} and self._needs_number(hole):
            source = f"int({source})"
        return Region(*span, [hole], source)

    def _takes_list(self) -> bool:
        """Whether the driver gives the database a list as one value."""
        return self.sink.argument.dialect == "postgres" and self.style in {"format", "numeric-dollar"}

    def _fills_row(self, span: tuple[int, int], before: Sequence[Word]) -> bool:
        """Whether a hole is all that stands in a row of which nobody knows that it has one column."""
        texts = [word.text for word in before]
        behind = self._behind(span[1])
        if texts[-1:] == ["VALUES"]:
            return True
        if texts[-2:] != ["VALUES", "("] or not behind or behind[0].text != ")":
            return False
        columns = texts[texts.index("(") + 1 : -2] if "(" in texts[:-2] else []
        return not columns or "," in columns

    def _needs_number(self, hole: Hole) -> bool:
        """Whether a text would be no limit for the driver, and the value may be one."""
        return not hole.numeric and (self.style == "numeric-dollar" or self.query.dialect == "mysql")

    def _list(self, hole: Hole, span: tuple[int, int], brackets: tuple[int, int], word: Word) -> Region:
        """The region of a list behind IN; with its brackets if one parameter takes all values."""
        items = pasted_list(hole, self.at)
        if items is not None and items.once and not self._takes_list():
            raise RefusedError("the values of its list can be gone through once only")
        if items is None:
            raise RefusedError("what is pasted behind `IN` may be one value or several")
        inside = self.query.text[brackets[0] : brackets[1]].strip("() \t\r\n")
        quoted = inside.startswith("'") and inside.endswith("'")
        if quoted and not items.quotes_between:
            raise RefusedError("what is pasted behind `IN` may be one value or several")
        if self.style == "named":
            return Region(*brackets, [hole], items=items)
        if self._takes_list():
            negated = self._before(word.start)[-1:]
            if negated and negated[0].text == "NOT":
                return Region(negated[0].start, brackets[1], [hole], items=items, around=("<> ALL(", ")"))
            return Region(word.start, brackets[1], [hole], items=items, around=("= ANY(", ")"))
        region = (span[0] - 1, span[1] + 1) if quoted else span
        brackets_missing = brackets == span
        around = ("(", ")") if brackets_missing else ("", "")
        return Region(*region, [hole], items=items, around=around, keeps_list=True)

    def _quoted(self, span: tuple[int, int]) -> Region:
        """The region of a string of SQL with a hole in it: all of the string becomes one parameter."""
        around = next((one for one in self.words if one.start < span[0] and span[1] < one.end), None)
        text = self.query.text
        around = around or self._unread_quotes(span)
        if around is None or not self._is_plain(around):
            raise RefusedError("its quotes are not understood")
        inner = list(self.pieces(around.start + 1, around.end - 1))
        holes = [piece for piece in inner if isinstance(piece, Hole)]
        before, behind = self._before(around.start), self._behind(around.end)
        if len(holes) == 1 and len(inner) == 1 and len(before) > 1:
            listed = before[-1].text == "(" and before[-2].text == "IN" and behind and behind[0].text == ")"
            if listed and pasted_list(holes[0], self.at) is not None:
                return self._list(holes[0], span, (before[-1].start, behind[0].end), before[-2])
        self._check_place(before, holes)
        sequence = all_values(holes[0], self.at)
        if sequence is not None and len(inner) > 1:
            raise RefusedError("nobody can tell which value is pasted")
        if sequence is not None:
            return Region(around.start, around.end, holes, sequence=self.at.source_of(sequence))
        region = Region(around.start, around.end, holes, pattern(inner, self.at))
        if self.style == "numeric-dollar" and self._is_cast(before, behind, around):
            region.around = ("", "::text")  # or the driver would want what the text is cast to
        if before and before[-1].text in _TYPED and before[-1].end <= around.start:
            self._typed(region, before[-1], behind)
        elif self.query.dialect == "postgres" and self._is_untyped(around, behind):
            region.around = ("CAST(", " AS text)")
        if any(isinstance(piece, str) and "\\" in piece for piece in inner) and not self._keeps_backslash():
            raise RefusedError("a backslash in its quotes means something to the database")
        if text[around.start] not in "'\"":
            raise RefusedError("its quotes are not understood")
        return region

    def _check_place(self, before: Sequence[Word], holes: Sequence[Hole]) -> None:
        """Refuse where a string is no value, or more than one."""
        last = before[-1].text if before else ""
        if last == "AS" or self._clause(before) == "BY":
            raise RefusedError("no parameter can stand where it is pasted")
        for hole in holes:
            items = pasted_list(hole, self.at)
            if items is not None and items.quotes_between:
                raise RefusedError("what is pasted may be one value or several")
            if is_escaped(hole.node, self.at):
                raise RefusedError(f"`{short(self.at.source_of_hole(hole))}` is quoted already")

    def _clause(self, before: Sequence[Word]) -> str:
        """The word that opens the clause in which something stands."""
        return next((word.text for word in reversed(before) if word.text in _CLAUSES), "")

    def _is_cast(self, before: Sequence[Word], behind: Sequence[Word], around: Word) -> bool:
        """Whether the database is told to make another type of a string."""
        if self.query.text.startswith("::", around.end):
            return True
        opened = [word.text for word in before[-2:]] == ["CAST", "("]
        return opened and bool(behind) and behind[0].text == "AS"

    def _unread_quotes(self, span: tuple[int, int]) -> Word | None:
        """The quotes around a hole in a statement that sqlglot does not read to its end, such as CALL."""
        text = self.query.text
        start, end = text.rfind("'", 0, span[0]), text.find("'", span[1])
        if self.query.tree is not None or start < 0 or end < 0 or text.count("'", 0, span[0]) % 2 == 0:
            return None
        return Word(text[start + 1 : end], start, end + 1, quoted=True)

    def _is_plain(self, around: Word) -> bool:
        text = self.query.text
        return not _ESCAPED.search(text[: around.start]) and text[around.end - 1] == text[around.start]

    def _keeps_backslash(self) -> bool:
        return self.query.dialect != "mysql" and self.style != "named"

    def _typed(self, region: Region, word: Word, behind: Sequence[Word]) -> None:
        """Turn `DATE '...'` into a cast; only a string can stand behind the type."""
        kind = word.text.lower()
        unit = behind[0].text if behind else ""
        if self.query.dialect == "mysql" and kind == "interval":
            return
        castable = self.query.dialect in {"postgres", "mysql"} and self.style != "numeric-dollar"
        if not castable or unit in _UNITS:
            raise RefusedError(f"no parameter can stand behind `{word.text}`")
        region.start = word.start
        region.around = ("CAST(", f" AS {'datetime' if self._is_mysql_timestamp(kind) else kind})")

    def _is_mysql_timestamp(self, kind: str) -> bool:
        return self.query.dialect == "mysql" and kind == "timestamp"

    def _is_untyped(self, around: Word, behind: Sequence[Word]) -> bool:
        """Whether PostgreSQL could not tell of which type a parameter would be."""
        if behind and behind[0].text == "IS":
            return True
        depth, inside = 0, self._before(around.start)
        for index in range(len(inside) - 1, 0, -1):
            depth += (inside[index].text == ")") - (inside[index].text == "(")
            if depth < 0:
                return inside[index - 1].text in _ANY_TYPE
        return False

    def _before(self, offset: int) -> list[Word]:
        return [word for word in self.words if word.end <= offset and not word.quoted]

    def _behind(self, offset: int) -> list[Word]:
        return [word for word in self.words if word.start >= offset and not word.quoted]

    def pieces(self, start: int, end: int) -> Iterator[str | Hole]:
        """The texts and holes between two offsets of the statement, quotes in them single."""
        text = ""
        for segment in self.sink.segments:
            first, last = max(segment.start - self.shift, start), min(segment.end - self.shift, end)
            if first >= last:
                continue
            if isinstance(segment.part, Chunk):
                offset = segment.start - self.shift
                text += segment.part.text[first - offset : last - offset]
                continue
            if text:
                yield self._value_of(text)
            text = ""
            yield segment.part
        if text:
            yield self._value_of(text)

    def _value_of(self, text: str) -> str:
        """What the database reads in quotes, where this is written in them."""
        quote = "'"
        text = text.replace(quote * 2, quote)
        return text.replace("%%", "%") if self.interpolates else text
