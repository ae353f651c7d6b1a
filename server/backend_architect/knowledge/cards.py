"""The cards of all rules: what the engine, the editor and the command line know about a rule.

The server starts with this module, so it reads validated cards from a cache, and neither pydantic nor YAML is
imported unless a card has changed.
"""

from __future__ import annotations

import json
import os
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

from backend_architect import __version__
from backend_architect.engine.errors import LocatedError
from backend_architect.engine.findings import Severity  # noqa: TC001  (read by those who inspect a Card)

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
    folder = rules_folder()
    files = sorted(folder.glob("*/*.md"), key=lambda file: file.stem)
    state = _state(files)
    cache = _cache_file(folder)
    cards = _cached(cache, state)
    if cards is None:
        cards = _read(files)
        _store(cache, state, cards)
    return {card.id: card for card in cards}


def rules_folder() -> Path:
    """The folder of the cards: inside the installed package, else in the checkout.

    The cache needs times and sizes of files, and importing `importlib.resources` costs more than all cards.
    """
    package = Path(__file__).parents[1]
    installed = package / "rules"
    return installed if installed.is_dir() else package.parents[1] / "rules"


def _read(files: list[Path]) -> list[Card]:
    from backend_architect.knowledge.reading import read_card  # noqa: PLC0415  (pydantic and YAML)

    cards = [read_card(file, file.read_text(encoding="utf-8")) for file in files]
    for card, following in pairwise(cards):
        if card.id == following.id:
            raise CardError(following.path, 1, f"'{card.id}' is taken by {card.path}; rename one of them")
    return cards


def _state(files: list[Path]) -> list[Any]:
    """What the cached cards depend on: this version, the cards, and the code that reads them."""
    code = (Path(__file__), Path(__file__).with_name("models.py"), Path(__file__).with_name("reading.py"))
    stats = [(str(file), file.stat()) for file in (*files, *code)]
    return [__version__, *([name, stat.st_size, stat.st_mtime_ns] for name, stat in stats)]


def _cache_file(folder: Path) -> Path | None:
    """One file for each installation; None where the user has no folder for caches."""
    from platformdirs import user_cache_path  # noqa: PLC0415  (only a server or a command that needs cards)

    try:
        caches = user_cache_path("backend-architect", appauthor=False)
    except (OSError, RuntimeError):
        return None
    return caches / f"cards-{zlib.crc32(str(folder).encode()):08x}.json"


def _cached(cache: Path | None, state: list[Any]) -> list[Card] | None:
    """The cards of the cache; None unless it is readable, whole, and of this very state."""
    if cache is None:
        return None
    try:
        content = json.loads(cache.read_bytes())
        if content["state"] != state:
            return None
        return [Card(**{name: _frozen(value) for name, value in card.items()}) for card in content["cards"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _frozen(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _store(cache: Path | None, state: list[Any], cards: list[Card]) -> None:
    """Writes the cache in one step, so that a process that starts meanwhile never reads half of it."""
    if cache is None:
        return
    fresh = cache.with_suffix(f".{os.getpid()}.tmp")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(
            json.dumps({"state": state, "cards": [asdict(card) for card in cards]}), encoding="utf-8"
        )
        fresh.replace(cache)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
