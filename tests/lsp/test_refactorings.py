"""What is offered for the code under the cursor although no rule has found anything there."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, applied, edit, edits_of, span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lsp.client import Message

TEXT = '''"""Rates."""

import requests


class Rates:
    @staticmethod
    def latest(url):  # now
        response = requests.get(url, timeout=10)

        return response.json()


def pay(url):
    return requests.post(url, timeout=10).json()


def nothing():
    return 1
'''
TITLE = "Try again with stamina (add stamina to the dependencies)"
INSIST = f"{TITLE}, although it may be made twice"
FIXED = TEXT.replace("requests\n", "requests\nimport stamina\n", 1).replace(
    "    def latest",
    "    @stamina.retry(\n        on=(requests.ConnectionError, requests.Timeout),\n        attempts=3,\n"
    "        timeout=35,\n    )\n    def latest",
)
KIND = "refactor.rewrite"
EVERYTHING = {
    "textDocument": {
        "codeAction": {
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor"]}},
        }
    }
}

_versions = itertools.count(1)


def opened(client: Client, uri: str, text: str = TEXT, language: str = "python") -> int:
    """The version under which a text is open."""
    version = next(_versions)
    client.open(uri, text, language, version)
    client.published(uri, version)
    return version


def offered(client: Client, uri: str, line: int) -> list[Message]:
    return client.actions(uri, span(line, 0, 0), [KIND])


class TestWhere:
    @pytest.mark.parametrize("line", [6, 7, 8, 9, 10])
    def test_anywhere_in_a_function(self, client: Client, uri: str, line: int):
        version = opened(client, uri)
        (action,) = offered(client, uri, line)
        assert (action["title"], action["kind"], action.get("isPreferred")) == (TITLE, KIND, None)
        assert "edit" not in action
        resolved = client.resolve(action)
        assert applied(TEXT, edits_of(resolved, uri, version)) == FIXED

    @pytest.mark.parametrize("line", [0, 2, 5, 11, 17, 18, 99])
    def test_not_beside_one_nor_where_there_is_nothing_to_try(self, client: Client, uri: str, line: int):
        opened(client, uri)
        assert offered(client, uri, line) == []

    def test_what_sends_something_is_offered_under_a_title_that_says_so(self, client: Client, uri: str):
        opened(client, uri)
        assert [action["title"] for action in offered(client, uri, 13)] == [INSIST]

    def test_the_request_on_the_line_of_the_cursor_comes_before_the_first(self, client: Client, uri: str):
        text = (
            "import requests\n\n\ndef both(a, b):\n    save(requests.get(a, timeout=1))\n"
            "    save(requests.get(b, timeout=1))\n"
        )
        version = opened(client, uri, text)
        for line, part in ((3, "get(a"), (4, "get(a"), (5, "get(b")):
            (action,) = offered(client, uri, line)
            changed = applied(text, edits_of(client.resolve(action), uri, version))
            assert f"response = requests.{part}, timeout=1)" in changed

    def test_what_tries_again_already_is_left_alone(self, client: Client, uri: str):
        opened(client, uri, FIXED)
        assert offered(client, uri, 14) == []

    def test_a_client_is_told_where_it_is_made(self, client: Client, uri: str):
        text = "import httpx\nimport requests\n\nsession = requests.Session()\nclient = httpx.Client()\n"
        opened(client, uri, text)
        titles = [[action["title"] for action in offered(client, uri, line)] for line in range(5)]
        assert titles == [
            [],
            [],
            [],
            ["Let the session try again"],
            ["Let the transport connect up to four times"],
        ]

    def test_sql_has_none(self, client: Client, sql_uri: str):
        opened(client, sql_uri, "UPDATE a SET b = 1 WHERE true;\n", "sql")
        assert offered(client, sql_uri, 0) == []


class TestWho:
    def test_clients_that_know_the_kind_get_it_unasked(self, uri: str):
        with Client.inside() as client:
            client.start("utf-16", capabilities={**EVERYTHING, "general": {"positionEncodings": ["utf-16"]}})
            opened(client, uri)
            assert [one["title"] for one in client.actions(uri, span(8, 8, 8))] == [TITLE]
            assert client.actions(uri, span(8, 8, 8), ["quickfix"]) == []

    def test_others_only_if_they_ask(self, client: Client, plain_client: Client, uri: str):
        for one in (client, plain_client):
            opened(one, uri)
            assert one.actions(uri, span(8, 8, 8)) == []

    def test_a_client_that_cannot_wait_gets_the_edit_at_once(self, plain_client: Client, uri: str):
        opened(plain_client, uri)
        (action,) = offered(plain_client, uri, 8)
        assert applied(TEXT, edits_of(action, uri)) == FIXED


class TestTrust:
    def test_a_document_that_has_changed_gets_no_edit(self, client: Client, uri: str):
        opened(client, uri)
        (action,) = offered(client, uri, 8)
        client.change(uri, 10_000, edit(0, 0, 0, "\n"))
        assert "edit" not in client.resolve(action)
        client.close(uri)
        assert "edit" not in client.resolve(action)

    @pytest.mark.parametrize("changes", [{"line": "x"}, {"line": -1}, {"number": 7}, {"line": None}])
    def test_made_up_data_does_no_harm(self, client: Client, uri: str, changes: dict[str, object]):
        opened(client, uri)
        (action,) = offered(client, uri, 8)
        action["data"].update(changes)
        assert "edit" not in client.call("codeAction/resolve", action).get("result", {})
        assert len(offered(client, uri, 8)) == 1

    def test_in_a_function_that_does_not_parse_there_is_nothing(self, client: Client, uri: str):
        opened(client, uri)
        client.change(uri, 10_000, edit(8, 19, 19, "(("))
        assert offered(client, uri, 8) == []


def test_it_knows_what_the_project_depends_on(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("tenacity>=9\nrequests\n", encoding="utf-8")
    file = tmp_path / "rates.py"
    file.write_text(TEXT, encoding="utf-8")
    with Client.spawn(tmp_path) as client:
        client.start("utf-16", tmp_path)
        opened(client, file.as_uri())
        deadline = time.monotonic() + 20
        titles = [one["title"] for one in offered(client, file.as_uri(), 8)]
        while titles == [TITLE] and time.monotonic() < deadline:
            client.hover(file.as_uri(), 0, 0)  # the answer comes from another process
            titles = [one["title"] for one in offered(client, file.as_uri(), 8)]
        assert titles == ["Try again with tenacity"]
