"""The formats of `check` for people, programs and forges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from tests.cli.sarif_shape import LOG

from backend_architect.cli.formats import FORMATS
from backend_architect.knowledge.cards import load_cards

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Run

TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"
ODD = "a b%2C #1/c%2Cd.py"
EMOJI = "\N{GRINNING FACE}"


@pytest.fixture
def findings(words: Path) -> Path:
    """A project with an error, two warnings and a hint, the last of them in a folder with odd names."""
    (words / "a.py").write_text(f"x = 1\r\ny = '{EMOJI}', RISKY, BAD\r\n", encoding="utf-8", newline="")
    (words / "a b, #1").mkdir()
    (words / "a b, #1" / "c,d.py").write_text("CREATES\nHINT\n")
    return words


class TestConcise:
    @pytest.mark.usefixtures("findings")
    def test_a_line_for_each(self, call: Run):
        assert call("check", "--format", "concise").stdout == (
            f"a b, #1/c,d.py:1:1: warning {TIMEOUT}: CREATES is bad [*]\n"
            f"a b, #1/c,d.py:2:1: hint {TIMEOUT}: HINT is bad\n"
            f"a.py:2:10: error {STRINGS}: RISKY is bad [*]\n"
            f"a.py:2:17: warning {TIMEOUT}: BAD is bad [*]\n"
            "4 findings (1 error, 2 warnings, 1 hint) in 2 files, 3 with a fix\n"
        )

    def test_nothing_found(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        assert call("check", "--format", "concise").stdout == "No findings in 1 file\n"


class TestStatistics:
    @pytest.mark.parametrize("output", ["text", "concise"])
    @pytest.mark.usefixtures("findings")
    def test_rules_are_counted(self, call: Run, output: str):
        assert call("check", "--statistics", "--format", output).stdout == (
            f"3  warning  {TIMEOUT} [*]\n"
            f"1  error  {STRINGS} [*]\n"
            "4 findings (1 error, 2 warnings, 1 hint) in 2 files, 3 with a fix\n"
        )

    @pytest.mark.usefixtures("findings")
    def test_for_programs(self, call: Run):
        assert json.loads(call("check", "--statistics", "--format", "json").stdout) == [
            {"rule": TIMEOUT, "severity": "warning", "count": 3},
            {"rule": STRINGS, "severity": "error", "count": 1},
        ]

    @pytest.mark.usefixtures("findings")
    def test_formats_without(self, call: Run):
        result = call("check", "--statistics", "--format", "sarif")
        assert result.exit_code == 2
        assert "--statistics is for the formats text, concise, json; choose one of them" in result.stderr


class TestOutputFile:
    @pytest.mark.parametrize("output", FORMATS)
    def test_holds_what_would_be_shown(self, findings: Path, call: Run, output: str):
        shown = call("check", "--format", output)
        target = findings / "findings.txt"
        result = call("check", "--format", output, "--output-file", str(target))
        assert result.exit_code == shown.exit_code == 1
        assert target.read_text(encoding="utf-8") == shown.stdout
        assert result.stdout == "4 findings (1 error, 2 warnings, 1 hint) in 2 files, 3 with a fix\n"

    @pytest.mark.usefixtures("findings")
    def test_that_cannot_be_written(self, call: Run):
        result = call("check", "--output-file", "missing/findings.txt")
        assert result.exit_code == 2
        assert "Invalid value for --output-file: cannot be written: " in result.stderr


class TestFailOn:
    @pytest.mark.parametrize(
        ("word", "arguments", "code"),
        [
            ("NOFIX", (), 1),
            ("BAD", (), 1),
            ("INFO", (), 0),
            ("HINT", (), 0),
            ("BAD", ("--fail-on", "error"), 0),
            ("NOFIX", ("--fail-on", "error"), 1),
            ("INFO", ("--fail-on", "information"), 1),
            ("HINT", ("--fail-on", "information"), 0),
            ("HINT", ("--fail-on", "hint"), 1),
            ("NOFIX", ("--fail-on", "never"), 0),
            ("NOFIX (", ("--fail-on", "never"), 1),
            ("NOFIX (", ("--fail-on", "never", "--exit-zero"), 0),
        ],
    )
    def test_exit_code(self, words: Path, call: Run, word: str, arguments: tuple[str, ...], code: int):
        (words / "a.py").write_text(word)
        assert call("check", *arguments).exit_code == code


class TestSarif:
    def log(self, call: Run, *arguments: str) -> dict[str, Any]:
        log = json.loads(call("check", "--format", "sarif", *arguments).stdout)
        jsonschema.validate(log, LOG, jsonschema.Draft202012Validator)
        return log

    def run(self, call: Run, *arguments: str) -> dict[str, Any]:
        [run] = self.log(call, *arguments)["runs"]
        return run

    def test_nothing_found(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        run = self.run(call)
        assert run["results"] == run["tool"]["driver"]["rules"] == run["taxonomies"] == []
        assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]

    @pytest.mark.usefixtures("findings")
    def test_places_are_counted_as_it_says(self, call: Run):
        run = self.run(call)
        assert run["columnKind"] == "unicodeCodePoints"
        [place] = [r["locations"][0]["physicalLocation"] for r in run["results"] if r["ruleId"] == STRINGS]
        assert place["region"] == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 15}
        assert place["artifactLocation"] == {"uri": "a.py", "uriBaseId": "%SRCROOT%"}

    def test_paths_are_uris_below_the_root(self, findings: Path, call: Run, monkeypatch: pytest.MonkeyPatch):
        run = self.run(call)
        first = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert first["uri"] == "a%20b%2C%20%231/c%2Cd.py"
        root = run["originalUriBaseIds"]["%SRCROOT%"]["uri"]
        assert root.endswith("/")
        assert unquote(root) == findings.as_uri() + "/"
        monkeypatch.chdir(findings / "a b, #1")
        outside = self.run(call, "../a.py")["results"][0]["locations"][0]["physicalLocation"]
        assert outside["artifactLocation"] == {"uri": (findings / "a.py").as_uri()}

    @pytest.mark.usefixtures("findings")
    def test_rules_bring_their_cards(self, call: Run):
        run = self.run(call)
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == [TIMEOUT, STRINGS]
        card = load_cards()[STRINGS]
        assert rules[1]["shortDescription"] == {"text": card.title}
        assert rules[1]["fullDescription"] == {"text": card.summary}
        assert rules[1]["help"]["markdown"] == card.body
        assert rules[1]["helpUri"] == card.url
        assert rules[1]["defaultConfiguration"] == {"level": "error"}
        assert rules[1]["properties"]["tags"] == ["security", *(f"external/cwe/cwe-{n:03}" for n in card.cwe)]
        assert {taxon["id"] for taxon in run["taxonomies"][0]["taxa"]} >= {str(n) for n in card.cwe}

    @pytest.mark.usefixtures("findings")
    def test_results(self, call: Run):
        results = self.run(call)["results"]
        assert [(r["ruleIndex"], r["level"]) for r in results] == [
            (0, "warning"),
            (0, "note"),
            (1, "error"),
            (0, "warning"),
        ]
        assert [one["message"]["text"].split()[0] for one in results] == ["CREATES", "HINT", "RISKY", "BAD"]
        names = [one["partialFingerprints"]["backendArchitect/v1"] for one in results]
        assert len(set(names)) == 4

    @pytest.mark.usefixtures("findings")
    def test_fixes(self, call: Run):
        creates, _, risky, bad = self.run(call)["results"]
        assert "fixes" not in creates, "SARIF has no new files"
        [fix] = bad["fixes"]
        assert fix == {
            "description": {"text": "Make it good"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "a.py", "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {
                            "deletedRegion": {
                                "startLine": 2,
                                "startColumn": 17,
                                "endLine": 2,
                                "endColumn": 20,
                            },
                            "insertedContent": {"text": "GOOD"},
                        }
                    ],
                }
            ],
        }
        assert risky["fixes"][0]["description"]["text"] == "Take the risk (unsafe: it is one)"

    def test_problems(self, words: Path, call: Run):
        (words / "a.py").write_text("CRASH")
        (words / "b.sql").write_bytes(b"\xe9")
        [invocation] = self.run(call)["invocations"]
        assert invocation["executionSuccessful"] is False
        told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
        assert [one.partition(":")[0] for one in told] == ["a.py", "b.sql"]

    def test_real_rules(self, project: Path, call: Run):
        (project / "a.py").write_text("import requests\n\nrequests.get('https://example.com')\n")
        [result] = self.run(call)["results"]
        assert result["fixes"][0]["artifactChanges"][0]["replacements"]
        assert [taxon["id"] for taxon in result["taxa"]] == [str(n) for n in load_cards()[TIMEOUT].cwe]


class TestFingerprints:
    def names(self, call: Run) -> list[str]:
        return [one["fingerprint"] for one in json.loads(call("check", "--format", "gitlab").stdout)]

    def test_do_not_depend_on_the_place(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD\nx = NOFIX\n")
        before = self.names(call)
        (words / "a.py").write_text("# moved\n\nif x:\n    BAD\nx  =  NOFIX\n")
        assert self.names(call) == before

    def test_tell_equal_findings_apart(self, words: Path, call: Run):
        (words / "a.py").write_text("BAD\n" * 3 + "BAD, BAD\n")
        (words / "b.py").write_text("BAD\n")
        assert len(set(self.names(call))) == 6


class TestGithub:
    @pytest.mark.usefixtures("findings")
    def test_commands(self, call: Run):
        assert call("check", "--format", "github").stdout.splitlines() == [
            f"::warning title={TIMEOUT},file={ODD},line=1,endLine=1,col=1,endColumn=7::CREATES is bad",
            f"::notice title={TIMEOUT},file={ODD},line=2,endLine=2,col=1,endColumn=4::HINT is bad",
            f"::error title={STRINGS},file=a.py,line=2,endLine=2,col=10,endColumn=14::RISKY is bad",
            f"::warning title={TIMEOUT},file=a.py,line=2,endLine=2,col=17,endColumn=19::BAD is bad",
        ]

    def test_problems(self, words: Path, call: Run):
        (words / "a.py").write_text("( 100%")
        result = call("check", "--format", "github")
        assert result.stdout == "::error title=backend-architect::a.py:1: cannot be read\n"

    def test_paths_are_those_of_the_checkout(
        self, findings: Path, call: Run, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.chdir(findings / "a b, #1")
        result = call("check", "../a.py", "--format", "github", env={"GITHUB_WORKSPACE": str(findings)})
        assert ",file=a.py," in result.stdout


class TestGitlab:
    @pytest.mark.usefixtures("findings")
    def test_issues(self, call: Run):
        issues = json.loads(call("check", "--format", "gitlab").stdout)
        assert [issue["severity"] for issue in issues] == ["major", "info", "critical", "major"]
        assert {name: issues[2][name] for name in ("description", "check_name", "location")} == {
            "description": "RISKY is bad",
            "check_name": STRINGS,
            "location": {
                "path": "a.py",
                "positions": {"begin": {"line": 2, "column": 10}, "end": {"line": 2, "column": 15}},
            },
        }

    def test_paths_are_those_of_the_checkout(
        self, findings: Path, call: Run, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.chdir(findings / "a b, #1")
        result = call("check", "../a.py", "--format", "gitlab", env={"CI_PROJECT_DIR": str(findings)})
        assert {issue["location"]["path"] for issue in json.loads(result.stdout)} == {"a.py"}


class TestJunit:
    def suites(self, call: Run, *arguments: str) -> ElementTree.Element:
        return ElementTree.fromstring(call("check", "--format", "junit", *arguments).stdout)

    def test_nothing_found(self, words: Path, call: Run):
        (words / "a.py").write_text("fine = 1\n")
        root = self.suites(call)
        assert root.attrib == {"name": "backend-architect", "tests": "1", "failures": "0", "errors": "0"}
        [case] = root.iter("testcase")
        assert len(case) == 0

    @pytest.mark.usefixtures("findings")
    def test_findings(self, call: Run):
        root = self.suites(call)
        assert root.attrib == {"name": "backend-architect", "tests": "4", "failures": "3", "errors": "0"}
        assert [suite.get("name") for suite in root] == ["a b, #1/c,d.py", "a.py"]
        case = root[1][0]
        assert case.attrib == {
            "name": f"{STRINGS} at 2:10",
            "classname": "a.py",
            "time": "0",
            "file": "a.py",
            "line": "2",
        }
        assert case[0].attrib == {"type": "error", "message": "RISKY is bad"}
        assert case[0].text == (
            f"a.py:2:10: error: RISKY is bad\ny = '{EMOJI}', RISKY, BAD\nhttps://rules.example/{STRINGS}"
        )

    @pytest.mark.usefixtures("findings")
    def test_what_does_not_fail_the_run_passes(self, call: Run):
        root = self.suites(call, "--fail-on", "error")
        assert root.get("failures") == "1"
        assert [case[0].tag for case in root.iter("testcase")] == [
            "system-out",
            "system-out",
            "failure",
            "system-out",
        ]

    def test_what_xml_cannot_hold(self, words: Path, call: Run):
        (words / "a.py").write_bytes(b'BAD \x0c\x01 <&"]]>\n')
        [failure] = self.suites(call).iter("failure")
        assert failure.text is not None
        assert 'BAD \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} <&"]]>' in failure.text

    def test_problems_are_errors(self, words: Path, call: Run):
        (words / "a.py").write_text("(")
        root = self.suites(call)
        assert root.get("errors") == "1"
        [error] = root.iter("error")
        assert error.get("message") == "a.py:1: cannot be read"
