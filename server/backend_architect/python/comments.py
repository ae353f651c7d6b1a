"""The comments of a text, and those that edits would take away."""

from __future__ import annotations

import tokenize
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from backend_architect.engine.suppressions import Comment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backend_architect.engine.findings import Edit
    from backend_architect.engine.text import SourceText


def comments_of(lines: Sequence[str]) -> Iterator[Comment]:
    """The comments of some lines, as the tokenizer finds them."""
    rest = iter(lines)
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(lambda: next(rest, "")):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                yield Comment(line - 1, column, token.string, lines[line - 1][:column], line < len(lines))


def lose_comments(edits: Sequence[Edit], source: SourceText) -> bool:
    """Whether edits take comments away that they do not write again."""
    spans = [edit.span for edit in edits if "#" in source.slice(edit.span)]
    if not spans:
        return False
    gone = Counter(
        one.text
        for one in comments_of(source.lines)
        if any(
            (span.line, span.column) <= (one.line, one.column) < (span.end_line, span.end_column)
            for span in spans
        )
    )
    written = "".join(edit.text for edit in edits)
    return any(written.count(text) < count for text, count in gone.items())
