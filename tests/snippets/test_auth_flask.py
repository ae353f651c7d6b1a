"""What logs users in to an application of Flask, running."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

import argon2
import jwt
import pytest
from flask import Flask
from sqlalchemy import select, text
from tests.snippets.flask_shop import browser, flask_shop, key_pair
from tests.snippets.running import imported, text_of

from backend_architect.cli.repair import apply_edits
from backend_architect.snippets.acting import act
from backend_architect.snippets.cards import load_snippets
from backend_architect.snippets.context import Surroundings
from backend_architect.snippets.landmarks import Landmark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PASSWORD = "many words make a password"
ARGON2ID = "$argon2id$v=19$m=19456,t=2,p=1$"
HTTPS = "https://shop.example"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ModuleType]:
    """The application on SQLite."""
    with flask_shop(tmp_path, f"sqlite:///{tmp_path}/shop.db") as main:
        yield main


@pytest.fixture
def client(shop: ModuleType) -> FlaskClient:
    """A browser."""
    return browser(shop)


def post(client: FlaskClient, path: str, **body: str) -> TestResponse:
    return client.post(path, json=body, base_url=HTTPS)


def register(client: FlaskClient, email: str = "ann@shop.example") -> TestResponse:
    return post(client, "/auth/register", email=email, password=PASSWORD)


def enter(client: FlaskClient, email: str = "ann@shop.example", password: str = PASSWORD) -> TestResponse:
    return post(client, "/auth/login", email=email, password=password)


def caller(client: FlaskClient) -> Any:
    return client.get("/me", base_url=HTTPS).json["user"]


def stored_hash(shop: ModuleType, email: str = "ann@shop.example") -> str:
    user = shop.models.User
    with shop.database.sessions() as session:
        return session.scalar(select(user.password_hash).where(user.email == email))


class TestPasswords:
    def test_what_is_stored_is_argon2id(self, shop: ModuleType, client: FlaskClient):
        assert register(client).status_code == 202
        assert stored_hash(shop).startswith(ARGON2ID)

    def test_weaker_hashes_are_made_anew(self, shop: ModuleType, client: FlaskClient):
        register(client)
        weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
        with shop.database.sessions.begin() as session:
            session.scalar(select(shop.models.User)).password_hash = weak
        assert enter(client).status_code == 204
        assert stored_hash(shop).startswith(ARGON2ID)
        assert caller(client) is not None

    def test_the_module_checks_one_hash_for_nobody_too(self, shop: ModuleType):
        passwords = shop.passwords
        stored = passwords.passwords.hash(PASSWORD)
        assert passwords.verify_password(PASSWORD, stored) == (True, None)
        assert passwords.verify_password("other", stored)[0] is False
        assert passwords.verify_password("other", None)[0] is False

    @pytest.mark.parametrize(
        ("password", "taken"),
        [
            ("x" * 14, False),
            ("x" * 129, False),
            ("Correct Horse battery", False),
            ("x" * 128, True),
            (PASSWORD, True),
        ],
    )
    def test_which_are_taken(self, shop: ModuleType, client: FlaskClient, password: str, taken: bool):
        passwords = shop.passwords
        common = shop.app.config["COMMON_PASSWORDS"]
        assert (passwords.objection(password, common) is None) is taken
        answer = post(client, "/auth/register", email="b@shop.example", password=password)
        assert answer.status_code == (202 if taken else 422)
        assert password not in answer.text

    def test_a_list_of_common_ones_is_read(self, shop: ModuleType, tmp_path: Path):
        (tmp_path / "common").write_text("Secret\n123456\n")
        passwords = shop.passwords
        assert passwords.load_common_passwords(tmp_path / "common") == {"secret", "123456"}


class TestRegistration:
    def test_known_and_unknown_get_the_same_answer(self, shop: ModuleType, client: FlaskClient):
        sent: list[bool] = []
        signal = shop.registering.registered

        def note(_: None, email: str, known: bool) -> None:
            sent.append(known)

        with signal.connected_to(note):
            first, second = register(client), register(client, "Ann@Shop.example")
        assert (first.status_code, first.data) == (second.status_code, second.data)
        assert sent == [False, True]

    def test_what_else_the_database_refuses_is_no_known_address(self, shop: ModuleType, client: FlaskClient):
        with shop.database.sessions.begin() as session:
            session.execute(
                text("CREATE TRIGGER t BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'no'); END")
            )
        assert register(client).status_code == 500


class TestLogin:
    def test_it_begins_and_ends_a_session(self, client: FlaskClient):
        register(client)
        assert caller(client) is None
        assert enter(client).status_code == 204
        assert caller(client) is not None
        assert post(client, "/auth/logout").status_code == 204
        assert caller(client) is None

    def test_unknown_users_and_wrong_passwords_are_alike(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ):
        register(client)
        checked: list[str] = []
        verify = argon2.PasswordHasher.verify

        def counted(self: argon2.PasswordHasher, stored: Any, password: Any) -> Any:
            checked.append(stored if isinstance(stored, str) else stored.decode())
            return verify(self, stored, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
        monkeypatch.setattr(argon2.PasswordHasher, "hash", lambda *_: pytest.fail("a second hash"))
        wrong = enter(client, password="another one, as long as that")
        unknown = enter(client, email="bob@shop.example")
        assert (wrong.status_code, wrong.data) == (unknown.status_code, unknown.data)
        assert wrong.status_code == 401
        assert len(checked) == 2
        assert all(one.startswith(ARGON2ID) for one in checked)

    @pytest.mark.parametrize("email", ["ann@shop.example", "nobody@shop.example"])
    def test_the_sixth_try_has_to_wait(
        self, shop: ModuleType, client: FlaskClient, email: str, monkeypatch: pytest.MonkeyPatch
    ):
        register(client)
        assert [enter(client, email, "wrong").status_code for _ in range(5)] == [401] * 5
        locked = enter(client, email.upper())
        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 900
        assert enter(browser(shop, "198.51.100.7"), email).status_code == 429
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 901)
        assert enter(client, email).status_code == (204 if email.startswith("ann") else 401)

    def test_an_address_has_to_wait_too(self, client: FlaskClient, shop: ModuleType):
        entering = shop.entering
        entering.BY_ADDRESS = entering.parse("3 per 15 minutes")
        tries = [enter(client, f"{number}@shop.example").status_code for number in range(4)]
        assert tries == [401, 401, 401, 429]
        assert enter(browser(shop, "198.51.100.7"), "4@shop.example").status_code == 401

    def test_a_login_begins_the_counter_again(self, client: FlaskClient):
        register(client)
        for _ in range(3):
            assert [enter(client, password="wrong").status_code for _ in range(4)] == [401] * 4
            assert enter(client).status_code == 204

    def test_what_is_no_login_is_refused(self, client: FlaskClient):
        answer = post(client, "/auth/login", email="ann@shop.example")
        assert answer.status_code == 422
        assert client.post("/auth/login", json=[], base_url=HTTPS).status_code == 422

    def test_the_limit_of_another_handler(self, client: FlaskClient):
        assert [post(client, "/pin", name="ann").status_code for _ in range(6)] == [401] * 5 + [429]
        assert client.post("/pin", data={"name": "bob"}, base_url=HTTPS).status_code == 401


class TestSessionCookie:
    def test_its_flags(self, client: FlaskClient):
        register(client)
        header = enter(client).headers["Set-Cookie"]
        assert header.startswith("__Host-session=")
        parts = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not [part for part in parts if part.startswith("domain")]

    @pytest.mark.parametrize(("later", "holds"), [(29 * 60, True), (31 * 60, False)])
    def test_it_ends_without_use(
        self, client: FlaskClient, later: float, holds: bool, monkeypatch: pytest.MonkeyPatch
    ):
        register(client)
        enter(client)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + later)
        assert (caller(client) is not None) is holds

    def test_it_ends_in_any_case(self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
        register(client)
        enter(client)
        now = time.time()
        for minutes in range(20, 12 * 60, 20):
            monkeypatch.setattr(time, "time", lambda minutes=minutes: now + minutes * 60)
            assert caller(client) is not None
        monkeypatch.setattr(time, "time", lambda: now + 12 * 3600 + 60)
        assert caller(client) is None

    def test_it_is_begun_by_other_means_as_well(self, client: FlaskClient):
        register(client)
        client.get("/begin/1", base_url=HTTPS)
        assert caller(client) == 1


class TestPasswordChange:
    def change(self, client: FlaskClient, current: str, new: str) -> int:
        body = {"current": current, "new": new}
        return client.put("/account/password", json=body, base_url=HTTPS).status_code

    def test_all_sessions_end(self, shop: ModuleType, client: FlaskClient):
        other = browser(shop)
        register(client)
        enter(client)
        enter(other)
        with shop.database.sessions.begin() as session:
            token = shop.refresh.begin_login(session, 1)

        def end(_: None, user: Any, transaction: Any) -> None:
            shop.refresh.end_logins(transaction, user.id)

        with shop.changing.password_changed.connected_to(end):
            assert self.change(client, PASSWORD, "a quite different password") == 204
        with shop.database.sessions.begin() as session:
            assert shop.refresh.rotate(session, token) is None
        assert caller(client) is None
        assert caller(other) is None
        assert enter(client).status_code == 401
        assert enter(client, password="a quite different password").status_code == 204

    def test_it_is_refused(self, client: FlaskClient):
        register(client)
        assert self.change(client, PASSWORD, "a quite different password") == 401
        enter(client)
        assert self.change(client, "wrong", "a quite different password") == 422
        assert self.change(client, PASSWORD, "short") == 422
        assert self.change(client, PASSWORD, "Correct Horse Battery") == 422
        assert caller(client) is not None


class TestPasswordReset:
    def link(self, shop: ModuleType, client: FlaskClient, email: str) -> tuple[TestResponse, list[str]]:
        tokens: list[str] = []

        def note(_: None, email: str, token: str) -> None:
            tokens.append(token)

        with shop.resetting.reset_wanted.connected_to(note):
            return post(client, "/auth/password/forgotten", email=email), tokens

    def reset(self, client: FlaskClient, token: str) -> int:
        return post(client, "/auth/password/reset", token=token, password="a quite different one").status_code

    def test_a_link_holds_once(self, shop: ModuleType, client: FlaskClient):
        register(client)
        _, (token,) = self.link(shop, client, "Ann@shop.example")
        enter(client)
        assert self.reset(client, token) == 204
        assert caller(client) is None
        assert self.reset(client, token) == 400
        assert enter(client, password="a quite different one").status_code == 204

    def test_the_answer_does_not_tell(self, shop: ModuleType, client: FlaskClient):
        register(client)
        (known, tokens), (unknown, none) = (
            self.link(shop, client, "ann@shop.example"),
            self.link(shop, client, "b@shop.example"),
        )
        assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
        assert (len(tokens), len(none)) == (1, 0)

    def test_it_ends(self, shop: ModuleType, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
        register(client)
        _, (token,) = self.link(shop, client, "ann@shop.example")
        assert self.reset(client, token[:-1]) == 400
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 1802)
        assert self.reset(client, token) == 400


class TestAccessToken:
    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": "https://shop.example",
            "aud": "shop",
            "sub": "1",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": "x",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def ask(self, client: FlaskClient, token: str) -> TestResponse:
        return client.get("/api/token-only", headers={"Authorization": f"Bearer {token}"}, base_url=HTTPS)

    def test_who_calls(self, shop: ModuleType, client: FlaskClient):
        with shop.app.app_context():
            token = shop.access_tokens.issue_access_token(7)
        assert self.ask(client, token).json == {"user": 7}
        read = jwt.decode_complete(token, options={"verify_signature": False})
        assert {"iss", "aud", "sub", "exp", "nbf", "iat", "jti"} <= read["payload"].keys()
        assert read["header"] == {"alg": "ES256", "typ": "at+jwt", "kid": "one"}
        assert read["payload"]["exp"] - read["payload"]["iat"] == 600

    @pytest.mark.parametrize(
        ("claims", "headers"),
        [
            ({"aud": "bank"}, {}),
            ({"aud": None}, {}),
            ({"iss": "https://other.example"}, {}),
            ({"exp": 1}, {}),
            ({"exp": None}, {}),
            ({"jti": None}, {}),
            ({}, {"typ": "JWT"}),
            ({}, {"kid": "two"}),
        ],
    )
    def test_what_is_refused(
        self, shop: ModuleType, client: FlaskClient, claims: dict[str, Any], headers: dict[str, str]
    ):
        key = shop.app.config["JWT_PRIVATE_KEY"]
        good = {"typ": "at+jwt", "kid": "one"}
        assert self.ask(client, jwt.encode(self.claims(), key, "ES256", good)).status_code == 200
        answer = self.ask(client, jwt.encode(self.claims(**claims), key, "ES256", good | headers))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'

    def test_other_keys_and_algorithms_are_refused(self, client: FlaskClient):
        good = {"typ": "at+jwt", "kid": "one"}
        other = jwt.encode(self.claims(), key_pair()[0], "ES256", good)
        unsigned = jwt.encode(self.claims(), None, "none", good)
        symmetric = jwt.encode(self.claims(), "x" * 64, "HS256", good)
        assert [self.ask(client, one).status_code for one in (other, unsigned, symmetric, "x")] == [401] * 4
        assert client.get("/api/token-only", base_url=HTTPS).headers["WWW-Authenticate"] == "Bearer"


class TestRefreshRotation:
    @pytest.fixture
    def begun(self, shop: ModuleType, client: FlaskClient) -> str:
        register(client)
        with shop.database.sessions.begin() as session:
            return shop.refresh.begin_login(session, 1)

    def refresh(self, shop: ModuleType, token: str, path: str = "refresh") -> TestResponse:
        client = browser(shop)
        client.set_cookie("__Secure-refresh", token, domain="shop.example", path="/auth/refresh")
        return client.post(f"/auth/{path}", base_url=HTTPS)

    def next_of(self, answer: TestResponse) -> str:
        assert answer.status_code == 200, answer.text
        return answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]

    def test_a_token_gives_the_next_one(self, shop: ModuleType, client: FlaskClient, begun: str):
        answer = self.refresh(shop, begun)
        assert self.next_of(self.refresh(shop, self.next_of(answer))) != begun
        assert answer.headers["Cache-Control"] == "no-store"
        flags = {part.strip() for part in answer.headers["Set-Cookie"].split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/auth/refresh"} <= flags
        headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
        assert client.get("/api/token-only", headers=headers, base_url=HTTPS).json == {"user": 1}

    def test_a_replay_ends_the_login(self, shop: ModuleType, begun: str):
        second = self.next_of(self.refresh(shop, begun))
        assert self.refresh(shop, begun).status_code == 401
        assert self.refresh(shop, second).status_code == 401

    def test_only_hashes_are_stored(self, shop: ModuleType, begun: str):
        with shop.database.sessions() as session:
            (row,) = session.execute(select(shop.refresh.refresh_tokens)).all()
        assert begun not in str(row)
        assert row.token_hash == shop.refresh.token_hash(begun)

    def test_logging_out(self, shop: ModuleType, begun: str):
        second = self.next_of(self.refresh(shop, begun))
        assert self.refresh(shop, second, "refresh/logout").status_code == 204
        assert self.refresh(shop, second).status_code == 401

    def test_all_logins_of_a_user_end(self, shop: ModuleType, begun: str):
        with shop.database.sessions.begin() as session:
            shop.refresh.end_logins(session, 1)
        assert self.refresh(shop, begun).status_code == 401

    @pytest.mark.parametrize("column", ["expires_at", "ends_at"])
    def test_it_ends(self, shop: ModuleType, begun: str, column: str):
        table = "refresh_tokens" if column == "expires_at" else "logins"
        with shop.database.sessions.begin() as session:
            session.execute(text(f"UPDATE {table} SET {column} = '2020-01-01 00:00:00.000000'"))
        assert self.refresh(shop, begun).status_code == 401

    def test_what_is_none(self, shop: ModuleType):
        assert self.refresh(shop, "x").status_code == 401
        assert browser(shop).post("/auth/refresh", base_url=HTTPS).status_code == 401


class TestRoles:
    def test_who_may(self, shop: ModuleType, client: FlaskClient):
        register(client)
        with shop.app.app_context():
            headers = {"Authorization": f"Bearer {shop.access_tokens.issue_access_token(1)}"}
        assert client.delete("/api/orders", base_url=HTTPS).status_code == 401
        assert client.delete("/api/orders", headers=headers, base_url=HTTPS).status_code == 403
        for role, status in (("admin", 204), ("unheard of", 403)):
            with shop.database.sessions.begin() as session:
                session.scalar(select(shop.models.User)).role = role
            assert client.delete("/api/orders", headers=headers, base_url=HTTPS).status_code == status


class TestApiKey:
    def ask(self, client: FlaskClient, key: str) -> int:
        return client.get("/api/keys-only", headers={"X-API-Key": key}, base_url=HTTPS).status_code

    def test_who_may(self, shop: ModuleType, client: FlaskClient):
        register(client)
        with shop.database.sessions.begin() as session:
            key = shop.keys.create_api_key(session, 1, "robot", ["orders:read", "orders:write"])
            other = shop.keys.create_api_key(session, 1, "robot", ["prices:read"])
            rows = session.execute(select(shop.keys.api_keys)).all()
        assert key.startswith("shop_")
        assert key not in str(rows)
        assert client.get("/api/keys-only", base_url=HTTPS).status_code == 401
        assert [self.ask(client, one) for one in (key, other, "shop_x")] == [200, 403, 401]
        with shop.database.sessions.begin() as session:
            shop.keys.revoke_api_key(session, 2, 1)
        assert self.ask(client, key) == 200
        with shop.database.sessions.begin() as session:
            shop.keys.revoke_api_key(session, 1, 1)
        assert self.ask(client, key) == 401

    def test_it_ends(self, shop: ModuleType, client: FlaskClient):
        register(client)
        with shop.database.sessions.begin() as session:
            key = shop.keys.create_api_key(session, 1, "robot", ["orders:read"])
            session.execute(text("UPDATE api_keys SET expires_at = '2020-01-01 00:00:00.000000'"))
        assert self.ask(client, key) == 401


class TestBrowsers:
    def test_forged_requests_are_refused(self, shop: ModuleType, client: FlaskClient):
        shop.forgery.protect_forms(shop.app)
        register_without = register(client)
        assert register_without.status_code == 400
        answer = client.get("/csrf", base_url=HTTPS)
        assert answer.headers["Cache-Control"] == "no-store"
        body = {"email": "ann@shop.example", "password": PASSWORD}
        headers = {"X-CSRFToken": answer.json["token"], "Referer": f"{HTTPS}/page"}
        for changes, status in (({}, 202), ({"Referer": "https://evil.example/"}, 400)):
            answer = client.post("/auth/register", json=body, headers=headers | changes, base_url=HTTPS)
            assert answer.status_code == status

    def test_headers(self, client: FlaskClient):
        answer = client.get("/nothing", base_url=HTTPS)
        assert answer.status_code == 404
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_origins(self, client: FlaskClient):
        def asked(origin: str, path: str = "/api/token-only") -> Any:
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            return client.options(path, headers=headers, base_url=HTTPS).headers

        allowed = asked("https://friend.example")
        assert allowed["Access-Control-Allow-Origin"] == "https://friend.example"
        assert allowed["Access-Control-Allow-Credentials"] == "true"
        assert "Access-Control-Allow-Origin" not in asked("https://friend.example.evil.example")
        assert "Access-Control-Allow-Origin" not in asked("https://friend.example", "/me")

    @pytest.mark.parametrize(
        "origins", ["*", ["*"], ["http://friend.example"], ["https://*.example"], "https://friend.example"]
    )
    def test_no_pattern_is_an_origin(self, shop: ModuleType, origins: Any):
        app = Flask("other")
        app.config["CORS_ALLOWED_ORIGINS"] = origins
        with pytest.raises(ValueError, match="CORS_ALLOWED_ORIGINS"):
            shop.origins.allow_origins(app)


def test_events_are_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = {"auditing.py": text_of("auth/security-audit-log", "flask")}
    with imported(tmp_path, files, "auditing") as auditing:
        auditing.start_audit_log()
        with Flask("shop").test_request_context("/a", environ_base={"REMOTE_ADDR": "192.0.2.1"}):
            auditing.audit("login", "failure", subject="x\n{}", tries=3)
        auditing.audit("cleaned", "success")
        logging.getLogger("security.audit").handlers.clear()
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["outcome"], first["subject"]) == ("login", "failure", "x\n{}")
    assert (first["address"], first["path"], first["details"]) == ("192.0.2.1", "/a", {"tries": 3})
    assert first["time"].endswith("+00:00")
    assert (second["event"], second["details"]) == ("cleaned", {})


def test_the_action_writes_both_modules_and_takes_the_routes_in(tmp_path: Path):
    variant = load_snippets()["auth/refresh-rotation"].variant("flask")
    assert variant is not None
    assert variant.action is not None
    text = "from flask import Flask\n\napp = Flask(__name__)\n"
    landmarks = (Landmark("application", "app", "flask", 2, 3, 0, "shop.main", "shop/main.py"),)
    changes = act(variant, variant.action, Surroundings(landmarks=landmarks), {"shop/main.py": text}.get)
    files = {"shop/__init__.py": "", "shop/main.py": apply_edits(text, changes.edits["shop/main.py"])}
    files |= {one.path: one.text for one in changes.creates}
    assert {"shop/access_tokens.py", "shop/refresh_tokens.py"} < files.keys()
    with imported(tmp_path, files, "shop.main") as main:
        routes = {rule.rule for rule in main.app.url_map.iter_rules()}
    assert {"/auth/refresh", "/auth/refresh/logout"} <= routes


ALONE = ("register", "login", "password-change", "password-reset", "roles", "api-key", "session-cookie")


@pytest.mark.parametrize("name", ALONE)
def test_it_can_be_imported_where_a_project_has_nothing_yet(tmp_path: Path, name: str):
    with imported(tmp_path, {"alone.py": text_of(f"auth/{name}", "flask", Surroundings())}, "alone") as alone:
        assert alone.User.__tablename__ == "users"
