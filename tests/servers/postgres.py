"""A PostgreSQL of one's own: started for the tests, and stopped with them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from unprivileged import START, free_port, paused, user_for_server

if TYPE_CHECKING:
    from collections.abc import Generator


class NoPostgresError(Exception):
    """There is no PostgreSQL on this machine, or it does not start."""


def programs() -> Path:
    """The folder of the server's programs, of the newest version."""
    folders = [file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    if not folders:
        raise NoPostgresError("PostgreSQL is missing; on Debian: apt-get install postgresql")
    return max(folders, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()])


class Server:
    """A server of one's own that can be stopped and started again; it hears only this machine."""

    def __init__(self, folder: Path) -> None:
        """Make an empty cluster in a folder.

        Raises:
            NoPostgresError: that is not possible.
        """
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        user = user_for_server("postgres")
        if user:
            os.chown(folder, user["user"], user["group"])
        self._options: dict[str, Any] = {
            "cwd": folder,
            "stdin": subprocess.DEVNULL,
            "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            **user,
        }
        made = subprocess.run(
            [
                *(programs() / "initdb", "-D", folder / "data", "-U", "postgres"),
                *("-A", "trust", "-E", "UTF8", "--no-sync"),
            ],
            **self._options,
            capture_output=True,
            text=True,
            timeout=START,
            check=False,
        )
        if made.returncode:
            raise NoPostgresError(made.stderr)

    @property
    def conninfo(self) -> str:
        """The connection string of its superuser."""
        return f"host=127.0.0.1 port={self._port} user=postgres dbname=postgres"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            NoPostgresError: it does not.
        """
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 20,
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(programs() / "postgres", "-D", self._folder / "data"),
                    *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
                ],
                **self._options,
                stdout=log,
                stderr=log,
            )
        _wait(self._process, self.conninfo, self._folder / "log")

    def stop(self) -> None:
        """End its connections, then itself."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START)
            self._process = None

    @contextmanager
    def frozen(self) -> Generator[None]:
        """For a while it takes connections and questions, and says nothing."""
        assert self._process is not None
        with paused(self._process.pid):
            yield


@contextmanager
def serving() -> Generator[str]:
    """A running server, as the connection string of its superuser."""
    with own_server() as server:
        yield server.conninfo


@contextmanager
def own_server() -> Generator[Server]:
    """A running server that may be stopped, started and frozen."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = Server(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], conninfo: str, log: Path) -> None:
    end = time.monotonic() + START
    while True:
        try:
            psycopg.connect(conninfo, connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise NoPostgresError(log.read_text()) from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def database(postgres: str, name: str, options: str = "") -> Generator[str]:
    """A database of its own, as the words of a connection string; `options` are of CREATE DATABASE."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}")
    try:
        yield postgres.replace("dbname=postgres", f"dbname={name}")
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url(conninfo: str) -> str:
    """A connection string as SQLAlchemy writes it."""
    said = dict(word.split("=") for word in conninfo.split())
    return f"postgresql+psycopg://{said['user']}@{said['host']}:{said['port']}/{said['dbname']}"
