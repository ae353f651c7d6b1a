"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from backend_architect.engine.errors import LocatedError
from backend_architect.engine.names import unknown_group, unknown_rule

if TYPE_CHECKING:
    from backend_architect.engine.settings import Settings
    from backend_architect.knowledge.cards import Card
    from backend_architect.project.configuration import Configurations

Command = TypeVar("Command", bound=Callable[..., Any])

STDIN = Path("-")

isolated_option = click.option("--isolated", is_flag=True, help="Read no configuration file.")
force_exclude_option = click.option(
    "--force-exclude",
    is_flag=True,
    help="Leave out what is excluded even when it is named itself, as pre-commit does with every file.",
)
jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Number of processes. [default: all cores when there is enough to do]",
)
color_option = click.option(
    "--color/--no-color",
    default=None,
    help="Colour the output. [default: on a terminal, unless NO_COLOR is set]",
)


def paths_argument(*, dash: bool) -> Callable[[Command], Command]:
    """The files and folders to work on; with `dash` also standard input."""
    return click.argument(
        "paths", nargs=-1, type=click.Path(exists=True, allow_dash=dash, path_type=Path), metavar="[PATHS]..."
    )


def in_colour(wish: bool | None) -> bool | None:
    """Whether to colour, from the option: always, never, or (None) when the output is a terminal."""
    return False if wish is None and os.environ.get("NO_COLOR") else wish


class UnusableSettingsError(click.ClickException):
    """A configuration that cannot be used."""

    exit_code = 2


@contextmanager
def settings_errors() -> Generator[None]:
    """Ends the command with the message of a configuration that cannot be used."""
    try:
        yield
    except LocatedError as error:
        raise UnusableSettingsError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules that the command line asks for."""

    select: frozenset[str]
    ignore: frozenset[str]

    def applied(self, settings: Settings) -> Settings:
        """Settings in which `select` replaces what the configuration chose and `ignore` adds to it."""
        if self.select:
            audible = tuple((rule, level) for rule, level in settings.severity if level != "off")
            return replace(settings, select=self.select, ignore=self.ignore, severity=audible)
        return replace(settings, ignore=settings.ignore | self.ignore)


def rule_names(paths: Iterable[Path], configurations: Configurations) -> frozenset[str]:
    """What rules may be called for these files and folders: everybody's rules, and what the projects add."""
    # Fifty milliseconds for patterns, which commands that only ask for `known_rule` do without.
    from backend_architect.project.files import fallback_root  # noqa: PLC0415

    names: set[str] = set()
    with settings_errors():
        for named in paths:
            path = Path(os.path.abspath(named))  # noqa: PTH100 - as `find_files` does
            folder = path if path.is_dir() else path.parent
            names.update(configurations.names(folder, fallback_root(folder)))
    return frozenset(names)


def cards_here(cards: Mapping[str, Card], configurations: Configurations) -> dict[str, Card]:
    """The cards that everybody has, and those of the project in the working directory."""
    with settings_errors():
        own = configurations.of(Path.cwd(), Path.cwd()).settings.cards
    return {**cards, **{card.id: card for card in own}}


def chosen(select: Sequence[str], ignore: Sequence[str], rules: Collection[str]) -> Choice:
    """The choice of rules, families and sets, written in several options or separated by commas.

    Raises:
        click.UsageError: a name stands for no rules.
    """
    return Choice(_names(select, rules), _names(ignore, rules))


def _names(values: Sequence[str], rules: Collection[str]) -> frozenset[str]:
    names = frozenset(name.strip() for value in values for name in value.split(",") if name.strip())
    for name in sorted(names):
        if message := unknown_group(name, rules):
            raise click.UsageError(message)
    return names


def known_rule(name: str, rules: Collection[str]) -> str:
    """The id of a rule that exists.

    Raises:
        click.UsageError: there is none with this name.
    """
    if name not in rules:
        raise click.UsageError(unknown_rule(name, rules))
    return name
