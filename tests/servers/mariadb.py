"""A MariaDB of one's own: started for the tests, and stopped with them."""

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

import pymysql
from unprivileged import START, free_port, user_for_server

if TYPE_CHECKING:
    from collections.abc import Generator

PATH = f"{os.defpath}:/usr/sbin"
"""Where the programs are; Debian's server is not on the path of most people."""

DEBIAN = "mariadb-server-core mariadb-client-core"
"""The packages that have the programs; unlike `mariadb-server` they start no service."""

SETTINGS = {
    "bind-address": "127.0.0.1",
    "skip-networking": 0,
    "max-connections": 20,
    "table-open-cache": 100,
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_bin",
    "innodb-buffer-pool-size": "8M",
    "innodb-log-file-size": "4M",
    "innodb-flush-log-at-trx-commit": 0,
    "key-buffer-size": "1M",
    "aria-pagecache-buffer-size": "1M",
}


class NoMariadbError(Exception):
    """There is no MariaDB on this machine, or it does not start."""


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise NoMariadbError(f"{name} is missing; on Debian: apt-get install {DEBIAN}")
    return found


@contextmanager
def serving() -> Generator[int]:
    """A running server, as its port on 127.0.0.1.

    Its user `root` has no password; its database is `test`.
    """
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))
    scratch = folder / "tmp"  # two servers in one folder delete each other's temporary tables
    scratch.mkdir()
    user = user_for_server("mysql")
    for mine in (folder, scratch) if user else ():
        os.chown(mine, user["user"], user["group"])
    options: dict[str, Any] = {
        "cwd": folder,
        "stdin": subprocess.DEVNULL,
        "env": {"PATH": PATH, "LC_ALL": "C.UTF-8"},
        **user,
    }
    data = f"--datadir={folder / 'data'}"
    try:
        made = subprocess.run(
            [
                _program("mariadb-install-db"),
                "--no-defaults",  # the server of the machine, if there is one, has settings of its own
                data,
                f"--tmpdir={scratch}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            **options,
            capture_output=True,
            text=True,
            timeout=START,
            check=False,
        )
        if made.returncode:
            raise NoMariadbError(made.stdout + made.stderr)
        port = free_port()
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    _program("mariadbd"),
                    "--no-defaults",
                    data,
                    f"--tmpdir={scratch}",
                    f"--port={port}",
                    f"--socket={folder / 'socket'}",
                    f"--pid-file={folder / 'pid'}",
                    *(f"--{name}={value}" for name, value in SETTINGS.items()),
                ],
                **options,
                stdout=log,
                stderr=log,
            )
        try:
            _wait(server, port, folder / "log")
            yield port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(START)
    finally:
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server answers, and make the database."""
    end = time.monotonic() + START
    while True:
        try:
            with pymysql.connect(host="127.0.0.1", port=port, user="root") as connection:
                connection.cursor().execute("CREATE DATABASE test")
        except pymysql.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise NoMariadbError(log.read_text()) from None
            time.sleep(0.05)
        else:
            return
