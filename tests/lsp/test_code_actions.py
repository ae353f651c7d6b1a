"""Quick fixes, fixes of everything, and comments that silence a rule, applied as a client applies them."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import Client, applied, changed, edit, edits_of, place_of, span

from backend_architect.engine import check
from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import Rule, detector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lsp.client import Message

    from backend_architect.python.place import Place

EMOJI = "\N{GRINNING FACE}"
TIMEOUT = "http-call-without-timeout"
STRINGS = "sql-built-from-strings"
TEXT = 'import requests\n\n\ndef rates():\n    return requests.get("https://rates.example")\n'
FIXED = TEXT.replace('example")', 'example", timeout=10)')
ADD = "Add timeout=10"
IGNORE = f"Ignore {TIMEOUT} on this line"
FIX_ALL = "source.fixAll.backend-architect"

_versions = itertools.count(1)


def opened(client: Client, uri: str, text: str, language: str = "python") -> Message:
    """Open a text, and give what is found in it."""
    version = next(_versions)
    client.open(uri, text, language, version)
    return client.published(uri, version)


def titled(actions: list[Message], title: str) -> Message:
    """The one action with a title."""
    (action,) = [action for action in actions if action["title"] == title]
    return action


def after(client: Client, uri: str, text: str, title: str, part: str, *, encoding: str = "utf-16") -> str:
    """The text after an action on a part of it."""
    version = opened(client, uri, text)["version"]
    action = titled(client.actions(uri, place_of(text, part, encoding)), title)
    return applied(text, edits_of(client.resolve(action), uri, version), encoding)


class TestQuickFix:
    def test_the_edit_comes_when_the_action_is_chosen(self, client: Client, uri: str):
        published = opened(client, uri, TEXT)
        actions = client.actions(uri, place_of(TEXT, "requests.get"))
        assert [(one["title"], one["kind"], one.get("isPreferred")) for one in actions] == [
            (ADD, "quickfix", True),
            (IGNORE, "quickfix", None),
        ]
        assert all("edit" not in action for action in actions)
        assert actions[0]["diagnostics"] == published["diagnostics"]
        resolved = client.resolve(actions[0])
        assert applied(TEXT, edits_of(resolved, uri, published["version"])) == FIXED

    def test_the_cursor_may_stand_anywhere_on_the_line(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        assert [one["title"] for one in client.actions(uri, span(4, 4, 4))] == [ADD, IGNORE]
        assert client.actions(uri, span(3, 0, 0)) == []
        assert client.actions(uri, span(4, 0, 4)) == []

    def test_a_client_that_cannot_wait_gets_the_edit_at_once(self, plain_client: Client, uri: str):
        opened(plain_client, uri, TEXT)
        fix, ignore = plain_client.actions(uri, place_of(TEXT, "requests.get"))
        assert applied(TEXT, edits_of(fix, uri)) == FIXED
        assert f"ignore[{TIMEOUT}]" in applied(TEXT, edits_of(ignore, uri))

    def test_any_place_in_the_finding_will_do_and_none_beside_it(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        assert client.actions(uri, span(4, 15, 15))
        assert client.actions(uri, span(0, 0, 0, 5))
        assert client.actions(uri, span(4, 0, 4)) == []
        assert client.actions(uri, span(3, 0, 3)) == []
        assert client.actions(uri, span(99, 0, 3)) == []

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
    @pytest.mark.parametrize("before", [f"'{EMOJI}', ", "'é\u0301ß', ", "'\x0c\u2028', "], ids=ascii)
    def test_columns_count_in_the_units_of_the_client(
        self, servers: Callable[[str], Client], uri: str, encoding: str, before: str
    ):
        text = TEXT.replace("requests.get(", f"{before}requests.get(").replace("rates.ex", f"{EMOJI}.ex")
        fixed = text.replace('example")', 'example", timeout=10)')
        assert after(servers(encoding), uri, text, ADD, "requests.get", encoding=encoding) == fixed

    def test_several_edits_and_an_import(self, client: Client, uri: str):
        text = f'"""é"""\nimport time\n\n\nasync def wait():\n    "{EMOJI}"; time.sleep(1)\n'
        fixed = after(client, uri, text, "Await asyncio.sleep", "time.sleep")
        assert fixed == text.replace("time.sleep", "await asyncio.sleep").replace(
            "import time", "import asyncio\nimport time"
        )

    def test_crlf(self, client: Client, uri: str):
        text = "import time\n\n\nasync def f():\n    time.sleep(1)\n".replace("\n", "\r\n")
        fixed = after(client, uri, text, "Await asyncio.sleep", "time.sleep")
        assert fixed.startswith("import asyncio\r\nimport time\r\n")
        assert "\n" not in fixed.replace("\r\n", "")

    def test_all_of_a_rule(self, client: Client, uri: str):
        text = TEXT + TEXT.replace("rates", "prices") + "x = requests.post('u')\n"
        title = f"Fix all 3 of {TIMEOUT} in this file"
        fixed = after(client, uri, text, title, "requests.get")
        assert fixed == text.replace('example")', 'example", timeout=10)').replace("'u')", "'u', timeout=10)")

    def test_sql(self, client: Client, sql_uri: str):
        text = f"/* {EMOJI} */ UPDATE a SET b = 1;\n"
        version = opened(client, sql_uri, text, "sql")["version"]
        fix = client.resolve(client.actions(sql_uri, place_of(text, "a SET"))[0])
        assert applied(text, edits_of(fix, sql_uri, version)) == text.replace("1;", "1 WHERE true;")


class TestTrust:
    """Edits rest on our own parse of the newest text, whatever the client sends back."""

    def test_what_the_client_says_about_diagnostics_is_not_used(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        wrong = {"range": span(0, 0, 1), "message": "other", "code": TIMEOUT, "source": "backend-architect"}
        params = {
            "textDocument": {"uri": uri},
            "range": span(0, 0, 3),
            "context": {"diagnostics": [wrong], "triggerKind": 1},
        }
        assert client.request("textDocument/codeAction", params) == []

    def test_ranges_and_edits_that_come_back_are_not_used(self, client: Client, uri: str):
        version = opened(client, uri, TEXT)["version"]
        action = titled(client.actions(uri, place_of(TEXT, "requests.get")), ADD)
        action["diagnostics"][0]["range"] = span(0, 0, 5)
        action["edit"] = {"changes": {uri: [{"range": span(0, 0, 5), "newText": "wrong"}]}}
        assert applied(TEXT, edits_of(client.resolve(action), uri, version)) == FIXED

    def test_an_action_whose_finding_has_moved_does_nothing(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        actions = client.actions(uri, place_of(TEXT, "requests.get"))
        client.change(uri, 10_000, edit(0, 0, 0, "\n"))
        assert all("edit" not in client.resolve(action) for action in actions)

    def test_an_action_whose_finding_has_gone_does_nothing(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        action = titled(client.actions(uri, place_of(TEXT, "requests.get")), ADD)
        client.change(uri, 10_000, {"text": FIXED})
        assert "edit" not in client.resolve(action)
        client.close(uri)
        assert "edit" not in client.resolve(action)

    def test_an_action_that_still_applies_is_for_the_newest_version(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        action = titled(client.actions(uri, place_of(TEXT, "requests.get")), ADD)
        client.change(uri, 10_000, edit(3, 4, 9, "other"))
        text = TEXT.replace("def rates", "def other")
        assert applied(text, edits_of(client.resolve(action), uri, 10_000)) == FIXED.replace(
            "def rates", "def other"
        )

    def test_actions_see_a_change_that_came_right_before(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        context = {"context": {"diagnostics": []}, "range": span(5, 12, 12), "textDocument": {"uri": uri}}
        request = {"jsonrpc": "2.0", "id": "behind", "method": "textDocument/codeAction", "params": context}
        client.send(changed(uri, 10_000, edit(0, 0, 0, "\n")), request)
        answer = client.next(lambda message: message.get("id") == "behind")
        assert [action["title"] for action in answer["result"]] == [ADD, IGNORE]

    @pytest.mark.parametrize("data", [None, {}, {"uri": 1}, [], "x", {"uri": "file:///x.py"}, {"do": "rm"}])
    def test_made_up_actions_do_no_harm(self, client: Client, uri: str, data: object):
        opened(client, uri, TEXT)
        answer = client.call("codeAction/resolve", {"title": "x", "data": data})
        assert "edit" not in answer.get("result", {})
        assert len(client.actions(uri, place_of(TEXT, "requests.get"))) == 2


class TestOnly:
    @pytest.mark.parametrize(
        ("only", "count"),
        [
            (["quickfix"], 2),
            ([""], 3),
            ([], 2),
            (["refactor"], 1),
            (["refactor.rewrite"], 1),
            (["refactor.extract"], 0),
            (["refactor", "quickfix"], 3),
            (["quickfix.other"], 0),
            (["source"], 0),
            (["source.organizeImports"], 0),
            ([FIX_ALL], 0),
        ],
    )
    def test_only_what_is_asked_for_is_offered(self, client: Client, uri: str, only: list[str], count: int):
        opened(client, uri, TEXT)
        assert len(client.actions(uri, place_of(TEXT, "requests.get"), only)) == count


@detector(on=ast.Name)
def _capitals(node: ast.Name, at: Place) -> Iterator[Finding]:
    if node.id in {"SAFE", "RISKY"}:
        safety = "safe" if node.id == "SAFE" else "unsafe"
        fix = Fix(
            f"Write `{node.id.lower()}`", safety, "", lambda: [at.edit(*at.range_of(node), node.id.lower())]
        )
        yield at.finding(node, f"`{node.id}` is loud", fix)


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of a server with one rule, whose fixes are safe or not."""
    rule = Rule("loud-name", "api", "hint", _capitals, "https://rules.example/loud-name")
    monkeypatch.setattr(check, "all_rules", lambda: (rule,))
    with Client.inside() as client:
        client.start()
        yield client


class TestFixAll:
    TEXT = "SAFE + RISKY\n\n\ndef f():\n    return [SAFE, RISKY, SAFE]\n"

    @pytest.mark.parametrize("only", ["source", "source.fixAll", FIX_ALL])
    def test_applies_safe_fixes_only(self, loud: Client, uri: str, only: str):
        version = opened(loud, uri, self.TEXT)["version"]
        (action,) = loud.actions(uri, span(0, 0, 0), [only])
        assert (action["title"], action["kind"]) == ("Fix all that is safe to fix", FIX_ALL)
        assert "edit" not in action
        fixed = applied(self.TEXT, edits_of(loud.resolve(action), uri, version))
        assert fixed == self.TEXT.replace("SAFE", "safe")

    def test_is_not_offered_where_nothing_is_safe(self, loud: Client, uri: str):
        opened(loud, uri, "RISKY\n")
        assert loud.actions(uri, span(0, 0, 0), [FIX_ALL]) == []

    def test_is_not_offered_in_the_light_bulb(self, loud: Client, uri: str):
        opened(loud, uri, self.TEXT)
        titles = [action["title"] for action in loud.actions(uri, span(0, 0, 4))]
        assert titles == [
            "Write safe",
            "Fix all 5 of loud-name in this file",
            "Ignore loud-name on this line",
        ]

    def test_severity_and_link_are_those_of_the_rule(self, loud: Client, uri: str):
        (first, *_) = opened(loud, uri, self.TEXT)["diagnostics"]
        assert (first["severity"], first["codeDescription"]) == (
            4,
            {"href": "https://rules.example/loud-name"},
        )

    def test_a_percent_sign_in_a_message_is_kept(
        self, loud: Client, uri: str, monkeypatch: pytest.MonkeyPatch
    ):
        percent = detector(on=ast.BinOp)(lambda node, at: iter([at.finding(node, '100% "%d" %s\n\u2028')]))
        rule = Rule("loud-name", "api", "hint", percent)
        monkeypatch.setattr(check, "all_rules", lambda: (rule,))
        assert opened(loud, uri, "x = 1 % 2\n")["diagnostics"][0]["message"] == '100% "%d" %s\n\u2028'


HEAD = "import requests\nimport sqlite3\n\n\n"

IGNORED = {
    "one line": ("x = requests.get(u)\n", "x = requests.get(u)  # IGNORE\n"),
    "one line with a comment": ("requests.get(u)  # why\n", "requests.get(u)  # why  # IGNORE\n"),
    "blanks at the end": ("requests.get(u)   \n", "requests.get(u)  # IGNORE\n"),
    "no line end": ("requests.get(u)", "requests.get(u)  # IGNORE"),
    "several lines": ("x = requests.get(\n    u,\n)\n", "# IGNORE\nx = requests.get(\n    u,\n)\n"),
    "inside of a function": (
        "def f():\n\tif x:\n\t\treturn requests.get(\n\t\t\tu)\n",
        "def f():\n\tif x:\n\t\t# IGNORE\n\t\treturn requests.get(\n\t\t\tu)\n",
    ),
    "header of an if": ("if requests.get(u):\n    pass\n", "if requests.get(u):  # IGNORE\n    pass\n"),
    "header of several lines": (
        "if x and (\n    requests.get(u)\n):\n    pass\n",
        "# IGNORE\nif x and (\n    requests.get(u)\n):\n    pass\n",
    ),
    "elif": (
        "if x:\n    pass\nelif requests.get(\n    u):\n    pass\n",
        "if x:\n    pass\n# IGNORE\nelif requests.get(\n    u):\n    pass\n",
    ),
    "with": ("with requests.get(u) as r:\n    pass\n", "with requests.get(u) as r:  # IGNORE\n    pass\n"),
    "body on the line": ("if x: requests.get(u)\n", "if x: requests.get(u)  # IGNORE\n"),
    "two statements": ("x = 1; requests.get(u)\n", "x = 1; requests.get(u)  # IGNORE\n"),
    "decorator": (
        "@d(requests.get(u))\ndef f():\n    pass\n",
        "@d(requests.get(u))  # IGNORE\ndef f():\n    pass\n",
    ),
    "inner decorator": (
        "def g():\n    @d(requests.get(u))\n    def f():\n        pass\n",
        "def g():\n    @d(requests.get(u))  # IGNORE\n    def f():\n        pass\n",
    ),
    "default of a parameter": (
        "def f(x=requests.get(u)):\n    pass\n",
        "def f(x=requests.get(u)):  # IGNORE\n    pass\n",
    ),
    "backslash": ("x = \\\n    requests.get(u)\n", "# IGNORE\nx = \\\n    requests.get(u)\n"),
    "backslash behind the statement": (
        "requests.get(u); \\\nx = 1\n",
        "# IGNORE\nrequests.get(u); \\\nx = 1\n",
    ),
    "ignored already": (
        "requests.get(u)  # backend-architect: ignore[other-rule] why\n",
        "requests.get(u)  # backend-architect: ignore[other-rule, RULE] why\n",
    ),
    "ignored above": (
        "# backend-architect: ignore[other-rule]\nrequests.get(\n    u)\n",
        "# backend-architect: ignore[other-rule, RULE]\nrequests.get(\n    u)\n",
    ),
    "an empty list": (
        "requests.get(u)  # backend-architect: ignore[]\n",
        "requests.get(u)  # backend-architect: ignore[RULE]\n",
    ),
    "the comment of another statement above": (
        "x = 1  # backend-architect: ignore[other-rule]\nrequests.get(\n    u)\n",
        "x = 1  # backend-architect: ignore[other-rule]\n# IGNORE\nrequests.get(\n    u)\n",
    ),
    "match": (
        "match requests.get(u):\n    case 1:\n        pass\n",
        "match requests.get(u):  # IGNORE\n    case 1:\n        pass\n",
    ),
    "except": (
        "try:\n    pass\nexcept requests.get(u):\n    pass\n",
        "try:\n    pass\nexcept requests.get(u):  # IGNORE\n    pass\n",
    ),
    "a string that ends in another line": (
        "requests.get(u); x = '''\n'''\n",
        "# IGNORE\nrequests.get(u); x = '''\n'''\n",
    ),
}


class TestIgnore:
    @pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
    @pytest.mark.parametrize("case", IGNORED)
    def test_silences_the_rule_and_nothing_else(self, client: Client, uri: str, case: str, newline: str):
        before, expected = IGNORED[case]
        before = (HEAD + before).replace("\n", newline)
        comment = f"backend-architect: ignore[{TIMEOUT}]"
        expected = (
            (HEAD + expected).replace("IGNORE", comment).replace("RULE", TIMEOUT).replace("\n", newline)
        )
        assert after(client, uri, before, IGNORE, "requests.get") == expected
        assert ast.dump(ast.parse(expected)) == ast.dump(ast.parse(before))
        client.change(uri, 10_000, {"text": expected})
        left = [one["code"] for one in client.published(uri, 10_000)["diagnostics"]]
        assert set(left) <= {"unused-suppression"}, "the other rules in a comment may have nothing to say"

    def test_strings_of_several_lines(self, client: Client, uri: str):
        text = (
            f"{HEAD}def close(db: sqlite3.Connection, name):\n"
            '    db.execute(f"""\n        UPDATE a SET b = 1\n        WHERE c = \'{name}\'\n    """)\n'
        )
        title = f"Ignore {STRINGS} on this line"
        ignored = after(client, uri, text, title, "WHERE")
        assert ignored == text.replace("    db.ex", f"    # backend-architect: ignore[{STRINGS}]\n    db.ex")
        client.change(uri, 10_000, {"text": ignored})
        assert client.published(uri, 10_000)["diagnostics"] == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("UPDATE a SET b = 1;\n", "UPDATE a SET b = 1;  -- IGNORE\n"),
            ("UPDATE a SET b = 1", "UPDATE a SET b = 1  -- IGNORE"),
            ("UPDATE a SET b = 1; -- why\n", "UPDATE a SET b = 1; -- why  -- IGNORE\n"),
            ("SELECT 1;\n  UPDATE a\n  SET b = 1;\n", "SELECT 1;\n  -- IGNORE\n  UPDATE a\n  SET b = 1;\n"),
        ],
    )
    def test_sql(self, client: Client, sql_uri: str, text: str, expected: str):
        rule = "update-without-where"
        version = opened(client, sql_uri, text, "sql")["version"]
        action = titled(client.actions(sql_uri, place_of(text, "a")), f"Ignore {rule} on this line")
        ignored = applied(text, edits_of(client.resolve(action), sql_uri, version))
        assert ignored == expected.replace("IGNORE", f"backend-architect: ignore[{rule}]")
        client.change(sql_uri, 10_000, {"text": ignored})
        assert client.published(sql_uri, 10_000)["diagnostics"] == []

    def test_in_a_statement_that_does_not_parse(self, client: Client, uri: str):
        opened(client, uri, TEXT)
        client.change(uri, 10_000, edit(3, 10, 10, "("))
        text = TEXT.replace("rates()", "rates(()")
        action = titled(client.actions(uri, place_of(text, "requests.get")), IGNORE)
        ignored = applied(text, edits_of(client.resolve(action), uri, 10_000))
        assert ignored == text.replace('example")', f'example")  # backend-architect: ignore[{TIMEOUT}]')
