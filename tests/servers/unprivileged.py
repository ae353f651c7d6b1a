"""What the servers that the tests start have in common: they refuse to run as root, and need a port."""

from __future__ import annotations

import os
import pwd
import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

START = 60.0
"""Seconds that a server has to start and to stop."""


def user_for_server(name: str) -> dict[str, Any]:
    """As whom to start a process: as oneself, or instead of root as the user of that name or as nobody.

    These are arguments of `subprocess.Popen`; none are needed to stay oneself.
    """
    if os.getuid() != 0:
        return {}
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get(name) or users["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def paused(process: int) -> Generator[None]:
    """Let a process and its children stand still for a while: the system takes what is sent to them."""
    stopped: list[int] = []
    try:
        _stop(process, stopped)
        yield
    finally:
        for one in reversed(stopped):
            os.kill(one, signal.SIGCONT)


def _stop(process: int, stopped: list[int]) -> None:
    """Stop a process before its children, so that it makes no more of them."""
    os.kill(process, signal.SIGSTOP)
    stopped.append(process)
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        _stop(int(child), stopped)
