"""What the card of a rule says, where its finding is."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from lsprotocol import types

from backend_architect.engine.findings import Span
from backend_architect.engine.suppressions import MARK
from backend_architect.knowledge.cards import Card, load_cards
from backend_architect.lsp.markup import markup, unwrapped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer

_RULE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_NAME = re.compile(r"[^\W\d]\w*")

_cards = cache(load_cards)


async def hover(server: BackendServer, params: types.HoverParams) -> types.Hover | None:
    """The cards of the findings at a place, or of a rule that a comment there silences, and its tables."""
    document = server.host.current(params.text_document.uri)
    if document is None:
        return None
    position = params.position
    here = document.encoding.to_span(types.Range(position, position), document.lines)
    found = list(document.found(here))
    cards = _cards() | {card.id: card for card in document.reporter.settings.cards}
    named, span = _on_comment(document, here, cards)
    rules: list[str] = [*(one.finding.rule for one in found), *([named] if named else [])]
    texts = [_text(cards[rule]) for rule in dict.fromkeys(rules)]
    word, around = _word(document, here)
    tables = await server.host.projects.describe(document, here.line, word)
    if not texts and not tables:
        return None
    place = found[0].span if found else span if named else around
    shown = document.encoding.to_range(place, document.lines)
    return types.Hover(_content(server, [*texts, tables] if tables else texts), shown)


def _word(document: OpenDocument, here: Span) -> tuple[str, Span]:
    """The name at a place; empty for none."""
    line = document.lines[here.line] if here.line < len(document.lines) else ""
    for match in _NAME.finditer(line):
        if match.start() <= here.column <= match.end():
            return match[0], Span(here.line, match.start(), here.line, match.end())
    return "", here


def _on_comment(document: OpenDocument, here: Span, cards: Collection[str]) -> tuple[str | None, Span]:
    """The rule that a comment names at a place, and where."""
    line = document.lines[here.line] if here.line < len(document.lines) else ""
    for match in _RULE.finditer(line) if MARK in line else ():
        if match[0] in cards and match.start() <= here.column <= match.end():
            return match[0], Span(here.line, match.start(), here.line, match.end())
    return None, here


def _content(server: BackendServer, texts: Iterable[str]) -> types.MarkupContent:
    """Texts one below the other."""
    text_document = server.client_capabilities.text_document
    capability = text_document.hover if text_document else None
    return markup("\n\n---\n\n".join(texts), (capability.content_format if capability else None) or ())


def _text(card: Card) -> str:
    """The card without its examples, which are a click away."""
    sections = re.split(r"^(?=## )", card.body, flags=re.MULTILINE)
    kept = [sections[0], *(one for one in sections[1:] if one.startswith(("## Why", "## Fix safety")))]
    text = (
        unwrapped("".join(kept)).replace("\n## ", "\n#### ").replace("# ", "### ", 1)
        if kept
        else card.summary
    )
    return f"{text.strip()}\n\n[{card.id}]({card.url}) · {card.family} · {card.severity}"
