"""Strings that are put together: what stands before some data may make it harmless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.python.flows.data import NO_DOTS, NOTHING, Data, Mark, Marks, partial, united
from backend_architect.python.values import UNKNOWN, Literal, Text, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = frozenset({"url", "redirect"})
"""Sinks for which it matters who chose the host of an address."""

_FIXES_HOST = re.compile(
    r"\s*(?:(?:[a-z][a-z0-9+.-]*:)?//[^/?#\\]+[/?#]|/[^/\\]|[^/:?#\\\s]+[/?#]|[?#])", re.IGNORECASE
)
"""What stands before some data so that it is only a part of the path: `https://host/`, `/users/`, `?q=`."""

_PATH = frozenset({"path"})
TEXT = frozenset({"nosql"})
"""Sinks that text cannot harm."""


def concatenated(parts: Sequence[Data], *, text: bool = False) -> Data:
    """The text of some values one behind the other."""
    marks: list[Marks] = []
    known: list[str | None] = []
    for data in parts:
        inner = data.all_marks
        if inner:
            safe = (HOST if fixes_host(known) else frozenset[str]()) | (TEXT if text else frozenset[str]())
            marks.append(frozenset(_behind(mark, safe, known) for mark in inner))
        known += _pieces(data)
    value: Value = (
        Text(tuple(known)) if text or any(isinstance(one.value, Text) for one in parts) else UNKNOWN
    )
    if not marks and value == UNKNOWN:
        return NOTHING
    return Data(united(marks), value)


def _behind(mark: Mark, safe: frozenset[str], before: Sequence[str | None]) -> Mark:
    """A mark in a text that begins with something else, so that no path in it begins at the root."""
    safe |= mark.safe
    if NO_DOTS in safe and any(part != "" for part in before):
        safe |= _PATH
    return Mark(mark.origin, safe, whole=False)


def fixes_host(before: Sequence[str | None]) -> bool:
    """Whether what stands before decides where an address leads to; what is not known is trusted to."""
    if None in before:
        return True
    return _FIXES_HOST.match("".join(part for part in before if part is not None)) is not None


def _pieces(data: Data) -> tuple[str | None, ...]:
    match data.value:
        case Text(parts=parts):
            return parts
        case Literal(value=int() | float() as number) if not data.marks:
            return (str(number),)
        case _:
            return (None,)


_PLACE = re.compile(r"%(?:\(\w*\))?[#0\- +]*[\d.*]*([a-zA-Z%])|\{[^{}]*?(?::[^{}]*?([a-zA-Z%]))?\}")
"""A place in a template of `%` or `format`, with its type."""

_NUMBERS = frozenset("diouxXeEfFgGn%")


def formatted(template: Data, arguments: Sequence[Data]) -> Data:
    """The text that a template makes of values."""
    text = template.value.parts[0] if isinstance(template.value, Text) and template.value.parts else None
    if text is None:
        return _mixed([template, *arguments])
    if all(not one.all_marks for one in (template, *arguments)):
        return Data(value=Text((text.partition("%")[0].partition("{")[0], None)))
    places = list(_PLACE.finditer(text))
    start = text[: places[0].start()] if places else text
    types = [place[1] or place[2] or "s" for place in places]
    if types and all(one in _NUMBERS for one in types):
        return Data(template.all_marks, Text((start, None)))
    first, rest = arguments[:1], arguments[1:]
    made = concatenated([Data(value=Text((start,))), *first], text=True)
    others = frozenset(
        Mark(mark.origin, mark.safe | HOST, whole=False) for one in rest for mark in one.all_marks
    )
    return Data(united([made.marks, template.all_marks, others]), Text((start, None)))


def _mixed(values: Sequence[Data]) -> Data:
    marks = united([one.all_marks for one in values])
    return Data(partial(marks)) if marks else NOTHING
