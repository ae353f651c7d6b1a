"""The rules that a project brings along: cards below `.backend-architect/rules`, of the generic kinds only.

They come with the repository, which nobody has to trust: they run no code, links are not followed, what is
large or too many is not read, and a card that cannot be used is a problem of its own and of nothing else.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backend_architect.engine.settings import ALL, FAMILIES, SETS
from backend_architect.knowledge.cards import Card, CardCache, CardError
from backend_architect.project.paths import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

FOLDER: Final = ".backend-architect/rules"
"""Where the cards of a project are, below the folder of its settings."""

CUSTOM: Final = "custom"
"""The family of the cards that lie directly in that folder."""

_LARGEST: Final = 1 << 18
"""Bytes; a card is prose with examples."""

_MOST: Final = 500
"""Cards; each costs a moment at the start of the server."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_FAMILY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NO_FAMILIES = {ALL, *SETS}.difference(FAMILIES)


@dataclass(frozen=True, slots=True)
class UserCards:
    """The cards of a project, ordered by id, and what is wrong with the others."""

    cards: tuple[Card, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences with file and line."""
    names: tuple[str, ...] = ()
    """The ids of all cards, broken ones too, so that settings may name a card that somebody is mending."""
    families: tuple[str, ...] = ()


def load_user_cards(root: Path, rules: Callable[[], Collection[str]], *, trusted: bool = True) -> UserCards:
    """The cards of the project in a folder; if there are any, `rules` is asked for the ids that are taken.

    Of a project that is not trusted only the names are given, so that its settings may mention them.
    """
    folder = root / FOLDER
    if not folder.is_dir() or folder.is_symlink() or folder.parent.is_symlink():
        return UserCards()
    files = sorted(_files(folder), key=lambda file: (file.stem, file))
    names = tuple(file.stem for file in files)
    families = tuple(sorted({_family(file, folder) for file in files}))
    if not trusted:
        return UserCards(names=names, families=families)
    cache = CardCache(folder, files[:_MOST])
    cards, problems = cache.load(), list[str]()
    if cards is None:
        cards, problems = _read(files[:_MOST], folder)
        if not problems:
            cache.store(cards)
    if len(files) > _MOST:
        problems.append(f"{shown(folder)}: more than {_MOST} cards; the others are not read")
    taken = rules()
    usable: dict[str, Card] = {}
    for card in cards:
        other = "a rule that everybody has" if card.id in taken else None
        if card.id in usable:
            other = shown(Path(usable[card.id].path))
        if other is not None:
            problems.append(f"{shown(Path(card.path))}:1: '{card.id}' is taken by {other}; rename the card")
        else:
            usable[card.id] = card
    return UserCards(
        tuple(usable.values()),
        tuple(problems),
        names,
        families,
    )


def _files(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        yield from (Path(where, name) for name in names if name.endswith(".md") and name != "README.md")


def _family(file: Path, folder: Path) -> str:
    return CUSTOM if file.parent == folder else file.parent.name


def _read(files: list[Path], folder: Path) -> tuple[list[Card], list[str]]:
    cards: list[Card] = []
    problems: list[str] = []
    for file in files:
        try:
            cards.append(_card(file, _family(file, folder)))
        except CardError as error:
            problems.append(str(CardError(shown(file), error.line, error.message)))
        except Exception as error:  # noqa: BLE001 - no file of a repository may stop the server
            problems.append(f"{shown(file)}:1: cannot be read: {error}")
    return cards, problems


def _card(file: Path, family: str) -> Card:
    from backend_architect.knowledge.models import UserFrontMatter  # noqa: PLC0415  (pydantic and YAML)
    from backend_architect.knowledge.reading import read_card  # noqa: PLC0415

    path = str(file)
    if not _NAME.fullmatch(file.stem) or not _FAMILY.fullmatch(family) or family in _NO_FAMILIES:
        raise CardError(path, 1, "rules and their folders have names like 'payments/charge-without-key'")
    if file.is_symlink() or not file.is_file():
        raise CardError(path, 1, "not a file of its own; links are not followed")
    if file.stat().st_size > _LARGEST:
        raise CardError(path, 1, f"larger than {_LARGEST >> 10} KiB, which no card should be")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CardError(path, 1, "not UTF-8, as cards have to be") from error
    return replace(read_card(file, text, UserFrontMatter), family=family, url=file.as_uri())
