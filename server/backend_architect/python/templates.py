"""Templates of `%` and of `format`: which of their text stays, and where values go in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONVERSION = re.compile(
    r"%(?:\(([^)]*)\))?([#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?)[hlL]?([diouxXeEfFgGcrsa%])"
)
"""A place in a template of `%`: its key, its flags and widths, its type."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a template, from one offset of its text to another."""

    start: int
    end: int
    text: str
    """What it leaves in the result; empty for a field."""
    field: bool = False
    key: str = ""
    """By which name or position a field asks for its value; empty if it takes the next one."""
    plain: bool = True
    """Whether the value goes in as `str` gives it."""
    numeric: bool = False
    """Whether it takes numbers only."""

    @property
    def doubled(self) -> bool:
        """Whether the character that it leaves stands twice in the template."""
        return self.end - self.start > len(self.text)


def percent(template: str) -> Iterator[Stretch]:
    """The parts of a template of `%`."""
    end = 0
    for match in CONVERSION.finditer(template):
        yield Stretch(end, match.start(), template[end : match.start()])
        end = match.end()
        if match[3] == "%":
            yield Stretch(match.start(), end, "%")
            continue
        plain, numeric = match[3] == "s" and not match[2], match[3] in "diouxXeEfFgG"
        yield Stretch(match.start(), end, "", True, match[1] or "", plain, numeric)
    yield Stretch(end, len(template), template[end:])


def braces(template: str) -> list[Stretch] | None:
    """The parts of a template of `format`; None if it is none."""
    try:
        pieces = list(Formatter().parse(template))
    except ValueError:
        return None
    stretches: list[Stretch] = []
    at = 0
    for text, name, spec, conversion in pieces:
        is_doubled = name is None and template.startswith(text[-1:] * 2, at + len(text) - 1)
        kept = text[:-1] if is_doubled and text[-1:] in set("{}") else text
        stretches.append(Stretch(at, at + len(kept), kept))
        at += len(kept)
        if kept != text:
            stretches.append(Stretch(at, at + 2, text[-1]))
            at += 2
        if name is not None:
            end = _field_end(template, at)
            stretches.append(Stretch(at, end, "", True, name, not spec and not conversion))
            at = end
    return stretches


def _field_end(template: str, at: int) -> int:
    """Where the field ends that begins here; its format may hold others."""
    depth = 0
    for offset in range(at, len(template)):
        depth += (template[offset] == "{") - (template[offset] == "}")
        if not depth:
            return offset + 1
    return len(template)
