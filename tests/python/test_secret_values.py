"""Formats of well-known tokens, put together here so that no scanner takes this file for a leak."""

from __future__ import annotations

import pytest

from backend_architect.python.secret_values import (
    is_connection_string,
    is_stand_in,
    is_url_with_password,
    known_format,
    names_something,
)

MIXED = "k7Rw2pQzT5vB9nXc4mLd8sHj3gFy6tAe1uWo0iKq" * 2
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("an AWS access key", "AKIA" + "Q3EGV7N2ZK5YHT4W"),
        ("a GitHub token", "ghp_" + MIXED[:36]),
        ("a GitHub token", "github_pat_" + MIXED[:70]),
        ("a GitLab token", "glpat-" + MIXED[:20]),
        ("a Slack token", "xoxb-" + "271828182845-" + MIXED[:24]),
        ("a Stripe key", "sk_live_" + MIXED[:24]),
        ("a Google API key", "AIza" + MIXED[:35]),
        ("an Anthropic API key", "sk-ant-api03-" + MIXED[:40]),
        ("an OpenAI API key", "sk-proj-" + MIXED[:48]),
        ("an OpenAI API key", "sk-" + MIXED[:48]),
        ("a SendGrid API key", "SG." + MIXED[:22] + "." + MIXED[:43]),
        ("a Twilio API key", "SK" + HEX[:32]),
        ("an npm token", "npm_" + MIXED[:36]),
        ("a PyPI token", "pypi-AgE" + MIXED[:60]),
        ("a Telegram bot token", "271828182:AA" + MIXED[:33]),
        ("a DigitalOcean token", "dop_v1_" + HEX),
        ("an Azure account key", "AccountName=shop;AccountKey=" + MIXED + "=="),
        ("a signed token", "Bearer eyJ" + MIXED[:20] + ".eyJ" + MIXED[:30] + "." + MIXED[:43]),
        ("a private key", "-----BEGIN RSA PRIVATE KEY-----\n" + MIXED + "\n-----END RSA PRIVATE KEY-----"),
    ],
)
def test_known_formats(title: str, text: str) -> None:
    found = known_format(text)
    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "-----BEGIN PRIVATE KEY-----",
        "sk-learn-and-other-names-with-hyphens-in-them",
        "eyJ is how such a token begins",
        "skip_live_" + MIXED[:24],
    ],
)
def test_what_has_no_known_format(text: str) -> None:
    assert known_format(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://shop:k7Rw2pQz@db.internal/shop", True),
        ("amqp://guest:guest@rabbit//", True),
        ("redis://:k7Rw2pQz@cache:6379/0", True),
        ("postgresql://user:password@host/db", False),
        ("postgresql://shop:${PASSWORD}@db/shop", False),
        ("postgresql://shop@db/shop", False),
        ("https://example.org/a:b@c", False),
        ("see postgresql://shop:k7Rw2pQz@db/shop", False),
    ],
)
def test_urls_with_password(text: str, expected: bool) -> None:
    assert is_url_with_password(text) is expected


def test_connection_strings() -> None:
    assert is_connection_string("host=db user=shop password=k7Rw2pQz")
    assert is_connection_string("DRIVER={x};SERVER=db;UID=sa;PWD=k7Rw2pQz")
    assert not is_connection_string("host=db user=shop password=%s")
    assert not is_connection_string("password=k7Rw2pQz")


def test_stand_ins_and_names() -> None:
    assert all(
        map(is_stand_in, ["changeme", "your-api-key", "<token>", "${KEY}", "xxxxxxxx", "none", "****"])
    )
    assert not any(map(is_stand_in, ["hunter2", "Tr0ub4dor&3", "postgres"]))
    assert all(map(names_something, ["llm.token_count.total", "/run/secrets/db", "two words", "tok_"]))
    assert not any(map(names_something, ["hunter2", "k7Rw2pQz/8ZtV3nR7yLw2KxB5mGd9PfJ4cHs6TaE1"]))
