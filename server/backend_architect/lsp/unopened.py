"""What is found in files that are not open, once somebody has asked for it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from backend_architect.engine.findings import SEVERITIES
from backend_architect.lsp.errors import RefusedError
from backend_architect.lsp.positions import Encoding
from backend_architect.lsp.projects import file_of
from backend_architect.lsp.stored import Outcome, StoredFile, check

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from backend_architect.lsp.host import Host

log = logging.getLogger(__name__)

PAUSE: Final = 0.3
"""Seconds without another change after which changed files are checked again."""

_FEW: Final = 50
"""Changed files up to which they are checked alone, and not their whole folder."""


class Unopened:
    """Publishes what is found in files that are not open; for open ones the live findings count."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._folders: set[Path] = set()
        """Those that were checked."""
        self._shown: set[Path] = set()
        """The files of which the client has findings from here."""
        self._changed: set[Path] = set()
        """The files that are to be checked again."""
        self._all_changed = False
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def check(self, folder: Path) -> Outcome:
        """What is found below a folder; it is shown, and followed from now on.

        Raises:
            RefusedError: the settings of the folder cannot be used.
        """
        async with self._turn:
            outcome = await check(folder, self._host.editor)
            self._folders.add(folder)
            self._show(folder, outcome.files, {file for file in self._shown if file.is_relative_to(folder)})
        return outcome

    def opened(self, uri: str) -> None:
        """Leave a document to the live findings."""
        file = file_of(uri)
        if file in self._shown:
            self._shown.discard(file)
            if file.as_uri() != uri:
                self._publish(file, "[]")

    def changed(self, uris: Iterable[str]) -> None:
        """Check stored files again that have changed, or that are not open any more."""
        files = {file for uri in uris if (file := file_of(uri)) and self._folder_of(file)}
        if files:
            self._changed |= files
            self._soon()

    def reconfigured(self) -> None:
        """Check everything again, under other settings."""
        if self._folders:
            self._all_changed = True
            self._soon()

    def _folder_of(self, file: Path) -> Path | None:
        return next((folder for folder in self._folders if file.is_relative_to(folder)), None)

    def _soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(PAUSE, self._begin)

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._check_again(self._task))

    async def _check_again(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        changed, self._changed = self._changed, set()
        everything, self._all_changed = self._all_changed, False
        for folder in list(self._folders):
            files = {file for file in changed if self._folder_of(file) == folder}
            try:
                if everything or len(files) > _FEW:
                    await self.check(folder)
                elif files:
                    await self._check_files(folder, files)
            except RefusedError as error:
                # The live findings say so, too; what was found under the last settings is not true any more.
                log.warning("%s is not checked again: %s", folder, error)
                self._show(folder, [], {file for file in self._shown if file.is_relative_to(folder)})

    async def _check_files(self, folder: Path, files: set[Path]) -> None:
        async with self._turn:
            stored = [file for file in sorted(files) if file.is_file()]
            outcome = await check(folder, self._host.editor, stored) if stored else Outcome([], [])
            self._show(folder, outcome.files, files)

    def _show(self, folder: Path, found: list[StoredFile], checked: set[Path]) -> None:
        """Publish what is found, and take back what is not any more in files that were checked."""
        open_files = {file_of(uri) for uri in self._host.documents}
        encoding = Encoding(self._host.server.encoding)
        related = self._host.shows_related
        news = {one.path: one for one in found if one.path not in open_files}
        for file in (checked & self._shown) - news.keys() - open_files:
            self._publish(file, "[]")
        for file, one in news.items():
            self._publish(file, one.diagnostics(encoding, folder, related=related))
        self._shown = (self._shown - checked) | news.keys()

    def _publish(self, file: Path, diagnostics: str) -> None:
        self._host.server.protocol.publish(file.as_uri(), None, diagnostics)


def counted(outcome: Outcome) -> dict[str, Any]:
    """The numbers of an outcome: files with findings, findings, and those of each severity."""
    severities = Counter(one["severity"] for file in outcome.files for one in file.found)
    return {
        "files": len(outcome.files),
        "findings": severities.total(),
        "severities": {name: severities[name] for name in SEVERITIES if severities[name]},
        "problems": outcome.problems,
    }
