"""How findings are written; each format is a function from the outcome of a run to a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_architect.cli.formats.forges import github, gitlab
from backend_architect.cli.formats.json_list import json_list
from backend_architect.cli.formats.junit import junit
from backend_architect.cli.formats.people import concise, text
from backend_architect.cli.formats.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from backend_architect.cli.formats.outcome import Outcome

FORMATS: Final[dict[str, Callable[[Outcome], str]]] = {
    "text": text,
    "concise": concise,
    "json": json_list,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
}
"""The formats by their names; those before `json` are for people and end with a line that counts."""

FOR_PEOPLE: Final = ("text", "concise")
