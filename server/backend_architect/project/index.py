"""A process that reads the files of projects, so that the one that serves the editor never waits."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING

from backend_architect.knowledge.caching import caches
from backend_architect.project.editor import EditorSettings
from backend_architect.project.messages import (
    Answered,
    Answers,
    Ask,
    Cancel,
    Changed,
    Describe,
    Described,
    Draw,
    Forget,
    Look,
    Message,
    Reconfigured,
    Reply,
    Survey,
    Surveyed,
    Write,
    Written,
)
from backend_architect.project.modules import Modules, read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from backend_architect.project.fact_store import FactStore
    from backend_architect.project.live import Live
    from backend_architect.project.picture import Picture

log = logging.getLogger(__name__)

_MOST_MODULES = 100
"""How many are kept whole: a process beside an editor is to stay small."""

_MANY = 100_000
"""New objects before Python looks for garbage: most of what is read is none."""

_PATIENCE = 5.0
"""Seconds for which what is not read yet is read before it is said that a remedy cannot be written."""

_REST = 2.0
"""Seconds without a message after which it does so unasked, once."""


class Index:
    """The server's side: messages go out and replies come in on threads of their own."""

    def __init__(self, deliver: Callable[[Reply], None]) -> None:
        """`deliver` is called on another thread, with each reply."""
        self._deliver = deliver
        self._messages = SimpleQueue[Message]()
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="index", daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._send, name="index-out", daemon=True).start()
        threading.Thread(target=self._receive, name="index-in", daemon=True).start()

    @property
    def process_id(self) -> int | None:
        """The process that reads."""
        return self._process.pid

    def tell(self, message: Message) -> None:
        """Send a message; replies come when they are found."""
        self._messages.put(message)

    def _send(self) -> None:
        with suppress(OSError):
            while True:
                self._connection.send(self._messages.get())

    def _receive(self) -> None:
        try:
            while True:
                self._deliver(self._connection.recv())
        except (EOFError, OSError):
            log.warning("the process that reads the files of the project has ended")


def _serve(connection: Connection) -> None:
    """The life of the process: until the server hangs up."""
    sys.stdout = sys.stderr  # the editor's end of the server; nobody may write to it
    gc.set_threshold(_MANY)
    reader = Reader(connection.send, caches())
    kept = False
    with suppress(EOFError, OSError):
        while True:
            try:
                if connection.poll() or not reader.step():
                    if reader.live and not kept and not connection.poll(_REST):
                        # What has been read stays, and need not be looked through for garbage again.
                        kept = True
                        gc.collect()
                        gc.freeze()
                    reader.handle(connection.recv())
            except (EOFError, OSError):
                raise
            except Exception:
                log.exception("a message to the index failed")


@dataclass(slots=True)
class Reader:
    """Answers, and remembers what was asked to say so when an answer changes.

    `handle` only notes what costs time; `step` does a little of it, so that many changes at once cost one.
    """

    send: Callable[[Reply], None]
    cache: Path | None
    """The folder in which facts are kept."""
    texts: dict[Path, bytes] = field(default_factory=dict["Path", bytes])
    versions: dict[Path, int] = field(default_factory=dict["Path", int])
    projects: dict[Path, Modules] = field(default_factory=dict["Path", Modules])
    asked: dict[Path, tuple[Path, Answers]] = field(default_factory=dict["Path", "tuple[Path, Answers]"])
    """By file: the root of its project, and the answers that were given."""
    live: dict[Path, Live] = field(default_factory=dict["Path", "Live"])
    editor: EditorSettings = field(default_factory=EditorSettings)
    _stale: bool = False
    """Whether answers may not be true any more."""
    _store: FactStore | None = None

    def handle(self, message: Message) -> None:
        """Take a message in."""
        match message:
            case Ask(root, file, paths):
                self._answer(root, file, paths)
            case Changed():
                self._change(message)
            case Look(root, file, alone):
                live = self._live(root)
                live.alone = alone
                live.look(file)
            case Forget(file):
                for one in self.live.values():
                    one.forget(file)
            case Reconfigured(editor):
                self.editor = editor
                self.live.clear()
                self.projects.clear()
                self._stale = True
            case Cancel(root):
                self._live(root).cancel()
            case Describe():
                self._describe(message)
            case Draw():
                self._draw(message)
            case Write():
                self._write(message)
            case Survey():
                self._survey(message)

    def step(self) -> bool:
        """Do a little of what is left; whether there was something."""
        projects = list(self.live.values())
        if any(one.step() for one in projects if one.is_urgent):
            return True
        if self._stale:
            self._stale = False
            for asker, (root, answers) in self.asked.items():
                self._answer(root, asker, tuple(answers))
            return True
        return any(one.step() for one in projects)

    def _change(self, message: Changed) -> None:
        file = message.file
        if message.text is None:
            self.texts.pop(file, None)
            self.versions.pop(file, None)
        else:
            self.texts[file] = message.text.encode("utf-8", "surrogatepass")
            self.versions[file] = message.version
        for modules in self.projects.values():
            modules.changed(file)
        for one in self.live.values():
            one.changed(file)
        self._stale = True

    def _answer(self, root: Path, file: Path, paths: tuple[str, ...]) -> None:
        """Send the answers that are new, or not the same as before."""
        modules = self._modules(root)
        _, known = self.asked.setdefault(file, (root, {}))
        answers = {path: modules.answer(file, path) for path in paths}
        news = {path: value for path, value in answers.items() if path not in known or known[path] != value}
        known.update(news)
        if news:
            self.send(Answered(file, news))

    def _modules(self, root: Path) -> Modules:
        return self.projects.setdefault(root, Modules(root, self._read, _MOST_MODULES))

    def _live(self, root: Path) -> Live:
        if root not in self.live:
            # The rules are loaded when answers about names are given already.
            from backend_architect.project.fact_store import FactStore  # noqa: PLC0415
            from backend_architect.project.live import Live  # noqa: PLC0415

            if self._store is None:
                self._store = FactStore(self.cache)
            modules = self._modules(root)
            self.live[root] = Live(
                root, modules, self._read, self.versions, self._store, self.send, self.editor
            )
        return self.live[root]

    def _describe(self, message: Describe) -> None:
        from backend_architect.project import descriptions  # noqa: PLC0415 - as above

        picture = self._current(message.root)
        text = ""
        if picture is not None:
            name = message.file.relative_to(message.root).as_posix()
            text = descriptions.described(picture, name, message.line, message.word)
        self.send(Described(message.number, text))

    def _draw(self, message: Draw) -> None:
        from backend_architect.project import descriptions  # noqa: PLC0415 - as above

        self._live(message.root).begin()
        picture = self._awaited(message.root)
        text = descriptions.drawn(picture, message.form, message.root.name) if picture is not None else ""
        self.send(Described(message.number, text))

    def _write(self, message: Write) -> None:
        from backend_architect.engine.remedies import Changes  # noqa: PLC0415 - as above
        from backend_architect.project.remedies import written  # noqa: PLC0415 - as above

        picture = self._awaited(message.root)
        if picture is None:
            refusal = "the files of the project are still being read"
            self.send(Written(message.number, Changes(), {}, refusal))
        else:
            versions = {
                file.relative_to(message.root).as_posix(): version
                for file, version in self.versions.items()
                if file.is_relative_to(message.root)
            }
            self.send(written(message, picture, versions))

    def _survey(self, message: Survey) -> None:
        from backend_architect.project.surroundings import Said, depends_on  # noqa: PLC0415 - as above

        picture = self._current(message.root)
        dependencies = depends_on(message.root)
        said = picture.tells(dependencies) if picture is not None else Said(dependencies=dependencies)
        name = message.file.relative_to(message.root).as_posix()
        self.send(Surveyed(message.number, message.file, said.to(name, message.dialect)))

    def _current(self, root: Path) -> Picture | None:
        """The picture of a project, in which the texts are as they are; None while files are being read."""
        live = self.live.get(root)
        while live is not None and live.is_urgent and live.step():
            pass
        return live.picture if live is not None else None

    def _awaited(self, root: Path) -> Picture | None:
        """The same for somebody who has asked and waits: files are read, for a while."""
        live, end = self.live.get(root), monotonic() + _PATIENCE
        while live is not None and live.picture is None and monotonic() < end and live.step():
            pass
        return self._current(root)

    def _read(self, file: Path) -> bytes | None:
        return self.texts[file] if file in self.texts else read_file(file)
