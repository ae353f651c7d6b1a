"""What `check` finds in files as they are stored, for the client."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from backend_architect.engine.findings import SEVERITIES, BuiltFix, Edit, NewFile, Span
from backend_architect.engine.text import split_lines
from backend_architect.lsp import command_line
from backend_architect.lsp.documents import SOURCE
from backend_architect.lsp.errors import RefusedError
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from backend_architect.lsp.positions import Encoding
    from backend_architect.project.editor import EditorSettings


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file in which something is found."""

    path: Path
    lines: list[str]
    found: list[dict[str, Any]]
    """The findings, as `check` writes them in JSON."""
    settled: bool
    """Whether the file has not changed since the check began."""

    def diagnostics(self, encoding: Encoding, folder: Path, *, related: bool) -> str:
        """The findings as the JSON of a list of diagnostics; paths in them are below a folder."""
        return json.dumps([self._diagnostic(one, encoding, folder, related) for one in self.found])

    def safe_fixes(self, folder: Path) -> Iterator[BuiltFix]:
        """The safe fixes of the findings; new files have absolute paths."""
        for one in self.found:
            fix = one["fix"]
            if fix is not None and fix["safety"] == "safe" and fix["edits"] is not None:
                edits = tuple(Edit(_span(edit), edit["text"]) for edit in fix["edits"])
                creates = (NewFile(str(_below(folder, new["path"])), new["text"]) for new in fix["creates"])
                yield BuiltFix(fix["title"], "safe", "", edits, tuple(creates))

    def _diagnostic(
        self, one: dict[str, Any], encoding: Encoding, folder: Path, related: bool
    ) -> dict[str, Any]:
        place = encoding.to_range(_span(one), self.lines)
        diagnostic: dict[str, Any] = {
            "range": {
                "start": {"line": place.start.line, "character": place.start.character},
                "end": {"line": place.end.line, "character": place.end.character},
            },
            "severity": SEVERITIES.index(one["severity"]) + 1,
            "code": one["rule"],
            "codeDescription": {"href": one["url"]},
            "source": SOURCE,
            "message": one["message"],
        }
        if related and one["related"]:
            diagnostic["relatedInformation"] = [_related(other, folder) for other in one["related"]]
        return diagnostic


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check has found below a folder."""

    files: list[StoredFile]
    problems: list[str]
    """Sentences about what could not be checked."""


async def check(folder: Path, editor: EditorSettings, paths: Iterable[Path] = ()) -> Outcome:
    """The findings that `backend-architect check` has in a folder, or in some files of it.

    Settings and trust are those of the editor.

    Raises:
        RefusedError: the settings cannot be used.
    """
    began = time()
    named = [str(path) for path in paths]
    ended = await command_line.run(folder, editor, "check", *named, "--format", "json", "--force-exclude")
    if ended.code == command_line.USAGE:
        raise RefusedError(ended.errors.strip())
    by_file: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(ended.output):
        by_file.setdefault(one["path"], []).append(one)
    files = await asyncio.to_thread(_files, folder, by_file, began)
    return Outcome(files, ended.errors.splitlines())


def _files(folder: Path, by_file: dict[str, list[dict[str, Any]]], began: float) -> list[StoredFile]:
    return [_file(_below(folder, name), found, began) for name, found in by_file.items()]


def _file(path: Path, found: list[dict[str, Any]], began: float) -> StoredFile:
    try:
        settled = path.stat().st_mtime < began
        return StoredFile(path, split_lines(decode(path.read_bytes(), str(path))[0]), found, settled)
    except (OSError, UndecodableError):
        return StoredFile(path, [], found, settled=False)


def _related(one: dict[str, Any], folder: Path) -> dict[str, Any]:
    start = {"line": one["line"] - 1, "character": 0}
    uri = _below(folder, one["path"]).as_uri()
    return {"location": {"uri": uri, "range": {"start": start, "end": start}}, "message": one["message"]}


def _below(folder: Path, name: str) -> Path:
    return Path(os.path.abspath(folder / name))  # noqa: PTH100 - Path.resolve would follow links


def _span(one: dict[str, Any]) -> Span:
    start, end = one["start"], one["end"]
    return Span(start["line"] - 1, start["column"] - 1, end["line"] - 1, end["column"] - 1)
