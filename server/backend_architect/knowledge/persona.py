"""The items that rules, snippets and reports are to serve: `rules/persona.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict

from backend_architect.knowledge.caching import rules_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from backend_architect.knowledge.cards import Card
    from backend_architect.snippets.cards import Snippet


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a backend architect cares about."""

    id: str
    """Section and item, as cards name it."""
    text: str
    boundary: str
    """Why no rule, snippet or report can serve it; empty for those that can be served."""


@dataclass(frozen=True, slots=True)
class Section:
    """Items under a common title."""

    id: str
    title: str
    items: tuple[Item, ...]


class _Bounded(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str
    boundary: str = ""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    boundary: str = ""
    items: dict[str, str | _Bounded]


@cache
def load_persona() -> tuple[Section, ...]:
    """The sections of the persona in their order."""
    text = (rules_folder() / "persona.yaml").read_text(encoding="utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return tuple(_section(name, _Section.model_validate(section)) for name, section in written.items())


def item_ids() -> tuple[str, ...]:
    """The ids of all items."""
    return tuple(item.id for section in load_persona() for item in section.items)


def served(servers: Iterable[Card | Snippet]) -> dict[str, list[str]]:
    """For each item the ids of the rules or snippets that serve it."""
    found: dict[str, list[str]] = {item: [] for item in item_ids()}
    for one in servers:
        for item in one.persona:
            found.setdefault(item, []).append(one.id)
    return found


def _section(name: str, section: _Section) -> Section:
    return Section(
        name, section.title, tuple(_item(name, section, key, item) for key, item in section.items.items())
    )


def _item(name: str, section: _Section, key: str, item: str | _Bounded) -> Item:
    bounded = _Bounded(text=item) if isinstance(item, str) else item
    return Item(f"{name}/{key}", bounded.text, bounded.boundary or section.boundary)
