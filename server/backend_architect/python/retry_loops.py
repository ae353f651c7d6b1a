"""Loops that try again what has failed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.python.place import Place

Loop = ast.While | ast.For | ast.AsyncFor

_SEQUENCES = frozenset({"builtins.range", "itertools.count"})


@dataclass(frozen=True, slots=True)
class RetryLoop:
    """A loop that ends when what it tries succeeds, and goes round again when that fails."""

    handler: ast.ExceptHandler
    calls: tuple[ast.Call, ...]
    """What is tried and may fail for reasons outside of the program."""
    sleeps: tuple[ast.Call, ...]
    """The pauses between two attempts."""
    counter: str | None
    """The variable that counts the attempts."""


def retry_loop(loop: Loop, at: Place) -> RetryLoop | None:
    """The loop as one that retries; None for one that does something else.

    A worker takes one job after another, and `while not ready` asks whether something has happened.
    """
    if not _is_endless(loop) if isinstance(loop, ast.While) else not _counts(loop, at):
        return None
    attempts = [statement for statement in loop.body if isinstance(statement, ast.Try)]
    if len(attempts) != 1 or not _ends_on_success(attempts[0], loop.body):
        return None
    attempt = attempts[0]
    handler = next((one for one in attempt.handlers if _goes_round(one)), None)
    if handler is None:
        return None
    calls = [node for node in own_nodes(attempt.body) if isinstance(node, ast.Call)]
    pausing = [*handler.body, *loop.body[loop.body.index(attempt) + 1 :]]
    sleeps = [node for node in own_nodes(pausing) if isinstance(node, ast.Call) and is_sleep(node, at)]
    remote = tuple(call for call in calls if is_remote(call, at))
    if not remote and not sleeps:
        return None
    counter = loop.target.id if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) else None
    return RetryLoop(handler, remote, tuple(sleeps), counter)


def is_sleep(call: ast.Call, at: Place) -> bool:
    """Whether a call waits for some time and does nothing else."""
    path = at.path(call.func)
    return path is not None and libraries.entry("sleeps", path) is not None


def is_remote(call: ast.Call, at: Place) -> bool:
    """Whether a call asks another machine."""
    path = at.path(call.func)
    if path is None or libraries.entry("sleeps", path) is not None or path.startswith(("subprocess.", "os.")):
        return False
    return any(libraries.lookup(table, path) is not None for table in ("timeouts", "blocking"))


def _is_endless(loop: ast.While) -> bool:
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


def _counts(loop: ast.For | ast.AsyncFor, at: Place) -> bool:
    """Whether a loop counts attempts, and does not go through things that are worked on."""
    return isinstance(loop.iter, ast.Call) and at.path(loop.iter.func) in _SEQUENCES


def _ends_on_success(attempt: ast.Try, around: Sequence[ast.stmt]) -> bool:
    """Whether the loop is left when nothing was raised."""
    success = [*attempt.body, *attempt.orelse]
    behind = around[around.index(attempt) + 1 :]
    last = success[-1]
    if isinstance(last, ast.Return | ast.Break):
        return True
    if isinstance(last, ast.If) and any(
        isinstance(node, ast.Return | ast.Break) for node in own_nodes([last])
    ):
        return True
    return bool(behind) and isinstance(behind[-1], ast.Return | ast.Break)


def _goes_round(handler: ast.ExceptHandler) -> bool:
    """Whether some way through a handler ends in another attempt."""
    return not isinstance(handler.body[-1], ast.Raise | ast.Return | ast.Break)


def gives_up(handler: ast.ExceptHandler) -> bool:
    """Whether some way through a handler leaves the loop."""
    return any(isinstance(node, ast.Raise | ast.Return | ast.Break) for node in own_nodes(handler.body))
