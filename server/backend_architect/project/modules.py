"""The modules of a project, read when somebody asks what a name in one of them stands for."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from backend_architect.engine.settings import LARGEST
from backend_architect.project.reading import UndecodableError, decode
from backend_architect.python.module import ModuleNames
from backend_architect.python.names import DECLARED, IMPORTS, VERSION
from backend_architect.python.survey import named, study
from backend_architect.python.syntax import parsed
from backend_architect.python.values import Imports, Instance, Literal, Symbol, Text, Value, exported

Read = Callable[[Path], bytes | None]
"""The content of a file; None where there is none."""

MOST_MODULES: Final = 300
"""How many modules are kept whole: a syntax tree takes two or three kilobytes for each line."""

_LONGEST: Final = 20
"""Dots of a path that may lead somewhere."""

_DJANGO_SETTINGS: Final = "django.conf.settings."
_CHOICE: Final = re.compile(rb"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_WHO_CHOOSES: Final = ("manage.py", "wsgi.py", "asgi.py", "*/wsgi.py", "*/asgi.py", "src/manage.py")


def read_file(path: Path) -> bytes | None:
    """The content of a file that is there, can be read and is not larger than source code is."""
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class _Module:
    """A file, and the dotted name under which the rest of the project imports it."""

    file: Path
    name: str
    rest: str
    """What was asked of it; empty for the module itself."""


@dataclass(frozen=True, slots=True)
class _Outline:
    """What is kept of every module that was read."""

    imported: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()


@dataclass(slots=True)
class Modules:
    """Answers what the things of a project stand for that other files import.

    Paths are resolved as imports are: from the folders above the file that are no packages, up to `root`.
    Nothing is imported or run. What was read is kept until somebody says that it has changed.
    """

    root: Path
    read: Read = read_file
    most: int = MOST_MODULES
    """How many modules are kept whole; of the others what they said is."""
    _answers: dict[tuple[Path, str], Value | None] = field(
        default_factory=dict[tuple[Path, str], "Value | None"]
    )
    _said: dict[_Module, Value | None] = field(default_factory=dict["_Module", "Value | None"])
    """What modules said; whoever asks from another folder need not have them read again."""
    _outlines: dict[Path, _Outline] = field(default_factory=dict[Path, "_Outline"])
    _names: OrderedDict[Path, ModuleNames | None] = field(
        default_factory=OrderedDict[Path, "ModuleNames | None"]
    )
    _folders: dict[Path, frozenset[str]] = field(default_factory=dict[Path, frozenset[str]])
    _tops: dict[Path, tuple[Path, ...]] = field(default_factory=dict[Path, tuple[Path, ...]])
    _settings: str | None = None
    _versions: dict[str, str] | None = None
    _declared: frozenset[str] | None = None

    @property
    def folders(self) -> frozenset[Path]:
        """The folders whose names were looked at."""
        return frozenset(self._folders)

    def elsewhere(self, file: Path) -> Callable[[str], Value | None]:
        """What answers for the things that a file imports."""
        return lambda path: self.answer(file, path)

    def answer(self, file: Path, path: str) -> Value | None:
        """What a dotted path stands for in a file; None where it leads to no file of the project.

        Behind the path may stand what `ModuleNames.look` knows to answer; dots before it count the packages
        up from the file, as in an import.
        """
        if path.startswith(_DJANGO_SETTINGS):
            path = f"{self._django_settings()}.{path.removeprefix(_DJANGO_SETTINGS)}"
        key = file.parent, path
        if key not in self._answers:
            self._answers[key] = None  # modules that import each other ask in circles
            self._answers[key] = self._answer(file, path)
        return self._answers[key]

    def _version(self, distribution: str) -> Value | None:
        """The version of a library that the project pins, as a text."""
        if self._versions is None:
            from backend_architect.project.dependencies import versions  # noqa: PLC0415 - few rules ask

            self._versions = versions(self.root, self.read)
        version = self._versions.get(distribution)
        return Text((version,)) if version is not None else None

    def _is_declared(self, distribution: str) -> Value | None:
        """True where the project names a distribution among its dependencies."""
        if self._declared is None:
            from backend_architect.project.dependencies import declared  # noqa: PLC0415 - few rules ask

            self._declared = declared(self.root, self.read)
        return Literal(value=True) if distribution in self._declared else None

    def changed(self, file: Path) -> None:
        """Read a file again when somebody asks, and answer everything anew."""
        self._answers.clear()
        self._said.clear()
        self._settings = self._versions = self._declared = None
        if file.name not in self._folders.get(file.parent, ()) or not file.exists():
            self._folders.clear()
            self._tops.clear()
        self._names.pop(file, None)
        self._outlines.pop(file, None)
        for names in self._names.values():
            if names is not None:
                names.forget()

    def _answer(self, file: Path, path: str) -> Value | None:
        if path.endswith(VERSION):
            return self._version(path.removesuffix(VERSION))
        if path.endswith(DECLARED):
            return self._is_declared(path.removesuffix(DECLARED))
        if path.endswith(IMPORTS):
            return self._imports(file, path.removesuffix(IMPORTS))
        # Modules that take everything from each other ask for longer and longer paths.
        module = self._module(file, path) if path.count(".") < _LONGEST else None
        if module is None:
            return None
        if not module.rest:
            return Symbol(module.name)
        if module not in self._said:
            names = self._names_of(module.file)
            said = _ask(names, module.rest) if names is not None else None
            self._said[module] = exported(said, module.name)
        return self._said[module]

    def _imports(self, file: Path, path: str) -> Value | None:
        """The modules that are imported by the file to which a path leads, and where its thing comes from."""
        module = self._module(file, path)
        value = self.answer(file, path)
        origin = (
            value.path if isinstance(value, Symbol) else value.type if isinstance(value, Instance) else ""
        )
        origins = [module, self._module(file, origin) if origin and module else None]
        if module is None:
            return None
        found = [self._outline(one.file).imported for one in origins if one is not None]
        return Imports(frozenset[str]().union(*found) | {origin.partition(".")[0]})

    # Which file a path leads to

    def _module(self, file: Path, path: str) -> _Module | None:
        level = len(path) - len(path.lstrip("."))
        parts = path[level:].split(".")
        tops = self._search_path(file.parent)
        if level:
            return self._relative(file, level, parts, tops)
        top = next((top for top in tops if self._holds(top, parts[0])), None)
        return self._below(top, (), parts) if top is not None else None

    def _relative(self, file: Path, level: int, parts: list[str], tops: tuple[Path, ...]) -> _Module | None:
        for top in tops:
            packages = file.parent.relative_to(top).parts
            if len(packages) >= level or top == tops[-1]:
                return self._below(top, packages[: len(packages) - level + 1], parts)
        return None

    def _below(self, top: Path, packages: tuple[str, ...], parts: list[str]) -> _Module | None:
        """Follow a path down from the package it is relative to."""
        folder = top.joinpath(*packages)
        for index, part in enumerate(parts):
            rest = parts[index:]
            inside = self._listing(folder)
            if len(rest) == 1 and packages and self._bound_in(folder, rest[0]):
                break  # what a package binds hides its module of that name
            if f"{part}/" in inside:
                folder, packages = folder / part, (*packages, part)
            elif f"{part}.py" in inside:
                name = ".".join((*packages, part))
                return _Module(folder / f"{part}.py", name, ".".join(parts[index + 1 :]))
            else:
                break
        else:
            rest = []
        return _Module(folder / "__init__.py", ".".join(packages), ".".join(rest)) if packages else None

    def _bound_in(self, folder: Path, name: str) -> bool:
        return "__init__.py" in self._listing(folder) and name in self._outline(folder / "__init__.py").bound

    def _holds(self, folder: Path, name: str) -> bool:
        listing = self._listing(folder)
        return f"{name}.py" in listing or (f"{name}/" in listing and self._has_python(folder / name))

    def _has_python(self, folder: Path) -> bool:
        return any(name.endswith((".py", "/")) for name in self._listing(folder))

    def _search_path(self, folder: Path) -> tuple[Path, ...]:
        """The folders from which the files of a folder may import: those above it that are no packages."""
        if folder not in self._tops:
            above = [folder, *folder.parents]
            within = above[: above.index(self.root) + 1] if self.root in above else above[:1]
            tops = [one for one in within if "__init__.py" not in self._listing(one)]
            tops += [self.root / "src"] if "src/" in self._listing(self.root) else []
            self._tops[folder] = tuple(dict.fromkeys([*tops, within[-1]]))
        return self._tops[folder]

    def _listing(self, folder: Path) -> frozenset[str]:
        """The names in a folder; those of folders end in a slash."""
        if folder not in self._folders:
            try:
                entries = [(entry.name, entry.is_dir()) for entry in folder.iterdir()]
            except OSError:
                entries = []
            self._folders[folder] = frozenset(
                f"{name}/" if is_folder else name for name, is_folder in entries
            )
        return self._folders[folder]

    def _django_settings(self) -> str:
        """The settings module that the project's own entry points choose."""
        if self._settings is None:
            self._settings = self._chosen_settings()
        return self._settings

    def _chosen_settings(self) -> str:
        files = [file for pattern in _WHO_CHOOSES for file in sorted(self.root.glob(pattern))]
        chosen = [match[1].decode() for file in files if (match := _CHOICE.search(self.read(file) or b""))]
        return chosen[0] if chosen else ""

    # What a file says

    def _names_of(self, file: Path) -> ModuleNames | None:
        if file in self._names:
            self._names.move_to_end(file)
            return self._names[file]
        names = self._names[file] = self._read_names(file)
        if len(self._names) > self.most:
            self._names.popitem(last=False)
        return names

    def _outline(self, file: Path) -> _Outline:
        if file not in self._outlines:
            names = self._names_of(file)
            self._outlines[file] = (
                _Outline(names.imported, frozenset(names.bound)) if names is not None else _Outline()
            )
        return self._outlines[file]

    def _read_names(self, file: Path) -> ModuleNames | None:
        content = self.read(file)
        if content is None:
            return None
        try:
            text, _ = decode(content, str(file))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes warn
                tree = parsed(text)
            told = study(tree.body, frozenset(), member=False, head=False)
        except (UndecodableError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return ModuleNames(named([(None, told)]), told.imports, self.elsewhere(file))


def _ask(names: ModuleNames, rest: str) -> Value | None:
    value = names.look(rest)
    owner, _, attribute = rest.partition(".")
    if value is None and attribute.isidentifier() and owner in names.bound:
        return names.attribute(owner, attribute)
    return value
