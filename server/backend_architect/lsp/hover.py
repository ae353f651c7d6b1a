"""What the card of a rule says, where its finding is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from backend_architect.engine.findings import Span
from backend_architect.engine.suppressions import MARK
from backend_architect.knowledge.cards import Card, load_cards

if TYPE_CHECKING:
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.server import BackendServer

_RULE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")


def hover(server: BackendServer, params: types.HoverParams) -> types.Hover | None:
    """The cards of the findings at a place, or of a rule that a comment there silences."""
    document = server.host.documents.get(params.text_document.uri)
    if document is None:
        return None
    document.refresh()
    position = params.position
    here = document.encoding.to_span(types.Range(position, position), document.lines)
    found = list(document.found(here))
    if found:
        cards = dict.fromkeys(one.finding.rule for one in found)
        place = document.encoding.to_range(found[0].span, document.lines)
        return _hover([_text(load_cards()[rule]) for rule in cards], place)
    return _on_comment(document, here)


def _on_comment(document: OpenDocument, here: Span) -> types.Hover | None:
    line = document.lines[here.line] if here.line < len(document.lines) else ""
    if MARK not in line:
        return None
    for match in _RULE.finditer(line):
        card = load_cards().get(match[0])
        if card is not None and match.start() <= here.column <= match.end():
            place = Span(here.line, match.start(), here.line, match.end())
            return _hover([_text(card)], document.encoding.to_range(place, document.lines))
    return None


def _hover(texts: list[str], place: types.Range) -> types.Hover:
    content = types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(texts))
    return types.Hover(content, place)


def _text(card: Card) -> str:
    """The card without its examples, which are a click away."""
    sections = re.split(r"^(?=## )", card.body, flags=re.MULTILINE)
    kept = [sections[0], *(one for one in sections[1:] if one.startswith(("## Why", "## Fix safety")))]
    text = "".join(kept).replace("\n## ", "\n#### ").replace("# ", "### ", 1) if kept else card.summary
    return f"{text.strip()}\n\n[{card.id}]({card.url}) · {card.family} · {card.severity}"
