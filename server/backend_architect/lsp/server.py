"""The language server: its features, and its life on standard input and output."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.io_ import StdoutWriter
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from backend_architect import __version__
from backend_architect.lsp import (
    code_actions,
    commands,
    completion,
    diagram,
    hover,
    information,
    settings,
    snippet_actions,
    workspace_edits,
)
from backend_architect.lsp.host import Host
from backend_architect.lsp.protocol import BackendProtocol, Wire
from backend_architect.project.baselines import BASELINE
from backend_architect.project.configuration import OWN_FILE, PYPROJECT
from backend_architect.project.user_cards import FOLDER

log = logging.getLogger(__name__)


class BackendServer(LanguageServer):
    """pygls' server with our host behind it."""

    protocol: BackendProtocol  # pyright: ignore[reportIncompatibleVariableOverride] - as `protocol_cls` says

    def __init__(self) -> None:
        super().__init__("backend-architect", __version__, protocol_cls=BackendProtocol)  # pyright: ignore[reportUnknownMemberType]
        self.host = Host(self)
        self.protocol.events = self.host

    @property
    def encoding(self) -> str:
        """The units in which the client counts columns."""
        encoding = self.server_capabilities.position_encoding
        return str(getattr(encoding, "value", encoding) or "utf-16")

    def folders(self) -> list[Path]:
        """The folders that are open in the editor, the deepest first."""
        paths = [to_fs_path(uri) for uri in self.workspace.folders]
        return sorted((Path(path) for path in paths if path), key=lambda path: -len(path.parts))

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002 - pygls' signature
        """Log what went wrong; no popup for what the person cannot mend."""
        log.error("%s: %s", type(error).__name__, error)


def create_server() -> BackendServer:
    """The server with all its features."""
    server = BackendServer()
    for add in (_add_actions, _add_reading, _add_notifications, _add_commands, _add_diagram, commands.add):
        add(server)
    return server


def _add_actions(server: BackendServer) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=list(code_actions.KINDS), resolve_provider=True),
    )
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return [*await code_actions.offered(server, params), *await snippet_actions.offered(server, params)]

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        if snippet_actions.is_ours(action):
            return await snippet_actions.resolved(server, action)
        return await code_actions.resolved(server, action)

    _ = (code_action, resolve)


def _add_reading(server: BackendServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def show(params: types.HoverParams) -> types.Hover | None:
        return await hover.hover(server, params)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, completion.OPTIONS)
    async def complete(params: types.CompletionParams) -> types.CompletionList:
        return await completion.complete(server, params)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        return completion.resolved(server, item)

    _ = (show, complete, resolve)


def _add_notifications(server: BackendServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.host.editor = settings.initial(server, params.initialization_options)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:  # noqa: ARG001 - pygls' signature
        _watch_files(server)
        asked = await settings.current(server)
        if asked != server.host.editor:
            server.host.reconfigure(asked)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.host.saved(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        uris = [change.uri for change in params.changes]
        if any(uri.endswith(_SETTINGS) or f"/{FOLDER}/" in uri for uri in uris):
            server.host.reconfigure()
        server.host.other_files_changed([uri for uri in uris if uri.endswith((".py", ".sql"))])

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration_changed(params: types.DidChangeConfigurationParams) -> None:
        server.host.reconfigure(await settings.current(server, params.settings))

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:  # noqa: ARG001
        server.host.reconfigure(await settings.current(server))

    _ = (initialize, initialized, saved, files_changed, configuration_changed, folders_changed)


def _add_commands(server: BackendServer) -> None:
    @server.command(information.COMMAND)
    def show_information(*arguments: Any) -> str:  # noqa: ARG001 - clients may pass what they like
        text = information.information(server)
        server.window_log_message(types.LogMessageParams(types.MessageType.Info, text))
        return text

    @server.command(workspace_edits.COMMAND)
    def show_new_files(*files: dict[str, str]) -> None:
        workspace_edits.show_new_files(server, files)

    _ = (show_information, show_new_files)


def _add_diagram(server: BackendServer) -> None:
    @server.command(diagram.SHOW)
    async def show(*arguments: Any) -> str:  # noqa: ARG001 - clients may pass what they like
        return await diagram.show(server)

    @server.command(diagram.WRITE)
    async def write(*arguments: Any) -> str:  # noqa: ARG001 - as above
        return await diagram.write(server)

    @server.command(diagram.PROJECTS)
    def projects() -> list[dict[str, str]]:
        return diagram.projects(server)

    @server.command(diagram.PAGE)
    def page() -> str:
        return diagram.empty_page()

    @server.command(diagram.DATA)
    async def data(uri: str) -> dict[str, Any] | None:
        return await diagram.data(server, uri)

    _ = (show, write, projects, page, data)


_SETTINGS = (f"/{OWN_FILE}", f"/{PYPROJECT}", f"/{BASELINE}")
_WATCHED = (OWN_FILE, PYPROJECT, BASELINE, f"{FOLDER}/**/*.md", "*.py", "*.sql")


def _watch_files(server: BackendServer) -> None:
    """Ask the client to tell when a configuration file, a card or a module changes, if it can."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is None or not watching.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(f"**/{name}") for name in _WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    server.client_register_capability(types.RegistrationParams([registration]))


def serve() -> None:
    """Serve on standard input and output until the client hangs up.

    Whatever prints to standard output from here on prints to standard error: the client owns the former.
    """
    output = sys.stdout.buffer
    sys.stdout = sys.stderr
    server = create_server()
    server.protocol.set_writer(StdoutWriter(output))
    # Not `sys.stdin.buffer`: the interpreter closes that at its end, and aborts if a thread still reads it.
    client = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115 - open until the process ends
    try:
        asyncio.run(Wire(server.protocol, client).run())
    except BrokenPipeError:
        log.info("the client has gone")
