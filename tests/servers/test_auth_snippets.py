"""What snippets write about authentication, with its tables in PostgreSQL and its limits in Redis."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import redis_server
from postgres import database, url
from sqlalchemy import text
from tests.snippets.authentication import EMAIL, PASSWORD, Shop, shop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAMES = (
    *("passwords", "access_tokens", "audit", "login_limits", "refresh_tokens", "login", "register"),
    *("password_change", "password_reset", "api_keys", "session_cookie"),
)
NEW = "a password nobody knew before"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """The address of a Redis started for these tests."""
    with redis_server.serving() as address:
        yield address


@pytest.fixture(params=["sync", "async"])
def running(
    request: pytest.FixtureRequest, postgres: str, redis: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """The project with one user, in a database of its own; attempts are counted anew."""
    with redis_server.redis.Redis.from_url(redis, socket_timeout=5) as store:
        store.flushall()
    environment = {"LOGIN_LIMIT_STORAGE": f"{'async+' if request.param == 'async' else ''}{redis}"}
    with (
        database(postgres, "auth") as conninfo,
        shop(tmp_path, monkeypatch, request.param, *NAMES, url=url(conninfo), environment=environment) as one,
    ):
        one.user = one.add_user()
        yield one


def at_once(do: Callable[[], Any], times: int) -> list[Any]:
    """What a function gives on several threads that begin together."""
    barrier = threading.Barrier(times)

    def begin() -> Any:
        barrier.wait(30)
        return do()

    with ThreadPoolExecutor(times) as pool:
        return [one.result(60) for one in [pool.submit(begin) for _ in range(times)]]


def test_a_login_and_what_follows_from_it(running: Shop):
    body = {"email": "grace@example.org", "password": PASSWORD}
    assert running.client.post("/auth/register", json=body).status_code == 202
    assert running.client.post("/auth/register", json=body).status_code == 202
    first = running.log_in("grace@example.org").json()["refresh_token"]
    second = running.refresh(first).json()["refresh_token"]
    assert running.refresh(first).status_code == 401
    assert running.refresh(second).status_code == 401, "the family is burnt"
    third = running.log_in("grace@example.org").json()
    header = {"Authorization": f"Bearer {third['access_token']}"}
    change = {"current": PASSWORD, "new": NEW}
    assert running.client.post("/auth/password", json=change, headers=header).status_code == 200
    assert running.refresh(third["refresh_token"]).status_code == 401
    last = running.log_in("grace@example.org", NEW).json()["refresh_token"]
    assert running.client.post("/auth/logout", json={"refresh_token": last}).status_code == 204
    assert running.refresh(last).status_code == 401


def test_of_requests_with_one_token_at_once_one_succeeds_and_the_family_ends(running: Shop):
    token = running.log_in().json()["refresh_token"]
    answers = at_once(lambda: running.refresh(token), 4)
    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]
    (winner,) = (one.json()["refresh_token"] for one in answers if one.status_code == 200)
    assert running.refresh(winner).status_code == 401


def test_a_replay_waits_for_the_rotation_that_is_under_way(running: Shop, postgres: str):
    """The tokens that a rotation writes while a thief comes end with the family all the same."""
    conninfo = postgres.replace("dbname=postgres", f"dbname={running.engine.url.database}")
    first = running.log_in().json()["refresh_token"]
    second = running.refresh(first).json()["refresh_token"]
    with psycopg.connect(conninfo) as slow, ThreadPoolExecutor(2) as pool:
        slow.execute("SELECT 1 FROM refresh_families FOR UPDATE")
        answers = [pool.submit(running.refresh, token) for token in (second, first)]
        with psycopg.connect(conninfo, autocommit=True) as watching:
            while watching.execute(WAITING).fetchone()[0] < 2:
                assert not any(one.done() for one in answers)
        slow.rollback()
        rotated, replayed = (one.result(60) for one in answers)
    assert replayed.status_code == 401
    if rotated.status_code == 200:
        assert running.refresh(rotated.json()["refresh_token"]).status_code == 401


def test_one_address_is_registered_once_by_requests_at_once(running: Shop):
    body = {"email": "grace@example.org", "password": PASSWORD}
    answers = at_once(lambda: running.client.post("/auth/register", json=body).status_code, 4)
    assert answers == [202] * 4
    with running.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users WHERE email = 'grace@example.org'")) == 1


def test_a_link_sets_one_password_by_requests_at_once(running: Shop, monkeypatch: pytest.MonkeyPatch):
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(running.module("password_reset"), "send_link", lambda *link: sent.append(link))
    running.client.post("/auth/password-reset", json={"email": EMAIL})
    ((_, token),) = sent
    body = {"token": token, "password": NEW}
    answers = at_once(lambda: running.client.post("/auth/password-reset/confirm", json=body).status_code, 3)
    assert sorted(answers) == [204, 400, 400]
    assert running.log_in(password=NEW).status_code == 200


def test_an_api_key_counts_until_it_is_revoked(running: Shop):
    keys = running.module("api_keys")
    running.expose("/read", keys.api_key("orders:read"))
    key = running.in_transaction(lambda session: keys.create_api_key(session, running.user, {"orders:read"}))
    assert running.client.get("/read", headers={"X-API-Key": key}).status_code == 200
    with running.engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
    assert running.client.get("/read", headers={"X-API-Key": key}).status_code == 401


def test_a_session_of_a_browser_ends_on_the_server(running: Shop):
    cookies = running.module("session_cookie")
    running.expose("/me", cookies.session_user_id)
    with running.engine.begin() as connection:
        row = "INSERT INTO browser_sessions VALUES (:digest, :user, now() + '1 hour', now() + '1 hour')"
        connection.execute(text(row), {"digest": cookies.digest_of("cookie"), "user": running.user})
    running.client.cookies.set(cookies.COOKIE, "cookie")
    assert running.client.get("/me").json() == str(running.user)
    assert running.client.post("/session/logout").status_code == 204
    running.client.cookies.set(cookies.COOKIE, "cookie")
    assert running.client.get("/me").status_code == 401


def test_attempts_are_counted_for_all_instances_and_count_again_after_a_while(
    running: Shop, monkeypatch: pytest.MonkeyPatch
):
    limits = running.module("login_limits")
    monkeypatch.setattr(limits, "PER_ACCOUNT_AND_ADDRESS", limits.parse("5 per 3 seconds"))
    codes = at_once(lambda: running.log_in(password="wrong").status_code, 8)
    assert sorted(codes) == [401] * 5 + [429] * 3
    response = running.log_in()
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 3
    end = time.monotonic() + 30
    while (response := running.log_in()).status_code == 429:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert response.status_code == 200


def test_accounts_are_not_named_in_the_store(running: Shop, redis: str):
    running.log_in(password="wrong")
    with redis_server.redis.Redis.from_url(redis, socket_timeout=5) as store:
        keys = b" ".join(store.keys())
    assert keys.count(b"login") == 3
    assert EMAIL.encode() not in keys


def test_nobody_is_let_in_while_the_store_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    port = redis_server.free_port()
    for session, prefix in (("sync", ""), ("async", "async+")):
        environment = {"LOGIN_LIMIT_STORAGE": f"{prefix}redis://127.0.0.1:{port}"}
        (tmp_path / session).mkdir()
        with shop(tmp_path / session, monkeypatch, session, *NAMES[:7], environment=environment) as one:
            one.add_user()
            assert one.log_in().status_code == 503
