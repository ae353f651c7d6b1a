"""One template, two texts: a snippet with tab stops for the editor, and plain text for everything else.

The functions of a template leave marks of characters for private use, which no code has. So what surrounds
them is escaped once, in one place, and neither the templates nor their variables know of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend_architect.knowledge.caching import snippets_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OPEN, _SPLIT, _OR, _CLOSE = "\ue000", "\ue001", "\ue002", "\ue003"
"""What stands around the number of a tab stop, before its text, between its choices, and behind it."""

_MARK = re.compile(f"{_OPEN}(\\d+)(?:{_SPLIT}([^{_CLOSE}]*))?{_CLOSE}")
_MARKS = re.compile(f"[{_OPEN}-{_CLOSE}]")
_FINAL = 0
_SPECIAL = re.compile(r"[\\$}]")
_SPECIAL_IN_CHOICES = re.compile(r"[\\$},|]")


class TemplateMistakeError(Exception):
    """A template uses tab stops in a way that has no meaning."""


class _Mark(str):
    """What a function of a template leaves where its tab stop is to be."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A place for the cursor: the text that stands there, or several of which the first is."""

    number: int
    choices: tuple[str, ...] = ()
    """Empty where it repeats what is typed at the stop of the same number, and for the last place."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template that was given its variables."""

    marked: str
    """The text with the marks of its tab stops, which are never two lines long."""

    @property
    def plain(self) -> str:
        """The text with what stands at the tab stops at first."""
        parts = list(_parts(self.marked))
        first = {one.number: one.choices[0] for one in parts if isinstance(one, Stop) and one.choices}
        return "".join(one if isinstance(one, str) else _shown(one, first) for one in parts)

    @property
    def snippet(self) -> str:
        """The text in the syntax of the Language Server Protocol; the last place of the cursor is in it."""
        parts = list(_parts(self.marked))
        text = "".join(_escaped(one) if isinstance(one, str) else _written(one) for one in parts)
        return text if Stop(_FINAL) in parts else f"{text}$0"

    @property
    def stops(self) -> list[Stop]:
        """The tab stops in the order of the text."""
        return [one for one in _parts(self.marked) if isinstance(one, Stop)]

    def lines(self) -> list[str]:
        """The lines of the marked text, with their ends."""
        return self.marked.splitlines(keepends=True)

    def indented(self, indent: str) -> Rendered:
        """The same with all lines but the first moved to the right."""
        first, *others = self.lines() or [""]
        return Rendered(first + "".join(f"{indent}{one}" if one.strip() else one for one in others))


def render(template: str, variables: Mapping[str, Any]) -> Rendered:
    """The template of a name below the folder of the snippets, with its variables.

    Raises:
        jinja2.TemplateError: the template has a mistake, or asks for a variable that is not given.
        TemplateMistakeError: its tab stops make no sense.
    """
    return Rendered(_environment().get_template(template).render(variables))


def render_text(template: str, variables: Mapping[str, Any]) -> str:
    """The plain text of a template that is given as such; for the names of files."""
    return Rendered(_environment().from_string(template).render(variables)).plain


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - what is written is code, in which HTML's escapes are wrong
        loader=FileSystemLoader(snippets_folder()),
        undefined=StrictUndefined,
        finalize=_harmless,
        block_start_string="[@",
        block_end_string="@]",
        variable_start_string="[=",
        variable_end_string="=]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    given: dict[str, Any] = environment.globals
    given |= {"stop": stop, "same": same, "choice": choice, "pick": pick, "end": end}
    return environment


def stop(number: int, text: str) -> str:
    """A tab stop: something that a person must decide, with a text that works if they do not."""
    return choice(number, [text])


def choice(number: int, choices: Sequence[str]) -> str:
    """A tab stop with several texts to choose from; the first is taken where nobody chooses."""
    texts = [_MARKS.sub("", str(one)) for one in choices]
    if number <= _FINAL or not texts or not all(texts) or any("\n" in one for one in texts):
        raise TemplateMistakeError(f"tab stop {number} needs a number above 0 and a text of one line")
    return _Mark(f"{_OPEN}{number}{_SPLIT}{_OR.join(texts)}{_CLOSE}")


def pick(number: int, choices: Sequence[str], otherwise: str) -> str:
    """A choice of what the project has; where that is nothing, a tab stop."""
    return choice(number, choices or [otherwise])


def same(number: int) -> str:
    """What is typed at a tab stop, once more."""
    return _Mark(f"{_OPEN}{number}{_CLOSE}")


def end() -> str:
    """Where the cursor is when everything is decided; without it, behind the last line."""
    return same(_FINAL)


def _harmless(value: Any) -> str:
    """What an expression of a template writes: a mark as it is, anything else without what looks like one."""
    return value if isinstance(value, _Mark) else _MARKS.sub("", str(value))


def _parts(marked: str) -> Iterator[str | Stop]:
    """The literals and the tab stops of a marked text."""
    at = 0
    for mark in _MARK.finditer(marked):
        if at < mark.start():
            yield marked[at : mark.start()]
        yield Stop(int(mark[1]), tuple(mark[2].split(_OR)) if mark[2] is not None else ())
        at = mark.end()
    if at < len(marked):
        yield marked[at:]


def _shown(one: Stop, first: Mapping[int, str]) -> str:
    if one.number == _FINAL:
        return ""
    if one.number not in first:
        raise TemplateMistakeError(f"tab stop {one.number} is repeated and has no text")
    return first[one.number]


def _written(one: Stop) -> str:
    match one.choices:
        case ():
            return f"${{{one.number}}}" if one.number else "$0"
        case (text,):
            return f"${{{one.number}:{_escaped(text)}}}"
        case several:
            return f"${{{one.number}|{','.join(_escaped(text, _SPECIAL_IN_CHOICES) for text in several)}|}}"


def _escaped(text: str, special: re.Pattern[str] = _SPECIAL) -> str:
    return special.sub(r"\\\g<0>", text)
