"""What an editor says beside the configuration files of projects: settings by folder, and its trust."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.settings import ALL, RECOMMENDED, Settings

if TYPE_CHECKING:
    from pathlib import Path

Values = Mapping[str, Any]
"""Settings by the names that they have in configuration files; not checked yet."""

RUN: Final = "run"
"""The setting that is the editor's alone: when documents are looked at."""

VARIABLE: Final = "BACKEND_ARCHITECT_EDITOR"
"""The environment variable by which the server tells a command what it knows of the editor."""

DEFAULTS: Final[Values] = {
    "select": [RECOMMENDED],
    "ignore": [],
    "severity": {},
    "exclude": [],
    "dialect": Settings().dialect,
    "dialects": {},
    "runners": {},
    "per-file-ignores": {},
    "per-file-severity": {},
    "snippets": [ALL],
    RUN: "onType",
}
"""All settings that count, with what holds where nobody has said anything."""


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """The settings of an editor; plain data, which is sent to other processes."""

    everywhere: Values = field(default_factory=dict[str, Any])
    """Where no folder has others."""
    folders: tuple[tuple[Path, Values], ...] = ()
    """Those of the folders that are open, the deepest first."""
    trusted: bool = True
    """Whether what a project brings along may count: without trust its cards do not."""

    def folder_of(self, path: Path) -> Path | None:
        """The deepest open folder that holds a path, else the first that it holds; None if there is none."""
        folders = [folder for folder, _ in self.folders]
        above = next((folder for folder in folders if path.is_relative_to(folder)), None)
        return above or next((folder for folder in folders if folder.is_relative_to(path)), None)

    def at(self, folder: Path | None) -> Values:
        """The settings of an open folder, or those for everything else."""
        return dict(self.folders).get(folder, self.everywhere) if folder is not None else self.everywhere

    def handed_over(self, path: Path) -> dict[str, str]:
        """What the environment of a command has to hold that works at a path as the editor would."""
        values = self.at(self.folder_of(path))
        return {VARIABLE: json.dumps({"settings": values, "trusted": self.trusted})}


def settings_of_editor() -> EditorSettings:
    """What the editor that runs this command has handed over; nothing where no editor does."""
    if VARIABLE not in os.environ:
        return EditorSettings()
    given = json.loads(os.environ[VARIABLE])
    return EditorSettings(given["settings"], trusted=given["trusted"])


def changes(values: Values) -> Values:
    """What settings change: without those that say nothing or the default, and those that are not ours.

    Editors send all settings, and most people have set none; so nobody pays for checking them. A name that
    is almost one of ours stays, so that somebody hears of it.
    """
    return {
        key: value
        for key, value in values.items()
        if value is not None
        and value != DEFAULTS.get(key)
        and get_close_matches(key, DEFAULTS, n=1, cutoff=0.75)
    }
