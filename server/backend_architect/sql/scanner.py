"""Splits SQL text into statements, without parsing them.

The text is walked from one interesting token to the next by one regular expression; nothing here raises, and
the time is linear in the length. Statements end at their terminators only: never at blank lines or keywords.

The scanner decides nothing by looking across a cut: what stands before one cannot change what stands after
it, nor the other way round. So only the part of a text that was edited needs to be scanned again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from backend_architect.sql.lexing import (
    BLANKS,
    FLAGS,
    IDENTIFIER,
    Quotes,
    Traits,
    comment_end,
    comment_opening,
    dollar_end,
    line_end,
    spans_lines,
    traits_of,
)

Kind = Literal["sql", "psql", "data"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement, one line for the client, or the rows of one COPY; offsets are code points."""

    start: int
    """Of the first token."""
    end: int
    """After the last token; the terminator is excluded."""
    terminated: bool
    """Whether its terminator follows (for a client's line: a line end)."""
    kind: Kind
    r"""psql: a line for the client (\set, DELIMITER, GO); data: rows of COPY, which are not SQL."""


@dataclass(frozen=True, slots=True)
class Scan:
    """The statements of a text."""

    pieces: list[Piece]
    closed: bool
    """Whether no quote, comment, body, COPY data or DELIMITER section was left open or cut short."""
    cuts: list[int]
    """Starts of lines, the one at the end of the text included, before which everything is complete.

    A cut comes after the line on which a terminator stands, if only blanks and comments of one line follow.
    The text can be cut there and the parts scanned alone. Comments and blank lines lead what follows them.
    """
    comments: list[tuple[int, int]]
    """The comments, without the line end of those that a line end closes."""


_ID = rf"[{IDENTIFIER}]"
_BEGIN = rf"(?<![{IDENTIFIER}.@(,])BEGIN(?!{_ID})(?!\s*+[,)=.])"
_GO = r"GO(?:[ \t]++\d++)?[ \t]*+(?:--[^\r\n]*+)?(?=[\r\n]|\Z)"
_DELIMITER = r"DELIMITER(?=[ \t\r\n]|\Z)"

Mode = Literal["plain", "body", "rule", "batch"]
"""What hides a semicolon: nothing, BEGIN ... END, parentheses, or everything up to GO."""

_ROUTINE: dict[str, Mode] = {"function": "body", "procedure": "body"}
_CREATED: dict[str, dict[str, Mode]] = {
    "postgres": {**_ROUTINE, "rule": "rule"},
    "redshift": {**_ROUTINE, "rule": "rule"},
    "mysql": {**_ROUTINE, "trigger": "body", "event": "body"},
    "sqlite": {"trigger": "body"},
    "tsql": {"function": "batch", "proc": "batch", "procedure": "batch", "trigger": "batch"},
}
"""What CREATE makes, for the dialects in which its definition may contain semicolons."""

_CLIENT_LINES = {
    "postgres": r"\\",
    "redshift": r"\\",
    "mysql": rf"\\|SOURCE(?=\s|\Z)|{_DELIMITER}",
    "sqlite": r"\.",
    "tsql": _GO,
}
_CLIENT_LINE = {dialect: re.compile(pattern, FLAGS) for dialect, pattern in _CLIENT_LINES.items()}
_NEVER = re.compile(r"(?!)")
_CREATE = re.compile(r"(?:CREATE|ALTER)\b", FLAGS)
_COPY = re.compile(r"COPY\b", FLAGS)
_CREATE_MODIFIER = re.compile(
    r"(?:OR|REPLACE|ALTER|TEMP|TEMPORARY|AGGREGATE)\b"
    r"""|DEFINER\s*+=\s*+(?:'[^'\\\r\n]*+'|"[^"\\\r\n]*+"|`[^`\r\n]*+`|\s*+@\s*+|[^\s'"`@;]++)++""",
    FLAGS,
)
_WORD = re.compile(rf"{_ID}*+", re.ASCII)
_END = re.compile(rf"(?i:END)(?!{_ID})(?!\s++(?i:CASE|IF|LOOP|REPEAT|WHILE)(?!{_ID}))", re.ASCII)
_ATOMIC = re.compile(r"ATOMIC\b", FLAGS)
_SPACE = re.compile(r"[ \t\r\n\f\v\ufeff]*+")
_TAIL = re.compile(r"[ \t\f\v\ufeff]*+(\r\n?|\n)")
_NEW_DELIMITER = re.compile(r"DELIMITER[ \t]++(\S++)", FLAGS)
_SENDS = re.compile(r"\\(?:g(?:x|set|exec|desc)?|watch|crosstabview|bind|parse)\b", FLAGS)
_FROM_STDIN = re.compile(
    r"""(?:'[^']*+'|"[^"]*+"|(?!\bFROM\s++STDIN\b)[^'"])*+FROM\s++STDIN""",
    FLAGS,
)
_COPY_LINE = re.compile(r"\\copy\b[^\r\n]*\bFROM[ \t]++STDIN\b", FLAGS)
_BLANK = re.compile(r"[ \t\f\v]*+")
_LAST_ROW = re.compile(r"(?<![^\r\n])\\\.[ \t]*+(?=[\r\n]|\Z)")


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


@cache
def _hop(dialect: str, mode: Mode, delimiter: str) -> re.Pattern[str]:
    """Matches everything up to the next token that may matter."""
    traits = traits_of(dialect)
    stops = [("-", traits.dashes), ("/", r"/\*")]
    if mode != "batch":
        stops.append((delimiter[0], re.escape(delimiter)))
    if traits.hash_comments:
        stops.append(("#", r"\#"))
    if traits.dollar:
        stops += [("$", rf"(?<!{_ID})\$(?:[a-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*+)?\$"), ("\\", r"\\")]
    line = {"mysql": _DELIMITER, "tsql": _GO}.get(dialect)
    if line:
        stops += [("\r", rf"[\r\n][ \t]*+{line}"), ("\n", rf"[\r\n][ \t]*+{line}")]
    if dialect == "mysql":
        stops.append(("\\", r"\\g"))
    if mode == "body":
        stops.append(("b", _BEGIN))
    if mode == "rule":
        stops += [("(", r"\("), (")", r"\)")]
    patterns: dict[str, list[str]] = {}
    for first, pattern in stops:
        patterns.setdefault(first, []).append(pattern)
    bounds = re.escape("".join(patterns) + traits.quotes)
    passed = [rf"(?!{'|'.join(some)}){re.escape(first)}" for first, some in patterns.items()]
    return re.compile(
        rf"(?:[^{bounds}]++|{'|'.join([*passed, *map(_whole_quote, _plain_quotes(traits))])})*+", FLAGS
    )


def _plain_quotes(traits: Traits) -> list[tuple[str, str, str]]:
    """What must not precede, opens, and must not stand in a quote that needs no closer look."""
    return [
        (
            "(?<!E)" if quote == "'" and traits.escape_prefix else "",
            quote,
            r"\\" if quote in traits.backslash else "",
        )
        for quote in traits.quotes
        if quote != "["
    ]


def _whole_quote(parts: tuple[str, str, str]) -> str:
    before, quote, end = parts
    return rf"{before}{quote}[^{quote}{end}\r\n]*+{quote}"


@dataclass(slots=True)
class _Scanner:
    text: str
    dialect: str
    traits: Traits
    quotes: Quotes
    pieces: list[Piece] = field(default_factory=list[Piece])
    comments: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    cuts: list[int] = field(default_factory=list[int])
    closed: bool = True
    delimiter: str = ";"
    mode: Mode = "plain"
    depth: int = 0
    """How many bodies or parentheses are open in the statement at hand."""
    copies: bool = False
    """Whether the statement at hand begins with COPY."""

    def run(self) -> Scan:
        position, size = self._gap(0, fresh=False), len(self.text)
        while position < size:
            position = self._statement(position)
        return Scan(self.pieces, self.closed and self.delimiter == ";", self.cuts, self.comments)

    def _gap(self, position: int, *, fresh: bool) -> int:
        """Passes blanks and comments; `fresh`: something ended on this line, so a cut may follow it."""
        text = self.text
        opening = comment_opening(self.traits)
        while True:
            tail = _TAIL.match(text, position) if fresh else None
            if tail:
                position, fresh = tail.end(), False
                if self.delimiter == ";":
                    self.cuts.append(position)
            position = _after(_SPACE, text, position)
            if not opening.match(text, position):
                return position
            end = self._comment(position)
            fresh = fresh and not spans_lines(text, position, end)
            position = end

    def _comment(self, start: int) -> int:
        end, closed = comment_end(self.text, start, self.traits)
        self.closed &= closed
        self.comments.append((start, end))
        return end

    def _statement(self, start: int) -> int:
        """Reads one statement or line for the client; gives the start of the next."""
        text = self.text
        if _CLIENT_LINE.get(self.dialect, _NEVER).match(text, start):
            return self._client_line(start)
        self.copies = self.traits.dollar and _COPY.match(text, start) is not None
        self.mode = self._mode(start)
        self.depth = 0
        position, size = start, len(text)
        while True:
            position = _after(_hop(self.dialect, self.mode, self.delimiter), text, position)
            if position == size:
                self.closed &= not self.depth
                self._add(start, size, terminated=False)
                return size
            position, done = self._token(start, position)
            if done:
                return position

    def _token(self, start: int, at: int) -> tuple[int, bool]:
        """Passes the token that a hop stopped at; true when it ended the statement that began at `start`."""
        text = self.text
        first = text[at]
        if self.mode != "batch" and text[at : at + len(self.delimiter)].lower() == self.delimiter.lower():
            return self._terminator(start, at)
        if first in self.traits.quotes:
            end, closed = self.quotes.end(at)
            self.closed &= closed
            return end, False
        if first in "-#/":
            return self._comment_or_code(at), False
        if first in "()$bB":
            return self._nesting(at), False
        return self._client_token(start, at)

    def _nesting(self, at: int) -> int:
        """Passes what hides semicolons: a dollar quote, a parenthesis of a rule, BEGIN of a body."""
        first = self.text[at]
        if first == "$":
            end, closed = dollar_end(self.text, at) or (at + 1, True)
            self.closed &= closed
            return end
        if first in "()":
            self.depth = max(0, self.depth + (1 if first == "(" else -1))
            return at + 1
        self._begin(at)
        return at + len("BEGIN")

    def _comment_or_code(self, at: int) -> int:
        if self.traits.executable and self.text.startswith("/*!", at):
            end, closed = comment_end(self.text, at, self.traits)
            self.closed &= closed
            return end
        return self._comment(at)

    def _mode(self, start: int) -> Mode:
        """What hides semicolons in the statement that begins at `start`."""
        created = _CREATED.get(self.dialect)
        position = _after(_CREATE, self.text, start)
        if created is None or position == start:
            return "plain"
        # The words are read one by one because a comment between them may hold a semicolon.
        while modifier := _CREATE_MODIFIER.match(self.text, position := self._code(position)):
            position = modifier.end()
        mode = created.get(self.text[position : _after(_WORD, self.text, position)].lower(), "plain")
        return "plain" if mode == "body" and self.delimiter != ";" else mode

    def _code(self, position: int) -> int:
        """The offset of the first token at or after `position`."""
        opening = comment_opening(self.traits)
        while opening.match(self.text, position := _after(_SPACE, self.text, position)):
            position = comment_end(self.text, position, self.traits)[0]
        return position

    def _begin(self, at: int) -> None:
        position = self._code(at + len("BEGIN"))
        atomic = _after(_ATOMIC, self.text, position)
        if self.traits.dollar and atomic == position:
            return
        if not _END.match(self.text, self._code(atomic)):
            self.depth += 1

    def _client_token(self, start: int, at: int) -> tuple[int, bool]:
        """Passes what only a command-line client understands within a statement."""
        text = self.text
        if text[at] in "\r\n":
            # GO ends a batch, whose last statement needs no semicolon; DELIMITER terminates nothing.
            self.closed &= not self.depth
            self._add(start, at, terminated=self.dialect == "tsql")
            return self._gap(at, fresh=False), True
        if self.dialect == "mysql":
            self._add(start, at, terminated=True)
            return self._gap(at + 2, fresh=True), True
        if text.startswith("\\;", at):
            self._add(start, at, terminated=True)
            return self._gap(at + 2, fresh=True), True
        if _SENDS.match(text, at):
            self._add(start, at, terminated=True)
            return at, True
        return line_end(text, at), False

    def _terminator(self, start: int, at: int) -> tuple[int, bool]:
        after = at + len(self.delimiter)
        if self.depth:
            if self.mode == "body" and _END.match(self.text, self._code(after)):
                self.depth -= 1
            return after, False
        self._add(start, at, terminated=True)
        if self.copies and _FROM_STDIN.match(self.text, start, at):
            return self._rows(after), True
        return self._gap(after, fresh=True), True

    def _client_line(self, start: int) -> int:
        text = self.text
        end = line_end(text, start)
        stop = start + len(text[start:end].rstrip(BLANKS))
        self.pieces.append(Piece(start, stop, end < len(text), "psql"))
        changed = _NEW_DELIMITER.match(text, start) if self.dialect == "mysql" else None
        if changed:
            self.delimiter = changed[1]
        if self.traits.dollar and _COPY_LINE.match(text, start):
            return self._rows(end)
        return self._gap(end, fresh=True)

    def _rows(self, position: int) -> int:
        """Passes the rows of COPY, which begin on the line after the one at hand."""
        text = self.text
        position = _after(_BLANK, text, position)
        if text.startswith("--", position):
            position = self._comment(position)
        head = _TAIL.match(text, position)
        if head is None:
            # Another statement follows on the line; nobody can say where its rows would begin.
            self.closed &= position < len(text)
            return self._gap(position, fresh=False)
        start = head.end()
        last = _LAST_ROW.search(text, start)
        stop = last.start() if last else len(text)
        end = stop - (text.endswith("\n", start, stop) and 1)
        end -= text.endswith("\r", start, end) and 1
        if end > start:
            self.pieces.append(Piece(start, end, last is not None, "data"))
        if last is None:
            self.closed = False
            return len(text)
        return self._gap(last.end(), fresh=True)

    def _add(self, start: int, end: int, *, terminated: bool) -> None:
        """Adds the statement between two offsets, without the blanks and comments at its end."""
        for comment_start, comment_stop in reversed(self.comments):
            low = max(start, comment_stop)
            stop = low + len(self.text[low:end].rstrip(BLANKS))
            if comment_stop <= start or stop > low:
                end = stop
                break
            end = comment_start
        else:
            end = start + len(self.text[start:end].rstrip(BLANKS))
        if end > start:
            self.pieces.append(Piece(start, end, terminated, "sql"))


def scan(text: str, dialect: str) -> Scan:
    """Splits SQL text into statements; `dialect` is a name of sqlglot's, an unknown one means standard SQL.

    Never raises. When the result is `closed`, cutting the text at any of its cuts and scanning the parts
    gives the same pieces. When two texts are closed, the first ends with a line end and its last piece, if it
    has one, is terminated, then both together give the pieces of both.
    """
    traits = traits_of(dialect)
    return _Scanner(text, dialect, traits, Quotes(text, traits)).run()
