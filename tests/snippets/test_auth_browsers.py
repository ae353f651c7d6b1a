"""What snippets write for browsers: cookies, forms, headers, origins, and a login at another provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import text
from tests.snippets.authentication import Shop, acted, shop
from tests.snippets.provider import CLIENT, SECRET, Provider, serving
from tests.snippets.running import imported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Open = Callable[..., AbstractContextManager[Shop]]

COOKIE = "__Host-session"


@pytest.fixture(params=["sync", "async"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Starts the project with modules of the package."""

    def start(*names: str, **options: Any) -> AbstractContextManager[Shop]:
        return shop(tmp_path, monkeypatch, request.param, *names, **options)

    return start


@pytest.fixture
def running(opened: Open) -> Iterator[Shop]:
    """The project with sessions of browsers, forms, a user, and a login that asks for nothing."""
    with opened("passwords", "audit", "session_cookie", "csrf") as one:
        one.user = one.add_user()
        cookies, csrf = one.module("session_cookie"), one.module("csrf")

        async def log_in(request: Request, response: Response) -> None:
            begun = cookies.sign_in(request, response, one.user)
            if begun is not None:
                await begun

        one.app.add_api_route("/log-in", log_in, methods=["POST"])
        one.expose("/me", cookies.session_user_id)
        one.app.add_api_route("/token", csrf.csrf_token, methods=["GET"])
        one.app.add_api_route(
            "/transfer", lambda: "done", methods=["GET", "POST"], dependencies=[csrf.CsrfProtected]
        )
        yield one


class TestSessionCookie:
    def test_scripts_other_hosts_and_other_sites_do_not_get_it(self, running: Shop):
        response = running.client.post("/log-in")
        name, *flags = response.headers["set-cookie"].split("; ")
        assert name.startswith(f"{COOKIE}=")
        assert {flag.lower() for flag in flags} == {"path=/", "secure", "httponly", "samesite=lax"}
        assert response.headers["cache-control"] == "no-store"
        assert running.client.get("/me").json() == str(running.user)
        assert running.client.get("/me").headers["cache-control"] == "no-store"

    def test_a_login_makes_a_new_one_and_ends_the_old(self, running: Shop):
        chosen = {"Cookie": f"{COOKIE}=chosen-by-an-attacker"}
        running.client.post("/log-in", headers=chosen)
        first = running.client.cookies[COOKIE]
        assert first != "chosen-by-an-attacker"
        running.client.post("/log-in")
        assert running.client.cookies[COOKIE] != first
        running.client.cookies.clear()
        running.client.cookies.set(COOKIE, first)
        assert running.client.get("/me").status_code == 401

    def test_a_logout_ends_it_on_the_server(self, running: Shop):
        running.client.post("/log-in")
        cookie = running.client.cookies[COOKIE]
        response = running.client.post("/session/logout")
        assert response.status_code == 204
        assert "max-age=0" in response.headers["set-cookie"].lower()
        assert response.headers["clear-site-data"] == '"cache", "storage"'
        running.client.cookies.set(COOKIE, cookie)
        assert running.client.get("/me").status_code == 401

    @pytest.mark.parametrize("column", ["idle_at", "expires_at"])
    def test_it_ends_unused_and_in_any_case(self, running: Shop, column: str):
        running.client.post("/log-in")
        with running.engine.begin() as connection:
            connection.execute(text(f"UPDATE browser_sessions SET {column} = '2020-01-01 00:00:00.000000'"))
        assert running.client.get("/me").status_code == 401

    def test_use_prolongs_it_and_the_server_keeps_a_hash(self, running: Shop):
        running.client.post("/log-in")
        soon = text("UPDATE browser_sessions SET idle_at = datetime('now', '+60 seconds') || '.000000'")
        with running.engine.begin() as connection:
            connection.execute(soon)
            before = connection.scalar(text("SELECT idle_at FROM browser_sessions"))
        assert running.client.get("/me").status_code == 200
        with running.engine.connect() as connection:
            digest, after = connection.execute(text("SELECT digest, idle_at FROM browser_sessions")).one()
        assert after > before
        assert len(digest) == 32

    def test_all_of_a_user_end_together(self, running: Shop):
        running.client.post("/log-in")
        end = running.module("session_cookie").end_sessions
        running.in_transaction(lambda database: end(database, running.user))
        assert running.client.get("/me").status_code == 401


class TestCsrf:
    @pytest.fixture
    def token(self, running: Shop) -> str:
        running.client.post("/log-in")
        return running.client.get("/token").json()

    def test_our_own_forms_and_scripts_pass(self, running: Shop, token: str):
        post = running.client.post
        assert post("/transfer", data={"csrf_token": token}).status_code == 200
        assert post("/transfer", json={}, headers={"X-CSRF-Token": token}).status_code == 200
        assert running.client.get("/transfer").status_code == 200
        assert running.client.get("/token").json() != token

    @pytest.mark.parametrize(
        "change",
        [lambda _: "", lambda token: token[:-1] + "0g"[token[-1] == "0"], lambda _: ".", lambda _: "ä.ö"],
    )
    def test_a_form_without_the_right_token_does_not(
        self, running: Shop, token: str, change: Callable[[str], str]
    ):
        response = running.client.post("/transfer", data={"csrf_token": change(token)})
        assert response.status_code == 403
        assert running.client.post("/transfer").status_code == 403

    def test_a_page_of_another_site_does_not(self, running: Shop, token: str):
        for site, code in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
            headers = {"Sec-Fetch-Site": site}
            response = running.client.post("/transfer", data={"csrf_token": token}, headers=headers)
            assert response.status_code == code, site

    def test_a_token_is_worth_nothing_in_another_session(self, running: Shop, token: str):
        running.client.post("/log-in")
        assert running.client.post("/transfer", data={"csrf_token": token}).status_code == 403
        running.client.cookies.clear()
        assert running.client.post("/transfer", data={"csrf_token": token}).status_code == 403


class TestSecurityHeaders:
    @pytest.fixture
    def client(self, tmp_path: Path) -> Iterator[TestClient]:
        with imported(tmp_path, acted("auth/security-headers"), "shop.main") as main:
            app: FastAPI = main.app

            async def refuse() -> None:
                raise HTTPException(403)

            app.add_api_route("/refused", refuse)
            app.add_api_route(
                "/own",
                lambda: PlainTextResponse("x", headers={"Content-Security-Policy": "default-src 'self'"}),
            )
            app.add_api_route("/stream", lambda: StreamingResponse(iter(["a", "b"])))
            with TestClient(app) as client:
                yield client

    @pytest.mark.parametrize("path", ["/refused", "/missing", "/stream", "/openapi.json"])
    def test_every_answer_has_them(self, client: TestClient, path: str):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"

    def test_what_a_route_says_itself_stays(self, client: TestClient):
        response = client.get("/own")
        assert response.headers.get_list("content-security-policy") == ["default-src 'self'"]
        assert client.get("/stream").text == "ab"


class TestCors:
    OURS = "https://shop.example.org"

    @pytest.fixture
    def client(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
        monkeypatch.setenv("CORS_ORIGINS", f'["{self.OURS}", "http://localhost:3000"]')
        with (
            imported(tmp_path, acted("auth/cors"), "shop.main") as main,
            TestClient(main.app) as client,
        ):
            main.app.add_api_route("/", lambda: "x", methods=["GET", "PUT"])
            yield client

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            (OURS, True),
            ("http://localhost:3000", True),
            ("https://evil.example.com", False),
            ("https://shop.example.org.evil.com", False),
            ("http://shop.example.org", False),
            ("null", False),
        ],
    )
    def test_listed_origins_may_call_and_no_others(self, client: TestClient, origin: str, allowed: bool):
        preflight = client.options("/", headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
        assert preflight.status_code == (200 if allowed else 400)
        for response in (preflight, client.get("/", headers={"Origin": origin})):
            assert response.headers.get("access-control-allow-origin") == (origin if allowed else None)
            assert "access-control-allow-credentials" not in response.headers

    @pytest.mark.parametrize(
        "origin",
        [
            "*",
            "null",
            "https://*.example.org",
            "http://shop.example.org",
            "https://a.org/",
            "https://a.org@b.org",
        ],
    )
    def test_what_would_let_in_others_stops_the_start(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str
    ):
        monkeypatch.setenv("CORS_ORIGINS", f'["{origin}"]')
        with pytest.raises(ValidationError), imported(tmp_path, acted("auth/cors"), "shop.main"):
            pass

    def test_without_the_setting_nobody_may(self, tmp_path: Path):
        with imported(tmp_path, acted("auth/cors"), "shop.main") as main:
            response = TestClient(main.app).get("/openapi.json", headers={"Origin": self.OURS})
        assert "access-control-allow-origin" not in response.headers


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    """A provider for all tests."""
    with serving() as provider:
        yield provider


class TestOAuth2:
    CALLBACK = "https://testserver/oauth2/callback"

    @pytest.fixture
    def provider(self, server: Provider) -> Provider:
        server.claims, server.signing = {}, None
        server.codes.clear()
        server.refused.clear()
        return server

    @pytest.fixture
    def running(self, opened: Open, provider: Provider) -> Iterator[Shop]:
        environment = {
            "OAUTH2_ISSUER": provider.issuer,
            "OAUTH2_CLIENT_ID": CLIENT,
            "OAUTH2_CLIENT_SECRET": SECRET,
            "OAUTH2_REDIRECT_URI": self.CALLBACK,
            "OAUTH2_STATE_KEY": "s" * 64,
        }
        with opened("passwords", "audit", "session_cookie", "oauth2_login", environment=environment) as one:
            one.user = one.add_user()
            oauth2 = one.module("oauth2_login")
            one.app = FastAPI()
            oauth2.add_oauth2_login(one.app)
            one.expose("/me", one.module("session_cookie").session_user_id)
            with TestClient(one.app, base_url="https://testserver") as client:
                one.client = client
                with one.engine.begin() as connection:
                    row = {"issuer": provider.issuer, "subject": "subject-1", "user_id": one.user}
                    connection.execute(oauth2.Identity.__table__.insert().values(row))
                yield one

    def begin(self, running: Shop) -> tuple[str, dict[str, str]]:
        response = running.client.get("/oauth2/login", follow_redirects=False)
        assert response.status_code == 302
        location = response.headers["location"]
        return location, {name: value for name, (value,) in parse_qs(urlsplit(location).query).items()}

    def end(self, running: Shop, **query: str) -> Any:
        return running.client.get("/oauth2/callback", params=query, follow_redirects=False)

    def test_somebody_comes_back_logged_in(self, running: Shop, provider: Provider):
        location, asked = self.begin(running)
        assert location.startswith(f"{provider.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert (asked["redirect_uri"], asked["scope"]) == (self.CALLBACK, "openid email")
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert min(len(asked["state"]), len(asked["nonce"])) >= 20
        response = self.end(running, code=provider.authorize(location), state=asked["state"])
        assert (response.status_code, response.headers["location"]) == (303, "/")
        assert provider.refused == []
        assert running.client.get("/me").json() == str(running.user)

    def test_the_cookie_that_remembers_the_state_is_kept_from_others(self, running: Shop):
        response = running.client.get("/oauth2/login", follow_redirects=False)
        name, *flags = response.headers["set-cookie"].split("; ")
        assert name.startswith("__Secure-oauth2=")
        flags = {flag.lower() for flag in flags}
        assert flags == {"path=/oauth2", "max-age=600", "httponly", "samesite=lax", "secure"}

    @pytest.mark.parametrize("state", ["", "x" * 30])
    def test_another_state_is_refused(self, running: Shop, provider: Provider, state: str):
        location, _ = self.begin(running)
        code = provider.authorize(location)
        assert self.end(running, code=code, state=state).status_code == 401
        assert code in provider.codes, "the provider was not even asked"

    def test_a_browser_that_did_not_begin_is_refused(self, running: Shop, provider: Provider):
        location, asked = self.begin(running)
        running.client.cookies.clear()
        response = self.end(running, code=provider.authorize(location), state=asked["state"])
        assert response.status_code == 401

    def test_it_works_once(self, running: Shop, provider: Provider):
        location, asked = self.begin(running)
        query = {"code": provider.authorize(location), "state": asked["state"]}
        assert self.end(running, **query).status_code == 303
        assert self.end(running, **query).status_code == 401

    def test_a_code_of_another_login_is_refused_for_its_verifier(self, running: Shop, provider: Provider):
        stolen = provider.authorize(self.begin(running)[0])
        _, asked = self.begin(running)
        assert self.end(running, code=stolen, state=asked["state"]).status_code == 401
        assert provider.refused == ["verifier"]

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"iss": "https://elsewhere.example.org"},
            {"aud": "another"},
            {"aud": None},
            {"exp": 1_000_000_000},
            {"exp": None},
            {"sub": None},
        ],
        ids=str,
    )
    def test_the_token_of_somebody_else_is_refused(
        self, running: Shop, provider: Provider, claims: dict[str, Any]
    ):
        provider.claims = claims
        location, asked = self.begin(running)
        response = self.end(running, code=provider.authorize(location), state=asked["state"])
        assert response.status_code == 401
        assert running.client.get("/me").status_code == 401

    def test_a_token_that_the_provider_did_not_sign_is_refused(self, running: Shop, provider: Provider):
        provider.signing = rsa.generate_private_key(65537, 2048)
        location, asked = self.begin(running)
        response = self.end(running, code=provider.authorize(location), state=asked["state"])
        assert response.status_code == 401

    def test_a_subject_without_an_account_is_refused(self, running: Shop, provider: Provider):
        provider.claims = {"sub": "subject-2"}
        location, asked = self.begin(running)
        response = self.end(running, code=provider.authorize(location), state=asked["state"])
        assert (response.status_code, response.json()) == (403, {"detail": "no account"})

    def test_an_error_of_the_provider_is_no_login(self, running: Shop):
        _, asked = self.begin(running)
        assert self.end(running, error="access_denied", state=asked["state"]).status_code == 401
