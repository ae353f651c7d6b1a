"""What the process beside the server knows of whole projects, for the documents that are open."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from lsprotocol import types
from pygls.uris import to_fs_path

from backend_architect.engine.project import seen_in
from backend_architect.project.configuration import OWN_FILE
from backend_architect.project.index import Index
from backend_architect.project.messages import (
    Answered,
    Ask,
    Cancel,
    Changed,
    Describe,
    Described,
    Draw,
    Forget,
    Found,
    Look,
    Problem,
    Progress,
    Reconfigured,
    Reply,
    Survey,
    Surveyed,
    Write,
    Written,
)
from backend_architect.snippets.context import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future

    from backend_architect.engine.remedies import Plan
    from backend_architect.lsp.documents import OpenDocument
    from backend_architect.lsp.host import Host
    from backend_architect.project.messages import Form

PATIENCE: Final = 1.0
"""Seconds after which an answer to a hover is not waited for any more."""

LONG_PATIENCE: Final = 10.0
"""The same for what a person has chosen and waits for."""

HASTE: Final = 0.02
"""Seconds after which a completion does not wait for one either; what was known last is used then."""

Answer = Described | Surveyed | Written
"""What answers a message with the same number."""


class Projects:
    """Asks the index process, and hands its replies to the documents they are for."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._index: Index | None = None
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._surveyed: dict[Path, Surroundings] = {}
        """What was last said to snippets in each file."""
        self._progress: dict[Path, _Bar] = {}

    def ask(self) -> None:
        """Ask what documents wanted to know, and what their projects say of them."""
        for document in self.host.documents.values():
            file = file_of(document.uri)
            if file is None:
                continue
            wanted = document.elsewhere.ask()
            if wanted:
                self._running().tell(Ask(self.host.configuration(file).root, file, wanted))
            if not document.followed:
                document.followed = document.unsaid = True
                self._running()
                self.tell_texts()
                root = self.host.configuration(file).root
                self._running().tell(Look(root, file, alone=not self._is_in_a_folder(file)))

    def tell_texts(self) -> None:
        """Let the index know the texts as they stand in the editor."""
        for document in self.host.documents.values() if self._index is not None else ():
            file = file_of(document.uri)
            if document.unsaid and file is not None:
                document.unsaid = False
                text = document.analysis.document
                document.told = document.version, seen_in(text.blocks())
                self._running().tell(Changed(file, text.text, document.version))

    def changed(self, uris: Iterable[str]) -> None:
        """Hear that stored files have changed; of open documents the text in the editor counts."""
        if self._index is not None:
            for file in filter(None, map(file_of, (uri for uri in uris if uri not in self.host.documents))):
                self._index.tell(Changed(file))

    def closed(self, uri: str) -> None:
        """Hear that a document is not open any more."""
        file = file_of(uri)
        if self._index is not None and file is not None:
            self._surveyed.pop(file, None)
            self._index.tell(Forget(file))
        self.changed([uri])

    def reconfigured(self) -> None:
        """Read everything anew, under other settings."""
        self._surveyed.clear()
        if self._index is not None:
            self._index.tell(Reconfigured(self.host.editor))
            for document in self.host.documents.values():
                document.followed = False
            self.ask()

    async def describe(self, document: OpenDocument, line: int, word: str) -> str:
        """What the schema says of a place, in Markdown; empty where it says nothing, or not soon."""
        file = file_of(document.uri)
        if self._index is None or file is None or not document.followed:
            return ""
        self.tell_texts()
        number = next(self._numbers)
        message = Describe(number, self.host.configuration(file).root, file, line, word)
        return _text(await self._answer(message, PATIENCE))

    def roots(self) -> list[Path]:
        """The projects of the open documents, and of the folders that are open; each once."""
        files = filter(None, map(file_of, self.host.documents))
        inside = [file for file in files if self._is_in_a_folder(file)]
        inside += [folder / OWN_FILE for folder in self.host.server.folders()]
        return list(dict.fromkeys(self.host.configuration(file).root for file in inside))

    async def draw(self, root: Path, form: Form) -> str:
        """The diagram of a project, as `descriptions.drawn` says; empty while the files are being read."""
        self._running()
        self.tell_texts()
        return _text(await self._answer(Draw(next(self._numbers), root, form), LONG_PATIENCE))

    async def survey(self, document: OpenDocument) -> Surroundings:
        """What the project says to snippets in a document; the little that is known if that takes long."""
        reporter, file = document.reporter, file_of(document.uri)
        dialect = reporter.settings.dialect_of(reporter.path)
        if file is None:
            return Surroundings(reporter.path, dialect=dialect)
        root = self.host.configuration(file).root
        if self._index is not None and self._is_in_a_folder(file):
            self.tell_texts()
            number = next(self._numbers)
            await self._answer(Survey(number, root, file, dialect), HASTE)
            if file in self._surveyed:
                return self._surveyed[file]
        from backend_architect.project.surroundings import Said, depends_on  # noqa: PLC0415 - not at the start

        return Said(dependencies=depends_on(root)).to(reporter.path, dialect)

    async def write(self, root: Path, plan: Plan) -> Written | None:
        """What a remedy does to the files of a project as they are now; None where no answer comes."""
        self.tell_texts()
        answer = await self._answer(Write(next(self._numbers), root, plan), LONG_PATIENCE)
        return answer if isinstance(answer, Written) else None

    async def _answer(self, message: Describe | Draw | Survey | Write, patience: float) -> Answer | None:
        """What answers a message; None where that does not come soon."""
        future = self._waiting[message.number] = asyncio.get_running_loop().create_future()
        self._running().tell(message)
        try:
            return await asyncio.wait_for(future, patience)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(message.number, None)

    def _is_in_a_folder(self, file: Path) -> bool:
        return any(file.is_relative_to(folder) for folder in self.host.server.folders())

    def _running(self) -> Index:
        if self._index is None:
            loop = asyncio.get_running_loop()

            def deliver(reply: Reply) -> None:
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(self._receive, reply)

            for document in self.host.documents.values():
                document.unsaid = True
            self._index = Index(deliver)
            self._index.tell(Reconfigured(self.host.editor))
        return self._index

    def _receive(self, reply: Reply) -> None:
        match reply:
            case Answered(file, answers):
                for document in self._documents(file):
                    document.learn(answers)
                    self.host.catch_up(document)
                self.ask()
            case Found():
                for document in self._documents(reply.file):
                    document.hear(reply.version, reply.findings)
                    self.host.catch_up(document, unless_same=True)
            case Described() | Written():
                self._hand_over(reply)
            case Surveyed(_, file, surroundings):
                self._surveyed[file] = surroundings
                self._hand_over(reply)
            case Problem(text):
                self.host.tell(f"project:{text}", text)
            case Progress(root):
                self._show(root, reply)

    def _hand_over(self, answer: Answer) -> None:
        future = self._waiting.get(answer.number)
        if future is not None and not future.done():
            future.set_result(answer)

    def _show(self, root: Path, progress: Progress) -> None:
        window = self.host.server.client_capabilities.window
        if window is not None and window.work_done_progress:
            if progress.stage == "begin":
                self._progress[root] = _Bar(self, root)
            elif root in self._progress:
                self._progress[root].show(progress)

    def cancel(self, root: Path) -> None:
        """Stop reading the files of a project."""
        self._running().tell(Cancel(root))

    def _documents(self, file: Path) -> list[OpenDocument]:
        return [one for one in self.host.documents.values() if file_of(one.uri) == file]


class _Bar:
    """The progress of one reading of a project, where the client shows such a thing."""

    def __init__(self, projects: Projects, root: Path) -> None:
        self._projects = projects
        self._root = root
        self._token = f"backend-architect/{id(self)}"
        self._shows: Literal["not yet", "now", "not any more"] = "not yet"
        projects.host.server.work_done_progress.create(self._token, self._begin)  # pyright: ignore[reportUnknownMemberType] - pygls says nothing of the callback

    def _begin(self, _: object) -> None:
        if self._shows == "not yet":
            self._shows = "now"
            title = types.WorkDoneProgressBegin(f"Reading {self._root.name}", cancellable=True, percentage=0)
            bar = self._projects.host.server.work_done_progress
            bar.begin(self._token, title)
            tokens = cast("dict[str, Future[object]]", bar.tokens)  # pyright: ignore[reportUnknownMemberType] - as above
            tokens[self._token].add_done_callback(self._cancelled)

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        bar = self._projects.host.server.work_done_progress
        if progress.stage == "end":
            if self._shows == "now":
                bar.end(self._token, types.WorkDoneProgressEnd())
            self._shows = "not any more"
        elif self._shows == "now":
            share = 100 * progress.done // max(1, progress.total)
            message = f"{progress.done} of {progress.total} files"
            bar.report(self._token, types.WorkDoneProgressReport(message=message, percentage=share))

    def _cancelled(self, future: Future[object]) -> None:
        if future.cancelled():
            self._projects.cancel(self._root)


def _text(answer: Answer | None) -> str:
    return answer.text if isinstance(answer, Described) else ""


def file_of(uri: str) -> Path | None:
    """The file of a document; None for one that is not stored."""
    file = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(file) if file else None
