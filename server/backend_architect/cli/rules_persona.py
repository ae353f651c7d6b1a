"""Which rules and snippets serve which items of the persona: `rules --persona`."""

from __future__ import annotations

import json
import shutil
import textwrap
from typing import TYPE_CHECKING

from backend_architect.knowledge.persona import Item, load_persona, served
from backend_architect.snippets.cards import load_snippets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from backend_architect.knowledge.cards import Card

_WIDTH = 120
"""Longer lines are hard to read."""

_NOT_YET = "-"


def as_json(cards: Iterable[Card]) -> str:
    """The sections with their items, and the rules and snippets that serve these."""
    rules, snippets = served(cards), served(load_snippets().values())
    sections = [
        {
            "id": section.id,
            "title": section.title,
            "items": [
                {
                    "id": item.id,
                    "text": item.text,
                    "boundary": item.boundary or None,
                    "rules": rules[item.id],
                    "snippets": snippets[item.id],
                }
                for item in section.items
            ],
        }
        for section in load_persona()
    ]
    return json.dumps(sections, indent=2)


def as_text(cards: Iterable[Card]) -> str:
    """The same for people, with a count at the end."""
    servers = served([*cards, *load_snippets().values()])
    return "\n".join([*_lines(servers), _summary(servers)])


def _lines(servers: dict[str, list[str]]) -> Iterator[str]:
    sections = load_persona()
    column = max(len(_name(item)) for section in sections for item in section.items) + 4
    width = max(min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH), column + 30)
    for section in sections:
        yield f"{section.id}: {section.title}"
        bounded = {item.boundary for item in section.items}
        if len(bounded) == 1 and "" not in bounded:
            yield from _wrapped("", f"out of bounds: {bounded.pop()}", 2, width)
            yield ""
            continue
        for item in section.items:
            yield from _wrapped(_name(item), _server(item, servers[item.id]), column, width)
        yield ""


def _name(item: Item) -> str:
    return item.id.partition("/")[2]


def _server(item: Item, servers: Collection[str]) -> str:
    if item.boundary:
        return f"out of bounds: {item.boundary}"
    return ", ".join(servers) or _NOT_YET


def _wrapped(name: str, text: str, column: int, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=f"  {name}".ljust(column),
        subsequent_indent=" " * column,
        break_on_hyphens=False,
    )


def _summary(servers: dict[str, list[str]]) -> str:
    items = [item for section in load_persona() for item in section.items]
    bounded = sum(bool(item.boundary) for item in items)
    reached = sum(bool(servers[item.id]) for item in items)
    return (
        f"{reached} of {len(items) - bounded} items are served, {len(items) - bounded - reached} not yet; "
        f"{bounded} more are out of bounds."
    )
