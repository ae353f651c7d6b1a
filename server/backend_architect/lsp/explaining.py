"""The cards of the findings at a place, as a page to read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from backend_architect.engine.findings import Span
from backend_architect.knowledge.cards import load_cards
from backend_architect.knowledge.pages import page
from backend_architect.lsp.asking import document_of, position_of
from backend_architect.lsp.errors import RefusedError

if TYPE_CHECKING:
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer

_cards = cache(load_cards)


async def explain(server: BackendServer, given: dict[str, Any]) -> dict[str, Any] | None:
    """The page of a rule, or those of the rules that speak at a place: at the cursor, else on its line."""
    if "rule" in given:
        cards, messages = _cards(), {str(given["rule"]): ""}
    else:
        document = document_of(server, given)
        cards = _cards() | {card.id: card for card in document.reporter.settings.cards}
        messages = _messages(document, position_of(given))
    if not messages:
        return None
    unknown = [rule for rule in messages if rule not in cards]
    if unknown:
        raise RefusedError(f"There is no rule {unknown[0]}.")
    pages = (_quoted(messages[rule]) + page(cards[rule]) for rule in messages)
    title = ", ".join(messages)
    return {"title": title, "markdown": "\n\n---\n\n".join(pages), "rules": list(messages)}


def _quoted(message: str) -> str:
    """What is said of the place itself, above the page of its rule."""
    return f"> {message}\n\n" if message else ""


def _messages(document: OpenDocument, position: types.Position) -> dict[str, str]:
    """The rules that speak at a place, each with what it says there first."""
    here = document.encoding.to_span(types.Range(position, position), document.lines)
    found = list(document.found(here)) or list(document.found(_line(document, here.line)))
    messages: dict[str, str] = {}
    for one in found:
        messages.setdefault(one.finding.rule, one.finding.message)
    return messages


def _line(document: OpenDocument, line: int) -> Span:
    end = len(document.lines[line]) if line < len(document.lines) else 0
    return Span(line, 0, line, end)
