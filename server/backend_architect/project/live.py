"""One project beside the editor: its picture, and what that says of the open files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.detectors.registry import all_rules
from backend_architect.engine.settings import SettingsError
from backend_architect.knowledge.cards import load_cards
from backend_architect.project.configuration import Configurations
from backend_architect.project.files import find_files, finds
from backend_architect.project.messages import Found, Problem, Progress
from backend_architect.project.picture import Picture, found_in, heard_in
from backend_architect.project.reading import UndecodableError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from backend_architect.engine.findings import Finding
    from backend_architect.engine.project import Project
    from backend_architect.project.editor import EditorSettings
    from backend_architect.project.fact_store import FactStore
    from backend_architect.project.messages import Reply
    from backend_architect.project.modules import Modules

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Live:
    """A project that is being edited.

    Nothing is done when somebody tells it something; `step` does a little of what is left, so that whoever
    owns it can listen in between.
    """

    root: Path
    modules: Modules
    read: Callable[[Path], bytes | None]
    versions: Mapping[Path, int]
    """The versions of the texts that stand in the editor."""
    store: FactStore
    send: Callable[[Reply], None]
    editor: EditorSettings
    alone: bool = False
    """Whether only the files that are looked at belong to it."""
    _shown: dict[Path, tuple[int, tuple[Finding, ...]] | None] = field(
        default_factory=dict["Path", "tuple[int, tuple[Finding, ...]] | None"]
    )
    """The open files, with what was said of them last."""
    _picture: Picture | None = None
    _configurations: Configurations | None = None
    _dirty: dict[str, None] = field(default_factory=dict[str, None])
    """Files that have changed since they were read, in the order in which they did."""
    _doubtful: set[str] = field(default_factory=set[str])
    """Files whose queries rest on answers of other files that may have changed."""
    _work: Iterator[None] | None = None
    _complete: bool = False
    """Whether all files have been read, so that what is missing is missing."""
    _judged: tuple[Project, frozenset[str], dict[str, list[Finding]]] | None = None
    """What rules said of the picture, and which."""
    _reported: Project | None = None
    """The picture of which all that is open has heard."""

    def look(self, file: Path) -> None:
        """Say what is found in a file, now and whenever that changes."""
        self._shown[file] = None
        self._reported = None
        self.changed(file)
        self.begin()

    def forget(self, file: Path) -> None:
        """Say nothing more about a file."""
        self._shown.pop(file, None)

    def changed(self, file: Path) -> None:
        """Hear that a file is another one now."""
        if self._picture is not None and file.is_relative_to(self.root):
            self._dirty[file.relative_to(self.root).as_posix()] = None
            if file.suffix == ".py":
                self._doubtful |= self._picture.queries.keys()

    def cancel(self) -> None:
        """Read no more files; nothing is said about the project until its settings change."""
        if self._work is not None:
            self._work = None
            self._dirty.clear()
            self._doubtful.clear()
            self.send(Progress(self.root, "end"))

    @property
    def picture(self) -> Picture | None:
        """The picture, once it shows all files."""
        return self._picture if self._complete else None

    def step(self) -> bool:
        """Do a little of what is left; whether there was something."""
        try:
            return self._step()
        except Exception as error:
            log.exception("reading %s failed", self.root)
            self._work, self._complete = None, False
            self.send(Progress(self.root, "end"))
            self.send(
                Problem(
                    f"what the files below {self.root} say together is not known any more "
                    f"({type(error).__name__}: {error}); please report it"
                )
            )
            return True

    def _step(self) -> bool:
        if self._work is not None:
            if next(self._work, self) is self:
                self._work = None
            return True
        if not self._complete or self._picture is None:
            return False
        if self._dirty:
            self._update(self._picture)
        elif self._reported is None:
            self._report(self._picture)
        elif self._doubtful:
            self._verify(self._picture, self._doubtful.pop())
        elif self._reported is not self._picture.project():
            self._report(self._picture)
        else:
            return False
        return True

    @property
    def is_urgent(self) -> bool:
        """Whether what is left is about a change that somebody has just made."""
        return self._complete and (bool(self._dirty) or self._reported is None)

    # Reading everything

    def begin(self) -> None:
        """Read all files, unless that has been done or begun."""
        if self._picture is not None:
            return
        cards = load_cards()
        opened = self.editor.folder_of(self.root)
        self._configurations = Configurations(lambda: cards, editor=self.editor, opened=opened)
        try:
            settings = self._configurations.of(self.root, self.root).settings
        except SettingsError:
            return  # of which the server says something
        self._picture = Picture(
            self._text, settings, lambda path: self.modules.elsewhere(self.root / path), self.store
        )
        self._work = self._all(self._picture, self._configurations)

    def _all(self, picture: Picture, configurations: Configurations) -> Iterator[None]:
        """Read all files, one a step."""
        try:
            names = self._names(configurations)
        except SettingsError:
            return
        self.send(Progress(self.root, "begin", 0, len(names)))
        yield
        picture.expect(names)
        for done, name in enumerate(names):
            picture.declare(name)
            if done % max(1, len(names) // 50) == 0:
                self.send(Progress(self.root, "report", done, len(names)))
            yield
        yield from self._all_queries(picture)
        self.store.flush()
        self._complete = True
        self._doubtful.clear()
        self.send(Progress(self.root, "end", len(names), len(names)))

    def _names(self, configurations: Configurations) -> list[str]:
        """The files of the project, by their paths below its root."""
        if self.alone:
            files = list(self._shown)
        else:
            found = find_files([self.root], configurations, fallback=self.root).files
            files = [one.path for one in found if one.configuration.root == self.root]
        return [file.relative_to(self.root).as_posix() for file in files]

    def _all_queries(self, picture: Picture) -> Iterator[None]:
        for name in list(picture.declared) if picture.has_schema else ():
            if name not in picture.queries:
                picture.ask(name)
                yield

    # Following changes

    def _update(self, picture: Picture) -> None:
        dirty, self._dirty = self._dirty, {}
        had_schema = picture.has_schema
        for name in dirty:
            if name in picture.declared or self._belongs(name):
                picture.declare(name)
        picture.declare_dependent()
        if had_schema and picture.has_schema:
            for name in dirty:
                if name in picture.declared:
                    picture.ask(name)
        elif picture.has_schema:
            self._work = self._all_queries(picture)
        self._reported = None

    def _belongs(self, name: str) -> bool:
        """Whether a file that was not there before is one of the project."""
        if self.alone:
            return self.root / name in self._shown
        try:
            return self._configurations is not None and finds(
                self.root / name, self.root, self._configurations
            )
        except (SettingsError, OSError):
            return False

    def _verify(self, picture: Picture, name: str) -> None:
        """Read the queries of a file again if other files answer otherwise now."""
        known = picture.queries.get(name)
        if known is not None and not known.holds(picture.elsewhere(name)):
            picture.ask(name)

    def _text(self, name: str) -> str | None:
        content = self.read(self.root / name)
        try:
            return decode(content, name)[0] if content is not None else None
        except UndecodableError:
            return None

    # What is said

    def _report(self, picture: Picture) -> None:
        project, heard = picture.project(), self._heard(picture)
        if self._judged is None or self._judged[0] is not project or self._judged[1] != heard:
            found, problems = found_in(project, [rule for rule in all_rules() if rule.id in heard])
            self._judged = project, heard, found
            for problem in problems:
                self.send(Problem(problem))
        found = self._judged[2]
        for file in self._shown:
            name = file.relative_to(self.root).as_posix()
            said = self.versions.get(file, 0), tuple(found.get(name, ()))
            if self._shown[file] != said:
                self._shown[file] = said
                self.send(Found(self.root, file, *said))
        self._reported = project
        self.store.flush()

    def _heard(self, picture: Picture) -> frozenset[str]:
        """The rules about projects that may speak in one of the open files; the others need not run."""
        names = (file.relative_to(self.root).as_posix() for file in self._shown)
        heard = (heard_in(name, picture.settings, self._text) for name in names)
        return frozenset[str]().union(*heard)
