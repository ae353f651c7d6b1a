"""The versions of the libraries that a project runs on, as its lock files and requirements pin them."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from backend_architect.knowledge.versions import PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Pin = tuple[str, str]
"""The name of a distribution, as PEP 503 normalizes it, and its version."""

LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
"""Lock files, the ones that say most first; all but the last are TOML with tables of packages."""

REQUIREMENTS: Final = ("requirements.txt", "requirements/*.txt", "requirements-*.txt", "constraints.txt")

_OPTION: Final = re.compile(r"\s(?:--?[a-z-]+[ =]|#|\\$).*")


def versions(root: Path, read: Callable[[Path], bytes | None]) -> dict[str, str]:
    """The version of each distribution that is pinned at the root of a project.

    Lock files come before requirements, and these before the pins of pyproject.toml; the first word counts.
    The version of `python` is the lowest that the project allows. What cannot be read pins nothing.

    Args:
        root: the folder of the project.
        read: gives the content of a file; None where there is none.
    """
    found: dict[str, str] = {}
    for name, version in _pins(root, read):
        found.setdefault(name, version)
    return found


def declared(root: Path, read: Callable[[Path], bytes | None]) -> frozenset[str]:
    """The distributions that a project names itself, pinned or not; what others bring along is none of them.

    Args:
        root: the folder of the project.
        read: gives the content of a file; None where there is none.
    """
    return frozenset(_names(root, read))


def _names(root: Path, read: Callable[[Path], bytes | None]) -> Iterator[str]:
    for line in _requirement_lines(root, read):
        with suppress(InvalidRequirement):
            yield canonicalize_name(Requirement(line.strip()).name)
    with suppress(ValueError, AttributeError, TypeError):
        tables = _toml(read(root / "pyproject.toml") or b"")
        for line in tables.get("project", {}).get("dependencies", []):
            with suppress(InvalidRequirement):
                yield canonicalize_name(Requirement(line).name)
        yield from map(canonicalize_name, tables.get("tool", {}).get("poetry", {}).get("dependencies", {}))
    with suppress(ValueError, AttributeError, TypeError):
        yield from map(canonicalize_name, _toml(read(root / "Pipfile") or b"").get("packages", {}))


def _requirement_lines(root: Path, read: Callable[[Path], bytes | None]) -> Iterator[str]:
    for pattern in REQUIREMENTS:
        for file in sorted(root.glob(pattern)):
            for line in (read(file) or b"").decode("utf-8", "replace").splitlines():
                yield _OPTION.sub("", line)


def _pins(root: Path, read: Callable[[Path], bytes | None]) -> Iterator[Pin]:
    for name in LOCKS:
        content = read(root / name)
        if content is not None:
            with suppress(ValueError, AttributeError, TypeError):
                yield from _of_pipfile(json.loads(content)) if name == LOCKS[-1] else _of_lock(content)
    yield from _of_requirements(_requirement_lines(root, read))
    with suppress(ValueError, AttributeError, TypeError):
        project = _toml(read(root / "pyproject.toml") or b"").get("project", {})
        yield from _of_requirements(cast("list[str]", project.get("dependencies", [])))
        yield from _of_python(project.get("requires-python", ""))


def _of_python(required: str) -> Iterator[Pin]:
    lowest = [one.version for one in SpecifierSet(required) if one.operator in {">=", "~=", "=="}]
    if lowest:
        yield PYTHON, lowest[0].removesuffix(".*")


def _toml(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def _of_lock(content: bytes) -> Iterator[Pin]:
    tables = _toml(content)
    for package in cast("list[dict[str, str]]", tables.get("package", tables.get("packages", []))):
        if "version" in package:
            yield canonicalize_name(package["name"]), package["version"]


def _of_pipfile(tables: dict[str, dict[str, dict[str, str]]]) -> Iterator[Pin]:
    for name, package in tables.get("default", {}).items():
        if "version" in package:
            yield canonicalize_name(name), package["version"].removeprefix("==")


def _of_requirements(lines: Iterable[str]) -> Iterator[Pin]:
    for line in lines:
        with suppress(InvalidRequirement):
            requirement = Requirement(line.strip())
            exact = [one.version for one in requirement.specifier if one.operator in {"==", "==="}]
            if exact and "*" not in exact[0]:
                yield canonicalize_name(requirement.name), exact[0]
