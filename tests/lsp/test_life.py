"""From the first message to the end of the process, and what a client may get wrong in between."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.lsp.client import COMMAND, SHOW_MESSAGE, TIMEOUT, Client, capabilities, edit, framed

from backend_architect import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "import requests\nrequests.get('u')\n"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Client]:
    """A client with a process of its own, which has not been spoken to."""
    with Client.spawn(tmp_path) as client:
        yield client


class TestHello:
    def test_capabilities(self, tmp_path: Path):
        with Client.spawn(tmp_path) as fresh:
            result = fresh.start("utf-8", tmp_path)
            registered = fresh.next(lambda message: message.get("method") == "client/registerCapability")
        assert result["serverInfo"] == {"name": "backend-architect", "version": __version__}
        offered = result["capabilities"]
        assert offered["positionEncoding"] == "utf-8"
        assert offered["textDocumentSync"]["change"] == 2
        assert offered["textDocumentSync"]["openClose"] is True
        assert offered["hoverProvider"]
        assert offered["codeActionProvider"]["resolveProvider"] is True
        assert offered["codeActionProvider"]["codeActionKinds"] == [
            "quickfix",
            "source.fixAll.backend-architect",
            "refactor.rewrite",
        ]
        assert "diagnosticProvider" not in offered, "diagnostics are pushed, and never both"
        (registration,) = registered["params"]["registrations"]
        patterns = [watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"]]
        assert patterns == [
            "**/backend-architect.toml",
            "**/pyproject.toml",
            "**/.backend-architect/baseline.json",
            "**/.backend-architect/rules/**/*.md",
            "**/*.py",
            "**/*.sql",
        ]

    @pytest.mark.parametrize(
        ("offered", "taken"),
        [
            (["utf-8", "utf-16"], "utf-8"),
            (["utf-16", "utf-8"], "utf-16"),
            (["utf-7"], "utf-16"),
            ([], "utf-16"),
        ],
    )
    def test_the_first_encoding_that_is_known_is_taken(self, offered: list[str], taken: str):
        with Client.inside() as client:
            given = capabilities() | {"general": {"positionEncodings": offered}}
            result = client.start(None, capabilities=given)
            assert result["capabilities"]["positionEncoding"] == taken

    def test_a_client_that_can_do_nothing_is_served(self, plain_client: Client, uri: str):
        plain_client.open(uri, TEXT)
        assert len(plain_client.published(uri)["diagnostics"]) == 1
        assert plain_client.count("client/registerCapability") == 0

    def test_nothing_is_answered_before_the_hello(self, uri: str):
        with Client.inside() as client:
            client.open(uri, TEXT)
            assert client.call("textDocument/hover", None)["error"]["code"] == -32002
            client.start()
            client.open(uri, TEXT)
            assert len(client.published(uri)["diagnostics"]) == 1


class TestEnd:
    def test_shutdown_and_exit(self, process: Client, uri: str):
        process.start()
        process.open(uri, TEXT)
        process.published(uri)
        assert process.request("shutdown") is None
        process.notify("exit")
        code, errors = process.wait()
        assert code == 0
        assert "Fatal" not in errors
        assert "Traceback" not in errors

    def test_exit_without_shutdown(self, process: Client):
        process.start()
        process.notify("exit")
        assert process.wait()[0] == 1

    def test_requests_after_shutdown_are_refused(self, process: Client, uri: str):
        process.start()
        process.request("shutdown")
        process.open(uri, TEXT)
        assert process.call("textDocument/hover", None)["error"]["code"] == -32600
        process.notify("exit")
        assert process.wait()[0] == 0

    @pytest.mark.parametrize("greeted", [True, False])
    def test_ends_with_its_client(self, process: Client, greeted: bool):
        if greeted:
            process.start()
        process.hang_up()
        code, errors = process.wait()
        assert (code, errors) == (0, "")

    def test_a_client_that_no_longer_listens(self, tmp_path: Path):
        reader, writer = os.pipe()
        with subprocess.Popen(
            COMMAND, cwd=tmp_path, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.DEVNULL
        ) as process:
            os.close(reader)
            os.close(writer)
            params = {"processId": None, "rootUri": None, "capabilities": {}}
            hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
            process.stdin.write(framed(json.dumps(hello).encode()))
            process.stdin.close()
            assert process.wait(TIMEOUT) == 0

    def test_half_a_message_is_the_end(self, process: Client):
        process.write(b"Content-Length: 100\r\n\r\n{")
        process.hang_up()
        assert process.wait()[0] == 0


class TestNoise:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"",
            b"null",
            b"[]",
            b'"text"',
            b"\xff\xfe",
            b"{}",
            b'{"jsonrpc": "2.0"}',
            b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}',
            b'{"jsonrpc": "2.0", "method": 5}',
            b'{"jsonrpc": "2.0", "id": 999, "result": 1}',
            b'{"jsonrpc": "2.0", "id": 999, "error": {"code": 1, "message": "m"}}',
            b'[{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}]',
            b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 1}}',
            b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": []}',
            b'{"jsonrpc": "2.0", "method": "textDocument/didChange"}',
            b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 77}}',
            b'{"jsonrpc": "2.0", "method": "$/unheardOf", "params": {}}',
            b"[" * 100_000,
        ],
        ids=lambda body: ascii(body[:60]),
    )
    def test_garbage_is_passed_over(self, client: Client, uri: str, body: bytes):
        since = len(client.messages)
        client.write(framed(body))
        client.open(uri, TEXT)
        assert len(client.published(uri)["diagnostics"]) == 1
        assert client.count(SHOW_MESSAGE, since) == 0

    @pytest.mark.parametrize(
        "header", [b"X: 1\r\n", b"Content-Length: many\r\n\r\n", b"Content-Length: -5\r\n", b"\r\n"]
    )
    def test_other_headers_are_passed_over(self, client: Client, header: bytes):
        body = b'{"jsonrpc": "2.0", "id": "later", "method": "nothing", "params": null}'
        client.write(header + b"content-length:%d\r\nContent-Type: x\r\n\r\n" % len(body) + body)
        assert client.next(lambda message: message.get("id") == "later")["error"]["code"] == -32601

    @pytest.mark.parametrize(
        ("method", "params", "code"),
        [
            ("textDocument/hover", None, -32602),
            ("textDocument/hover", {"textDocument": {"uri": "x"}, "position": "top"}, -32602),
            ("textDocument/codeAction", {"range": 1}, -32602),
            ("workspace/executeCommand", {"command": "rm"}, -32602),
            ("nothing/known", {}, -32601),
        ],
    )
    def test_every_request_is_answered(self, client: Client, method: str, params: Any, code: int):
        assert client.call(method, params)["error"]["code"] in {code, -32603}

    def test_places_that_do_not_exist(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.change(uri, 2, edit(50, 60, 70, "x = 1\n", end_line=40))
        assert len(client.published(uri, 2)["diagnostics"]) == 1
        assert client.hover(uri, 70, 70) is None

    def test_trace_folders_and_options_do_not_disturb(self, client: Client, uri: str, tmp_path: Path):
        client.notify("$/setTrace", {"value": "verbose"})
        folder = {"uri": tmp_path.as_uri(), "name": "other"}
        for event in ({"added": [folder], "removed": []}, {"added": [], "removed": [folder]}):
            client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        client.open(uri, TEXT)
        assert len(client.published(uri)["diagnostics"]) == 1

    def test_initialization_options_do_not_disturb(self, uri: str):
        with Client.inside() as client:
            client.start(initializationOptions={"settings": {"any": "thing"}}, trace="off", locale="de")
            client.open(uri, TEXT)
            assert len(client.published(uri)["diagnostics"]) == 1


_LOUD = """
import sys
from backend_architect.engine import rules
from backend_architect.lsp.server import serve
from backend_architect.python.place import Place
resolve = Place.resolve
def loud(self, node):
    print("a library prints")
    sys.stdout.write("and writes")
    return resolve(self, node)
Place.resolve = loud
serve()
"""


def test_what_is_printed_does_not_reach_the_client(tmp_path: Path, uri: str):
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _LOUD]
    with subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        client = Client(process.stdout, process.stdin)
        client.start()
        client.open(uri, TEXT)
        assert len(client.published(uri)["diagnostics"]) == 1
        client.hang_up()
        assert b"a library prints" in process.stderr.read()
        assert process.wait(TIMEOUT) == 0
    assert client.noise == []


def test_a_log_tells_what_is_asked_for(tmp_path: Path, uri: str):
    log = tmp_path / "server.log"
    with Client.spawn(tmp_path, "--log-file", str(log), "--log-level", "debug") as client:
        client.start()
        client.open(uri, TEXT)
        client.published(uri)
        client.hang_up()
        assert client.wait() == (0, "")
    assert "textDocument/didOpen" in log.read_text(encoding="utf-8")


def test_information_for_a_report(client: Client, uri: str, tmp_path: Path):
    (tmp_path / "backend-architect.toml").write_text("ignore = ['security']\n")
    client.open(uri, f"{TEXT}x = (\n", version=4)
    client.published(uri)
    since = len(client.messages)
    command = {"command": "backend-architect.showInformation", "arguments": [1, "two"]}
    text = client.request("workspace/executeCommand", command)
    assert f"backend-architect {__version__}" in text
    assert re.search(r"^libraries .*pygls \d", text, re.MULTILINE)
    (line,) = [line for line in text.splitlines() if line.startswith(uri)]
    assert "version 4, python, 3 lines in 3 blocks of which 1 cannot be read" in line
    assert re.search(r"dialect postgres, \d+\.\d ms for the last analysis", line)
    assert line.endswith(f"settings: {tmp_path / 'backend-architect.toml'}")
    assert client.count("window/logMessage", since) == 1


def test_our_documents_are_the_only_ones(uri: str):
    from backend_architect.lsp.server import create_server  # noqa: PLC0415 - only here

    server = create_server()
    with Client.inside(server) as client:
        client.start()
        client.open(uri, TEXT)
        client.change(uri, 2, edit(0, 0, 0, "\n"))
        assert client.hover(uri, 2, 3) is not None
        assert not server.workspace.text_documents


def test_the_command_says_how_to_start_it():
    shown = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert "standard input and output" in shown.stdout
    assert json.dumps(shown.stderr) == '""'
