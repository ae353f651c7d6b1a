"""A language client that measures: it writes requests by hand and notes when the answers arrive."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT = 60.0
CAPABILITIES = {
    "textDocument": {
        "publishDiagnostics": {"versionSupport": True},
        "codeAction": {
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source.fixAll"]}},
        },
        "hover": {"contentFormat": ["markdown"]},
    },
    "workspace": {"configuration": True, "workspaceEdit": {"documentChanges": True}},
    "general": {"positionEncodings": ["utf-16"]},
}


@dataclass
class Published:
    """One publication of diagnostics."""

    at: float
    version: int | None
    diagnostics: list[Any]
    uri: str = ""


@dataclass
class Client:
    """One server process and the session with it; times are seconds of `time.perf_counter`."""

    command: list[str]
    folder: Path
    pulls: bool = False
    """Whether the client says that it asks for diagnostics."""
    waiting: dict[int, asyncio.Future[tuple[float, Any]]] = field(default_factory=dict)
    published: list[Published] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> float:
        """Start the server; how long that took, up to its answer to `initialize`."""
        begin = time.perf_counter()
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=self.folder,
            limit=1 << 26,
        )
        self.reader = asyncio.create_task(self._read())
        folder = {"uri": self.folder.as_uri(), "name": "bench"}
        capabilities: dict[str, Any] = json.loads(json.dumps(CAPABILITIES))
        if self.pulls:
            capabilities["textDocument"]["diagnostic"] = {"dynamicRegistration": False}
        at, _ = await self.request(
            "initialize",
            processId=None,
            rootUri=folder["uri"],
            workspaceFolders=[folder],
            capabilities=capabilities,
        )
        self.notify("initialized")
        return at - begin

    async def stop(self) -> None:
        """End the session, and the process if it does not end by itself."""
        with contextlib.suppress(TimeoutError, OSError):
            await self.request("shutdown")
            self.notify("exit")
            await asyncio.wait_for(self.process.wait(), 5)
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.reader.cancel()

    def notify(self, method: str, **params: Any) -> float:
        """Send a notification; when."""
        at = time.perf_counter()
        self._send({"method": method, "params": params})
        return at

    async def request(self, method: str, **params: Any) -> tuple[float, Any]:
        """Send a request; when the answer arrived, and its result."""
        number = len(self.waiting) + 1
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(future, TIMEOUT)

    async def diagnostics(self, version: int) -> Published:
        """The first publication for a version or a later one."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                for one in self.published:
                    if one.version is not None and one.version >= version:
                        return one
                self.arrived.clear()
                await self.arrived.wait()

    def memory(self) -> float:
        """The most memory that the process ever held, in MiB; Linux only."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        stream = self.process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                header = await stream.readuntil(b"\r\n\r\n")
                fields = dict(line.split(b": ", 1) for line in header.split(b"\r\n") if line)
                body = await stream.readexactly(int(fields[b"Content-Length"]))
                self._receive(json.loads(body), time.perf_counter())

    def _receive(self, message: dict[str, Any], at: float) -> None:
        if "method" in message and "id" in message:
            items = message["params"].get("items") if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": [None for _ in items] if items else None})
        elif message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self.published.append(Published(at, params.get("version"), params["diagnostics"], params["uri"]))
            self.arrived.set()
        elif "id" in message:
            self.waiting[message["id"]].set_result((at, message.get("result")))
