"""What logs users in, on PostgreSQL: where two who come at once meet at the same rows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from postgres import database, url
from sqlalchemy import func, select
from tests.snippets.django_shop import run_django_checks
from tests.snippets.flask_shop import browser, flask_shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from flask.testing import FlaskClient

PASSWORD = "many words make a password"
HTTPS = "https://shop.example"


@pytest.fixture
def shop(postgres: str, tmp_path: Path) -> Iterator[ModuleType]:
    """The application of Flask, with one user."""
    with database(postgres, "of_flask") as conninfo, flask_shop(tmp_path, url(conninfo)) as main:
        body = {"email": "ann@shop.example", "password": PASSWORD}
        assert browser(main).post("/auth/register", json=body, base_url=HTTPS).status_code == 202
        yield main


@pytest.fixture
def token(shop: ModuleType) -> str:
    """The first refresh token of a login."""
    with shop.database.sessions.begin() as session:
        return shop.refresh.begin_login(session, 1)


def refreshing(shop: ModuleType, token: str) -> FlaskClient:
    client = browser(shop)
    client.set_cookie("__Secure-refresh", token, domain="shop.example", path="/auth/refresh")
    return client


def refresh(shop: ModuleType, token: str) -> int:
    return refreshing(shop, token).post("/auth/refresh", base_url=HTTPS).status_code


def test_a_replayed_token_ends_the_login(shop: ModuleType, token: str):
    client = refreshing(shop, token)
    statuses = [client.post("/auth/refresh", base_url=HTTPS).status_code for _ in range(3)]
    assert statuses == [200, 200, 200]
    assert refresh(shop, token) == 401
    assert client.post("/auth/refresh", base_url=HTTPS).status_code == 401


def test_of_two_with_the_same_token_one_is_refused_and_the_login_ends(shop: ModuleType):
    for _ in range(10):
        with shop.database.sessions.begin() as session:
            token = shop.refresh.begin_login(session, 1)
        found = at_once(2, lambda token=token: rotate(shop, token))
        (good,) = filter(None, found)
        assert rotate(shop, good[1]) is None


def rotate(shop: ModuleType, token: str) -> Any:
    with shop.database.sessions.begin() as session:
        return shop.refresh.rotate(session, token)


def at_once(number: int, work: Any) -> list[Any]:
    """What so many threads get that begin together."""
    together, found = threading.Barrier(number), []

    def one() -> None:
        together.wait(30)
        found.append(work())

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == number
    return found


def test_many_tries_at_once_are_no_way_around_the_limit(shop: ModuleType):
    def wrong() -> int:
        body = {"email": "ann@shop.example", "password": "wrong"}
        return browser(shop).post("/auth/login", json=body, base_url=HTTPS).status_code

    assert wrong() == 401  # and the counters in memory are made; those of a shared store are there
    assert sorted(at_once(8, wrong)) == [401] * 4 + [429] * 4
    body = {"email": "ann@shop.example", "password": PASSWORD}
    assert browser(shop).post("/auth/login", json=body, base_url=HTTPS).status_code == 429


def test_one_address_is_one_user(shop: ModuleType):
    body = {"email": "bob@shop.example", "password": PASSWORD}

    def register() -> int:
        return browser(shop).post("/auth/register", json=body, base_url=HTTPS).status_code

    assert at_once(4, register) == [202] * 4
    with shop.database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(shop.models.User)) == 2


def test_keys_end(shop: ModuleType):
    def ask(key: str) -> int:
        return browser(shop).get("/api/keys-only", headers={"X-API-Key": key}, base_url=HTTPS).status_code

    with shop.database.sessions.begin() as session:
        first, second = (
            shop.keys.create_api_key(session, 1, name, ["orders:read"]) for name in ("one", "two")
        )
    assert (ask(first), ask(second)) == (200, 200)
    with shop.database.sessions.begin() as session:
        shop.keys.revoke_api_key(session, 1, 1)
        ended = shop.keys.api_keys.update().values(expires_at=func.now())
        session.execute(ended.where(shop.keys.api_keys.c.id == 2))
    assert (ask(first), ask(second)) == (401, 401)


def test_a_reset_link_holds_once_for_two_at_once(shop: ModuleType):
    tokens: list[str] = []

    def note(_: Any, email: str, token: str) -> None:
        tokens.append(token)

    with shop.resetting.reset_wanted.connected_to(note):
        browser(shop).post("/auth/password/forgotten", json={"email": "ann@shop.example"}, base_url=HTTPS)

    def reset() -> int:
        body = {"token": tokens[0], "password": "a quite different password"}
        return browser(shop).post("/auth/password/reset", json=body, base_url=HTTPS).status_code

    assert sorted(at_once(3, reset)) == [204, 400, 400]


def test_the_project_of_django(postgres: str, tmp_path: Path):
    with psycopg.connect(postgres) as connection:
        said = connection.info
        keys = {"NAME": said.dbname, "USER": said.user, "HOST": said.host, "PORT": str(said.port)}
    engine = {"ENGINE": "django.db.backends.postgresql"}
    run_django_checks(tmp_path, engine | keys)
