"""What the server holds: open documents, settings, and what is left for a pause in typing."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from time import perf_counter
from typing import TYPE_CHECKING

from lsprotocol import types

from backend_architect.detectors.registry import all_rules
from backend_architect.engine.baseline import NOTHING, Accepted
from backend_architect.engine.check import language_of, reporter_for, rules_for, start
from backend_architect.engine.rules import RuleTable
from backend_architect.engine.settings import LARGEST, Settings, SettingsError
from backend_architect.engine.text import split_lines
from backend_architect.lsp.documents import Elsewhere, OpenDocument
from backend_architect.lsp.positions import Encoding
from backend_architect.lsp.projects import Projects, file_of
from backend_architect.lsp.settings import SECTIONS, run_of
from backend_architect.lsp.unopened import Unopened
from backend_architect.project.baselines import BaselineError, Baselines
from backend_architect.project.configuration import Configuration, Configurations
from backend_architect.project.editor import EditorSettings
from backend_architect.python.syntax import is_idle
from backend_architect.python.unread import is_newer
from backend_architect.sql.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from backend_architect.engine.blocks import Block
    from backend_architect.lsp.server import BackendServer

log = logging.getLogger(__name__)

BREATH = 0.02
"""Seconds without a message after which other files hear of a change."""

PAUSE = 0.25
"""Seconds without a message after which broken blocks are settled."""

REST = 2.0
"""Seconds without a message after which garbage is collected; that takes up to a tenth of a second."""

_LANGUAGES = {"python": "python", "sql": "sql"}
_SUFFIXES = {"python": ".py", "sql": ".sql"}


class Host:
    """Receives what the client does, keeps the analyses, and publishes their findings."""

    def __init__(self, server: BackendServer) -> None:
        self.server = server
        self.documents: dict[str, OpenDocument] = {}
        self.editor = EditorSettings()
        self._configurations: dict[Path | None, Configurations] = {}
        """By the open folder of the files, as the settings of the editor are."""
        self.baselines = Baselines()
        self._told: set[str] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._unexamined: list[OpenDocument] = []
        """Documents that were opened since the last pause."""
        self._examination: asyncio.Task[None] | None = None
        self._preparation: asyncio.Task[object] | None = None
        self.projects = Projects(self)
        self.unopened = Unopened(self)

    # Events of the protocol

    def opened(self, document: types.TextDocumentItem) -> None:
        """Analyse a document from now on."""
        language = _LANGUAGES.get(document.language_id) or language_of(document.uri)
        if language is None:
            return
        if len(document.text) > LARGEST:
            self.tell(f"large:{document.uri}", f"{document.uri} is larger than 1 MiB and is not analysed.")
            return
        path, settings, rules = self._context(document.uri, language)
        elsewhere = Elsewhere()
        accepted = self._accepted(document.uri, path)
        began = perf_counter()
        analysis = start(language, path, document.text, settings, rules, elsewhere, accepted)
        seconds = perf_counter() - began
        reporter = reporter_for(language, path, settings, rules)
        encoding = Encoding(self.server.encoding)
        opened = OpenDocument(
            document.uri,
            document.version,
            language,
            analysis,
            reporter,
            encoding,
            elsewhere,
            self._root(document.uri),
            on_save=self._on_save(document.uri),
            seconds=seconds,
        )
        self.documents[document.uri] = opened
        self._unexamined.append(opened)
        self.unopened.opened(document.uri)
        self._publish(opened)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """Follow the text; the analysis waits until no more changes have arrived."""
        document = self.documents.get(params.text_document.uri)
        if document is not None:
            document.change(params.text_document.version, params.content_changes)

    def saved(self, uri: str) -> None:
        """Say what has waited for it."""
        document = self.documents.get(uri)
        if document is not None:
            waited, document.unsaved = document.waits, False
            if waited:
                document.refresh()
                self._publish(document)

    def closed(self, uri: str) -> None:
        """Forget a document, and take back what was said about it."""
        if self.documents.pop(uri, None) is not None:
            self.server.protocol.publish(uri, None, "[]")
            self.projects.closed(uri)
            self.unopened.changed([uri])

    def drained(self) -> None:
        """Analyse what has changed, and put off the rest until the person pauses."""
        for document in self.documents.values():
            if not document.waits:
                self.catch_up(document)
        for timer in self._timers:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(BREATH, self.projects.tell_texts),
            loop.call_later(PAUSE, self._settle),
            loop.call_later(REST, gc.collect),
        ]

    def current(self, uri: str) -> OpenDocument | None:
        """An open document, with its findings up to date."""
        document = self.documents.get(uri)
        if document is not None:
            self.catch_up(document)
        return document

    def catch_up(self, document: OpenDocument, *, unless_same: bool = False) -> None:
        """Analyse a document that has changed, and publish what is found; or only if that is news."""
        if document.stale:
            try:
                document.refresh()
            except Exception:
                log.exception("the analysis of %s failed", document.uri)
            if not (unless_same and document.diagnostics() == document.published):
                self._publish(document)

    # Settings

    def reconfigure(self, editor: EditorSettings | None = None) -> None:
        """Read all settings anew, and analyse all documents under them; the editor's may be others now."""
        self.editor = editor or self.editor
        self._configurations.clear()
        self.baselines = Baselines()
        self._told = {told for told in self._told if not told.startswith("settings:")}
        for document in self.documents.values():
            path, settings, rules = self._context(document.uri, document.language)
            text, accepted = document.analysis.document.text, self._accepted(document.uri, path)
            analysis = start(document.language, path, text, settings, rules, document.elsewhere, accepted)
            document.use(analysis, reporter_for(document.language, path, settings, rules))
            document.stale = False
            document.root = self._root(document.uri)
            document.on_save = self._on_save(document.uri)
            self._publish(document)
        self.projects.reconfigured()
        self.unopened.reconfigured()

    def _root(self, uri: str) -> Path | None:
        """The root of the project of a document, if the client shows places in other files of it."""
        file = file_of(uri)
        return self.configuration(file).root if file is not None and self.shows_related else None

    @property
    def shows_related(self) -> bool:
        """Whether the client shows the places in other files that a finding names."""
        capability = self.server.client_capabilities.text_document
        diagnostics = capability.publish_diagnostics if capability else None
        return bool(diagnostics and diagnostics.related_information)

    def _context(self, uri: str, language: str) -> tuple[str, Settings, RuleTable]:
        """The path by which settings and rules know a document, its settings, and the rules for it."""
        file = file_of(uri)
        if file is None:
            path = f"untitled{_SUFFIXES[language]}"
            settings, mistakes = self._configurations_of(None).of_no_file()
            self._tell_mistakes(mistakes)
        else:
            configuration = self.configuration(file)
            path, settings = configuration.relative(file), configuration.settings
        if settings.excluded(path):
            return path, settings, RuleTable(())
        return path, settings, rules_for(path, settings)

    def _accepted(self, uri: str, path: str) -> Accepted:
        """What the baseline of its project says of a document."""
        file = file_of(uri)
        if file is None:
            return NOTHING
        try:
            return self.baselines.of(self.configuration(file).root).get(path, NOTHING)
        except BaselineError as error:
            self.tell(f"settings:{error}", f"{error}. Everything that is found is shown.")
            return NOTHING

    def settings_file(self, uri: str) -> Path | None:
        """The file with the settings that hold for a document, if there is one."""
        file = file_of(uri)
        return self.configuration(file).file if file is not None else None

    def configuration(self, file: Path) -> Configuration:
        """What holds for a file; the defaults where its settings cannot be used, which is said once."""
        fallback = next(
            (folder for folder in self.server.folders() if file.is_relative_to(folder)), file.parent
        )
        try:
            configuration = self._configurations_of(file).of(file.parent, fallback)
        except SettingsError as error:
            self.tell(f"settings:{error}", f"{error}. The defaults are used instead.")
            return Configuration(fallback, Settings())
        for problem in configuration.problems:
            self.tell(f"settings:{problem}", f"{problem}. This rule of the project is left out.")
        self._tell_mistakes(configuration.mistakes)
        return configuration

    def _configurations_of(self, file: Path | None) -> Configurations:
        folder = self.editor.folder_of(file) if file is not None else None
        if folder not in self._configurations:
            self._configurations[folder] = Configurations(_rule_ids, editor=self.editor, opened=folder)
        return self._configurations[folder]

    def _on_save(self, uri: str) -> bool:
        """Whether a document is to be looked at when it is saved only; one that is not stored never is."""
        file = file_of(uri)
        if file is None:
            return False
        run, mistake = run_of(self.editor.at(self.editor.folder_of(file)))
        self._tell_mistakes((mistake,) if mistake else ())
        return run == "onSave"

    def _tell_mistakes(self, mistakes: Iterable[str]) -> None:
        for mistake in mistakes:
            self.tell(f"settings:{mistake}", f"left out of the editor's settings: {SECTIONS[0]}.{mistake}")

    # Other files of the project

    def other_files_changed(self, uris: Collection[str]) -> None:
        """Hear that stored files have changed."""
        self.projects.changed(uris)
        self.unopened.changed(uris)

    # What users see

    def _publish(self, document: OpenDocument) -> None:
        if document.waits:
            return
        document.published = document.diagnostics()
        self.server.protocol.publish(document.uri, document.version, document.published)
        for failure in document.analysis.failures():
            self.tell(
                f"rule:{failure.rule}",
                f"the rule {failure.rule} failed ({failure.error}) and is silent where it does; "
                "all others go on. Please report it.",
            )

    def tell(self, key: str, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show a message to the person, once."""
        if key not in self._told:
            self._told.add(key)
            log.log(logging.WARNING if kind is types.MessageType.Warning else logging.INFO, message)
            self.server.window_show_message(types.ShowMessageParams(kind, f"backend-architect: {message}"))

    # What waits for a pause

    def _settle(self) -> None:
        for document in self.documents.values():
            if document.analysis.settle():
                self._publish(document)
        self.projects.ask()
        self.projects.tell_texts()
        if self._preparation is None:
            # The parser of SQL takes a while to load, which nobody should feel who types the first statement.
            self._preparation = asyncio.create_task(asyncio.to_thread(parse, "SELECT 1", Settings().dialect))
        opened, self._unexamined = self._unexamined, []
        if any(document.language == "python" and document.analysis.document.broken for document in opened):
            self._examination = asyncio.create_task(self._examine(opened))

    async def _examine(self, opened: list[OpenDocument]) -> None:
        """Say so where a document is written for a newer Python than the one that reads it here."""
        for document in opened:
            broken = [(start, block) for start, block in document.analysis.document.blocks() if block.broken]
            newer = await asyncio.to_thread(_first_newer, broken) if document.language == "python" else None
            if newer is not None:
                self.tell(
                    "newer",
                    f"{document.reporter.path}:{newer + 1}: written for a newer Python than "
                    f"{sys.version_info[0]}.{sys.version_info[1]}, which runs this server; what that cannot "
                    "read is not analysed. Install backend-architect with the newer Python.",
                    types.MessageType.Info,
                )


def _first_newer(broken: list[tuple[int, Block]]) -> int | None:
    """The first line with code of the first block that a newer Python reads."""
    for first, block in broken:
        if is_newer(block):
            lines = split_lines(block.text)
            return first + next(at for at, line in enumerate(lines) if not is_idle(line))
    return None


def _rule_ids() -> list[str]:
    return [rule.id for rule in all_rules()]
