"""A Redis of one's own: started for the tests, and stopped with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from unprivileged import START, free_port, user_for_server

if TYPE_CHECKING:
    from collections.abc import Generator


class NoRedisError(Exception):
    """There is no Redis on this machine, or it does not start."""


@contextmanager
def serving() -> Generator[str]:
    """The address of a running server, which hears only this machine and keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        raise NoRedisError("Redis is missing; on Debian: apt-get install redis-server")
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    user = user_for_server("redis")
    if user:
        os.chown(folder, user["user"], user["group"])
    port = free_port()
    options = {"bind": "127.0.0.1", "port": port, "dir": folder, "save": "", "appendonly": "no"}
    try:
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [program, *(str(part) for name, value in options.items() for part in (f"--{name}", value))],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **user,
            )
        try:
            _wait(server, port, folder / "log")
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(START)
    finally:
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START
    with redis.Redis(port=port, socket_connect_timeout=5, socket_timeout=5) as client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                if server.poll() is not None or time.monotonic() > end:
                    raise NoRedisError(log.read_text()) from None
                time.sleep(0.05)
            else:
                return
