"""What holds for some versions of a library only."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

Release = tuple[int, ...]
"""The numbers of a version: (2, 9, 0)."""

Version = Callable[[str], Release | None]
"""Gives the version of a distribution that a project runs on; None where nothing tells."""

PYTHON = "python"
"""Stands for Python itself among the distributions."""


def unknown(_distribution: str) -> None:
    """The version of any library, for whoever does not ask a project."""
    return


@dataclass(frozen=True, slots=True)
class Range:
    """Versions from `since` on and before `until`."""

    since: Release = ()
    until: Release | None = None

    @classmethod
    def of(cls, group: Mapping[str, Any]) -> Range:
        """The versions that a group of a table speaks of."""
        until = group.get("until")
        return cls(_numbers(group.get("since", "0")), _numbers(until) if until is not None else None)

    def __contains__(self, release: Release) -> bool:
        """Whether a version lies in it; 2, 2.0 and 2.0.0 are one."""
        release = _trimmed(release)
        return self.since <= release and (self.until is None or release < self.until)


@dataclass(frozen=True, slots=True)
class ByVersion(Generic[T]):
    """What is said of one path, of which the version of a distribution tells what holds."""

    distribution: str
    entries: tuple[tuple[Range, T], ...]
    assumed: T | None
    """What holds where the version is not known."""

    def under(self, version: Version) -> T | None:
        """What holds under a version; None where nobody says anything of it."""
        release = version(self.distribution)
        if release is None:
            return self.assumed
        return next((entry for range_, entry in self.entries if release in range_), None)


Entry = T | ByVersion[T]


def collected(
    said: Iterable[tuple[str, Mapping[str, Any], T]], distribution: Callable[[str], str]
) -> dict[str, Entry[T]]:
    """What is said of each path, in one entry where it depends on the version.

    Where the version is not known, the group with `version = "unknown"` holds, or else the one of the newest
    version, which has no `until`; if that says nothing of a path, then nothing holds.

    Args:
        said: each path with the group that speaks of it, and the entry made of that.
        distribution: gives the distribution that a top-level module belongs to.
    """
    by_path: defaultdict[str, list[tuple[Mapping[str, Any], T]]] = defaultdict(list)
    for path, group, entry in said:
        by_path[path].append((group, entry))
    return {path: _entry(path, groups, distribution) for path, groups in by_path.items()}


def _entry(
    path: str, groups: list[tuple[Mapping[str, Any], T]], distribution: Callable[[str], str]
) -> Entry[T]:
    if not any(is_versioned(group) for group, _ in groups):
        return groups[-1][1]
    entries = [(Range.of(group), entry) for group, entry in groups if "version" not in group]
    newest = [entry for range_, entry in entries if range_.until is None]
    assumed = [entry for group, entry in groups if "version" in group] + newest
    module = path.partition(".")[0]
    named = next((str(group["distribution"]) for group, _ in groups if "distribution" in group), None)
    standard = PYTHON if module in sys.stdlib_module_names else None
    return ByVersion(named or standard or distribution(module), tuple(entries), next(iter(assumed), None))


def is_versioned(group: Mapping[str, Any]) -> bool:
    """Whether a group says for which versions it holds."""
    return not group.keys().isdisjoint({"since", "until", "version"})


def _numbers(version: str) -> Release:
    return _trimmed(tuple(map(int, version.split("."))))


def _trimmed(release: Release) -> Release:
    while release and release[-1] == 0:
        release = release[:-1]
    return release
