"""The command `rules new`: the files of a new rule, ready to be filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backend_architect.cli.rule_stubs import KINDS, card_stub, detector_stub
from backend_architect.engine.names import unknown
from backend_architect.engine.settings import FAMILIES
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.paths import shown

if TYPE_CHECKING:
    from collections.abc import Collection

PYTHON: Final = "python"
"""The kind of rules that have a detector of their own."""

_WORD = r"[a-z][a-z0-9]*"
_ID = re.compile(rf"{_WORD}(-[a-z0-9]+)+")
_FAMILY = re.compile(rf"{_WORD}(-[a-z0-9]+)*")

_EPILOG = """
\b
Examples:
  backend-architect rules new reliability/lock-without-timeout
  backend-architect rules new security/weak-mail-client --kind call-of
  backend-architect rules new payments/charge-without-key --user
"""

_NEXT_STEPS = """
Next:
  1. {begin}
  2. Try it: {trial}
  3. Replace every TODO.{guide}"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a rule belong."""

    folder: Path
    """That of the cards."""
    detectors: Path | None
    """That of the detectors; None for the rules of a user."""


@click.command(epilog=_EPILOG)
@click.argument("rule", metavar="FAMILY/RULE")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    help="How to detect it. [default: python, a function of its own; call-of for your own rules]",
)
@click.option("--user", is_flag=True, help="Write it for this project, into .backend-architect/rules/.")
def new(rule: str, kind: str | None, *, user: bool) -> None:
    """Write the files of a new rule.

    In a checkout of backend-architect the card goes to rules/ and its detector to detectors/. Anywhere else,
    and with --user, the card goes to .backend-architect/rules/ of the project and holds for that project.
    """
    family, slash, name = rule.rpartition("/")
    place = _user_place() if user else _checkout_place() or _user_place()
    if place.detectors is None:
        family, kind = family if slash else "custom", kind or "call-of"
        if kind == PYTHON:
            others = ", ".join(each for each in KINDS if each != PYTHON)
            raise click.UsageError(f"rules of a project run no code of their own; --kind is one of {others}")
    _refuse_bad_names(family, name, own=place.detectors is not None)
    _write(place, family, name, kind or PYTHON)


def _checkout_place() -> Place | None:
    """The folders of the checkout of this project that the working directory is in."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        package = folder / "server" / "backend_architect"
        if (folder / "rules" / "persona.yaml").is_file() and package.is_dir():
            return Place(folder / "rules", package / "detectors")
    return None


def _user_place() -> Place:
    from backend_architect.cli.options import settings_errors  # noqa: PLC0415
    from backend_architect.project.configuration import Configurations  # noqa: PLC0415
    from backend_architect.project.user_cards import FOLDER  # noqa: PLC0415

    here = Path.cwd()
    with settings_errors():
        root = Configurations(load_cards).of(here, here).root
    return Place(root / FOLDER, None)


def _refuse_bad_names(family: str, name: str, *, own: bool) -> None:
    if not _ID.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()).strip("-")
        raise click.UsageError(
            f"'{name}' cannot name a rule; "
            + (
                f"did you mean '{better}'?"
                if _ID.fullmatch(better)
                else "write two words or more that complete 'allow ...', as in lock-without-timeout"
            )
        )
    if own and family not in FAMILIES:
        raise click.UsageError(_unknown_family(family, FAMILIES))
    if not _FAMILY.fullmatch(family):
        raise click.UsageError(f"'{family}' cannot name a family; write a word in small letters")
    taken = load_cards().get(name)
    if taken is not None:
        raise click.UsageError(f"'{name}' is taken by {shown(Path(taken.path))}; choose another name")


def _unknown_family(family: str, families: Collection[str]) -> str:
    if not family:
        return f"write the family before the rule, with a slash; there are {', '.join(families)}"
    return unknown("family", family, families, f"there are {', '.join(families)}")


def _write(place: Place, family: str, name: str, kind: str) -> None:
    card = place.folder / family / f"{name}.md"
    files = {card: card_stub(name, kind, user=place.detectors is None)}
    if place.detectors is not None and kind == PYTHON:
        package = place.detectors / family
        files[package / f"{name.replace('-', '_')}.py"] = detector_stub()
        if not (package / "__init__.py").exists():
            files[package / "__init__.py"] = f'"""Rules of the family {family}."""\n'
    for path in files:
        if path.exists():
            raise click.UsageError(f"{shown(path)} exists already; choose another name or delete it")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"{shown(path)}: created")
    click.echo(_next_steps(place, name, kind))


def _next_steps(place: Place, name: str, kind: str) -> str:
    if place.detectors is None:
        trial = f"backend-architect check --select {name}"
        begin = "Name the calls in the front matter of the card, and say what is wrong with them."
        return _NEXT_STEPS.format(begin=begin, trial=trial, guide="")
    begin = "Say in the card what is wrong, and show it: its fences are the tests."
    return _NEXT_STEPS.format(
        begin=f"{begin} Then write the detector." if kind == PYTHON else begin,
        trial=f"python -m pytest -q tests/cards tests/knowledge -k {name}",
        guide=" CONTRIBUTING.md tells what a good rule is and how to judge it on real code.",
    )
