"""A strict reader of the snippets of the Language Server Protocol: what editors show at first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LITERAL = re.compile(r"(?:[^\\$}]|\\[\\$}])+")
_CHOICE = re.compile(r"(?:[^\\$},|]|\\[\\$},|])+")
_REFERENCE = re.compile(r"\$(?:(\d+)|\{(\d+)\})")
_PLACEHOLDER = re.compile(r"\$\{(\d+):")
_CHOICES = re.compile(r"\$\{(\d+)\|")


@dataclass
class Snippet:
    """What was read."""

    text: str = ""
    """With what stands at the tab stops at first."""
    stops: list[int] = field(default_factory=list)
    """The numbers of the tab stops in the order of the text, repeated ones included."""
    defaults: dict[int, str] = field(default_factory=dict)


def read(snippet: str) -> Snippet:
    """Read a snippet whose placeholders hold text only; anything else is a ValueError."""
    parts: list[str | int] = []
    found = Snippet()
    at = 0
    while at < len(snippet):
        if literal := _LITERAL.match(snippet, at):
            parts.append(_unescaped(literal[0]))
            at = literal.end()
        elif stop := _REFERENCE.match(snippet, at):
            number = int(stop[1] or stop[2])
            parts.append(number)
            found.stops.append(number)
            at = stop.end()
        else:
            number, default, at = _placeholder(snippet, at)
            if number == 0:
                raise ValueError("the last tab stop has a text, which some editors do not select")
            if found.defaults.setdefault(number, default) != default:
                raise ValueError(f"tab stop {number} has two texts")
            parts.append(number)
            found.stops.append(number)
    if found.stops.count(0) != 1:
        raise ValueError("there is one last tab stop")
    found.text = "".join(
        found.defaults[one] if isinstance(one, int) and one else str(one or "") for one in parts
    )
    return found


def _placeholder(snippet: str, at: int) -> tuple[int, str, int]:
    """Number and text of a placeholder or a choice, and where it ends."""
    if opening := _PLACEHOLDER.match(snippet, at):
        text = _LITERAL.match(snippet, opening.end())
        if text is not None and snippet.startswith("}", text.end()):
            return int(opening[1]), _unescaped(text[0]), text.end() + 1
    if opening := _CHOICES.match(snippet, at):
        choices: list[str] = []
        at = opening.end()
        while choice := _CHOICE.match(snippet, at):
            choices.append(_unescaped(choice[0]))
            if snippet.startswith("|}", choice.end()):
                return int(opening[1]), choices[0], choice.end() + 2
            if not snippet.startswith(",", choice.end()):
                break
            at = choice.end() + 1
    raise ValueError(f"not the syntax of snippets: {snippet[at : at + 40]!r}")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
