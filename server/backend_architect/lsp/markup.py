"""Markdown, as clients show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_WRAPPED = re.compile(r"(?<=[^\n])\n(?=[^\n#>|*\-])")
"""A line end inside of a paragraph, which some editors show."""
_MARKS = re.compile(r"^#+ |`|\*\*", re.MULTILINE)


def markup(text: str, formats: Iterable[types.MarkupKind | str]) -> types.MarkupContent:
    """A text of Markdown for a client that shows some formats; plain if that is none of them."""
    if types.MarkupKind.Markdown in formats:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    plain = _MARKS.sub("", _LINK.sub(r"\1 (\2)", text))
    return types.MarkupContent(types.MarkupKind.PlainText, plain)


def unwrapped(text: str) -> str:
    """Markdown with each paragraph on one line."""
    return _WRAPPED.sub(" ", text)
