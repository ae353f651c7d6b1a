"""The apps of a Django project: whose models are whose, and what the settings say of all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from backend_architect.knowledge import libraries
from backend_architect.schema.declared import Class, Declared
from backend_architect.schema.outlines import ClassOutline, Outline, outline
from backend_architect.schema.terms import UNKNOWN, Name, Pairs, Term, last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Key = tuple[str, str]
"""A model: the label of its app, and its name in lower case."""

_LIBRARIES: Final = "libraries/"
"""Where the models of libraries stand, as far as paths go."""
_OLD_KEY: Final = "django.db.models.AutoField"
_TESTS: Final = re.compile(r"(?:^|[./_])tests?(?:[./_]|$)")


@dataclass(slots=True)
class Apps:
    """What is known of all apps of a workspace."""

    declared: Declared
    user: Key = ("auth", "user")
    auto_field: str = _OLD_KEY
    """The class of the keys that neither a model nor its app names."""
    _configs: dict[str, Class] = field(default_factory=dict[str, Class])
    """By the folder of the app, as a dotted name."""
    _labels: dict[str, Class] = field(default_factory=dict[str, Class])
    _migrated: set[str] = field(default_factory=set[str])
    """The folders that have migrations."""
    _moved: dict[str, str] = field(default_factory=dict[str, str])
    """Apps by the packages with their migrations, where settings name these."""

    def __post_init__(self) -> None:
        """Look for the configurations and the settings."""
        self._moved.update((package, app) for app, package in moved_migrations(self.declared.outlines))
        for one in self.declared.outlines:
            if ".migrations." in one.module:
                self._migrated.add(one.module.rpartition(".migrations.")[0])
            for said in one.classes:
                if any(last_name(base).endswith("Config") for base in said.bases):
                    self._add(Class(one, said))
        user = self._setting("AUTH_USER_MODEL")
        if user:
            app, _, name = user.rpartition(".")
            self.user = (app, name.lower())
        self.auto_field = self._setting("DEFAULT_AUTO_FIELD") or self.auto_field

    def _add(self, config: Class) -> None:
        if isinstance(config.said.get("name"), str):
            self._configs.setdefault(_folder_of(config.outline), config)
            self._labels.setdefault(_label(config), config)

    def _setting(self, name: str) -> str:
        """What the settings say; those of tests count only if there are no others."""
        found: list[tuple[bool, str]] = []
        for one in self.declared.outlines:
            value = one.value(name)
            if value is not None and isinstance(value.value, str):
                found.append((_TESTS.search(one.path) is not None, value.value))
        return min(found, default=(False, ""))[1]

    def key(self, cls: Class) -> Key:
        """What a model is known by."""
        said = self.meta(cls).get("app_label")
        return said if isinstance(said, str) else self.label(cls.outline), cls.said.name.lower()

    def meta(self, cls: Class) -> dict[str, Term]:
        """What `Meta` says of a model, that of its abstract bases included."""
        return self._options(cls, frozenset())

    def _options(self, cls: Class, seen: frozenset[tuple[str, int]]) -> dict[str, Term]:
        own = cls.said.inner("Meta")
        if own is not None:
            return self._said(own, cls.outline, seen | {cls.key})
        found: dict[str, Term] = {}
        for base in reversed(cls.said.bases):
            parent = self.declared.resolve(base, cls.outline)
            if isinstance(parent, Class) and parent.key not in seen:
                options = self._options(parent, seen | {cls.key})
                found.update(options if options.get("abstract") is True else {})
        return {name: value for name, value in found.items() if name != "abstract"}

    def _said(self, meta: ClassOutline, near: Outline, seen: frozenset[tuple[str, int]]) -> dict[str, Term]:
        """What a `Meta` says, and the classes that it extends: those of other models, or plain ones."""
        found: dict[str, Term] = {}
        for base in reversed(meta.bases):
            path = base.path if isinstance(base, Name) else ""
            parent = self.declared.find(path.removesuffix(".Meta"), near)
            if isinstance(parent, Class) and parent.key not in seen:
                if path.endswith(".Meta"):
                    found.update(self._options(parent, seen))
                else:
                    found.update(self._said(parent.said, parent.outline, seen | {parent.key}))
        found.pop("abstract", None)
        found.update((one.name, one.value) for one in meta.body)
        return found

    def label(self, one: Outline) -> str:
        """The label of the app in whose folder a file lies."""
        folder = _folder_of(one)
        for package, app in self._moved.items():
            if package and f".{folder}".endswith(f".{package}"):
                return app
        while folder:
            if folder in self._configs:
                return _label(self._configs[folder])
            if folder in self._migrated:
                return folder.rpartition(".")[2]
            folder = folder.rpartition(".")[0]
        parts = one.module.split(".")
        for marker in ("migrations", "models"):
            if marker in parts[1:]:
                return parts[parts.index(marker, 1) - 1]
        return parts[-2] if len(parts) > 1 else ""

    def key_class(self, app: str) -> str:
        """The class of the keys that the models of an app have if they name none."""
        config = self._labels.get(app)
        said = config.said.get("default_auto_field") if config is not None else UNKNOWN
        return said if isinstance(said, str) else self.auto_field


def moved_migrations(outlines: Iterable[Outline]) -> Iterator[tuple[str, str]]:
    """Apps with the packages of their migrations, as `MIGRATION_MODULES` has them; empty for none at all."""
    for one in outlines:
        said = one.value("MIGRATION_MODULES")
        for app, package in said.value.pairs if said is not None and isinstance(said.value, Pairs) else ():
            if isinstance(app, str) and (isinstance(package, str) or package is None):
                yield app, package or ""


def _label(config: Class) -> str:
    label, name = config.said.get("label"), config.said.get("name")
    return label if isinstance(label, str) else str(name).rpartition(".")[2]


def _folder_of(one: Outline) -> str:
    return one.module if one.path.endswith("__init__.py") else one.module.rpartition(".")[0]


@cache
def library_outlines() -> tuple[Outline, ...]:
    """What the models of libraries declare, as if they stood in the workspace."""
    return tuple(_read_libraries())


def _read_libraries() -> Iterator[Outline]:
    said: dict[str, str] = {}
    for path in libraries.paths("library-models"):
        group = libraries.entry("library-models", path) or {}
        said[path.rpartition(".")[0]] = str(group.get("declares", ""))
    for name, text in said.items():
        yield outline(text, f"{_LIBRARIES}{name.replace('.', '/')}.py")


def is_library(one: Outline) -> bool:
    """Whether these are the models of a library."""
    return one.path.startswith(_LIBRARIES)
