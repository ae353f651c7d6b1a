"""Finds the settings that hold for a folder: those of the closest configuration file at or above it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.settings import Settings, SettingsError
from backend_architect.project.editor import RUN, EditorSettings
from backend_architect.project.paths import shown
from backend_architect.project.user_cards import FOLDER, UserCards, load_user_cards

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

OWN_FILE: Final = "backend-architect.toml"
PYPROJECT: Final = "pyproject.toml"
_ROOT_MARKS: Final = (PYPROJECT, ".git", FOLDER)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings and the folder to which the paths in them, and those of the analysed files, are relative."""

    root: Path
    settings: Settings
    file: Path | None = None
    """The configuration file, when there is one."""
    problems: tuple[str, ...] = ()
    """Sentences about cards of the project that cannot be used."""
    mistakes: tuple[str, ...] = ()
    """Sentences about settings of the editor that cannot be used."""

    def relative(self, path: Path) -> str:
        """An absolute path below the root as settings and engine want it: relative, with slashes."""
        return path.relative_to(self.root).as_posix()


class Configurations:
    """The configurations of all folders; each file is read once, so changes of files ask for a new object.

    `rules` is asked for the ids of all rules once, and only when there is something to check against them; it
    takes time to load them.
    """

    def __init__(
        self,
        rules: Callable[[], Collection[str]],
        *,
        isolated: bool = False,
        editor: EditorSettings | None = None,
        opened: Path | None = None,
    ) -> None:
        """With `isolated` no configuration file is read.

        The settings of an `editor` for the `opened` folder hold where a configuration file says nothing.
        """
        self._rules = cache(rules)
        self._isolated = isolated
        self._editor = editor or EditorSettings()
        said = self._editor.at(opened)
        self._beneath = {key: value for key, value in said.items() if key != RUN}
        self._found: dict[Path, Configuration | None] = {}
        self._roots: dict[Path, Path | None] = {}
        self._user_cards: dict[Path, UserCards] = {}

    def of(self, folder: Path, fallback: Path) -> Configuration:
        """The configuration of an absolute folder.

        Where nothing is configured, the defaults hold, and the root is the closest folder that looks like the
        top of a project, else `fallback`, which must be the folder or above it.

        Raises:
            SettingsError: the closest configuration file cannot be used.
        """
        return self._configured(folder) or self._unconfigured(self._marked(folder) or fallback)

    def of_no_file(self) -> tuple[Settings, tuple[str, ...]]:
        """The settings of a text that is not stored, and sentences about those that cannot be used."""
        usable, mistakes = self._usable(UserCards())
        return _settings(usable), mistakes

    def names(self, folder: Path, fallback: Path) -> tuple[str, ...]:
        """What rules and families may be called in an absolute folder, besides the families of everybody.

        Raises:
            SettingsError: the closest configuration file cannot be used.
        """
        user = self._cards_of(self.of(folder, fallback).root)
        return (*self._rules(), *user.names, *user.families)

    def _unconfigured(self, root: Path) -> Configuration:
        usable, mistakes = self._usable(self._cards_of(root))
        return self._with_cards(root, _settings(usable), None, mistakes)

    def _with_cards(
        self, root: Path, settings: Settings, file: Path | None, mistakes: tuple[str, ...]
    ) -> Configuration:
        user = self._cards_of(root)
        if user.cards:
            settings = replace(settings, cards=user.cards)
        return Configuration(root, settings, file, user.problems, mistakes)

    def _cards_of(self, root: Path) -> UserCards:
        if root not in self._user_cards:
            self._user_cards[root] = (
                UserCards()
                if self._isolated
                else load_user_cards(root, self._rules, trusted=self._editor.trusted)
            )
        return self._user_cards[root]

    def _usable(self, user: UserCards) -> tuple[dict[str, Any], tuple[str, ...]]:
        """What of the editor's settings can be used in a project with these cards, and what is wrong."""
        if not self._beneath:
            return {}, ()
        from backend_architect.engine.settings_table import usable  # noqa: PLC0415 - as below

        return usable(self._beneath, (*self._rules(), *user.names), user.families)

    def _marked(self, folder: Path) -> Path | None:
        if folder not in self._roots:
            is_root = any((folder / mark).exists() for mark in _ROOT_MARKS)
            above = None if is_root or folder.parent == folder else self._marked(folder.parent)
            self._roots[folder] = folder if is_root else above
        return self._roots[folder]

    def _configured(self, folder: Path) -> Configuration | None:
        if folder not in self._found:
            found = None if self._isolated else self._own(folder)
            if found is None and folder.parent != folder:
                found = self._configured(folder.parent)
            self._found[folder] = found
        return self._found[folder]

    def _own(self, folder: Path) -> Configuration | None:
        for name in (OWN_FILE, PYPROJECT):
            file = folder / name
            try:
                content = file.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise SettingsError(shown(file), 1, f"cannot be read: {error.strerror}") from error
            usable, mistakes = self._usable(self._cards_of(folder))
            settings = self._parsed(content, file, usable)
            if settings is not None:
                return self._with_cards(folder, settings, file, mistakes)
        return None

    def _parsed(self, content: bytes, file: Path, beneath: dict[str, Any]) -> Settings | None:
        if file.name == PYPROJECT and b"backend-architect" not in content:
            return None
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise SettingsError(shown(file), line, "not UTF-8, as TOML has to be") from error
        # Most folders have no configuration; only those that do pay for its model.
        from backend_architect.engine.settings_table import parse_settings  # noqa: PLC0415

        user = self._cards_of(file.parent)
        return parse_settings(text, shown(file), (*self._rules(), *user.names), user.families, beneath)


def _settings(values: dict[str, Any]) -> Settings:
    if not values:
        return Settings()
    from backend_architect.engine.settings_table import settings_of  # noqa: PLC0415 - as above

    return settings_of(values)
