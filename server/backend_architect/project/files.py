"""Finds the files to check below the paths that somebody named."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from backend_architect.engine.kinds import HEAD, SUFFIXES, is_generated
from backend_architect.engine.settings import LARGEST, bad_pattern
from backend_architect.project.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.project.configuration import Configuration, Configurations


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to check."""

    path: Path
    """Absolute."""
    configuration: Configuration
    size: int
    """In bytes."""


@dataclass(slots=True)
class Found:
    """The files below some paths, in a fixed order, and sentences about what was left out unasked."""

    files: list[SourceFile] = field(default_factory=list["SourceFile"])
    problems: list[str] = field(default_factory=list[str])

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def configurations(self) -> list[Configuration]:
        """The configurations of all files, each once."""
        return list({file.configuration.root: file.configuration for file in self.files}.values())


@dataclass(frozen=True, slots=True)
class _Ignores:
    """The patterns of one .gitignore and the folder that they are relative to."""

    folder: Path
    spec: GitIgnoreSpec


def find_files(
    paths: Iterable[Path],
    configurations: Configurations,
    *,
    force_exclude: bool = False,
    fallback: Path | None = None,
) -> Found:
    """The Python and SQL files that were named or lie below a folder that was named.

    Below a folder, what `exclude` and .gitignore name is left out, and so are files that say that they are
    generated; symbolic links are not followed (their targets are checked where they lie) and files larger
    than `LARGEST` are a problem. What was named itself is checked always, unless `force_exclude` says that
    a program chose the names; when it is a folder that is left out otherwise, only patterns from within it
    count. `fallback` is the root where nothing else marks one; without it that is `fallback_root`.

    Raises:
        SettingsError: a configuration on the way cannot be used.
    """
    found = Found()
    seen: set[Path] = set()
    for named in paths:
        path = Path(os.path.abspath(named))  # noqa: PTH100 - Path.resolve would follow links
        if path.is_dir():
            files = _Walk(path, configurations, found.problems, fallback or fallback_root(path)).files()
        else:
            files = _named(path, configurations, found.problems)
            if force_exclude:
                files = (file for file in files if not _is_left_out(file))
        for file in files:
            if file.path not in seen:
                seen.add(file.path)
                found.files.append(file)
    found.problems += dict.fromkeys(
        problem for file in found.files for problem in file.configuration.problems
    )
    return found


def finds(path: Path, root: Path, configurations: Configurations) -> bool:
    """Whether a file is there that a walk down from the root of its project would find.

    Raises:
        SettingsError: the configuration of the file cannot be used.
    """
    if path.suffix not in SUFFIXES or path.is_symlink() or not path.is_file():
        return False
    configuration = configurations.of(path.parent, root)
    return configuration.root == root and not _is_left_out(
        SourceFile(path, configuration, path.stat().st_size)
    )


def fallback_root(path: Path) -> Path:
    """The root where nothing else marks one: the working directory for paths in it, else the path itself."""
    here = Path.cwd()
    return here if path.is_relative_to(here) else path


def _named(path: Path, configurations: Configurations, problems: list[str]) -> Iterator[SourceFile]:
    if path.suffix not in SUFFIXES:
        problems.append(f"{shown(path)}: not checked; only {' and '.join(SUFFIXES)} files can be")
        return
    folder = path.parent
    yield SourceFile(path, configurations.of(folder, fallback_root(folder)), path.stat().st_size)


def _is_left_out(file: SourceFile) -> bool:
    """Whether a walk from the root of its configuration would not have found a file."""
    path, configuration = file.path, file.configuration
    root, settings = configuration.root, configuration.settings
    folders = [folder for folder in path.parents if folder.is_relative_to(root) and folder != root]
    ignores = _ignores_above(path)
    return (
        any(settings.excluded(configuration.relative(folder) + "/") for folder in folders)
        or any(_ignored(folder, ignores, folder=True) for folder in folders)
        or settings.excluded(configuration.relative(path))
        or _ignored(path, ignores, folder=False)
        or file.size > LARGEST
        or _is_generated(path)
    )


def _is_generated(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_generated(path.name, stream.read(HEAD))
    except OSError:
        # Whoever reads it will say so.
        return False


class _Walk:
    """One walk down from a folder that was named."""

    def __init__(
        self, top: Path, configurations: Configurations, problems: list[str], fallback: Path
    ) -> None:
        self._top = top
        self._fallback = fallback
        self._configurations = configurations
        self._problems = problems
        configuration = configurations.of(top, self._fallback)
        self._top_is_excluded = top != configuration.root and configuration.settings.excluded(
            configuration.relative(top) + "/"
        )

    def files(self) -> Iterator[SourceFile]:
        """The files to check, folder by folder in the order of their names."""
        ignores = _ignores_above(self._top)
        yield from self._below(self._top, [] if _ignored(self._top, ignores, folder=True) else ignores)

    def _below(self, folder: Path, ignores: list[_Ignores]) -> Iterator[SourceFile]:
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            self._problems.append(
                f"{shown(folder)}: cannot be read ({error.strerror}); nothing in it is checked"
            )
            return
        configuration = self._configurations.of(folder, self._fallback)
        ignores = _ignores_at(folder, {entry.name for entry in entries}, ignores)
        for entry in entries:
            path = folder / entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir():
                if not self._left_out(path, configuration, ignores, folder=True):
                    yield from self._below(path, ignores)
            elif path.suffix in SUFFIXES and not self._left_out(path, configuration, ignores, folder=False):
                yield from self._file(path, entry.stat().st_size, configuration)

    def _file(self, path: Path, size: int, configuration: Configuration) -> Iterator[SourceFile]:
        if size <= LARGEST:
            if not _is_generated(path):
                yield SourceFile(path, configuration, size)
        else:
            self._problems.append(
                f"{shown(path)}: not checked, {size / LARGEST:.1f} MiB are too many; "
                "name the file to check it, or exclude it"
            )

    def _left_out(
        self, path: Path, configuration: Configuration, ignores: list[_Ignores], *, folder: bool
    ) -> bool:
        root = configuration.root
        if self._top_is_excluded and self._top.is_relative_to(root):
            root = self._top
        name = path.relative_to(root).as_posix() + "/" * folder
        return configuration.settings.excluded(name) or _ignored(path, ignores, folder=folder)


def _ignored(path: Path, ignores: list[_Ignores], *, folder: bool) -> bool:
    """Whether the closest .gitignore that says something about a path says that it is ignored."""
    for ignore in reversed(ignores):
        verdict = ignore.spec.check_file(path.relative_to(ignore.folder).as_posix() + "/" * folder).include
        if verdict is not None:
            return verdict
    return False


def _ignores_above(top: Path) -> list[_Ignores]:
    """The ignore files of the repository around a folder, from its root down to the folder's parent."""
    for distance, repository in enumerate(top.parents):
        if (repository / ".git").exists():
            ignores: list[_Ignores] = []
            for folder in reversed(top.parents[: distance + 1]):
                ignores = _ignores_at(
                    folder, {".git", ".gitignore"} if folder == repository else {".gitignore"}, ignores
                )
            return ignores
    return []


def _ignores_at(folder: Path, names: set[str], above: list[_Ignores]) -> list[_Ignores]:
    """The ignore files that hold in a folder which contains these names, given those that hold above it."""
    files: list[Path] = []
    if ".git" in names:
        above = []
        files.append(folder / ".git" / "info" / "exclude")
    if ".gitignore" in names:
        files.append(folder / ".gitignore")
    return above + [_Ignores(folder, spec) for file in files if (spec := _spec_of(file)) is not None]


def _spec_of(file: Path) -> GitIgnoreSpec | None:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    # Git passes over patterns that it does not understand.
    return GitIgnoreSpec.from_lines(line for line in lines if not bad_pattern(line))
