"""What to say about a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from backend_architect.engine.settings import ALL, FAMILIES, SETS

if TYPE_CHECKING:
    from collections.abc import Collection

LIST_OF_RULES = "'backend-architect rules' lists them"
"""Where to look for the right name of a rule."""


def unknown(what: str, name: str, choices: Collection[str], otherwise: str) -> str:
    """A sentence about a name that does not exist, with the closest one that does, else with other advice."""
    close = get_close_matches(name, choices, n=1)
    return f"unknown {what} '{name}'; " + (f"did you mean '{close[0]}'?" if close else otherwise)


def unknown_rule(name: str, rules: Collection[str]) -> str:
    """A sentence about a name that is no rule."""
    return unknown("rule", name, rules, LIST_OF_RULES)


def unknown_group(name: str, rules: Collection[str]) -> str | None:
    """A sentence about a name that stands for no rules; None for one that does."""
    choices = (ALL, *SETS, *FAMILIES, *rules)
    return None if name in choices else unknown("rule, family or set", name, choices, LIST_OF_RULES)
