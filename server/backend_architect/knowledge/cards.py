"""The cards of all rules: what the engine, the editor and the command line know about a rule.

The server starts with this module, so it reads validated cards from a cache, and neither pydantic nor YAML is
imported unless a card has changed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from backend_architect.engine.errors import LocatedError
from backend_architect.engine.findings import Severity  # noqa: TC001  (read by those who inspect a Card)
from backend_architect.knowledge.caching import Cache, rules_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

REPOSITORY: Final = "https://github.com/backend-architect/backend-architect"
"""Where the cards can be read on the web."""


class CardError(LocatedError):
    """A card that cannot be used."""


@dataclass(frozen=True, slots=True)
class Card:
    """One rule: what to detect, how to repair it, and its documentation."""

    id: str
    family: str
    severity: Severity
    confidence: str
    since: str
    persona: tuple[str, ...]
    cwe: tuple[int, ...]
    sets: tuple[str, ...]
    not_in: tuple[str, ...]
    """The kinds of files in which the rule is silent: tests, migrations, examples, scripts."""
    same_as: tuple[str, ...]
    """Codes of other linters; a comment that silences them silences this rule."""
    detect: dict[str, Any] = field(hash=False)
    """The fields of the front matter, `kind` first."""
    fix: dict[str, Any] | None = field(hash=False)
    title: str
    summary: str
    """The first sentence after the title; it stands alone."""
    body: str
    """Markdown, from the title on."""
    url: str
    path: str


def load_cards() -> dict[str, Card]:
    """All cards, ordered by id.

    Raises:
        CardError: a card is not understood; the first such place.
    """
    files = sorted(rules_folder().glob("*/*.md"), key=lambda file: file.stem)
    cached = CardCache(rules_folder(), files)
    cards = cached.load()
    if cards is None:
        cards = _read(files)
        cached.store(cards)
    return {card.id: card for card in cards}


def _read(files: list[Path]) -> list[Card]:
    from backend_architect.knowledge.reading import read_card  # noqa: PLC0415  (pydantic and YAML)

    cards = [read_card(file, file.read_text(encoding="utf-8")) for file in files]
    for card, following in pairwise(cards):
        if card.id == following.id:
            raise CardError(following.path, 1, f"'{card.id}' is taken by {card.path}; rename one of them")
    return cards


class CardCache:
    """The cards that were read from the files of a folder, until one of them changes."""

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        code = (Path(__file__).with_name(name) for name in ("cards.py", "models.py", "reading.py"))
        self._cache = Cache("cards", folder, [*files, *code])

    def load(self) -> list[Card] | None:
        """The cards, if they are there, whole, and those of the files as they are now."""
        content = self._cache.load()
        try:
            return [Card(**{name: _frozen(value) for name, value in card.items()}) for card in content]
        except (TypeError, AttributeError):
            return None

    def store(self, cards: Iterable[Card]) -> None:
        """Keep the cards for the next start."""
        self._cache.store([asdict(card) for card in cards])


def _frozen(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value
