"""The tests of a project of Django that is made of snippets; `test_auth_django` runs them in it."""

from __future__ import annotations

import datetime
import json
import logging
import threading
import time
from typing import Any
from unittest import mock, skipUnless

import argon2
import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase, override_settings

from shop import access_tokens, auditing, changing, entering, keys, refresh, registering, resetting

PASSWORD = "many words make a password"
COMMON = "yfdbufnjh10305070"
"""The longest that the list of Django has."""
OTHER = "a quite different password"
ARGON2ID = "$argon2id$v=19$m=102400,t=2,p=8$"


class Slow(TestCase):
    """A user whose password is hashed as the settings say."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_user("ann", "ann@shop.example", PASSWORD)

    def setUp(self) -> None:
        cache.clear()
        self.client = Client(headers={"host": "shop.example"})

    def post(self, path: str, client: Client | None = None, **body: Any) -> Any:
        return (client or self.client).post(path, body, "application/json", secure=True)

    def enter(self, username: str = "ann", password: str = PASSWORD, client: Client | None = None) -> Any:
        return self.post("/auth/login", client, username=username, password=password)

    def who(self, client: Client | None = None, **headers: str) -> int:
        return (client or self.client).get("/me", secure=True, headers=headers).status_code


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
class Shop(Slow):
    """A user whose password is hashed fast, for what is about something else."""


class PasswordTests(Slow):
    def test_what_is_stored_is_argon2id(self) -> None:
        assert self.user.password.startswith(f"argon2{ARGON2ID}")

    def test_weaker_hashes_are_made_anew(self) -> None:
        hasher = "django.contrib.auth.hashers.PBKDF2PasswordHasher"
        with override_settings(PASSWORD_HASHERS=[hasher]):
            self.user.set_password(PASSWORD)
            self.user.save()
        assert self.enter().status_code == 204
        self.user.refresh_from_db()
        assert self.user.password.startswith(f"argon2{ARGON2ID}")

    def test_which_are_taken(self) -> None:
        cases = {"x" * 14: 400, "x" * 129: 400, COMMON: 400, "bobbob@shop.example": 400, PASSWORD: 202}
        for password, status in cases.items():
            answer = self.post("/auth/register", email="bobbob@shop.example", password=password)
            assert answer.status_code == status, password


class RegistrationTests(Shop):
    def test_known_and_unknown_get_the_same_answer(self) -> None:
        sent: list[bool] = []

        def note(email: str, known: bool, **_: object) -> None:
            sent.append(known)

        registering.registered.connect(note)
        first = self.post("/auth/register", email="bob@shop.example", password=PASSWORD)
        second = self.post("/auth/register", email="Bob@shop.example", password=PASSWORD)
        registering.registered.disconnect(note)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert sent == [False, True]
        assert self.enter("bob@shop.example").status_code == 401
        get_user_model().objects.filter(email="bob@shop.example").update(is_active=True)
        assert self.enter("bob@shop.example").status_code == 204


class LoginTests(Shop):
    def test_it_begins_and_ends_a_session(self) -> None:
        assert self.who() == 401
        assert self.enter().status_code == 204
        assert self.who() == 200
        assert self.post("/auth/logout").status_code == 204
        assert self.who() == 401

    def test_nothing_of_the_session_before_stays(self) -> None:
        session = self.client.session
        session["note"] = "set by somebody else"
        session.save()
        assert self.enter().cookies["__Host-sessionid"].value != session.session_key


class TimeTests(Slow):
    def test_unknown_users_and_wrong_passwords_are_alike(self) -> None:
        hashes: list[str] = []
        verify, make = argon2.PasswordHasher.verify, argon2.low_level.hash_secret

        def counted(hasher: Any, stored: str, password: str) -> bool:
            hashes.append(stored)
            return verify(hasher, stored, password)

        def made(*args: Any, **kwargs: Any) -> bytes:
            hashed = make(*args, **kwargs)
            hashes.append(hashed.decode())
            return hashed

        with (
            mock.patch("argon2.PasswordHasher.verify", counted),
            mock.patch("argon2.low_level.hash_secret", made),
        ):
            wrong, unknown = self.enter(password="another"), self.enter("bob")
        assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
        assert wrong.status_code == 401
        assert [one[: len(ARGON2ID)] for one in hashes] == [ARGON2ID, ARGON2ID]


class LimitTests(Shop):
    def test_the_sixth_try_has_to_wait(self) -> None:
        for name, last in (("ann", 204), ("nobody", 401)):
            assert [self.enter(name, "wrong").status_code for _ in range(5)] == [401] * 5
            locked = self.enter(name.upper())
            assert (locked.status_code, locked["Retry-After"]) == (429, "900")
            elsewhere = Client(headers={"host": "shop.example"}, REMOTE_ADDR="198.51.100.7")
            assert self.enter(name, client=elsewhere).status_code == 429
            now = time.time()
            with mock.patch("time.time", lambda now=now: now + 901):
                assert self.enter(name).status_code == last

    def test_an_account_that_is_called_like_an_address_is_none(self) -> None:
        with mock.patch.object(entering, "BY_ADDRESS", 3):
            for number in range(4):
                elsewhere = Client(headers={"host": "shop.example"}, REMOTE_ADDR=f"198.51.100.{number}")
                assert self.enter("127.0.0.1", client=elsewhere).status_code == 401
            assert self.enter().status_code == 204

    def test_an_address_has_to_wait_too(self) -> None:
        with mock.patch.object(entering, "BY_ADDRESS", 3):
            tries = [self.enter(f"user{number}").status_code for number in range(4)]
            elsewhere = Client(headers={"host": "shop.example"}, REMOTE_ADDR="198.51.100.7")
            assert self.enter("user4", client=elsewhere).status_code == 401
        assert tries == [401, 401, 401, 429]

    def test_forged_logins_are_refused(self) -> None:
        strict = Client(enforce_csrf_checks=True, headers={"host": "shop.example"})
        assert self.enter(client=strict).status_code == 403

    @override_settings(AUTHENTICATION_BACKENDS=["shop.limiting.LimitedBackend"])
    def test_every_login_is_limited_by_the_backend(self) -> None:
        def tried(password: str) -> Any:
            return self.client.get("/other-login", {"name": "ann", "password": password}, secure=True)

        assert [tried("wrong").status_code for _ in range(4)] == [401] * 4
        assert tried(PASSWORD).status_code == 200
        assert [tried("wrong").status_code for _ in range(5)] == [401] * 5
        locked = tried(PASSWORD)
        assert (locked.status_code, locked["Retry-After"]) == (429, "900")


class SessionCookieTests(Shop):
    def test_its_flags(self) -> None:
        cookie = self.enter().cookies["__Host-sessionid"]
        flags = {
            name: cookie[name] for name in ("secure", "httponly", "samesite", "path", "domain", "max-age")
        }
        assert flags == {
            "secure": True,
            "httponly": True,
            "samesite": "Lax",
            "path": "/",
            "domain": "",
            "max-age": 1800,
        }


class PasswordChangeTests(Shop):
    def change(self, current: str, new: str) -> int:
        body = {"current": current, "new": new}
        return self.client.put("/account/password", body, "application/json", secure=True).status_code

    def test_other_sessions_and_logins_end(self) -> None:
        other = Client(headers={"host": "shop.example"})
        self.enter()
        self.enter(client=other)
        token = refresh.begin_login(self.user.pk)

        def end(user: Any, **_: object) -> None:
            refresh.end_logins(user.pk)

        changing.password_changed.connect(end)
        assert self.change(PASSWORD, OTHER) == 204
        changing.password_changed.disconnect(end)
        assert self.who() == 200
        assert self.who(other) == 401
        assert refresh.rotate(token) is None
        assert self.enter().status_code == 401
        assert self.enter(password=OTHER).status_code == 204

    def test_a_caller_with_a_token_gets_no_session(self) -> None:
        headers = {"authorization": f"Bearer {access_tokens.issue_access_token(self.user.pk)}"}
        body = {"current": PASSWORD, "new": OTHER}
        answer = self.client.put("/account/password", body, "application/json", secure=True, headers=headers)
        assert answer.status_code == 204
        assert not answer.cookies

    def test_it_is_refused(self) -> None:
        assert self.change(PASSWORD, OTHER) == 401
        self.enter()
        assert self.change("wrong", OTHER) == 400
        assert self.change(PASSWORD, "short") == 400
        assert [self.change("wrong", OTHER) for _ in range(9)][-1] == 429


class PasswordResetTests(Shop):
    def link(self, email: str) -> tuple[Any, list[dict[str, str]]]:
        links: list[dict[str, str]] = []

        def note(uid: str, token: str, **_: object) -> None:
            links.append({"uid": uid, "token": token})

        resetting.reset_wanted.connect(note)
        answer = self.post("/auth/password/forgotten", email=email)
        resetting.reset_wanted.disconnect(note)
        return answer, links

    def reset(self, **body: str) -> int:
        return self.post("/auth/password/reset", **({"password": OTHER} | body)).status_code

    def test_a_link_holds_once(self) -> None:
        self.enter()
        _, (link,) = self.link("Ann@shop.example")
        assert self.reset(**link, password="short") == 400
        assert self.reset(**link) == 204
        assert self.who() == 401
        assert self.reset(**link) == 400
        assert self.enter(password=OTHER).status_code == 204

    def test_the_answer_does_not_tell(self) -> None:
        (known, links), (unknown, none) = self.link("ann@shop.example"), self.link("bob@shop.example")
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert (len(links), len(none)) == (1, 0)

    def test_it_ends(self) -> None:
        _, (link,) = self.link("ann@shop.example")
        for uid in ("x", "MTIzNDU", "w6k", "////"):
            assert self.reset(**(link | {"uid": uid})) == 400
        later = datetime.datetime.now() + datetime.timedelta(seconds=1805)
        with mock.patch.object(resetting.default_token_generator, "_now", return_value=later):
            assert self.reset(**link) == 400


class AccessTokenTests(Shop):
    def signed(
        self, headers: dict[str, str] | None = None, key: str | None = "", alg: str = "ES256", **changes: Any
    ) -> str:
        now = int(time.time())
        claims = {"iss": "https://shop.example", "aud": "shop", "sub": str(self.user.pk)}
        claims |= {"iat": now, "nbf": now, "exp": now + 600, "jti": "x"} | changes
        known = {name: value for name, value in claims.items() if value is not None}
        headers = {"typ": "at+jwt", "kid": "one"} | (headers or {})
        return jwt.encode(known, settings.JWT_PRIVATE_KEY if key == "" else key, alg, headers)

    def ask(self, token: str) -> int:
        return self.who(authorization=f"Bearer {token}")

    def test_who_calls(self) -> None:
        token = access_tokens.issue_access_token(self.user.pk)
        assert self.ask(token) == 200
        assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": "one"}
        self.user.is_active = False
        self.user.save()
        assert self.ask(token) == 401

    def test_what_is_refused(self) -> None:
        assert self.ask(self.signed()) == 200
        bad = [
            self.signed(aud="bank"),
            self.signed(aud=None),
            self.signed(iss="https://other.example"),
            self.signed(exp=1),
            self.signed(exp=None),
            self.signed(jti=None),
            self.signed(sub="999"),
            self.signed({"typ": "JWT"}),
            self.signed({"kid": "two"}),
            self.signed(key=None, alg="none"),
            self.signed(key="x" * 64, alg="HS256"),
            "x",
            "",
        ]
        assert [self.ask(one) for one in bad] == [401] * len(bad)
        answer = self.client.get("/me", secure=True)
        assert answer["WWW-Authenticate"] == "Bearer"


class RefreshTests(Shop):
    def refresh(self, token: str, path: str = "/auth/refresh") -> Any:
        client = Client(headers={"host": "shop.example"})
        client.cookies["__Secure-refresh"] = token
        return self.post(path, client)

    def test_a_token_gives_the_next_one(self) -> None:
        first = refresh.begin_login(self.user.pk)
        answer = self.refresh(first)
        cookie = answer.cookies["__Secure-refresh"]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert (cookie["path"], answer["Cache-Control"]) == ("/auth/refresh", "no-store")
        assert self.who(authorization=f"Bearer {answer.json()['access_token']}") == 200
        assert self.refresh(cookie.value).status_code == 200
        assert not refresh.RefreshToken.objects.filter(token_hash__in=[first, cookie.value]).exists()

    def test_a_replay_ends_the_login(self) -> None:
        first = refresh.begin_login(self.user.pk)
        second = self.refresh(first).cookies["__Secure-refresh"].value
        assert [self.refresh(one).status_code for one in (first, second, "x", "")] == [401] * 4

    def test_logging_out(self) -> None:
        token = refresh.begin_login(self.user.pk)
        assert self.refresh(token, "/auth/refresh/logout").status_code == 204
        assert self.refresh(token).status_code == 401

    def test_it_ends(self) -> None:
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        for model, column in ((refresh.RefreshToken, "expires_at"), (refresh.Login, "ends_at")):
            token = refresh.begin_login(self.user.pk)
            model.objects.update(**{column: past})
            assert self.refresh(token).status_code == 401
        token = refresh.begin_login(self.user.pk)
        get_user_model().objects.update(is_active=False)
        assert self.refresh(token).status_code == 401


@skipUnless(connection.vendor == "postgresql", "SQLite has no locks of rows")
class ConcurrentTests(TransactionTestCase):
    def test_of_two_with_the_same_token_one_is_refused_and_the_login_ends(self) -> None:
        user = get_user_model().objects.create_user("ann", "ann@shop.example", PASSWORD)
        for _ in range(10):
            token, answers, together = refresh.begin_login(user.pk), [], threading.Barrier(2)

            def use(token: str, answers: list[Any], together: threading.Barrier) -> None:
                together.wait(30)
                answers.append(refresh.rotate(token))
                connection.close()

            threads = [threading.Thread(target=use, args=(token, answers, together)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            (good,) = filter(None, answers)
            assert len(answers) == 2
            assert refresh.rotate(good[1]) is None


class RoleTests(Shop):
    def test_who_may(self) -> None:
        def delete(method: str = "delete") -> int:
            return getattr(self.client, method)("/api/orders", secure=True).status_code

        assert delete() == 401
        self.enter()
        assert delete() == 403
        self.user.user_permissions.add(Permission.objects.get(codename="delete_user"))
        assert delete() == 204
        assert delete("put") == 403


class ApiKeyTests(Shop):
    def ask(self, key: str) -> int:
        return self.client.get("/api/prices", secure=True, headers={"x-api-key": key}).status_code

    def test_who_may(self) -> None:
        key = keys.create_api_key(self.user.pk, "robot", ["prices:read", "prices:write"])
        other = keys.create_api_key(self.user.pk, "robot", ["orders:read"])
        assert not keys.ApiKey.objects.filter(key_hash__in=[key, other]).exists()
        assert [self.ask(one) for one in (key, other, "shop_x", "")] == [200, 403, 401, 401]
        assert self.client.get("/api/prices", secure=True).status_code == 401
        stored = keys.ApiKey.objects.get(key_hash=keys.key_hash(key))
        keys.revoke_api_key(self.user.pk + 1, stored.pk)
        assert self.ask(key) == 200
        keys.revoke_api_key(self.user.pk, stored.pk)
        assert self.ask(key) == 401

    def test_it_ends(self) -> None:
        key = keys.create_api_key(self.user.pk, "robot", ["prices:read"])
        keys.ApiKey.objects.update(expires_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        assert self.ask(key) == 401


class BrowserTests(Shop):
    def test_forged_requests_are_refused(self) -> None:
        strict = Client(enforce_csrf_checks=True, headers={"host": "shop.example"})
        strict.force_login(self.user)
        body = {"current": PASSWORD, "new": OTHER}
        answer = strict.put("/account/password", body, "application/json", secure=True)
        assert answer.status_code == 403
        assert "CSRF" in answer.json()["detail"]

    def test_headers(self) -> None:
        answer = self.client.get("/nothing", secure=True)
        assert answer.status_code == 404
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer["Referrer-Policy"] == "same-origin"

    def test_origins(self) -> None:
        def asked(origin: str, path: str = "/api/prices") -> Any:
            headers = {"origin": origin, "access-control-request-method": "GET"}
            return self.client.options(path, secure=True, headers=headers).headers

        allowed = asked("https://friend.example")
        assert allowed["Access-Control-Allow-Origin"] == "https://friend.example"
        assert "Access-Control-Allow-Origin" not in asked("https://friend.example.evil.example")
        assert "Access-Control-Allow-Origin" not in asked("https://friend.example", "/me")


class AuditTests(Shop):
    def test_events_are_lines(self) -> None:
        with self.assertLogs("security.audit", logging.INFO) as logs:
            self.enter()
            self.enter("bob\n{}", "wrong")
            self.post("/auth/logout")
        texts = [auditing.AuditFormatter().format(record) for record in logs.records]
        assert "wrong" not in "".join(texts)
        assert "\n" not in "".join(texts)
        events = list(map(json.loads, texts))
        assert [(one["event"], one["outcome"], one["subject"]) for one in events] == [
            ("login", "success", self.user.pk),
            ("login", "failure", "bob\n{}"),
            ("logout", "success", self.user.pk),
        ]
        assert (events[1]["address"], events[1]["path"]) == ("127.0.0.1", "/auth/login")
