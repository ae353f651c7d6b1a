"""A client of the Language Server Protocol as small as can be: JSON-RPC by hand."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 30.0
"""Seconds after which an answer does not come any more."""

END = "the output has ended"

Message = dict[str, Any]


class Client:
    """Speaks with a server on its standard input and output."""

    def __init__(self, command: list[str | Path], cwd: Path) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=cwd, stdin=pipe, stdout=pipe, stderr=pipe)
        self.notifications: list[Message] = []
        self._ids = 0
        self._received: queue.Queue[Message | str] = queue.Queue()
        self._errors: list[bytes] = []
        self._threads = [
            threading.Thread(target=self._read, args=[self.process.stdout], daemon=True),
            threading.Thread(target=self._listen, args=[self.process.stderr], daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def request(self, method: str, params: object) -> Any:
        """The result of a request."""
        self._ids += 1
        self._send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        answer = self._next(lambda message: message.get("id") == self._ids and "method" not in message)
        assert "error" not in answer, answer
        return answer["result"]

    def notify(self, method: str, params: object) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def wait_for(self, method: str) -> Any:
        """The parameters of the next notification of a method."""
        for message in self.notifications:
            if message["method"] == method:
                self.notifications.remove(message)
                return message["params"]
        return self._next(lambda message: message.get("method") == method)["params"]

    def wait(self) -> tuple[int, str]:
        """The exit code of the server, which is to end now, and what it wrote to standard error."""
        code = self.process.wait(TIMEOUT)
        for thread in self._threads:
            thread.join(TIMEOUT)
        assert self._received.get(timeout=TIMEOUT) == END
        return code, b"".join(self._errors).decode()

    def _send(self, message: Message) -> None:
        content = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def _next(self, wanted: Any) -> Message:
        while True:
            try:
                message = self._received.get(timeout=TIMEOUT)
            except queue.Empty:
                raise AssertionError(f"no answer; standard error: {b''.join(self._errors)!r}") from None
            assert not isinstance(message, str), f"{message}; standard error: {b''.join(self._errors)!r}"
            if wanted(message):
                return message
            if "id" in message:
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            else:
                self.notifications.append(message)

    def _read(self, stream: IO[bytes]) -> None:
        """Reads messages; whatever else comes is a mistake of the server, and a text in the queue."""
        while header := stream.readline():
            name, _, length = header.partition(b":")
            if name != b"Content-Length":
                self._received.put(f"not the protocol: {header!r}")
                return
            while stream.readline().strip():
                pass
            self._received.put(json.loads(stream.read(int(length))))
        self._received.put(END)

    def _listen(self, stream: IO[bytes]) -> None:
        self._errors.extend(iter(stream.read1, b""))
