"""What snippets write about authentication, running on SQLite."""

from __future__ import annotations

import base64
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.snippets.authentication import EMAIL, KEYS, PASSWORD, Shop, acted, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Open = Callable[..., AbstractContextManager[Shop]]

LOGIN = ("passwords", "access_tokens", "audit", "login_limits", "refresh_tokens", "login")


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Starts the project with modules of the package."""

    def start(*names: str, **options: Any) -> AbstractContextManager[Shop]:
        return shop(tmp_path, monkeypatch, request.param, *names, **options)

    return start


@pytest.fixture
def running(opened: Open) -> Iterator[Shop]:
    """The project with a login and all that belongs to it, and one user."""
    with opened(*LOGIN, "register") as one:
        one.add_user()
        yield one


class TestPasswords:
    def test_one_is_stored_as_argon2id_with_the_parameters_of_the_standard(self, running: Shop):
        body = {"email": "Grace@Example.org ", "password": PASSWORD}
        assert running.client.post("/auth/register", json=body).status_code == 202
        with running.engine.connect() as connection:
            stored = connection.scalar(
                text("SELECT password_hash FROM users WHERE email = 'grace@example.org'")
            )
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert running.log_in("grace@example.org").status_code == 200

    @pytest.mark.parametrize(
        ("password", "status"), [("a" * 7, 422), ("ä" * 8, 202), (" x" * 64, 202), ("a" * 129, 422)]
    )
    def test_its_length_is_limited_on_both_sides(self, running: Shop, password: str, status: int):
        body = {"email": "grace@example.org", "password": password}
        assert running.client.post("/auth/register", json=body).status_code == status
        if status == 202:
            assert running.log_in("grace@example.org", password).status_code == 200
            assert running.log_in("grace@example.org", password[:-1]).status_code == 401

    def test_common_ones_are_refused(self, opened: Open, tmp_path: Path):
        common = tmp_path / "common.txt"
        common.write_text("password1\nletmein123\n")
        with opened(*LOGIN, "register", environment={"PASSWORD_COMMON": str(common)}) as running:
            body = {"email": EMAIL, "password": "LetMeIn123"}
            assert running.client.post("/auth/register", json=body).status_code == 422
            assert (
                running.client.post("/auth/register", json=body | {"password": PASSWORD}).status_code == 202
            )

    def test_the_hash_of_older_parameters_is_replaced(self, running: Shop):
        passwords = running.module("passwords")
        older = passwords.PasswordHash(
            [passwords.Argon2Hasher(memory_cost=8_192, time_cost=1, parallelism=1)]
        )
        user = running.add_user(email="old@example.org", password_hash=older.hash(PASSWORD))
        assert running.log_in("old@example.org").status_code == 200
        with running.engine.connect() as connection:
            stored = connection.scalar(text("SELECT password_hash FROM users WHERE id = :id"), {"id": user})
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert running.log_in("old@example.org").status_code == 200


class TestLogin:
    def test_an_unknown_user_and_a_wrong_password_differ_in_nothing(
        self, running: Shop, monkeypatch: pytest.MonkeyPatch
    ):
        passwords = running.module("passwords")
        running.add_user(email="oauth@example.org", password_hash=None)
        verified: list[str] = []
        for name in ("verify", "verify_and_update", "hash"):
            real = getattr(passwords.password_hasher.__class__, name)

            def counted(self: Any, *args: str, real: Any = real) -> Any:
                verified.append(args[-1])
                return real(self, *args)

            monkeypatch.setattr(passwords.password_hasher.__class__, name, counted)
        answers = {}
        for email in (EMAIL, "nobody@example.org", "oauth@example.org"):
            verified.clear()
            response = running.log_in(email, "wrong password")
            (once,) = verified
            parameters = once.split("$")[1:4]
            answers[email] = (response.status_code, response.json(), parameters, len(once))
        assert answers[EMAIL][0] == 401
        assert len({json.dumps(one) for one in answers.values()}) == 1

    def test_tokens_are_stored_by_no_cache_and_let_in(self, running: Shop):
        running.expose("/me", running.module("access_tokens").current_user)
        response = running.log_in()
        assert response.headers["cache-control"] == "no-store"
        body = response.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
        header = {"Authorization": f"Bearer {body['access_token']}"}
        assert running.client.get("/me", headers=header).json() == EMAIL
        response = running.client.get("/me")
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")

    def test_the_sixth_attempt_waits_a_while_whether_there_is_such_a_user_or_not(
        self, running: Shop, monkeypatch: pytest.MonkeyPatch
    ):
        for email in (EMAIL, "nobody@example.org"):
            assert [running.log_in(email, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
            response = running.log_in(email, PASSWORD)
            assert response.status_code == 429
            assert 890 <= int(response.headers["retry-after"]) <= 900
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 901)
        assert running.log_in().status_code == 200

    def test_attempts_are_forgotten_after_the_right_one(self, running: Shop):
        for _ in range(3):
            assert [running.log_in(EMAIL, "wrong").status_code for _ in range(4)] == [401] * 4
            assert running.log_in().status_code == 200

    def test_a_stranger_does_not_shut_out_the_owner(self, running: Shop):
        with TestClient(running.app, base_url="https://testserver", client=("192.0.2.7", 5000)) as stranger:
            body = {"email": EMAIL, "password": "wrong"}
            codes = [stranger.post("/auth/login", json=body).status_code for _ in range(6)]
        assert codes[-1] == 429
        assert running.log_in().status_code == 200

    def test_nobody_is_let_in_while_attempts_cannot_be_counted(
        self, running: Shop, monkeypatch: pytest.MonkeyPatch
    ):
        limits = running.module("login_limits")

        def fail(*args: object) -> None:
            raise limits.StorageError(ConnectionError())

        monkeypatch.setattr(limits.login_limiter, "hit", fail)
        response = running.log_in()
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")

    def test_the_audit_log_says_who_and_what_and_no_secret(
        self, running: Shop, caplog: pytest.LogCaptureFixture
    ):
        caplog.set_level(logging.INFO, "security.audit")
        running.client.headers["X-Request-ID"] = "request-0001"
        running.log_in(EMAIL, "wrong password")
        tokens = running.log_in().json()
        running.client.headers["X-Request-ID"] = 'forged"}\n{"event": "x'.replace("\n", " ")
        running.log_in("nobody@example.org", "wrong password")
        lines = [one for one in caplog.records if one.name == "security.audit"]
        events = [json.loads(one.getMessage()) for one in lines]
        assert [(one["event"], one["outcome"], one["user"]) for one in events] == [
            ("login", "failure", "1"),
            ("login", "success", "1"),
            ("login", "failure", None),
        ]
        assert [one["request_id"] for one in events[:2]] == ["request-0001"] * 2
        assert len(events[2]["request_id"]) == 36
        assert {one["address"] for one in events} == {"testclient"}
        assert lines[0].levelno == logging.WARNING
        for secret in ("wrong password", PASSWORD, tokens["access_token"], tokens["refresh_token"]):
            assert secret not in caplog.text

    def test_a_registration_does_not_tell_whether_there_is_an_account(self, running: Shop):
        answers = [
            running.client.post("/auth/register", json={"email": email, "password": "another password"})
            for email in (EMAIL.upper(), "new@example.org")
        ]
        assert [(one.status_code, one.content) for one in answers] == [(202, b"null")] * 2
        assert running.log_in().status_code == 200
        assert running.log_in(EMAIL, "another password").status_code == 401

    @pytest.mark.parametrize(
        "email",
        ["", "ada", "a\x00@example.org", "a@b@example.org", "a,b@example.org", "a@b.org\r\nBcc: c@d.org"],
    )
    def test_what_is_no_address_is_refused(self, running: Shop, email: str):
        body = {"email": email, "password": PASSWORD}
        assert running.client.post("/auth/register", json=body).status_code == 422
        assert running.client.post("/auth/login", json=body).status_code == 422

    @pytest.mark.parametrize(
        "password", ['"\\ud800-half a character"', '"\\u0000-no character"', "7", "null"]
    )
    def test_no_password_makes_it_fail(self, running: Shop, password: str):
        body = f'{{"email": "{EMAIL}", "password": {password}}}'
        headers = {"Content-Type": "application/json"}
        response = running.client.post("/auth/login", content=body, headers=headers)
        assert response.status_code in {401, 422}

    def test_addresses_of_one_customer_count_as_one(self, running: Shop):
        codes = []
        for number in range(7):
            where = ("2001:db8::1" if number == 6 else f"2001:db8:0:1::{number}", 5000)
            with TestClient(running.app, base_url="https://testserver", client=where) as stranger:
                body = {"email": EMAIL, "password": "wrong"}
                codes.append(stranger.post("/auth/login", json=body).status_code)
        assert codes == [401] * 5 + [429, 401]


@pytest.mark.parametrize("session", ["sync", "async"])
def test_the_action_writes_a_package_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: str):
    written = acted("auth/login", session)
    with shop(tmp_path, monkeypatch, session, written=written) as one:
        body = {"email": EMAIL, "password": PASSWORD}
        assert one.client.post("/auth/register", json=body).status_code == 202
        token = one.log_in().json()["refresh_token"]
        assert one.refresh(token).status_code == 200
        assert one.refresh(token).status_code == 401


class TestAccessTokens:
    @pytest.fixture
    def tokens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        with shop(tmp_path, monkeypatch, "sync", "access_tokens") as one:
            yield one.module("access_tokens")

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        known = {
            "iss": "https://id.example.org",
            "aud": "shop",
            "sub": "7",
            "exp": now + timedelta(minutes=5),
            "nbf": now,
            "iat": now,
            "jti": "1",
        }
        return {name: value for name, value in (known | changed).items() if value is not None}

    def made(self, key: str = KEYS["new"], algorithm: str = "HS256", **options: Any) -> str:
        header = {"typ": "at+jwt", "kid": "new"} | options.pop("header", {})
        header = {name: value for name, value in header.items() if value is not None}
        return jwt.encode(self.claims(**options), key, algorithm=algorithm, headers=header)

    def test_what_was_issued_is_read(self, tokens: Any):
        token = tokens.create_access_token(7)
        assert tokens.user_of_access_token(token) == 7
        header = jwt.get_unverified_header(token)
        assert header == {"alg": "HS256", "typ": "at+jwt", "kid": "new"}
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims.keys() == {"iss", "aud", "sub", "exp", "nbf", "iat", "jti"}
        assert claims["exp"] - claims["iat"] == 600
        other = jwt.decode(tokens.create_access_token(7), options={"verify_signature": False})
        assert claims["jti"] != other["jti"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ACCESS_TOKEN_KEY_ID": "next"},
            {"ACCESS_TOKEN_KEYS": '{"new": "short"}'},
            {"ACCESS_TOKEN_KEYS": ""},
        ],
        ids=str,
    )
    def test_without_a_key_nothing_starts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
    ):
        with (
            pytest.raises(ValueError, match=r"ACCESS_TOKEN|AccessToken|keys"),
            shop(tmp_path, monkeypatch, "sync", "access_tokens", environment=wrong),
        ):
            pass

    def test_those_of_the_last_key_still_count(self, tokens: Any):
        assert tokens.user_of_access_token(self.made(KEYS["old"], header={"kid": "old"})) == 7

    @pytest.mark.parametrize(
        "options",
        [
            {"aud": "another"},
            {"aud": ["shop", "another"]},
            {"iss": "https://elsewhere.example.org"},
            {"exp": datetime(2020, 1, 1, tzinfo=UTC)},
            {"nbf": datetime(2120, 1, 1, tzinfo=UTC)},
            *({claim: None} for claim in ("iss", "aud", "sub", "exp", "nbf", "iat", "jti")),
            {"algorithm": "HS512"},
            {"key": "x" * 64},
            {"header": {"kid": "unknown"}},
            {"header": {"kid": None}},
            {"header": {"kid": "old"}},
            {"header": {"typ": "JWT"}},
            {"header": {"typ": None}},
        ],
        ids=str,
    )
    def test_all_else_is_refused(self, tokens: Any, options: dict[str, Any]):
        with pytest.raises(jwt.InvalidTokenError):
            tokens.user_of_access_token(self.made(**options))

    def test_one_without_a_signature_is_refused(self, tokens: Any):
        head, body, _ = self.made().split(".")
        header = json.dumps({"alg": "none", "typ": "at+jwt", "kid": "new"}).encode()
        head = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
        with pytest.raises(jwt.InvalidTokenError):
            tokens.user_of_access_token(f"{head}.{body}.")

    @pytest.mark.parametrize("options", [{"sub": "nobody"}, {"sub": "999"}, {"aud": "another"}], ids=str)
    def test_the_answer_is_401_and_gives_no_reason(self, opened: Open, options: dict[str, str]):
        with opened("access_tokens") as one:
            one.expose("/me", one.module("access_tokens").current_user)
            header = {"Authorization": f"Bearer {self.made(**options)}"}
            response = one.client.get("/me", headers=header)
        assert (response.status_code, response.json()) == (401, {"detail": "invalid token"})
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


class TestRefreshTokens:
    def test_one_that_comes_twice_ends_its_family(self, running: Shop, caplog: pytest.LogCaptureFixture):
        other = running.log_in().json()["refresh_token"]
        first = running.log_in().json()["refresh_token"]
        response = running.refresh(first)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        second = response.json()["refresh_token"]
        assert second != first
        response = running.refresh(first)
        assert (response.status_code, response.headers["cache-control"]) == (401, "no-store")
        assert running.refresh(second).status_code == 401
        assert "refresh.reuse" in caplog.text
        assert running.refresh(other).status_code == 200

    def test_they_are_stored_as_hashes(self, running: Shop):
        token = running.log_in().json()["refresh_token"]
        with running.engine.connect() as connection:
            stored = connection.scalars(text("SELECT digest FROM refresh_tokens")).all()
        assert [len(one) for one in stored] == [32]
        assert token.encode() not in stored

    @pytest.mark.parametrize("table", ["refresh_tokens", "refresh_families"])
    def test_they_expire_unused_and_in_any_case(self, running: Shop, table: str):
        token = running.log_in().json()["refresh_token"]
        with running.engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET expires_at = '2020-01-01 00:00:00.000000'"))
        assert running.refresh(token).status_code == 401

    def test_a_logout_ends_the_login_and_says_nothing_else(self, running: Shop):
        token = running.log_in().json()["refresh_token"]
        for one in (token, token, "x" * 43):
            response = running.client.post("/auth/logout", json={"refresh_token": one})
            assert (response.status_code, response.content) == (204, b"")
        assert running.refresh(token).status_code == 401
