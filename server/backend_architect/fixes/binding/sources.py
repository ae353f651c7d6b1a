"""Where the text of a string is written: in literals of this block, or in a constant of the module."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.python.literals import Run, StringSource, Token
from backend_architect.python.values import Text

if TYPE_CHECKING:
    from backend_architect.python.place import Place


@dataclass(frozen=True, slots=True)
class Sources:
    """Finds the places of characters. Those of a constant elsewhere count in its own text."""

    at: Place

    def string(self, holder: ast.expr) -> StringSource:
        """The string that a literal or the name of a constant holds.

        Raises:
            RefusedError: when it is neither.
        """
        if isinstance(holder, ast.Constant | ast.JoinedStr) and self.at.f_string(holder) is None:
            return self.at.view.string(holder)
        value = self.at.resolve(holder) if isinstance(holder, ast.Name | ast.Attribute) else None
        text = value.constant if isinstance(value, Text) else None
        if text is None:
            raise RefusedError("a part of it is put together elsewhere")
        run = Run(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
        return StringSource([run], [Token(0, "", len(text))])

    def spans(self, holder: ast.expr, first: int, last: int) -> list[tuple[ast.expr, int, int]]:
        """Where the characters of a holder from one index to another stand, in one span a literal."""
        string = self.string(holder)
        spans: list[tuple[ast.expr, int, int]] = []
        token: Token | None = None
        for _, start, end in string.characters()[first:last]:
            if token is not None and token.start <= start < token.end:
                spans[-1] = (holder, spans[-1][1], end)
                continue
            token = next(one for one in string.tokens if one.start <= start < one.end)
            spans.append((holder, start, end))
        return spans
