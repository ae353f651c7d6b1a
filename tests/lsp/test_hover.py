"""What a card says, where its finding is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import place_of, span

from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from tests.lsp.client import Client

TIMEOUT = "http-call-without-timeout"
BLOCKING = "blocking-call-in-async"
COMMENT = f"# backend-architect: ignore[{BLOCKING}, no-such-rule, {TIMEOUT}] because-of-this\n"
CODE = "import requests\n\n\nasync def rates():\n    return requests.get('u')\n"
TEXT = f"{CODE}{COMMENT}{TIMEOUT.replace('-', '_')} = 1\n"


@pytest.fixture(autouse=True)
def opened(request: pytest.FixtureRequest, uri: str) -> None:
    """The text is open in the client that the test asks for."""
    name = "plain_client" if "plain_client" in request.fixturenames else "client"
    client: Client = request.getfixturevalue(name)
    client.open(uri, TEXT)
    client.published(uri)


@pytest.mark.parametrize("column", [11, 15, 23])
def test_on_a_finding(client: Client, uri: str, column: int):
    hover = client.hover(uri, 4, column)
    assert hover["range"] == place_of(TEXT, "requests.get")
    assert hover["contents"]["kind"] == "markdown"
    for rule in (TIMEOUT, BLOCKING):
        card = load_cards()[rule]
        assert f"### {card.title}" in hover["contents"]["value"]
        assert card.summary in hover["contents"]["value"]
        assert f"[{rule}]({card.url})" in hover["contents"]["value"]
    assert "#### Why" in hover["contents"]["value"]
    assert "#### Fix safety" in hover["contents"]["value"]
    assert "```" not in hover["contents"]["value"], "the examples are a click away"


def test_in_plain_text(plain_client: Client, uri: str):
    contents = plain_client.hover(uri, 4, 11)["contents"]
    assert contents["kind"] == "plaintext"
    assert load_cards()[TIMEOUT].title in contents["value"]
    assert load_cards()[TIMEOUT].url in contents["value"]
    assert not set("`#") & set(contents["value"].replace(load_cards()[TIMEOUT].url, ""))


def test_on_a_rule_in_a_comment(client: Client, uri: str):
    place = place_of(TEXT, TIMEOUT)
    hover = client.hover(uri, **place["start"])
    assert hover["range"] == place
    assert load_cards()[TIMEOUT].title in hover["contents"]["value"]
    assert load_cards()[BLOCKING].title not in hover["contents"]["value"]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (0, 0),
        (1, 0),
        (4, 10),
        (4, 24),
        (5, 0),
        (5, COMMENT.index("because")),
        (6, 3),
        (7, 0),
    ],
)
def test_nothing_elsewhere(client: Client, uri: str, line: int, column: int):
    assert client.hover(uri, line, column) is None


def test_a_comment_that_silences_nothing_says_why_that_matters(client: Client, uri: str):
    shown = client.hover(uri, 5, COMMENT.index("no-such"))["contents"]["value"]
    assert load_cards()["unused-suppression"].title in shown


def test_nothing_in_an_unknown_document(client: Client, uri: str):
    assert client.hover(f"{uri}x", 4, 11) is None


def test_an_ignored_finding_is_none(client: Client, uri: str):
    client.change(uri, 2, {"range": span(4, 28, 28), "text": f"  # backend-architect: ignore[{TIMEOUT}]"})
    client.published(uri, 2)
    shown = client.hover(uri, 4, 15)["contents"]["value"]
    assert load_cards()[BLOCKING].title in shown
    assert load_cards()[TIMEOUT].title not in shown
