"""The services that health checks ask: Redis, RabbitMQ, and a stand-in for MongoDB, which Debian lacks."""

from __future__ import annotations

import os
import shutil
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bson
from kombu import Connection
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from unprivileged import START, free_port, paused, user_for_server

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


@dataclass(frozen=True)
class Service:
    """Something that answers at an address."""

    url: str
    frozen: Callable[[], AbstractContextManager[object]]
    """For a while it takes connections and questions, and says nothing."""
    refusing: str
    """An address at which it does not let one in."""


@contextmanager
def _process(name: str, command: list[str | Path], **environment: str) -> Generator[subprocess.Popen[bytes]]:
    """A process in a folder of its own, which is gone with it."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    user = user_for_server(name)
    if user:
        os.chown(folder, user["user"], user["group"])
    known = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    try:
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=known | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **user,
            )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(START)
    finally:
        shutil.rmtree(folder)


def _until(answers: Callable[[], object], error: type[Exception]) -> None:
    """Wait until something is there."""
    end = time.monotonic() + START
    while True:
        try:
            answers()
        except error:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def redis() -> Generator[Service]:
    """A Redis that demands a password."""
    port = free_port()
    options = {"port": port, "bind": "127.0.0.1", "save": "", "requirepass": "s3cret"}
    command = [
        "redis-server",
        *(word for name, value in options.items() for word in (f"--{name}", str(value))),
    ]
    with _process("redis", command) as process:
        url = f"redis://:s3cret@127.0.0.1:{port}/0"

        def ask() -> None:
            with Redis.from_url(url) as client:
                client.ping()

        _until(ask, RedisConnectionError)
        yield Service(url, lambda: paused(process.pid), f"redis://127.0.0.1:{port}/0")


@contextmanager
def rabbitmq() -> Generator[Service]:
    """A RabbitMQ, with the register of names that Erlang needs."""
    port, names = free_port(), str(free_port())
    erlang = {"ERL_EPMD_PORT": names, "ERL_EPMD_ADDRESS": "127.0.0.1"}
    settings = {
        "RABBITMQ_NODENAME": "shop@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": "data",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": "plugins",
        "RABBITMQ_CONFIG_FILE": "none",
        "RABBITMQ_PID_FILE": "pid",
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}//"

    def ask() -> None:
        with Connection(url, connect_timeout=2) as connection:
            connection.connect()

    server = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    with (
        _process("rabbitmq", ["epmd", "-port", names, "-address", "127.0.0.1"], **erlang),
        _process("rabbitmq", [server], **erlang, **settings) as process,
    ):
        _until(ask, OSError)
        yield Service(url, lambda: paused(process.pid), url.replace("guest:guest", "guest:wrong"))


@contextmanager
def _threaded(server: socketserver.TCPServer) -> Generator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_ANSWER = {
    "ok": 1,
    "isWritablePrimary": True,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "maxBsonObjectSize": 1 << 24,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
}


class _Mongo(socketserver.StreamRequestHandler):
    """Answers every command that its job is done, in the messages of MongoDB's wire protocol."""

    OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013

    def handle(self) -> None:
        while len(header := self.rfile.read(16)) == 16:
            length, number, _, operation = struct.unpack("<iiii", header)
            self.rfile.read(length - 16)
            document = bson.encode(_ANSWER)
            if operation == self.OP_QUERY:
                reply, body = self.OP_REPLY, struct.pack("<iqii", 0, 0, 0, 1) + document
            else:
                reply, body = self.OP_MSG, struct.pack("<iB", 0, 0) + document
            self.server.open.wait()  # type: ignore[attr-defined]
            self.wfile.write(struct.pack("<iiii", 16 + len(body), 1, number, reply) + body)


class _Freezing(socketserver.ThreadingTCPServer):
    """A server whose answers can be held back."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open = threading.Event()
        self.open.set()

    @contextmanager
    def frozen(self) -> Generator[None]:
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()


@contextmanager
def mongodb() -> Generator[Service]:
    """A server that speaks enough of MongoDB's protocol for a client to be content."""
    server = _Freezing(("127.0.0.1", 0), _Mongo)
    with _threaded(server) as port:
        yield Service(f"mongodb://127.0.0.1:{port}", server.frozen, f"mongodb://127.0.0.1:{free_port()}")


class _Probe(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.open.wait()  # type: ignore[attr-defined]
        status = {"/livez": 200, "/moved": 302}.get(self.path, 503)
        self.send_response(status)
        self.send_header("Location", "/livez")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def http() -> Generator[Service]:
    """A service with a probe."""
    server = _Freezing(("127.0.0.1", 0), _Probe)
    with _threaded(server) as port:
        yield Service(f"http://127.0.0.1:{port}/livez", server.frozen, f"http://127.0.0.1:{port}/down")
