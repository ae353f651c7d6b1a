"""The examples of the cards, run before and after their fix: they do the same, and the hole is closed."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import io
import logging
import os
import random
import re
import sqlite3
import sys
import tarfile
import time
import warnings
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from running import Versions, names_of
from tests.cards.fences import repairs_of

from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from pathlib import Path

CARDS = load_cards()


def example(rule: str, number: int = 1) -> Versions:
    """The names that an example of a card defines, as it is flagged and as it is fixed."""
    flagged, fixed = repairs_of(CARDS[rule])[number - 1]
    return Versions(names_of(flagged.text), names_of(fixed.text), fixed.text)


class _App:
    """Has the decorators of an application for the web; they change nothing."""

    def __init__(self, _name: str = "") -> None:
        self.logger = logging.getLogger("app")

    def __getattr__(self, _method: str) -> Any:
        return lambda _path: lambda function: function


@pytest.fixture
def request_data(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What `flask.request` is in the examples, with the other modules of a web service that they import."""
    request = SimpleNamespace(headers={}, args={}, form={})
    modules = {
        "flask": SimpleNamespace(Flask=_App, request=request),
        "fastapi": SimpleNamespace(HTTPException=PermissionError, Request=object),
        "shop": SimpleNamespace(),
        "shop.config": SimpleNamespace(settings=SimpleNamespace(api_key="k-123")),
        "shop.models": SimpleNamespace(User=SimpleNamespace),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return request


class Watched(str):
    """A text that counts how often it is compared character by character."""

    __slots__ = ("compared",)
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        self.compared = True
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _watched(text: str) -> Watched:
    watched = Watched(text)
    watched.compared = False
    return watched


class TestSecretsCompared:
    def test_signatures(self, request_data: SimpleNamespace):
        code = example("token-compared-with-equals")
        right = hmac.new(b"secret", b"body", hashlib.sha256).hexdigest()
        for given, expected in [(right, True), (right[:-1], False), ("0" * 64, False), ("", False)]:
            request_data.headers["X-Signature"] = given
            assert code.written["verify"](b"body", b"secret") is expected
            assert code.fixed["verify"](b"body", b"secret") is expected

    @pytest.mark.parametrize("given", ["k-123", "k-12", "", None])
    def test_keys_of_requests(self, request_data: SimpleNamespace, given: str | None):
        code = example("token-compared-with-equals", 2)
        request_data.headers = {} if given is None else {"X-API-Key": given}
        for names in (code.written, code.fixed):
            if given == "k-123":
                names["check"](request_data)
            else:
                with pytest.raises(PermissionError):
                    names["check"](request_data)

    @pytest.mark.usefixtures("request_data")
    def test_no_character_says_how_many_before_it_are_right(self, monkeypatch: pytest.MonkeyPatch):
        code = example("token-compared-with-equals", 2)
        monkeypatch.setenv("ADMIN_TOKEN", "t-1")
        before, after = _watched("t-1"), _watched("t-1")
        assert code.written["check_token"](before)
        assert code.fixed["check_token"](after)
        assert (before.compared, after.compared) == (True, False)


TOKENS = {
    "reset_token": r"[A-Za-z]{32}",
    "generate_otp": r"\d{6}",
    "remember": r"\d+(e-\d+)?",
}


class TestRandomTokens:
    @pytest.mark.parametrize("function", TOKENS)
    def test_nobody_can_count_along(self, function: str):
        code = example("insecure-random-token")

        def twice(names: dict[str, Any]) -> set[str]:
            tokens = set()
            for _ in range(2):
                random.seed(7)
                tokens.add(names[function]())
            return tokens

        assert len(twice(code.written)) == 1, "the test proves nothing"
        assert len(twice(code.fixed)) == 2
        assert all(re.fullmatch(TOKENS[function], one) for one in twice(code.written) | twice(code.fixed))

    def test_numbers(self):
        code = example("insecure-random-token")
        for names in (code.written, code.fixed):
            user = names["User"]()
            user.invite()
            assert 0 <= user.activation_code < 1 << 64

    def test_sessions_do_not_name_the_machine(self):
        code = example("insecure-random-token", 2)
        machines = [
            {names["register"]("ada")["session"].rpartition("-")[2] for _ in range(2)}
            for names in (code.written, code.fixed)
        ]
        assert [len(one) for one in machines] == [1, 2]
        assert re.fullmatch("[a-f0-9]{12}", str(code.fixed["register"]("ada")["password"]))


class TestYaml:
    HARMLESS = "shop: {port: 80, hosts: [a, b]}\n"
    HOSTILE = "!!python/object/apply:os.getcwd []\n"

    def test_files(self, tmp_path: Path):
        code = example("unsafe-deserialization")
        file = tmp_path / "settings.yaml"
        file.write_text(self.HARMLESS)
        assert code.written["settings"](str(file)) == code.fixed["settings"](str(file))
        file.write_text(self.HOSTILE)
        assert code.written["settings"](str(file)) == str(os.getcwd()), "the test proves nothing"  # noqa: PTH109
        with pytest.raises(yaml.constructor.ConstructorError):
            code.fixed["settings"](str(file))

    def test_several_documents(self):
        code = example("unsafe-deserialization")
        text = f"{self.HARMLESS}---\n- 1\n"
        assert code.written["all_of"](text) == code.fixed["all_of"](text)
        with pytest.raises(yaml.constructor.ConstructorError):
            code.fixed["all_of"](self.HOSTILE)

    def test_another_name(self):
        code = example("unsafe-deserialization", 2)
        assert code.written["parse"](self.HARMLESS) == code.fixed["parse"](self.HARMLESS)
        with pytest.raises(yaml.constructor.ConstructorError):
            code.fixed["parse"](self.HOSTILE)


class TestShell:
    """The programs that are started write down what they are given."""

    @pytest.fixture
    def log(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        log = tmp_path / "log"
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ("ping", "nslookup", "rm", "git", "other"):
            program = programs / name
            program.write_text(f'#!/bin/sh\nprintf "<%s>" {name} "$@" | tee -a {log}\n')
            program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        return log

    @pytest.mark.filterwarnings("ignore::ResourceWarning")  # what `os.popen` leaves open
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize(
        ("function", "given"),
        [
            ("ping", {"host": "{}"}),
            ("lookup", {"type": "{}"}),
            ("clear", "{}"),
            ("version", {"branch": "{}"}),
        ],
    )
    def test_a_value_is_one_argument(
        self, log: Path, request_data: SimpleNamespace, function: str, given: dict[str, str] | str
    ):
        code = example("shell-command-with-data")

        def did(names: dict[str, Any], value: str) -> tuple[Any, str]:
            log.write_text("")
            arguments = [given.format(value)] if isinstance(given, str) else []
            if isinstance(given, dict):
                request_data.args = {name: text.format(value) for name, text in given.items()}
            return names[function](*arguments), log.read_text()

        assert did(code.written, "a.b-1") == did(code.fixed, "a.b-1")
        assert "<other>" in did(code.written, "x'; other; '" if function == "clear" else "x; other; true")[1]
        hostile = "x'; other; $(other) `other` | other > y"
        assert "<other>" not in did(code.fixed, hostile)[1]
        assert hostile in did(code.fixed, hostile)[1]


class TestArchives:
    @staticmethod
    def _archive(path: Path, *names: str) -> str:
        with tarfile.open(path, "w") as archive:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = 2
                archive.addfile(member, io.BytesIO(b"hi"))
        return str(path)

    def test_files_stay_in_the_folder(self, tmp_path: Path):
        code = example("archive-extract-without-filter")
        harmless = self._archive(tmp_path / "a.tar", "x.txt", "deep/y.txt")
        hostile = self._archive(tmp_path / "b.tar", "../out.txt")
        for number, names in enumerate((code.written, code.fixed)):
            folder = tmp_path / f"unpacked-{number}" / "in"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, for the example
                names["unpack"](harmless, str(folder))
                assert (folder / "x.txt").read_text() == (folder / "deep" / "y.txt").read_text() == "hi"
                if names is code.fixed:
                    with pytest.raises(tarfile.OutsideDestinationError):
                        names["unpack"](hostile, str(folder))
                elif sys.version_info < (3, 14):
                    names["unpack"](hostile, str(folder))
                    assert (folder.parent / "out.txt").exists(), "the test proves nothing"
        assert not (folder.parent / "out.txt").exists()


class TestTimes:
    @pytest.fixture(autouse=True)
    def _far_from_greenwich(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
        monkeypatch.undo()
        time.tzset()

    def test_a_token_ends_when_it_should(self):
        code = example("naive-datetime")
        wanted = time.time() + 3600
        ends = [names["token"]("ada")["exp"] for names in (code.written, code.fixed)]
        assert abs(ends[0].timestamp() - wanted) > 3600, "the test proves nothing"
        assert abs(ends[1].timestamp() - wanted) < 60
        assert ends[1] - ends[0].replace(tzinfo=UTC) < timedelta(minutes=1)

    def test_what_is_written_can_be_compared(self):
        code = example("naive-datetime")
        order = SimpleNamespace(expires_at=datetime.now(UTC) + timedelta(minutes=5))
        assert code.fixed["is_over"](order) is False
        code.fixed["touch"](order)
        assert order.updated_at < order.expires_at

    def test_defaults_of_columns(self):
        code = example("naive-datetime", 2)
        written, fixed = (names["Order"].created_at.default.arg(None) for names in (code.written, code.fixed))
        assert written.tzinfo is None
        assert abs(fixed - written.replace(tzinfo=UTC)) < timedelta(minutes=1)
        moments = [names["Order"]().read(86_400) for names in (code.written, code.fixed)]
        assert moments[1] == moments[0].replace(tzinfo=UTC)
        assert moments[1].timestamp() == 86_400


class TestTasks:
    @staticmethod
    def _alive(names: dict[str, Any]) -> list[int]:
        """How many tasks there are while one waits for what only it knows, and after it has ended."""

        async def wait(_event: str) -> None:
            await asyncio.get_running_loop().create_future()

        async def main() -> list[int]:
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # what gets lost complains
            names["audit"] = wait
            await names["order"]("paid")
            await asyncio.sleep(0)
            gc.collect()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            count = len(others)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            return [count, len(asyncio.all_tasks()) - 1]

        return asyncio.run(main())

    def test_a_task_is_kept_until_it_ends(self):
        code = example("task-without-reference")
        assert self._alive(code.written) == [0, 0], "the test proves nothing"
        assert self._alive(code.fixed) == [1, 0]
        assert code.fixed["running_tasks"] == set()


class TestErrors:
    def test_a_cause_is_kept(self):
        code = example("exception-replaced-without-cause")
        first = KeyError("no such store")

        def fail(*_: object) -> None:
            raise first

        store = SimpleNamespace(load=fail, reload=fail)
        for function, arguments in (("load", ([1, 2], store)), ("reload", (store,))):
            raised = []
            for names in (code.written, code.fixed):
                with pytest.raises(names["ImportFailed"]) as caught:
                    names[function](*arguments)
                raised.append(caught.value)
            assert str(raised[0]) == str(raised[1])
            assert [one.__cause__ for one in raised] == [None, first]

    def test_a_traceback_is_written(self, caplog: pytest.LogCaptureFixture):
        code = example("exception-logged-without-trace")

        def fail(*_: object) -> None:
            raise ValueError("broken")

        for names in (code.written, code.fixed):
            names["run"](SimpleNamespace(id=7, run=fail))
            one = names["Import"]()
            one.load = fail
            assert one.run([]) == {"detail": "broken"}
        said = [(record.levelname, record.getMessage()) for record in caplog.records]
        assert (
            said[:2]
            == said[2:]
            == [
                ("ERROR", "job 7 failed: broken"),
                ("CRITICAL", "import failed: broken"),
            ]
        )
        assert [bool(record.exc_info) for record in caplog.records] == [False, False, True, True]

    def test_nothing_is_swallowed(self, caplog: pytest.LogCaptureFixture):
        code = example("swallowed-exception", 2)
        sent: list[object] = []

        def send(order: object) -> None:
            if order == "bad":
                raise OSError("no mail")
            sent.append(order)

        for names in (code.written, code.fixed):
            names["ship"](["a", "bad", "b"], SimpleNamespace(send=send))
            assert names["Store"]().find("x") is None
        assert sent == ["a", "b"] * 2
        assert [record.getMessage() for record in caplog.records] == ["mailer.send failed", "find failed"]
        assert all(record.exc_info for record in caplog.records)


def test_a_log_says_the_same_when_it_formats_itself(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    code = example("log-with-formatting")
    orders = [
        SimpleNamespace(id="o-1", city="Oslo", delay=3, items=[1], rate=5.5, place="{x}"),
        SimpleNamespace(id="%s", city="100 %", delay=None, items=[], rate=0, place=("a", "%d")),
    ]
    said: list[list[str]] = []
    templates: list[set[str]] = []
    for names in (code.written, code.fixed):
        caplog.clear()
        for order in orders:
            names["ship"](order, 2.5)
        said.append([record.getMessage() for record in caplog.records])
        templates.append({record.msg for record in caplog.records})
    assert said[0] == said[1]
    assert [len(one) for one in templates] == [10, 5], "each template is one line to count"


class TestPasswords:
    def test_what_is_stored_is_what_logs_in(self, request_data: SimpleNamespace):
        stored, compared = (
            example("password-stored-in-plain-text", 3),
            example("password-compared-with-equals", 2),
        )
        request_data.form = {"name": "ada", "password": "s3cret ü"}
        for kind in ("written", "fixed"):
            with sqlite3.connect(":memory:") as db:
                db.execute("CREATE TABLE users (name text, password text)")
                getattr(stored, kind)["register"](db)
                rows = [row[0] for row in db.execute("SELECT password FROM users")]
            db.close()
            login = getattr(compared, kind)["login"]
            assert [login({"password": row}, "s3cret ü") for row in rows] == ["welcome"]
            assert [login({"password": row}, "s3cret") for row in rows] == ["wrong"]
            assert (rows == ["s3cret ü"]) == (kind == "written"), "whoever reads the table can log in"

    def test_a_hash_takes_its_time_and_logs_in(self, request_data: SimpleNamespace):
        code = example("password-hashed-fast")
        request_data.form = {"name": "ada", "password": "s3cret"}
        for names in (code.written, code.fixed):
            request_data.form["password"] = "s3cret"
            users = [names["register"]() for _ in range(2)]
            assert [names["login"](user) for user in users] == [True, True]
            request_data.form["password"] = "S3cret"
            assert not names["login"](users[0])
            hashes = {user.password_hash for user in users}
            assert len(hashes) == (2 if names is code.fixed else 1), "equal passwords can be told"
        assert all(one.startswith("$argon2id$") for one in hashes)


def test_a_digest_that_guards_nothing_stays_the_same():
    code = example("md5-without-purpose")
    for names in (code.written, code.fixed):
        assert names["etag"](b"x") == hashlib.md5(b"x", usedforsecurity=False).hexdigest()
        assert names["changed"]("p", b"x") == "p" + hashlib.sha1(b"x", usedforsecurity=False).hexdigest()
