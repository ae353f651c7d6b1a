"""Servers for tests: processes that are shared by all tests with the same kind of client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[str | None], Client]]:
    """Gives the client that counts in an encoding, with its process; None is one that can do little."""
    clients: dict[str | None, Client] = {}
    folder = tmp_path_factory.getbasetemp()

    def client(encoding: str | None) -> Client:
        if encoding not in clients:
            clients[encoding] = Client.spawn(folder)
            clients[encoding].start(encoding, folder)
        return clients[encoding]

    yield client
    for one in clients.values():
        with one:
            assert one.request("shutdown") is None
            one.notify("exit")
            assert one.wait()[0] == 0


@pytest.fixture
def client(servers: Callable[[str | None], Client]) -> Client:
    """A client like VS Code: it counts in UTF-16, resolves actions, shows Markdown."""
    return servers("utf-16")


@pytest.fixture
def plain_client(servers: Callable[[str | None], Client]) -> Client:
    """A client without any optional capability."""
    return servers(None)


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """The name of a Python file of its own in the workspace."""
    return (tmp_path / "service.py").as_uri()


@pytest.fixture
def sql_uri(tmp_path: Path) -> str:
    """The name of a SQL file of its own in the workspace."""
    return (tmp_path / "schema.sql").as_uri()
