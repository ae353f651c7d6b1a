"""The clients that people use, as pytest-lsp knows them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator  # noqa: TC003 - pytest-lsp reads the annotations

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from tests.lsp.client import COMMAND

URI = "file:///shop/rates.py"
TEXT = "import requests\n\nx = '\N{GRINNING FACE}'; requests.get(x)\n"
COLUMNS = {"utf-8": 12, "utf-16": 10, "utf-32": 9, None: 10}
"""Where the finding begins."""


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, *COMMAND[1:]]),
    params=["visual-studio-code", "neovim", "emacs"],
)
async def client(lsp_client: LanguageClient, request: pytest.FixtureRequest) -> AsyncGenerator[None]:
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(_: types.RegistrationParams) -> None:
        """Agree."""

    async with asyncio.timeout(20):
        result = await lsp_client.initialize_session(
            types.InitializeParams(capabilities=client_capabilities(request.param), workspace_folders=[])
        )
    lsp_client.encoding = result.capabilities.position_encoding
    yield
    async with asyncio.timeout(20):
        await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_from_the_finding_to_its_repair(client: LanguageClient):
    async with asyncio.timeout(20):
        waiting = asyncio.ensure_future(client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS))
        await asyncio.sleep(0)  # it listens now
        document = types.TextDocumentItem(URI, types.LanguageKind.Python, 1, TEXT)
        client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        await waiting
        (diagnostic,) = client.diagnostics[URI]
        column = COLUMNS[client.encoding]
        place = types.Range(types.Position(2, column), types.Position(2, column + 12))
        assert (diagnostic.code, diagnostic.range) == ("http-call-without-timeout", place)

        identifier = types.TextDocumentIdentifier(URI)
        hover = await client.text_document_hover_async(types.HoverParams(identifier, place.start))
        assert hover is not None
        assert "timeout" in hover.contents.value

        context = types.CodeActionContext([diagnostic])
        actions = await client.text_document_code_action_async(
            types.CodeActionParams(identifier, place, context)
        )
        assert actions
        action = actions[0]
        if action.edit is None:
            action = await client.code_action_resolve_async(action)
        changes = action.edit.document_changes
        edits = changes[0].edits if changes else action.edit.changes[URI]
        end = types.Position(2, column + 14)
        assert [(edit.range, edit.new_text) for edit in edits] == [(types.Range(end, end), ", timeout=10")]
    assert not client.messages
