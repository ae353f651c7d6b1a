"""The examples of the cards in other layouts: a fix keeps them as they are, with their comments."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from tests.cards.fences import Fence, repairs_of, rounds

from backend_architect.engine.remedies import UnwritableError
from backend_architect.knowledge.cards import Card, load_cards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPEN = ("(", "[", "{")


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def _inserted(text: str, pieces: list[tuple[tuple[int, int], str]]) -> str:
    lines = text.splitlines(keepends=True)
    for (row, column), piece in reversed(pieces):
        lines[row - 1] = lines[row - 1][:column] + piece + lines[row - 1][column:]
    return "".join(lines)


def commented(text: str) -> str:
    """A comment at the end of every line of code."""
    ends = [
        token
        for token in _tokens(text)
        if token.type in {tokenize.NEWLINE, tokenize.NL} and token.line.strip()
    ]
    return _inserted(text, [(one.start, f"  # c{n}") for n, one in enumerate(ends)])


def spread(text: str) -> str:
    """A comment and a new line behind every bracket that opens and every comma in one."""
    pieces: list[tuple[tuple[int, int], str]] = []
    depth = 0
    for token in _tokens(text):
        depth += token.string in OPEN
        depth -= token.string in {")", "]", "}"}
        if token.type == tokenize.OP and (token.string in OPEN or (token.string == "," and depth)):
            pieces.append((token.end, f"  # s{len(pieces)}\n" + " " * 8))
    return _inserted(text, pieces)


def below_condition(text: str) -> str:
    """All of it one level deeper."""
    inside = {
        row
        for token in _tokens(text)
        if token.type == tokenize.STRING
        for row in range(token.start[0] + 1, token.end[0] + 1)
    }
    lines = text.splitlines(keepends=True)
    return "if True:\n" + "".join(
        line if row in inside or not line.strip() else f"    {line}" for row, line in enumerate(lines, 1)
    )


def tabbed(text: str) -> str:
    """Tabs where the indentation is."""
    lines = text.splitlines(keepends=True)
    return "".join("\t" * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ") for line in lines)


def _can_join(suite: list[ast.stmt], lines: list[str]) -> bool:
    """Whether the statements are simple and stand on lines of their own without comments between them."""
    return (
        not any(hasattr(one, "body") or lines[one.lineno - 1][: one.col_offset].strip() for one in suite)
        and all(before.end_lineno + 1 == one.lineno for before, one in pairwise(suite))
        and not any("#" in line for line in lines[max(suite[0].lineno - 2, 0) : suite[-1].end_lineno])
    )


def joined(text: str) -> str:
    """Statements behind the one before, and bodies behind their heads, where the grammar allows it."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        for suite in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if suite and isinstance(suite, list) and _can_join(suite, text.splitlines()):
                for row in [one.lineno - 1 for one in suite[isinstance(node, ast.Module) :]]:
                    lines[row - 1] = lines[row - 1].rstrip()
                    lines[row] = (" " if lines[row - 1].endswith(":") else "; ") + lines[row].lstrip()
    return "".join(lines)


SAME = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "no line end at the end": lambda text: text.removesuffix("\n"),
}
OTHER = {
    "comments": commented,
    "spread": spread,
    "below a condition": below_condition,
    "tabs": tabbed,
    "joined": joined,
}


def _cases(layouts: dict[str, Callable[[str], str]]) -> list[object]:
    return [
        pytest.param(card, flagged, fixed, change, id=f"{card.id}-{fixed.number}-{name}")
        for card in load_cards().values()
        for flagged, fixed in repairs_of(card)
        if flagged.language == "python" and flagged.text
        for name, change in layouts.items()
    ]


def _rounds(card: Card, fence: Fence, text: str) -> Iterator[str]:
    """The text after one fix after another, beside the other files of its example."""
    for texts in rounds(card, {**dict(fence.beside), fence.path: text}):
        yield texts[fence.path]


def _written(card: Card, fence: Fence, text: str) -> Iterator[dict[str, str]]:
    """All files of the example, to the first fix that says why it cannot be made in this layout."""
    texts = {**dict(fence.beside), fence.path: text}
    with suppress(UnwritableError):
        yield from rounds(card, texts)


def _comments(text: str) -> Counter[str]:
    return Counter(token.string for token in _tokens(text) if token.type == tokenize.COMMENT)


@pytest.mark.parametrize(("card", "flagged", "fixed", "change"), _cases(SAME))
def test_line_ends_stay(card: Card, flagged: Fence, fixed: Fence, change: Callable[[str], str]) -> None:
    *_, text = _rounds(card, flagged, change(flagged.text))
    assert text == change(fixed.text)


@pytest.mark.parametrize(("card", "flagged", "fixed", "change"), _cases(OTHER))
def test_comments_stay_and_it_parses(
    card: Card, flagged: Fence, fixed: Fence, change: Callable[[str], str]
) -> None:
    text = change(flagged.text)
    ast.parse(text)
    for texts in _written(card, flagged, text):
        after = [one for path, one in texts.items() if path.endswith(".py")]
        for one in after:
            ast.parse(one)
        lost = _comments(text) - sum(map(_comments, after), Counter[str]())
        assert not lost or card.id == "unused-suppression", texts[flagged.path]
        text = texts[flagged.path]
