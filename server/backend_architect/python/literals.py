"""Where each character of a string stands in its source.

Positions inside strings come from here and never from `ast`: in Python 3.11 the parts of an f-string carry
the position of the whole string, and the value of a literal has its escapes and line ends folded.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_OPENING = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")")
_BETWEEN = re.compile(r"(?:[\s()]|\\\r?\n|#[^\r\n]*)+")
_SIMPLE_ESCAPES = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|N\{([^}]*)\}|(\r\n|[\s\S]))"
)
_OPENERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Run:
    """Text of a string; `text[i]` stands in the source from `starts[i]` to `ends[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A replacement field of an f-string."""

    start: int
    """Where its opening brace stands in the source."""
    end: int
    expression: str
    conversion: str
    spec: str


@dataclass(frozen=True, slots=True)
class Token:
    """One literal of a string expression: where it begins, its prefix in lower case, where it ends."""

    start: int
    prefix: str
    end: int


@dataclass(slots=True)
class StringSource:
    """A string expression, read: its text and fields in order, and the literals that it is written in."""

    parts: list[Run | Field]
    tokens: list[Token]

    def characters(self) -> list[tuple[str, int, int]]:
        """The characters of the constant text, each with where it begins and ends in the source."""
        runs = [part for part in self.parts if isinstance(part, Run)]
        return [one for run in runs for one in zip(run.text, run.starts, run.ends, strict=True)]

    def fields(self) -> list[Field]:
        """The replacement fields."""
        return [part for part in self.parts if isinstance(part, Field)]


class _Reader:
    """Reads the adjacent literals of one string expression."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self.source = source
        self.at = start
        self.end = end
        self.parts: list[Run | Field] = []
        self.tokens: list[Token] = []
        self.text: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    def run(self) -> StringSource:
        while self.at < self.end:
            between = _BETWEEN.match(self.source, self.at, self.end)
            if between:
                self.at = between.end()
                continue
            opening = _OPENING.match(self.source, self.at, self.end)
            if opening is None:
                break
            self.at = opening.end()
            self._literal(opening[1].lower(), opening[2])
            self.tokens.append(Token(opening.start(), opening[1].lower(), self.at))
        self._flush()
        return StringSource(self.parts, self.tokens)

    def _literal(self, prefix: str, quote: str) -> None:
        raw, formatted = "r" in prefix, "f" in prefix
        while self.at < self.end and not self.source.startswith(quote, self.at):
            char = self.source[self.at]
            if char == "\\" and not (formatted and raw and self.source[self.at + 1 : self.at + 2] in "{}"):
                self._backslash(raw)
            elif formatted and char in "{}" and self.source[self.at : self.at + 2] != char * 2:
                self._field()
            elif formatted and char in "{}":
                self._emit(char, 2)
            elif self.source.startswith("\r\n", self.at):
                self._emit("\n", 2)
            else:
                self._emit("\n" if char == "\r" else char, 1)
        self.at += len(quote)

    def _emit(self, text: str, width: int) -> None:
        """Take `width` characters of the source as this text."""
        self.text.append(text)
        self.starts.extend([self.at] * len(text))
        self.at += width
        self.ends.extend([self.at] * len(text))

    def _backslash(self, raw: bool) -> None:
        match = _ESCAPE.match(self.source, self.at, self.end)
        if match is None:
            self._emit("\\", 1)
            return
        octal, byte, short, long, name, other = match.groups()
        if raw:
            self._emit("\\", 1)
            if other and other in "\\'\"":
                self._emit(other, 1)
        elif other is None:
            self._emit(_character(octal, byte or short or long, name), len(match[0]))
        elif other in ("\n", "\r", "\r\n"):
            self.at += 1 + len(other)
        elif other in _SIMPLE_ESCAPES:
            self._emit(_SIMPLE_ESCAPES[other], 2)
        else:
            self._emit("\\", 1)

    def _field(self) -> None:
        """A replacement field, from its opening brace."""
        start = self.at
        self.at += 1
        stop = self._skip_expression()
        expression = self.source[start + 1 : stop]
        if self.source[stop : stop + 1] == "=":
            stop += 1 + len(self.source[stop + 1 :]) - len(self.source[stop + 1 :].lstrip())
            while self.at < stop:
                self._emit(self.source[self.at], 1)
        self._flush()
        self.at = stop
        conversion = ""
        if self.source[self.at : self.at + 1] == "!":
            conversion = self.source[self.at + 1 : self.at + 2]
            self.at += 2
        spec_start = self.at
        self._skip_spec()
        spec = (
            self.source[spec_start + 1 : self.at] if self.source[spec_start : spec_start + 1] == ":" else ""
        )
        self.at += 1
        self.parts.append(Field(start, self.at, expression.strip(), conversion, spec))

    def _skip_expression(self) -> int:
        """Where the expression of a field ends."""
        closers: list[str] = []
        at = self.at
        while at < self.end:
            char = self.source[at]
            opening = _OPENING.match(self.source, at, self.end) if char in "'\"" else None
            if opening:
                at = self._skip_string(opening)
                continue
            if char in _OPENERS:
                closers.append(_OPENERS[char])
            elif closers and char == closers[-1]:
                closers.pop()
            elif not closers and self._ends_expression(char, at):
                return at
            at += 1
        return at

    def _ends_expression(self, char: str, at: int) -> bool:
        """Whether a character outside of all brackets ends the expression of a field."""
        if char == "!":
            return self.source[at + 1 : at + 2] != "="
        return char in "}:" or (char == "=" and self._is_debug_sign(at))

    def _is_debug_sign(self, at: int) -> bool:
        """Whether a `=` ends the expression: `f"{name=}"`."""
        behind = self.source[at + 1 : self.end].lstrip()[:1]
        return self.source[at - 1] not in "=!<>:" and behind in ("}", "!", ":")

    def _skip_string(self, opening: re.Match[str]) -> int:
        at = opening.end()
        while at < self.end and not self.source.startswith(opening[2], at):
            at += 2 if self.source[at] == "\\" else 1
        return at + len(opening[2])

    def _skip_spec(self) -> None:
        """Go to the brace that closes the field."""
        depth = 0
        while self.at < self.end:
            char = self.source[self.at]
            if char == "{":
                depth += 1
            elif char == "}":
                if depth == 0:
                    return
                depth -= 1
            self.at += 1

    def _flush(self) -> None:
        if self.text:
            text = "".join(self.text)
            self.parts.append(Run(text, tuple(self.starts), tuple(self.ends)))
            self.text, self.starts, self.ends = [], [], []


def read_string(source: str, start: int, end: int) -> StringSource:
    """The text and the fields of a string expression, of one literal or several adjacent ones.

    Args:
        source: the text in which the expression stands.
        start: the offset of its first character.
        end: the offset behind its last one.
    """
    return _Reader(source, start, end).run()


def _character(octal: str | None, digits: str | None, name: str | None) -> str:
    if octal is not None:
        return chr(int(octal, 8))
    if digits is not None:
        return chr(int(digits, 16))
    try:
        return unicodedata.lookup(name or "")
    except KeyError:
        return "\N{REPLACEMENT CHARACTER}"
