"""Settings that come from the editor: at the start, when they change, by folder; trust; run on save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lsp.client import PUBLISH, SHOW_MESSAGE, Client, capabilities, edit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lsp.client import Message

TEXT = "import requests\nrequests.get('u')\n"
RULE = "http-call-without-timeout"
OWN = "backend-architect.toml"
CARD = """---
severity: warning
detect:
  kind: call-of
  calls: [gateway.charge]
  message: "`{call}` goes to the old gateway"
---
# Calls of the old gateway

It is switched off in May.
"""


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.inside() as client:
        yield client


def start(client: Client, *folders: Path, asked: bool = False, **options: Any) -> None:
    """Start with options of our own, as an editor that may be asked for settings, or one that may not."""
    able = capabilities("utf-16")
    able["workspace"]["configuration"] = asked
    client.start("utf-16", *folders, capabilities=able, initializationOptions=options)


def severities(published: Message) -> list[int]:
    return [one["severity"] for one in published["diagnostics"]]


def opened(client: Client, file: Path, text: str = TEXT) -> list[int]:
    client.open(file.as_uri(), text)
    return severities(client.published(file.as_uri()))


def push(client: Client, settings: object) -> None:
    client.notify("workspace/didChangeConfiguration", {"settings": settings})


class TestSources:
    def test_options_at_the_start(self, client: Client, tmp_path: Path):
        start(client, tmp_path, severity={RULE: "error"})
        assert opened(client, tmp_path / "a.py") == [1]

    @pytest.mark.parametrize("section", ["backendArchitect", "backend-architect", None])
    def test_pushed_when_they_change(self, client: Client, tmp_path: Path, section: str | None):
        start(client, tmp_path)
        assert opened(client, tmp_path / "a.py") == [2]
        values = {"severity": {RULE: "hint"}}
        push(client, {section: values} if section else values)
        assert severities(client.published((tmp_path / "a.py").as_uri())) == [4]

    def test_pushing_nothing_changes_nothing(self, client: Client, tmp_path: Path):
        start(client, tmp_path, severity={RULE: "error"})
        opened(client, tmp_path / "a.py")
        push(client, None)
        assert severities(client.published((tmp_path / "a.py").as_uri())) == [1]

    @pytest.mark.parametrize("section", ["backendArchitect", "backend-architect"])
    def test_asked_for_by_folder(self, client: Client, tmp_path: Path, section: str):
        one, two = tmp_path / "one", tmp_path / "two"
        levels = {one.as_uri(): "error", two.as_uri(): "hint", None: "information"}

        def configuration(item: Message) -> object:
            level = levels[item.get("scopeUri")]
            return {"severity": {RULE: level}} if item["section"] == section else None

        client.configuration = configuration
        start(client, one, two, asked=True)
        files = {one / "a.py": 1, two / "sub" / "a.py": 4, tmp_path / "a.py": 3}
        for uri, level in {**{file.as_uri(): files[file] for file in files}, "untitled:U": 3}.items():
            client.open(uri, TEXT)
            # The answer may come after the documents.
            while severities(client.published(uri)) != [level]:
                pass
        levels[two.as_uri()] = "warning"
        push(client, {})
        assert severities(client.published((two / "sub" / "a.py").as_uri())) == [2]

    def test_an_answer_that_says_the_same_starts_nothing_anew(self, client: Client, tmp_path: Path):
        defaults: dict[str, Any] = {
            "select": ["recommended"],
            "severity": {},
            "dialect": "postgres",
            "run": "onType",
        }
        client.configuration = lambda _: {**defaults, "command": None, "trace": {"server": "off"}}
        start(client, tmp_path, asked=True, **defaults)
        client.open((tmp_path / "a.py").as_uri(), TEXT)
        client.catch_up()
        client.catch_up()
        assert client.count(PUBLISH) == 1
        assert client.count(SHOW_MESSAGE) == 0

    def test_an_editor_that_answers_with_nothing(self, client: Client, tmp_path: Path):
        start(client, tmp_path, asked=True, severity={RULE: "error"})
        client.catch_up()
        assert opened(client, tmp_path / "a.py") == [1]


class TestPrecedence:
    def test_a_key_of_the_project_wins(self, client: Client, tmp_path: Path):
        (tmp_path / OWN).write_text('select = ["reliability"]\n')
        start(client, tmp_path, select=["database"], exclude=["gen/"])
        assert opened(client, tmp_path / "a.py") == [2]
        assert opened(client, tmp_path / "gen" / "a.py") == [], "a key that it has not set is the editor's"

    def test_tables_are_joined(self, client: Client, tmp_path: Path):
        (tmp_path / OWN).write_text('[severity]\nupdate-without-where = "error"\n')
        start(client, tmp_path, severity={RULE: "hint", "update-without-where": "off"})
        assert opened(client, tmp_path / "a.py") == [4]
        client.open((tmp_path / "a.sql").as_uri(), "UPDATE a SET b = 1;\n", "sql")
        assert severities(client.published((tmp_path / "a.sql").as_uri())) == [1]

    def test_patterns_of_the_project_count_last(self, client: Client, tmp_path: Path):
        (tmp_path / OWN).write_text(f'[per-file-severity]\n"jobs/**" = {{{RULE} = "hint"}}\n')
        beneath: dict[str, Any] = {"per-file-severity": {"**": {RULE: "error"}}}
        start(client, tmp_path, **beneath)
        assert opened(client, tmp_path / "jobs" / "a.py") == [4]
        assert opened(client, tmp_path / "a.py") == [1]


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "parts"),
        [
            ({"select": "recommended"}, ["backendArchitect.select", "a list"]),
            ({"severity": {RULE: "fatal"}}, ["backendArchitect.severity", "'fatal'"]),
            ({"dialect": "postgress"}, ["backendArchitect.dialect", "'postgres'"]),
            ({"perFileIgnores": {}}, ["backendArchitect.perFileIgnores", "'per-file-ignores'"]),
            ({"run": "always"}, ["backendArchitect.run", "onType, onSave"]),
        ],
    )
    def test_are_told_once_by_name_and_the_others_hold(
        self, client: Client, tmp_path: Path, options: dict[str, Any], parts: list[str]
    ):
        start(client, tmp_path, exclude=["gen/"], **options)
        assert opened(client, tmp_path / "a.py") == [2]
        message = client.await_notification(SHOW_MESSAGE)["message"]
        assert all(part in message for part in parts), message
        assert opened(client, tmp_path / "gen" / "b.py") == []
        client.catch_up()
        assert client.count(SHOW_MESSAGE) == 1


class TestRunOnSave:
    @pytest.fixture
    def uri(self, client: Client, tmp_path: Path) -> str:
        start(client, tmp_path, run="onSave")
        uri = (tmp_path / "a.py").as_uri()
        client.open(uri, "import requests\n")
        assert client.published(uri)["diagnostics"] == []
        return uri

    def test_nothing_is_said_while_typing(self, client: Client, uri: str):
        client.change(uri, 2, edit(1, 0, 0, "requests.get('u')\n"))
        client.catch_up()
        assert client.actions(uri, edit(1, 2, 2, "")["range"]), "who asks is answered"
        assert client.count(PUBLISH) == 1
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        assert severities(client.published(uri, 2)) == [2]

    @pytest.mark.usefixtures("uri")
    def test_what_is_not_stored_cannot_be_saved(self, client: Client):
        client.open("untitled:Untitled-1", "")
        client.change("untitled:Untitled-1", 2, {"text": TEXT})
        assert severities(client.published("untitled:Untitled-1", 2)) == [2]
        assert client.count(SHOW_MESSAGE) == 0

    def test_the_server_asks_to_hear_of_it(self, client: Client):
        assert client.start()["capabilities"]["textDocumentSync"]["save"]


class TestTrust:
    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        cards = tmp_path / ".backend-architect" / "rules"
        cards.mkdir(parents=True)
        (cards / "old-gateway.md").write_text(CARD)
        (tmp_path / OWN).write_text('[severity]\nold-gateway = "error"\n')
        return tmp_path

    CALL = "import gateway\n\ngateway.charge(1)\n"

    def test_cards_of_a_project_count(self, client: Client, project: Path):
        start(client, project)
        assert opened(client, project / "a.py", self.CALL) == [1]

    def test_those_of_one_that_is_not_trusted_do_not(self, client: Client, project: Path):
        client.configuration = lambda _: {"trusted": True, "exclude": ["gen/"]}
        start(client, project, asked=True, trusted=False)
        assert opened(client, project / "a.py", self.CALL) == []
        assert opened(client, project / "b.py") == [2]
        client.catch_up()
        assert client.count(SHOW_MESSAGE) == 0, "settings may name a card that does not count"


class TestCommands:
    """What runs beside the server works under the same settings and with the same trust."""

    SAFE = "try:\n    f()\nexcept OSError as e:\n    raise ValueError(1)\n"

    def checked(self, client: Client, folder: Path) -> list[int]:
        command(client, "checkWorkspace")
        return severities(client.published((folder / "a.py").as_uri()))

    def test_by_folder(self, client: Client, tmp_path: Path):
        one, two = tmp_path / "one", tmp_path / "two"
        for folder in (one, two):
            folder.mkdir()
            (folder / "a.py").write_text(TEXT)
        levels = {one.as_uri(): "error", two.as_uri(): "hint"}
        client.configuration = lambda item: {
            "severity": {RULE: levels.get(str(item.get("scopeUri")), "warning")}
        }
        start(client, one, two, asked=True)
        opened = (one / "open.py").as_uri()
        client.open(opened, TEXT)
        while severities(client.published(opened)) != [1]:
            pass  # the answer of the editor may come after the document
        assert self.checked(client, one) == [1]
        assert severities(client.published((two / "a.py").as_uri())) == [4]

    def test_a_key_of_the_project_wins(self, client: Client, tmp_path: Path):
        (tmp_path / OWN).write_text(f'[severity]\n{RULE} = "hint"\n')
        (tmp_path / "a.py").write_text(TEXT)
        (tmp_path / "b.py").write_text(TEXT)
        start(client, tmp_path, exclude=["b.py"], severity={RULE: "error"})
        assert command(client, "checkWorkspace")["severities"] == {"hint": 1}

    def test_nothing_is_fixed_that_is_not_heard(self, client: Client, tmp_path: Path):
        (tmp_path / "a.py").write_text(self.SAFE)
        start(client, tmp_path, ignore=["exception-replaced-without-cause"])
        assert command(client, "fixAll", apply=False)["fixed"] == 0

    def test_the_baseline_accepts_what_is_heard(self, client: Client, tmp_path: Path):
        (tmp_path / "a.py").write_text(TEXT)
        start(client, tmp_path, ignore=[RULE])
        assert "0 findings" in command(client, "createBaseline")["message"]

    @pytest.mark.parametrize("trusted", [True, False])
    def test_cards_count_only_with_trust(self, client: Client, tmp_path: Path, *, trusted: bool):
        cards = tmp_path / ".backend-architect" / "rules"
        cards.mkdir(parents=True)
        (cards / "old-gateway.md").write_text(CARD)
        (tmp_path / "a.py").write_text(TestTrust.CALL)
        start(client, tmp_path, trusted=trusted)
        assert command(client, "checkWorkspace")["findings"] == int(trusted)


def command(client: Client, name: str, **argument: Any) -> Any:
    params = {"command": f"backend-architect.{name}", "arguments": [argument]}
    return client.request("workspace/executeCommand", params)
