"""What snippets write for accounts that exist: new passwords, roles and keys."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from tests.snippets.authentication import EMAIL, PASSWORD, Shop, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Open = Callable[..., AbstractContextManager[Shop]]

LOGIN = ("passwords", "access_tokens", "audit", "login_limits", "refresh_tokens", "login")
NEW = "a password nobody knew before"


@pytest.fixture(params=["sync", "async"])
def running(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """The project with a login, what there is for accounts, and one user."""
    names = ("password_change", "password_reset", "roles", "api_keys")
    with shop(tmp_path, monkeypatch, request.param, *LOGIN, *names) as one:
        one.user = one.add_user()
        yield one


def bearer(running: Shop, **who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {running.log_in(**who).json()['access_token']}"}


class TestPasswordChange:
    def test_it_needs_the_present_one_and_ends_all_other_logins(self, running: Shop):
        other = running.log_in().json()["refresh_token"]
        header = bearer(running)
        change = {"current": "wrong password", "new": NEW}
        assert running.client.post("/auth/password", json=change).status_code == 401
        assert running.client.post("/auth/password", json=change, headers=header).status_code == 403
        short = {"current": PASSWORD, "new": "short"}
        assert running.client.post("/auth/password", json=short, headers=header).status_code == 422
        response = running.client.post(
            "/auth/password", json={"current": PASSWORD, "new": NEW}, headers=header
        )
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        assert running.refresh(other).status_code == 401
        assert running.refresh(response.json()["refresh_token"]).status_code == 200
        assert (running.log_in().status_code, running.log_in(password=NEW).status_code) == (401, 200)

    def test_the_present_one_cannot_be_guessed(self, running: Shop):
        change, header = {"current": "wrong", "new": NEW}, bearer(running)
        codes = [
            running.client.post("/auth/password", json=change, headers=header).status_code for _ in range(6)
        ]
        assert codes == [403] * 5 + [429]


class TestPasswordReset:
    @pytest.fixture
    def links(self, running: Shop, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
        """The addresses and tokens of links that were sent."""
        sent: list[tuple[str, str]] = []
        monkeypatch.setattr(running.module("password_reset"), "send_link", lambda *link: sent.append(link))
        return sent

    def ask(self, running: Shop, email: str) -> tuple[int, bytes]:
        response = running.client.post("/auth/password-reset", json={"email": email})
        return response.status_code, response.content

    def reset(self, running: Shop, token: str) -> int:
        body = {"token": token, "password": NEW}
        return running.client.post("/auth/password-reset/confirm", json=body).status_code

    def test_a_link_sets_a_password_once_and_ends_all_logins(
        self, running: Shop, links: list[tuple[str, str]]
    ):
        before = running.log_in().json()["refresh_token"]
        assert self.ask(running, EMAIL.upper()) == self.ask(running, "nobody@example.org") == (202, b"null")
        self.ask(running, EMAIL)
        (email, first), (_, second) = links
        assert email == EMAIL
        assert self.reset(running, "x" * 43) == 400
        assert (self.reset(running, first), self.reset(running, first)) == (204, 400)
        assert self.reset(running, second) == 400
        assert running.refresh(before).status_code == 401
        assert (running.log_in().status_code, running.log_in(password=NEW).status_code) == (401, 200)

    def test_it_expires_and_is_stored_as_a_hash(self, running: Shop, links: list[tuple[str, str]]):
        self.ask(running, EMAIL)
        ((_, token),) = links
        with running.engine.begin() as connection:
            (stored,) = connection.scalars(text("SELECT digest FROM password_resets"))
            connection.execute(text("UPDATE password_resets SET expires_at = '2020-01-01 00:00:00.000000'"))
        assert (len(stored), token.encode() in stored) == (32, False)
        assert self.reset(running, token) == 400
        assert running.log_in().status_code == 200

    @pytest.mark.usefixtures("links")
    def test_it_cannot_be_used_to_flood_somebody(self, running: Shop):
        assert [self.ask(running, EMAIL)[0] for _ in range(6)] == [202] * 5 + [429]
        assert running.log_in().status_code == 200

    def test_the_message_holds_a_link_that_browsers_send_nowhere(
        self, running: Shop, monkeypatch: pytest.MonkeyPatch
    ):
        said: list[Any] = []

        class Server:
            def __init__(self, *where: object, timeout: float) -> None:
                said.append((*where, timeout))

            def __enter__(self) -> Server:
                return self

            def __exit__(self, *_: object) -> None: ...

            def starttls(self, context: Any) -> None:
                said.append(("tls", context.check_hostname))

            def login(self, *who: str) -> None:
                said.append(who)

            def send_message(self, message: Any) -> None:
                said.append(message)

        reset = running.module("password_reset")
        monkeypatch.setattr(reset.smtplib, "SMTP", Server)
        reset.send_link(EMAIL, "t" * 43)
        where, tls, who, message = said
        assert (where, tls) == (("mail.example.org", 587, 10), ("tls", True))
        assert who == ("shop", "mail-secret")
        assert message["To"] == EMAIL
        assert message.get_content().strip() == f"https://shop.example.org/new-password#{'t' * 43}"


class TestRoles:
    def test_each_may_do_what_its_permissions_say(self, running: Shop, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO, "security.audit")
        roles = running.module("roles")
        for permission in roles.Permission:
            running.expose(f"/{permission.name}", roles.allowed(permission))
        for role in ("editor", "admin", "unknown"):
            running.add_user(email=f"{role}@example.org", role=role)
        allowed = {
            role: {
                permission.name
                for permission in roles.Permission
                if running.client.get(f"/{permission.name}", headers=header).status_code == 200
            }
            for role, email in (
                ("reader", EMAIL),
                *((one, f"{one}@example.org") for one in ("editor", "admin", "unknown")),
            )
            if (header := bearer(running, email=email))
        }
        assert allowed == {
            "reader": {"READ"},
            "editor": {"READ", "WRITE"},
            "admin": {"READ", "WRITE", "MANAGE_USERS"},
            "unknown": set(),
        }
        assert running.client.get("/READ").status_code == 401
        response = running.client.get("/WRITE", headers=bearer(running))
        assert (response.status_code, response.json()) == (403, {"detail": "not allowed"})
        assert '"event":"permission","outcome":"denied","user":"1"' in caplog.text


class TestApiKeys:
    @pytest.fixture
    def create(self, running: Shop) -> Callable[..., str]:
        """Makes a key of the user with scopes."""
        keys = running.module("api_keys")
        running.expose("/read", keys.api_key("orders:read"))
        running.expose("/write", keys.api_key("orders:write"))
        return lambda *scopes: running.in_transaction(
            lambda database: keys.create_api_key(database, running.user, set(scopes))
        )

    def call(self, running: Shop, path: str, key: str) -> int:
        return running.client.get(path, headers={"X-API-Key": key}).status_code

    def test_one_opens_what_its_scopes_say(self, running: Shop, create: Callable[..., str]):
        key = create("orders:read")
        assert key.startswith("shop_")
        assert (self.call(running, "/read", key), self.call(running, "/write", key)) == (200, 403)
        assert running.client.get("/read").status_code == 401
        with pytest.raises(ValueError, match="scope"):
            create("everything")

    def test_any_other_is_refused(self, running: Shop, create: Callable[..., str]):
        key, other = create("orders:read"), create("orders:read")
        brand, prefix, secret = key.split("_", 2)
        _, others_prefix, _ = other.split("_", 2)
        changed = secret[:-2] + ("AA" if secret[-2:] != "AA" else "BB")
        for wrong in (
            f"{brand}_{prefix}_{changed}",
            f"{brand}_{others_prefix}_{secret}",
            f"bank_{prefix}_{secret}",
            prefix,
            "_",
            "",
        ):
            assert self.call(running, "/read", wrong) == 401, wrong

    @pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
    def test_it_ends(self, running: Shop, create: Callable[..., str], column: str):
        key = create("orders:read")
        with running.engine.begin() as connection:
            connection.execute(text(f"UPDATE api_keys SET {column} = '2020-01-01 00:00:00.000000'"))
        assert self.call(running, "/read", key) == 401

    def test_it_is_stored_as_a_hash_with_the_moment_of_its_last_use(
        self, running: Shop, create: Callable[..., str]
    ):
        key = create("orders:read")
        _, prefix, secret = key.split("_", 2)

        def row() -> Any:
            with running.engine.connect() as connection:
                return connection.execute(text("SELECT prefix, digest, last_used_at FROM api_keys")).one()

        assert (row().prefix, len(row().digest), row().last_used_at) == (prefix, 32, None)
        assert secret.encode() not in row().digest
        self.call(running, "/read", key)
        used = row().last_used_at
        assert used is not None
        self.call(running, "/read", key)
        assert row().last_used_at == used, "a row is not written for each request"
