"""A client of the Language Server Protocol, written by hand so that tests see exactly what is on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Any

from backend_architect.lsp.protocol import Wire
from backend_architect.lsp.server import create_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from backend_architect.lsp.server import BackendServer

TIMEOUT = 20.0
"""Seconds after which an answer does not come any more."""

COMMAND = [sys.executable, "-m", "backend_architect.cli.main", "server"]

PUBLISH = "textDocument/publishDiagnostics"
SHOW_MESSAGE = "window/showMessage"

Message = dict[str, Any]

_UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def capabilities(encoding: str | None = "utf-16", **changes: Any) -> Message:
    """What a modern client can do; without an encoding, nothing but what every client can."""
    if encoding is None:
        return {}
    code_action = {
        "dataSupport": True,
        "resolveSupport": {"properties": ["edit"]},
        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
    }
    return {
        "general": {"positionEncodings": [encoding]},
        "workspace": {
            "workspaceEdit": {"documentChanges": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
            "workspaceFolders": True,
        },
        "textDocument": {
            "codeAction": code_action,
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "publishDiagnostics": {"versionSupport": True},
        },
        **changes,
    }


class StdoutWriter:
    """Hands what the server writes to the client in the same process."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def write(self, data: bytes) -> None:
        self.stream.write(data)

    def close(self) -> None:
        self.stream.close()


class Client:
    """Speaks with a server: a process, or one in this process that a test has tampered with."""

    def __init__(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self.reader, self.writer = reader, writer
        self.process: subprocess.Popen[bytes] | None = None
        self.messages: list[Message] = []
        """All that the server sent, in order."""
        self.noise: list[bytes] = []
        """What came on the server's output and is no message."""
        self.errors: list[bytes] = []
        """The standard error of the process."""
        self.configuration: Callable[[Message], Any] = lambda _: None
        """What it answers when it is asked for an item of its settings."""
        self._arrived: queue.Queue[Message | None] = queue.Queue()
        self._waiting: deque[Message] = deque()
        self._ids = 0
        self._threads = [threading.Thread(target=self._read, daemon=True)]
        self._threads[0].start()

    @classmethod
    def spawn(cls, cwd: Path, *options: str) -> Client:
        """A client of a new process."""
        pipe = subprocess.PIPE
        process = subprocess.Popen([*COMMAND, *options], cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe)
        client = cls(process.stdout, process.stdin)
        client.process = process
        client._threads.append(threading.Thread(target=client._listen, args=[process.stderr], daemon=True))
        client._threads[-1].start()
        return client

    @classmethod
    def inside(cls, server: BackendServer | None = None) -> Client:
        """A client of a server in this process."""
        server = server or create_server()
        to_server, from_server = os.pipe(), os.pipe()
        server.protocol.set_writer(StdoutWriter(os.fdopen(from_server[1], "wb", buffering=0)))

        def serve() -> None:
            with os.fdopen(to_server[0], "rb") as stdin:
                asyncio.run(Wire(server.protocol, stdin).run())
            server.protocol.writer.close()

        client = cls(os.fdopen(from_server[0], "rb"), os.fdopen(to_server[1], "wb"))
        client._threads.append(threading.Thread(target=serve, daemon=True))
        client._threads[-1].start()
        return client

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        if self.process is not None:
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        for thread in self._threads:
            thread.join(TIMEOUT)
        self.reader.close()
        if self.process is not None:
            self.process.stderr.close()
        assert not self.noise, f"the output holds more than the protocol: {self.noise}"

    # Sending

    def start(self, encoding: str | None = "utf-16", *folders: Path, **changes: Any) -> Message:
        """Shake hands; the result of `initialize`."""
        workspace = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        params = {"processId": None, "rootUri": None, "workspaceFolders": workspace or None}
        result = self.request("initialize", {**params, "capabilities": capabilities(encoding), **changes})
        self.notify("initialized", {})
        return result

    def request(self, method: str, params: object = None) -> Any:
        """The result of a request."""
        answer = self.call(method, params)
        assert "error" not in answer, answer
        return answer["result"]

    def call(self, method: str, params: object = None) -> Message:
        """The answer to a request, with its result or error."""
        return self.answer(self.post(method, params))

    def post(self, method: str, params: object = None) -> int:
        """Send a request; its id."""
        self._ids += 1
        self.send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return self._ids

    def notify(self, method: str, params: object = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def send(self, *messages: Message) -> None:
        """Send messages in one piece."""
        self.write(b"".join(framed(json.dumps(message).encode()) for message in messages))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        self.writer.flush()

    def hang_up(self) -> None:
        """Close the server's input."""
        with contextlib.suppress(BrokenPipeError):
            self.writer.close()

    # Receiving

    def answer(self, number: int) -> Message:
        """The answer to the request with this id."""
        return self.next(lambda message: message.get("id") == number and "method" not in message)

    def await_notification(self, method: str) -> Any:
        """The parameters of the next notification of a method."""
        return self.next(lambda message: message.get("method") == method)["params"]

    def published(self, uri: str, version: int | None = None) -> Message:
        """The next diagnostics for a document, or the first for a version of it."""

        def wanted(message: Message) -> bool:
            if message.get("method") != PUBLISH or message["params"]["uri"] != uri:
                return False
            return version is None or message["params"].get("version") == version

        return self.next(wanted)["params"]

    def next(self, wanted: Any) -> Message:
        """The first message not yet taken that is wanted."""
        for message in self._waiting:
            if wanted(message):
                self._waiting.remove(message)
                return message
        while True:
            try:
                message = self._arrived.get(timeout=TIMEOUT)
            except queue.Empty:
                raise AssertionError(f"no answer; standard error: {b''.join(self.errors)!r}") from None
            if message is None:
                raise AssertionError(f"the server has ended; standard error: {b''.join(self.errors)!r}")
            if wanted(message):
                return message
            self._waiting.append(message)

    def catch_up(self) -> None:
        """Wait until everything sent before is dealt with."""
        assert self.call("nothing/of-the-kind")["error"]["code"] == -32601

    def count(self, method: str, since: int = 0) -> int:
        """How many messages of a method have come, from one of `messages` on."""
        return sum(message.get("method") == method for message in self.messages[since:])

    def wait(self) -> tuple[int, str]:
        """The exit code of the process, which is to end now, and its standard error."""
        code = self.process.wait(TIMEOUT)
        for thread in self._threads:
            thread.join(TIMEOUT)
        return code, b"".join(self.errors).decode()

    def _read(self) -> None:
        while (body := self._message()) is not None:
            message = json.loads(body)
            self.messages.append(message)
            self._arrived.put(message)
            if "method" in message and "id" in message:
                result = {"applied": True} if message["method"] == "workspace/applyEdit" else None
                if message["method"] == "workspace/configuration":
                    result = list(map(self.configuration, message["params"]["items"]))
                with contextlib.suppress(BrokenPipeError, ValueError):  # hung up
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        self._arrived.put(None)

    def _message(self) -> bytes | None:
        length = None
        while line := self.reader.readline():
            header = re.fullmatch(rb"Content-(Length|Type): (\d+|[\w/.-]+; charset=utf-8)\r\n", line)
            if line == b"\r\n" and length is not None:
                return self.reader.read(length)
            if header is None:
                self.noise.append(line)
            elif header[1] == b"Length":
                length = int(header[2])
        return None

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.errors.append(line)

    # Documents

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        """Open a document."""
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, *changes: Message) -> None:
        """Change a document."""
        self.send(changed(uri, version, *changes))

    def close(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def actions(self, uri: str, place: Message, only: list[str] | None = None) -> list[Message]:
        """The code actions for a range, whose diagnostics the client keeps for itself."""
        context: Message = {"diagnostics": []} | ({} if only is None else {"only": only})
        params = {"textDocument": {"uri": uri}, "range": place, "context": context}
        return self.request("textDocument/codeAction", params)

    def resolve(self, action: Message) -> Message:
        """A code action with its edit."""
        return self.request("codeAction/resolve", action)

    def hover(self, uri: str, line: int, character: int) -> Any:
        """What is shown at a place."""
        position = {"line": line, "character": character}
        return self.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})


def framed(body: bytes) -> bytes:
    """A message as it is sent."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def changed(uri: str, version: int, *changes: Message) -> Message:
    """The notification of a change."""
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
    return {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}


def edit(line: int, start: int, end: int, text: str, end_line: int | None = None) -> Message:
    """A change that replaces a part of a line, or of several."""
    return {"range": span(line, start, end, end_line), "text": text}


def span(line: int, start: int, end: int, end_line: int | None = None) -> Message:
    """A range, of one line unless told otherwise."""
    last = line if end_line is None else end_line
    return {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}


def place_of(text: str, part: str, encoding: str = "utf-16", start: int = 0) -> Message:
    """The range of a part of a text, as a client counts."""
    at = text.index(part, start)
    return {"start": _position(text, at, encoding), "end": _position(text, at + len(part), encoding)}


def applied(text: str, edits: Iterable[Message], encoding: str = "utf-16") -> str:
    """A text after edits, which must not overlap, as a client makes them."""

    def offset(one: Message, side: str) -> int:
        return _offset(text, one["range"][side], encoding)

    places = sorted((offset(one, "start"), offset(one, "end"), one["newText"]) for one in edits)
    parts: list[str] = []
    done = 0
    for start, end, new in places:
        assert done <= start <= end, "edits overlap"
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def edits_of(action: Message, uri: str, version: int | None = None) -> list[Message]:
    """The edits of an action to a document; with a version, they must be for that one."""
    if version is None:
        assert list(action["edit"]) == ["changes"], action
        return action["edit"]["changes"][uri]
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": version}
    return change["edits"]


def _lines(text: str) -> list[str]:
    """The lines of a text, as the protocol counts them: behind the last line end stands another line."""
    lines = io.StringIO(text, newline="").readlines()
    return lines if lines and not lines[-1].endswith(("\r", "\n")) else [*lines, ""]


def _offset(text: str, position: Message, encoding: str) -> int:
    lines = _lines(text)
    codec, size = _UNITS[encoding]
    line = lines[position["line"]].encode(codec, "surrogatepass")
    assert position["character"] * size <= len(line), "the position lies behind the end of its line"
    before = line[: position["character"] * size].decode(codec, "surrogatepass")
    return sum(map(len, lines[: position["line"]])) + len(before)


def _position(text: str, offset: int, encoding: str) -> Message:
    codec, size = _UNITS[encoding]
    *above, line = _lines(text[:offset])
    return {"line": len(above), "character": len(line.encode(codec, "surrogatepass")) // size}
