"""The file in which a project keeps the findings that it has accepted."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from backend_architect.engine.errors import LocatedError
from backend_architect.project.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from backend_architect.engine.findings import Report

BASELINE: Final = ".backend-architect/baseline.json"
"""Where the file lies below the root of a project."""

_VERSION: Final = 1

Baseline = dict[str, dict[str, int]]
"""For each file, by its path below the root, the fingerprints with how many findings each stands for."""


class BaselineError(LocatedError):
    """A baseline that cannot be used."""


class Baselines:
    """The baselines of projects; each is read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Baseline] = {}

    def of(self, root: Path) -> Baseline:
        """What a project has accepted.

        Raises:
            BaselineError: the file is not a baseline.
        """
        if root not in self._read:
            self._read[root] = read_baseline(root / BASELINE) or {}
        return self._read[root]


def read_baseline(file: Path) -> Baseline | None:
    """What a file says; None if there is no such file.

    Raises:
        BaselineError: it is not a baseline.
    """
    try:
        content: Any = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BaselineError(shown(file), 1, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BaselineError(shown(file), line, f"not JSON; {_REMEDY}") from error
    if not _is_baseline(content):
        raise BaselineError(shown(file), 1, f"not a baseline of this version; {_REMEDY}")
    return {path: dict(rows) for path, rows in content["files"].items()}


_REMEDY = "write it anew with 'backend-architect baseline create --force'"


def _is_baseline(content: Any) -> bool:
    if not isinstance(content, dict):
        return False
    tables = cast("dict[str, Any]", content)
    files = tables.get("files")
    return (
        tables.get("version") == _VERSION
        and isinstance(files, dict)
        and all(
            isinstance(rows, dict)
            and all(isinstance(count, int) for count in cast("dict[str, Any]", rows).values())
            for rows in cast("dict[str, Any]", files).values()
        )
    )


def baseline_of(reports: Iterable[tuple[str, Report]]) -> Baseline:
    """The baseline that accepts findings, each given with the path of its file below the root."""
    found: dict[str, Counter[str]] = {}
    for path, report in reports:
        if report.fingerprint:
            found.setdefault(path, Counter())[report.fingerprint] += 1
    return {path: dict(rows) for path, rows in found.items()}


def text_of(baseline: Mapping[str, Mapping[str, int]]) -> str:
    """The content of a file; a line for each fingerprint, sorted, so that changes of it can be merged."""
    files = {path: dict(sorted(rows.items())) for path, rows in sorted(baseline.items()) if rows}
    return json.dumps({"version": _VERSION, "files": files}, indent=1) + "\n"
