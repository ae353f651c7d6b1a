"""What a database is told: the tokens of a statement, with the values that were bound in their places.

Two statements are compared as tokens. A value is a `Value` whether it stood in the text or was bound, so
that code which pastes and code which binds can be compared, and it knows which of both it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class RefusedError(Exception):
    """What the driver, or the database, would refuse to execute."""


@dataclass(frozen=True)
class Value:
    """A value in a statement."""

    text: str
    bound: bool = False
    type: str = ""
    """The name of the type of what was bound."""


@dataclass(frozen=True)
class Array:
    """A list that was bound as one value."""

    items: tuple[Value, ...]


Token = str | Value | Array
"""A word or an operator, or a value."""

Tokens = tuple[Token, ...]

_TOKEN: Final = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<dollar>\$(?P<tag>[a-zA-Z_]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`[^`]*`)
    |(?P<format>%s|%\(\w+\)s|%%|%)
    |(?P<qmark>\?)
    |(?P<number>\b\d+(?:\.\d+)?\b)
    |(?P<position>\$\d+)
    |(?P<cast>::)
    |(?P<named>(?<![:\w]):\w+)
    |(?P<word>\w+)
    |(?P<operator><=|>=|<>|!=|\|\||->>|->|[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)

_TEXT_BIND: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
"""Where `sqlalchemy.text` sees a parameter, in quotes or not (SQLAlchemy 2.1, `TextClause`)."""

_STYLE_OF: Final = {
    "qmark": {"qmark", "named"},
    "format": {"format"},
    "dollar": {"position"},
    "colon": {"named"},
}
"""The kinds of tokens that are placeholders in each style."""


def told(style: str, text: str, parameters: Any, *, sequence: str = "array", quotes: str = "'") -> Tokens:
    """The tokens of a statement after its parameters were bound.

    Args:
        style: How placeholders are written: `qmark`, `format`, `dollar`, `colon` or `text`.
        text: The statement.
        parameters: A sequence, a mapping, or None, which for some drivers is not the same as none.
        sequence: What a list or a tuple becomes: `array`, `tuple` (both become a list in brackets), `either`
            (a tuple does), or `none`.
        quotes: The characters that enclose texts.

    Raises:
        RefusedError: The driver would not execute it.
    """
    if isinstance(parameters, str | bytes | int):
        raise RefusedError(f"the parameters are {parameters!r}, which is no sequence")
    binder = _Binder(style, parameters, sequence)
    tokens = [token for match in _TOKEN.finditer(text) for token in _token(match, binder, quotes)]
    binder.finish()
    return tuple(tokens)


def _token(match: re.Match[str], binder: _Binder, quotes: str) -> Iterator[Token]:
    kind, text = str(match.lastgroup), match[0]
    if kind == "tag":
        kind = "dollar"
    if kind == "comment":
        return
    if kind in binder.kinds:
        yield from binder.placeholder(text)
    elif kind == "text" or (kind == "name" and text[0] in quotes):
        yield Value(binder.quoted(text[1:-1].replace(text[0] * 2, text[0])))
    elif kind == "number":
        yield Value(text)
    elif text.lower() in ("true", "false"):
        yield Value(text.title())
    elif kind in ("name", "dollar"):
        yield binder.quoted(text)
    else:
        yield text.upper()


def _bound(value: Any) -> Value:
    return Value(str(value), bound=True, type=type(value).__name__)


class _Binder:
    """Puts values where the placeholders are."""

    def __init__(self, style: str, parameters: Any, sequence: str) -> None:
        self.style = "colon" if style == "text" else style
        self.colons = style == "text"
        self.kinds = _STYLE_OF[self.style]
        self.parameters = parameters
        self.sequence = sequence
        self.used = 0
        if self.style == "format" and parameters is None:
            self.kinds = set[str]()  # the text is sent as it is

    def placeholder(self, text: str) -> Iterator[Token]:
        if self.style == "format" and text == "%%":
            yield "%"
        elif self.style == "format" and text == "%":
            if self.parameters:
                raise RefusedError("a percent sign that is neither doubled nor a placeholder")
            yield "%"
        else:
            yield from self._given(self._value(text))

    def _value(self, text: str) -> Any:
        name = text[2:-2] if text.startswith("%(") else text[1:]
        try:
            if isinstance(self.parameters, dict):
                return self.parameters[name]
            if self.style == "dollar":
                self.used = max(self.used, int(name))
                return self.parameters[int(name) - 1]
            self.used += 1
            return self.parameters[self.used - 1]
        except (TypeError, KeyError, IndexError):
            raise RefusedError(f"no value is given for {text}") from None

    def _given(self, value: Any) -> Iterator[Token]:
        if not isinstance(value, list | tuple | set):
            yield _bound(value)
            return
        items = tuple(_bound(item) for item in value)
        if self.sequence == "none" or (self.sequence == "array" and not isinstance(value, list)):
            raise RefusedError(f"this driver cannot bind {value!r}")
        if self.sequence == "array" or (self.sequence == "either" and isinstance(value, list)):
            yield Array(items)
        else:
            yield from in_brackets(items)

    def quoted(self, text: str) -> str:
        """The inside of quotes, in which no placeholder may stand."""
        if self.colons:
            if _TEXT_BIND.search(text):
                raise RefusedError(f"a parameter inside quotes: {text}")
            return text.replace(r"\:", ":")
        if self.style != "format" or self.parameters is None:
            return text
        if self.parameters and re.search(r"%(s|\(\w+\)s)", text.replace("%%", "")):
            raise RefusedError(f"a placeholder inside quotes: {text}")
        if self.parameters and "%" in text.replace("%%", ""):
            raise RefusedError(f"a percent sign that is not doubled: {text}")
        return text.replace("%%", "%")

    def finish(self) -> None:
        if isinstance(self.parameters, list | tuple) and len(self.parameters) != self.used:
            raise RefusedError(f"{len(self.parameters)} values for {self.used} placeholders")


def in_brackets(items: tuple[Value, ...]) -> list[Token]:
    """A list of values as it stands behind IN."""
    tokens: list[Token] = ["("]
    for item in items:
        tokens += [item, ","]
    return [*(tokens[:-1] if items else tokens), ")"]


def same_lists(tokens: Tokens) -> Tokens:
    """`= ANY (array)` as the `IN (...)` that says the same, and `<> ALL (array)` as `NOT IN`."""
    for operators, name, membership in (("=",), "ANY", ["IN"]), (("<>", "!="), "ALL", ["NOT", "IN"]):
        tokens = _without_arrays(tokens, operators, name, membership)
    return tokens


def _without_arrays(tokens: Tokens, operators: tuple[str, ...], name: str, membership: list[str]) -> Tokens:
    found: list[Token] = []
    position = 0
    while position < len(tokens):
        window = tokens[position : position + 4]
        if len(window) == 4 and window[0] in operators and window[1:3] == (name, "("):
            array = window[3]
            end = tokens.index(")", position + 3)
            cast = tokens[position + 4 : end]
            if isinstance(array, Array) and (not cast or cast[0] == "::"):
                found += [*membership, *in_brackets(array.items)]
                position = end + 1
                continue
        found.append(tokens[position])
        position += 1
    return tuple(found)


def unbound(tokens: Tokens) -> Tokens:
    """The same with values as if they had stood in the text: what is executed, not how it was written.

    Casts of values are left out, and texts that are joined by `||` are one text.
    """
    return _repeated(_joined, _repeated(_uncast, tuple(_plain(token) for token in same_lists(tokens))))


def _plain(token: Token) -> Token:
    return replace(token, bound=False, type="") if isinstance(token, Value) else token


def _repeated(step: Callable[[Tokens], Tokens], tokens: Tokens) -> Tokens:
    while (after := step(tokens)) != tokens:
        tokens = after
    return tokens


def _uncast(tokens: Tokens) -> Tokens:
    for index, token in enumerate(tokens[:-2]):
        if isinstance(token, Value) and tokens[index + 1] == "::":
            return (*tokens[: index + 1], *tokens[index + 3 :])
    return tokens


def _joined(tokens: Tokens) -> Tokens:
    for index, (left, operator, right) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        if operator == "||" and isinstance(left, Value) and isinstance(right, Value):
            return (*tokens[:index], Value(left.text + right.text), *tokens[index + 3 :])
    return tokens


def shown(tokens: Tokens) -> str:
    """Tokens for people: bound values stand in angle brackets."""
    return " ".join(_shown(token) for token in tokens)


def _shown(token: Token) -> str:
    if isinstance(token, Array):
        return "<[" + ", ".join(f"{item.type} {item.text}" for item in token.items) + "]>"
    if isinstance(token, Value):
        return f"<{token.type} {token.text}>" if token.bound else f"'{token.text}'"
    return token
