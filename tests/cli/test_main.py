"""The command as a process: start, help, exit codes, and what is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from backend_architect import __version__
from backend_architect.cli import main
from backend_architect.cli.main import COMMANDS, cli
from backend_architect.cli.run import PARALLEL_FROM
from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
PROTOCOL = {"pygls", "lsprotocol"}
ANALYSIS = {"libcst", "sqlglot"}


def process(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "backend_architect.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def imported(*arguments: str) -> set[str]:
    """The top-level modules that are imported when a command has run."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr))\n"
        "from backend_architect.cli.main import main\n"
        "main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=False, text=True
    )
    assert result.returncode in (0, 1), result.stderr
    return set(result.stderr.splitlines()[-1].split())


class TestStart:
    def test_version(self):
        assert process("--version").stdout.decode().split() == ["backend-architect", __version__]

    @pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("rules",), ("explain", TIMEOUT)])
    def test_questions_are_answered_without_heavy_imports(self, arguments: tuple[str, ...]):
        assert imported(*arguments) & (PROTOCOL | ANALYSIS) == set()

    @pytest.mark.parametrize("command", ["check", "fix"])
    def test_the_protocol_is_not_imported(self, project: Path, command: str):
        (project / "a.py").write_text("import requests\n\nrequests.get('https://example.com')\n")
        assert imported(command) & PROTOCOL == set()

    def test_the_server_is_started(self, call: Run, monkeypatch: pytest.MonkeyPatch):
        served: list[bool] = []
        server = SimpleNamespace(serve=lambda: served.append(True))
        monkeypatch.setitem(sys.modules, "backend_architect.lsp.server", server)
        assert call("server", "--log-level", "debug").exit_code == 0
        assert served == [True]

    def test_a_log_that_cannot_be_written(self, tmp_path: Path):
        result = process("server", "--log-file", str(tmp_path / "missing" / "x.log"))
        assert result.returncode == 2
        assert b"Invalid value for --log-file: cannot be written: " in result.stderr
        assert result.stdout == b""


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_and_option_is_described(self, command: str, call: Run):
        found = cli.get_command(None, command)  # type: ignore[arg-type]
        assert found is not None
        assert found.help is not None
        assert found.help.startswith(COMMANDS[command])
        assert [
            option.name for option in found.params if option.param_type_name == "option" and not option.help
        ] == []
        result = call(command, "--help")
        assert result.exit_code == 0
        assert f"  backend-architect {command}" in result.stdout

    def test_the_group_lists_them(self, call: Run):
        text = call("--help").stdout
        assert [name for name in COMMANDS if f"  {name} " not in text] == []

    def test_unknown_command(self, call: Run):
        result = call("chekc")
        assert result.exit_code == 2
        assert "No such command 'chekc'" in result.stderr


class TestExitCodes:
    @pytest.mark.parametrize(
        ("source", "code"),
        [("x = 1\n", 0), ("import requests\n\nrequests.get('https://example.com')\n", 1), ("def (:\n", 1)],
    )
    def test_of_check(self, project: Path, source: str, code: int):
        (project / "a.py").write_text(source)
        result = process("check")
        assert result.returncode == code, result.stderr

    def test_of_wrong_use(self, project: Path):
        assert process("check", "missing.py").returncode == 2
        (project / "backend-architect.toml").write_text("selct = 1")
        result = process("check")
        assert result.returncode == 2
        assert result.stderr.decode().strip().endswith(":1: unknown key 'selct'; did you mean 'select'?")

    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [
            (
                ValueError("what"),
                2,
                "ValueError: what\nThis is a mistake in backend-architect; please report it",
            ),
            (KeyboardInterrupt(), 130, ""),
        ],
    )
    def test_of_crashes(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        error: BaseException,
        code: int,
        message: str,
    ):
        def crash(**_: object) -> None:
            raise error

        monkeypatch.setattr(main.cli, "main", crash)
        with pytest.raises(SystemExit) as exited:
            main.main()
        assert exited.value.code == code
        assert message in capsys.readouterr().err

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
    def test_a_reader_that_goes_away(self, project: Path):
        (project / "a.py").write_text("import requests\n" + "requests.get('https://example.com')\n" * 2000)
        command = [sys.executable, "-m", "backend_architect.cli.main", "check"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.readline()
            running.stdout.close()
            assert running.stderr.read() == b""

    def test_a_terminal_without_the_characters_of_the_source(self, project: Path):
        (project / "a.py").write_text("import requests\n\nrequests.get('https://日本')\n", encoding="utf-8")
        command = [sys.executable, "-m", "backend_architect.cli.main", "check", "--isolated"]
        result = subprocess.run(
            command, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "cp1252"}
        )
        assert result.returncode == 1, result.stderr
        assert rb"requests.get('https://\u65e5\u672c')" in result.stdout


class TestManyFiles:
    @pytest.fixture(autouse=True)
    def _files(self, project: Path):
        for number in range(40):
            (project / f"a{number:02}.py").write_text(
                f"import requests\n\nX = {number}\nrequests.get('https://example.com')\n"
            )
        (project / "broken.py").write_bytes(b"'\xe9'")

    def test_processes_give_the_same(self):
        one, two = process("check", "-j", "1"), process("check", "-j", "2")
        assert one.returncode == two.returncode == 1
        assert one.stdout == two.stdout
        assert (
            one.stderr
            == two.stderr
            == b"broken.py:1: not UTF-8 (byte 0xE9); save the file as UTF-8\n".replace(
                b"\n", one.stderr[-1:] if sys.platform != "win32" else b"\r\n"
            )
        )
        assert one.stdout.count(TIMEOUT.encode()) == 40

    def test_much_source_is_enough_for_processes(self, project: Path):
        filler = "".join(f"name_{number} = {number}\n" for number in range(1_000))
        for number in range(PARALLEL_FROM // len(filler) + 1):
            (project / f"b{number:02}.py").write_text(filler)
        result = process("check", "--format", "json")
        assert len(json.loads(result.stdout)) == 40

    def test_fix_uses_them_too(self):
        result = process("fix", "--unsafe-fixes", "-j", "2")
        assert b"Fixed 40 findings in 40 files" in result.stdout
        assert process("check", "a00.py").returncode == 0


class TestOtherFolders:
    def test_a_project_beside_the_working_directory_sees_its_own_files(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for name in ("here", "shop"):
            (project / name).mkdir()
        (project / "shop" / "__init__.py").write_text("")
        (project / "shop" / "clients.py").write_text("import requests\n\nclient = requests.Session()\n")
        code = "from .clients import client\n\nclient.get('https://a.example')\n"
        (project / "shop" / "rates.py").write_text(code)
        monkeypatch.chdir(project / "here")
        result = process("check", "--isolated", "../shop")
        assert TIMEOUT.encode() in result.stdout
        assert result.stderr == b""


class TestRealFixes:
    def test_they_are_complete_and_keep_the_line_ends(self, project: Path):
        (project / "a.py").write_bytes(
            b"import requests\r\n\r\nrequests.get('https://example.com')  # \xc3\xa9\r\n"
        )
        (project / "b.sql").write_bytes(b"\xef\xbb\xbfUPDATE orders SET paid = true;\r\n")
        assert process("fix", "--unsafe-fixes").returncode == 0
        assert process("check").returncode == 0
        fixed = (project / "a.py").read_bytes()
        assert (
            fixed == b"import requests\r\n\r\nrequests.get('https://example.com', timeout=10)  # \xc3\xa9\r\n"
        )
        assert (project / "b.sql").read_bytes().startswith(b"\xef\xbb\xbfUPDATE orders SET paid = true")
        assert (project / "b.sql").read_bytes().endswith(b";\r\n")


class TestExplain:
    @pytest.mark.parametrize("rule", load_cards())
    def test_every_card_is_shown(self, call: Run, rule: str):
        card = load_cards()[rule]
        result = call("explain", rule)
        assert result.exit_code == 0
        assert card.title.replace("`", "") in result.stdout
        assert rule in result.stdout
        assert f"{card.severity}" in result.stdout
        assert "\x1b" not in result.stdout

    def test_colour(self, call: Run):
        assert "\x1b" in call("explain", TIMEOUT, "--color").stdout
        assert "\x1b" not in call("explain", TIMEOUT, env={"NO_COLOR": "1"}).stdout

    def test_unknown_rule(self, call: Run):
        result = call("explain", "http-call-without-timout")
        assert result.exit_code == 2
        assert f"unknown rule 'http-call-without-timout'; did you mean '{TIMEOUT}'?" in result.stderr

    def test_a_rule_of_the_project(self, project: Path, call: Run):
        folder = project / ".backend-architect" / "rules" / "payments"
        folder.mkdir(parents=True)
        (folder / "charge-without-key.md").write_text(
            "---\nseverity: warning\nconfidence: high\ndetect:\n  kind: call-without-keyword\n"
            "  calls: [stripe.Charge.create]\n  keyword: idempotency_key\n---\n"
            "# Charge without a key\n\nTwice.\n"
        )
        (project / "a.py").write_text("import stripe\n\nstripe.Charge.create(amount=1)\n")
        assert "Charge without a key" in call("explain", "charge-without-key").stdout
        assert "Charge without a key" in call("explain", "--at", "a.py:3").stdout
        assert '"help"' in call("check", "--format", "sarif").stdout

    def test_a_rule_is_shown_where_the_settings_are_broken(self, project: Path, call: Run):
        (project / "backend-architect.toml").write_text("selct = 1")
        assert call("explain", TIMEOUT).exit_code == 0


class TestRules:
    def test_a_line_for_each(self, call: Run):
        head, *lines = call("rules").stdout.splitlines()
        assert head.split() == ["rule", "severity", "family", "set", "fix", "summary"]
        assert [line.split()[0] for line in lines] == list(load_cards())
        for line, card in zip(lines, load_cards().values(), strict=True):
            assert line.split()[1:3] == [card.severity, card.family]
            assert line.endswith(card.summary)
            assert len({head.index("summary"), line.index(card.summary)}) == 1

    def test_json(self, call: Run):
        rules = json.loads(call("rules", "--format", "json").stdout)
        assert [rule["id"] for rule in rules] == list(load_cards())
        card = load_cards()[TIMEOUT]
        [rule] = [rule for rule in rules if rule["id"] == TIMEOUT]
        assert rule == {
            "id": TIMEOUT,
            "family": "reliability",
            "severity": card.severity,
            "confidence": card.confidence,
            "title": card.title,
            "summary": card.summary,
            "fix": card.fix and card.fix["safety"],
            "sets": list(card.sets),
            "not_in": list(card.not_in),
            "same_as": list(card.same_as),
            "persona": list(card.persona),
            "cwe": list(card.cwe),
            "url": card.url,
            "since": card.since,
        }
