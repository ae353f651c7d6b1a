"""A process that reads the modules of projects, so that the one that serves the editor never waits."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from queue import SimpleQueue
from typing import TYPE_CHECKING

from backend_architect.project.modules import Modules, read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from backend_architect.python.values import Value

log = logging.getLogger(__name__)

_MOST_MODULES = 100
"""How many are kept whole: a process beside an editor is to stay small."""

Answers = dict[str, "Value | None"]
"""What paths stand for."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks what paths stand for in a file, now and whenever that changes."""

    root: Path
    file: Path
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A file is another one now; with a text, that counts and not what is stored."""

    file: Path
    text: str | None = None


Message = Ask | Changed


class Index:
    """The server's side: messages go out and answers come in on threads of their own."""

    def __init__(self, deliver: Callable[[Path, Answers], None]) -> None:
        """`deliver` is called on another thread, with a file and what has become known for it."""
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
        """Send a message; answers come when they are found."""
        self._messages.put(message)

    def _send(self) -> None:
        with suppress(OSError):
            while True:
                self._connection.send(self._messages.get())

    def _receive(self) -> None:
        try:
            while True:
                self._deliver(*self._connection.recv())
        except (EOFError, OSError):
            log.warning("the process that reads the modules of the project has ended")


def _serve(connection: Connection) -> None:
    """The life of the process: until the server hangs up."""
    sys.stdout = sys.stderr  # the editor's end of the server; nobody may write to it
    reader = _Reader(connection.send)
    with suppress(EOFError, OSError):
        while True:
            try:
                reader.handle(connection.recv())
            except (EOFError, OSError):
                raise
            except Exception:
                log.exception("a message to the index failed")


@dataclass(slots=True)
class _Reader:
    """Answers, and remembers what was asked to say so when an answer changes."""

    send: Callable[[tuple[Path, Answers]], None]
    texts: dict[Path, bytes] = field(default_factory=dict["Path", bytes])
    projects: dict[Path, Modules] = field(default_factory=dict["Path", Modules])
    asked: dict[Path, tuple[Path, Answers]] = field(default_factory=dict["Path", "tuple[Path, Answers]"])
    """By file: the root of its project, and the answers that were given."""

    def handle(self, message: Message) -> None:
        match message:
            case Ask(root, file, paths):
                self._answer(root, file, paths)
            case Changed(file, text):
                if text is None:
                    self.texts.pop(file, None)
                else:
                    self.texts[file] = text.encode("utf-8", "surrogatepass")
                for modules in self.projects.values():
                    modules.changed(file)
                for asker, (root, answers) in self.asked.items():
                    self._answer(root, asker, tuple(answers))

    def _answer(self, root: Path, file: Path, paths: tuple[str, ...]) -> None:
        """Send the answers that are new, or not the same as before."""
        modules = self.projects.setdefault(root, Modules(root, self._read, _MOST_MODULES))
        _, known = self.asked.setdefault(file, (root, {}))
        answers = {path: modules.answer(file, path) for path in paths}
        news = {path: value for path, value in answers.items() if path not in known or known[path] != value}
        known.update(news)
        if news:
            self.send((file, news))

    def _read(self, file: Path) -> bytes | None:
        return self.texts[file] if file in self.texts else read_file(file)
