"""The wire: messages from standard input, documents of our own, diagnostics without detours.

pygls' own documents split lines at form feeds and re-split them at every edit, and its converter spends
most of a keystroke on building and taking apart objects; so the documents are kept here, and diagnostics
are written as the JSON that the documents render.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


class DocumentEvents(Protocol):
    """Who is told what the client does with its documents."""

    def opened(self, document: types.TextDocumentItem) -> None:
        """A document is open in the editor now."""
        ...

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        """The text of an open document changed."""
        ...

    def closed(self, uri: str) -> None:
        """A document is not open any more."""
        ...

    def drained(self) -> None:
        """All messages that have arrived are handled."""
        ...


class BackendProtocol(LanguageServerProtocol):
    """The language server protocol over documents of our own; nothing may read `server.workspace`."""

    events: DocumentEvents

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(  # pyright: ignore[reportIncompatibleMethodOverride] - no generator
        self, params: types.DidOpenTextDocumentParams
    ) -> None:
        """Hand an opened document over."""
        self.events.opened(params.text_document)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(  # pyright: ignore[reportIncompatibleMethodOverride] - no generator
        self, params: types.DidChangeTextDocumentParams
    ) -> None:
        """Hand a change over."""
        self.events.changed(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(  # pyright: ignore[reportIncompatibleMethodOverride] - no generator
        self, params: types.DidCloseTextDocumentParams
    ) -> None:
        """Hand the end of a document over."""
        self.events.closed(params.text_document.uri)

    def receive(self, data: dict[str, Any]) -> None:
        """Handle a message; a request that is not understood is answered too, for its client waits."""
        is_request = "id" in data and "method" in data
        refusal = self._refusal(data.get("method"))
        if refusal is None:
            try:
                message: Any = self.structure_message(data)
                self.handle_message(message)
            except JsonRpcException as error:
                if not is_request:
                    raise
                refusal = error.to_response_error()
        if refusal is not None and is_request:
            self._send_response(data["id"], error=refusal)

    def _refusal(self, method: str | None) -> types.ResponseError | None:
        """Why a message comes too early or too late."""
        if method in {None, types.EXIT}:
            return None
        if self._shutdown:
            return types.ResponseError(types.ErrorCodes.InvalidRequest.value, "the server is shutting down")
        if self._workspace is None and method != types.INITIALIZE:
            return types.ResponseError(types.ErrorCodes.ServerNotInitialized.value, "initialize comes first")
        return None

    def publish(self, uri: str, version: int | None, diagnostics: str) -> None:
        """Send diagnostics, given as the JSON of their list."""
        number = "" if version is None else f'"version":{version},'
        body = (
            '{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":'
            f'{{"uri":{json.dumps(uri)},{number}"diagnostics":{diagnostics}}}}}'
        ).encode()
        if self.writer is not None:
            self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


class Wire:
    """Reads messages in a thread, so that all that have arrived are handled before anything is analysed."""

    def __init__(self, protocol: BackendProtocol, stdin: BinaryIO) -> None:
        self.protocol = protocol
        self.stdin = stdin
        self.arrived: deque[bytes] = deque()
        self.closed: asyncio.Event

    async def run(self) -> None:
        """Handle messages until the client hangs up."""
        self.closed = asyncio.Event()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), name="reader", daemon=True).start()
        await self.closed.wait()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while (body := self._message()) is not None:
                self.arrived.append(body)
                _call(loop, self._drain)
        except (OSError, ValueError):
            log.exception("the client's messages cannot be read")
        _call(loop, self.closed.set)

    def _message(self) -> bytes | None:
        """The next message; None at the end."""
        length = 0
        while True:
            line = self.stdin.readline()
            if not line:
                return None
            if not line.strip() and length:
                return self.stdin.read(length)
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                length = int(value)

    def _drain(self) -> None:
        if not self.arrived:
            return
        while self.arrived:
            self._handle(self.arrived.popleft())
        self.protocol.events.drained()

    def _handle(self, body: bytes) -> None:
        try:
            self.protocol.receive(json.loads(body))
        except Exception:
            log.exception("a message could not be handled: %.200r", body)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    """Call a function in the loop, unless the loop has ended meanwhile."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        log.debug("a message came after the end")
