"""A string that an expression builds: its constant parts, and the holes that are filled when it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["f-string", "percent", "format", "add", "join", "name"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Constant text. With a literal, it is the part of the literal's text that begins at `start`."""

    text: str
    node: ast.expr
    """The expression that is written at this place: the literal, or the name of a constant."""
    literal: ast.expr | None = None
    start: int = 0
    doubled: bool = False
    """Whether each character stands twice in the literal: `%%`, `{{`."""
    operation: ast.expr | None = None
    """The `%` or the call of `format` whose template the text is a part of, or whose value."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A part that is filled when the program runs, with the value of `node`."""

    node: ast.expr
    style: Style
    literal: ast.expr | None = None
    """The literal in which the hole is written, if it is."""
    start: int = 0
    """f-string: which field of the literal; percent, format: where in the literal's text it begins."""
    width: int = 0
    """percent, format: how much of the literal's text it takes."""
    plain: bool = True
    """Whether the value goes in as `str` gives it: no conversion, width or format."""
    numeric: bool = False
    """Whether the way it is filled in allows numbers only."""
    operation: ast.expr | None = None
    """The `%` or the call of `format` that fills it."""
    key: str = ""
    """By which name `%` or `format` looks the value up."""
    template: ast.expr | None = None
    """What holds the template of `%` or `format`: the literal, or the name of a constant."""


@dataclass(slots=True)
class Folded:
    """A string as a list of parts."""

    parts: list[Chunk | Hole] = field(default_factory=list["Chunk | Hole"])
    ambiguous: bool = False
    """Whether the string is another one on some way through the program, or in other letters."""
    operators: list[ast.expr] = field(default_factory=list[ast.expr])
    """The expressions that put the parts together, other than literals."""
    names: list[ast.Name] = field(default_factory=list[ast.Name])
    """The local variables that were followed, each where it is read."""

    @property
    def holes(self) -> list[Hole]:
        """The parts that are not constant."""
        return [part for part in self.parts if isinstance(part, Hole)]

    @property
    def ends_in_quotes(self) -> bool:
        """Whether what follows the text stands between single quotes."""
        return sum(part.text.count("'") for part in self.parts if isinstance(part, Chunk)) % 2 == 1

    @property
    def is_closed(self) -> bool:
        """Whether it is one hole of which nothing more is known."""
        match self.parts:
            case [Hole(style="join" | "name")]:
                return True
            case _:
                return False

    @property
    def constant(self) -> str:
        """The text of its constant parts."""
        return "".join(part.text for part in self.parts if isinstance(part, Chunk))

    def extend(self, other: Folded) -> None:
        """Put another string behind this one."""
        self.parts += other.parts
        self.operators += other.operators
        self.names += other.names
        self.ambiguous |= other.ambiguous
