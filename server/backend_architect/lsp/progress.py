"""Work that takes longer than a moment, where the client shows such a thing and lets people stop it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import uuid4

from lsprotocol import types

from backend_architect.lsp.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from concurrent.futures import Future
    from typing import Any

    from backend_architect.lsp.server import BackendServer

Result = TypeVar("Result")


class StoppedError(RefusedError):
    """What was to be done was stopped by the person."""

    CODE = types.LSPErrorCodes.RequestCancelled.value
    MESSAGE = "stopped"


async def with_progress(server: BackendServer, title: str, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of some work, shown under a title while it is done.

    Raises:
        StoppedError: the person has stopped it.
    """
    task = asyncio.create_task(work)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    async with _bar(server, title, stop):
        try:
            return await task
        except asyncio.CancelledError:
            if stopped:
                raise StoppedError from None
            raise


@asynccontextmanager
async def _bar(server: BackendServer, title: str, stop: Callable[[], None]) -> AsyncGenerator[None]:
    window = server.client_capabilities.window
    if window is None or not window.work_done_progress:
        yield
        return
    token, bar = f"backend-architect/{uuid4()}", server.work_done_progress
    await bar.create_async(token)  # pyright: ignore[reportUnknownMemberType] - as below
    bar.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
    tokens = cast("dict[str, Future[object]]", bar.tokens)  # pyright: ignore[reportUnknownMemberType] - pygls does not say of what
    tokens[token].add_done_callback(lambda future: stop() if future.cancelled() else None)
    try:
        yield
    finally:
        bar.end(token, types.WorkDoneProgressEnd())
