"""What is published, and when: from the opened document over every change to its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.lsp.client import PUBLISH, SHOW_MESSAGE, applied, changed, edit, place_of, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lsp.client import Client, Message

IMPORT = "import requests\n\n\n"
CALL = 'def rates():\n    return requests.get("https://rates.example")\n'
TEXT = IMPORT + CALL
EMOJI = "\N{GRINNING FACE}"
UPDATE = "UPDATE accounts SET balance = 0;\n"


def lines(published: Message) -> list[int]:
    """The lines on which something was found."""
    return [diagnostic["range"]["start"]["line"] for diagnostic in published["diagnostics"]]


class TestLifeOfADocument:
    def test_open_tells_everything_about_a_finding(self, client: Client, uri: str):
        client.open(uri, TEXT, version=7)
        (diagnostic,) = client.published(uri, 7)["diagnostics"]
        message = diagnostic.pop("message")
        link = diagnostic.pop("codeDescription")["href"]
        assert diagnostic == {
            "range": place_of(TEXT, "requests.get"),
            "severity": 2,
            "code": "http-call-without-timeout",
            "source": "backend-architect",
        }
        assert "requests.get" in message
        assert link.startswith("https://")
        assert "http-call-without-timeout" in link

    def test_a_huge_one_is_not_analysed_and_its_author_is_told(self, client: Client, uri: str):
        client.open(uri, TEXT + "# more\n" * 200_000)
        assert "1 MiB" in client.await_notification(SHOW_MESSAGE)["message"]
        assert client.actions(uri, place_of(TEXT, "requests.get")) == []

    def test_a_change_is_followed(self, client: Client, uri: str):
        client.open(uri, TEXT)
        assert lines(client.published(uri)) == [4]
        client.change(uri, 2, edit(0, 0, 0, "\n\n"))
        assert lines(client.published(uri, 2)) == [6]
        client.change(uri, 3, edit(6, 47, 47, ", timeout=3"))
        assert lines(client.published(uri, 3)) == []

    def test_several_edits_of_one_change_are_made_in_their_order(self, client: Client, uri: str):
        client.open(uri, "")
        assert lines(client.published(uri)) == []
        client.change(uri, 2, edit(0, 0, 0, CALL), edit(0, 0, 0, IMPORT), edit(0, 7, 15, "httpx"))
        assert lines(client.published(uri, 2)) == []
        client.change(uri, 3, edit(0, 7, 12, "requests"))
        assert lines(client.published(uri, 3)) == [4]

    def test_a_whole_new_text_is_taken_over(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.change(uri, 2, {"text": f"# moved\n{TEXT}"})
        assert lines(client.published(uri, 2)) == [5]
        client.change(uri, 3, {"text": ""})
        assert lines(client.published(uri, 3)) == []
        client.change(uri, 4, {"text": TEXT + TEXT})
        assert lines(client.published(uri, 4)) == [4, 9]

    def test_a_whole_new_text_that_does_not_parse_keeps_the_findings(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.change(uri, 2, {"text": TEXT.replace("def rates():", "def rates(:")})
        assert lines(client.published(uri, 2)) == [4]

    def test_close_takes_everything_back(self, client: Client, uri: str):
        client.open(uri, TEXT)
        assert lines(client.published(uri)) == [4]
        client.close(uri)
        assert client.published(uri) == {"uri": uri, "diagnostics": []}

    def test_a_closed_document_can_be_opened_again(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.close(uri)
        client.open(uri, f"\n{TEXT}", version=1)
        assert [lines(client.published(uri)) for _ in range(3)] == [[4], [], [5]]

    def test_sql(self, client: Client, sql_uri: str):
        client.open(sql_uri, UPDATE, "sql")
        (diagnostic,) = client.published(sql_uri)["diagnostics"]
        assert (diagnostic["code"], diagnostic["range"]) == ("update-without-where", span(0, 7, 15))
        client.change(sql_uri, 2, edit(0, 31, 31, " WHERE id = 1"))
        assert client.published(sql_uri, 2)["diagnostics"] == []

    def test_the_language_counts_and_then_the_name(self, client: Client, uri: str, sql_uri: str):
        client.open(sql_uri, UPDATE, "plpgsql")
        assert lines(client.published(sql_uri)) == [0]
        client.open(uri + ".txt", TEXT, "python")
        assert lines(client.published(uri + ".txt")) == [4]

    def test_other_languages_are_left_alone(self, client: Client, uri: str):
        since = len(client.messages)
        other = uri.replace(".py", ".js")
        client.open(other, TEXT, "javascript")
        client.change(other, 2, {"text": ""})
        client.close(other)
        client.catch_up()
        assert client.count(PUBLISH, since) == 0

    def test_an_unknown_document_is_passed_over(self, client: Client, uri: str):
        since = len(client.messages)
        client.change(uri, 2, edit(0, 0, 0, "x"))
        client.close(uri)
        client.catch_up()
        assert client.count(PUBLISH, since) == 0

    def test_the_wire_and_not_the_number_decides_which_change_is_last(self, client: Client, uri: str):
        client.open(uri, TEXT, version=5)
        client.change(uri, 3, edit(0, 0, 0, "\n"))
        assert lines(client.published(uri, 3)) == [5]

    def test_settling_after_a_pause_is_published(self, client: Client, uri: str):
        # The quote in line 3 swallows the function below, and is closed at the end of the text.
        client.open(uri, f"{IMPORT}{CALL}")
        client.change(uri, 2, edit(3, 0, 0, 'x = """\n'))
        client.published(uri, 2)
        client.change(uri, 3, edit(3, 0, 0, "\n", end_line=4))
        assert lines(client.published(uri, 3)) == [5]


class TestNoTimer:
    def test_findings_are_there_before_the_answer_behind_the_change(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.published(uri)
        since = len(client.messages)
        position = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
        hover = {"jsonrpc": "2.0", "id": "behind", "method": "textDocument/hover", "params": position}
        client.send(changed(uri, 2, edit(0, 0, 0, "\n")), hover)
        client.next(lambda message: message.get("id") == "behind")
        kinds = [message.get("method", "answer") for message in client.messages[since:]]
        assert kinds == [PUBLISH, "answer"]

    def test_a_request_that_knows_no_document_does_not_lose_them(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.change(uri, 2, edit(0, 0, 0, "\n"))
        client.catch_up()
        assert lines(client.published(uri, 2)) == [5]

    def test_a_flood_is_read_whole_and_answered_with_its_end(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.published(uri)
        since = len(client.messages)
        client.send(*(changed(uri, version, edit(0, 0, 0, "\n")) for version in range(2, 1002)))
        assert lines(client.published(uri, 1001)) == [1004]
        assert client.count(PUBLISH, since) <= 250  # how many arrive at once, the pipe decides


class TestHalfTyped:
    def test_an_import_keeps_what_hangs_on_it(self, client: Client, uri: str):
        text = "import requests\nimport json\n\n" + CALL * 3
        client.open(uri, text)
        assert lines(client.published(uri)) == [4, 6, 8]
        for version, column in enumerate(range(11, 6, -1), 2):  # "import json" loses letter after letter
            client.change(uri, version, edit(1, column - 1, column, ""))
            assert lines(client.published(uri, version)) == [4, 6, 8]
        client.change(uri, 7, edit(1, 0, 6, "from "))
        assert lines(client.published(uri, 7)) == [4, 6, 8]
        client.change(uri, 8, edit(0, 14, 15, ""))
        assert lines(client.published(uri, 8)) == []  # "import request" is another module

    def test_a_broken_import_of_the_module_itself_keeps_it(self, client: Client, uri: str):
        client.open(uri, TEXT)
        client.change(uri, 2, edit(0, 15, 15, " as"))
        assert lines(client.published(uri, 2)) == [4]

    @pytest.mark.parametrize("piece", ["(", '"""', "'", "[", "{", "\\", "=", ")", "@", "x = ", "if"])
    def test_a_finding_stays_while_its_function_does_not_parse(self, client: Client, uri: str, piece: str):
        client.open(uri, TEXT + "\n\n" + CALL.replace("rates", "prices"))
        assert lines(client.published(uri)) == [4, 8]
        client.change(uri, 2, edit(4, 4, 4, piece))
        assert lines(client.published(uri, 2)) == [4, 8]
        client.change(uri, 3, edit(4, 4, 4 + len(piece), ""))
        assert lines(client.published(uri, 3)) == [4, 8]

    def test_else_at_the_margin_does_not_become_the_wrapper_of_a_member(self, client: Client, uri: str):
        members = "".join(f"    def m{number}(self):\n        return {number}\n\n" for number in range(20))
        last = "    def rates(self):\n        return requests.get('u')\n"
        text = f"{IMPORT}class Shop:\n{members}{last}"
        call = text.count("\n") - 1
        client.open(uri, text)
        assert lines(client.published(uri)) == [call]
        client.change(uri, 2, edit(7, 0, 0, "else:\n"))
        assert lines(client.published(uri, 2)) == [call + 1]
        client.change(uri, 3, edit(7, 0, 0, "", end_line=8))
        assert lines(client.published(uri, 3)) == [call]


SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


class TestText:
    @pytest.mark.parametrize("char", SEPARATORS, ids=lambda char: f"U+{ord(char):04X}")
    def test_only_line_ends_end_lines(self, client: Client, uri: str, char: str):
        text = f"import requests\n\x0c\nNAME = '{char}{char}'  # {char}\n{CALL}"
        client.open(uri, text)
        assert client.published(uri)["diagnostics"][0]["range"] == place_of(text, "requests.get")
        client.change(uri, 2, edit(4, 4, 10, f"assert '{char}' and"))
        (diagnostic,) = client.published(uri, 2)["diagnostics"]
        text = text.replace("return", f"assert '{char}' and")
        assert diagnostic["range"] == place_of(text, "requests.get")
        assert client.hover(uri, **diagnostic["range"]["start"]) is not None

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_every_line_end_is_one(self, client: Client, uri: str, newline: str):
        text = f'"""a\n\nb"""\n{TEXT}'.replace("\n", newline)
        client.open(uri, text)
        assert client.published(uri)["diagnostics"][0]["range"] == place_of(text, "requests.get")
        client.change(uri, 2, edit(2, 0, 0, newline))
        assert lines(client.published(uri, 2)) == [8]

    @pytest.mark.parametrize(
        "place",
        [span(1, 5, 5), span(1, 99, 99), span(2, 0, 0), span(99, 0, 0), span(1, 5, 0, 2)],
        ids=["end", "behind the line", "behind the text", "far behind", "to the next line"],
    )
    def test_places_behind_the_end_are_the_end(self, client: Client, uri: str, place: Message):
        client.open(uri, "import requests\nx = 1")
        client.change(uri, 2, {"range": place, "text": "\nrequests.get('u')"})
        assert lines(client.published(uri, 2)) == [2]
        client.change(uri, 3, edit(2, 0, 0, "y = "))
        assert client.published(uri, 3)["diagnostics"][0]["range"] == span(2, 4, 16)

    def test_a_change_of_a_line_end_joins_and_parts_lines(self, client: Client, uri: str):
        client.open(uri, "import requests\r\nrequests.get('u')")
        client.change(uri, 2, edit(0, 15, 0, "; ", end_line=1))
        assert client.published(uri, 2)["diagnostics"][0]["range"] == span(0, 17, 29)
        client.change(uri, 3, edit(0, 15, 17, "\r\n"))
        assert client.published(uri, 3)["diagnostics"][0]["range"] == span(1, 0, 12)

    def test_crlf_folds_in_strings_and_not_in_positions(self, client: Client, uri: str):
        text = (
            "import sqlite3\n\n\ndef close(db: sqlite3.Connection) -> None:\n"
            '    db.execute("""\n        UPDATE accounts\n        SET closed = 1\n    """)\n'
        ).replace("\n", "\r\n")
        client.open(uri, text)
        (diagnostic,) = client.published(uri)["diagnostics"]
        assert diagnostic["range"] == place_of(text, "accounts")

    def test_f_strings_have_exact_positions_on_every_python(self, client: Client, uri: str):
        text = (
            "import sqlite3\n\n\ndef close(db: sqlite3.Connection, value: int) -> None:\n"
            "    db.execute('''\n      -- é\n"
            "    ''' f'''UPDATE {'accounts'}\n      SET closed = {value:d}\n    ''')\n"
        )
        client.open(uri, text)
        found = client.published(uri)["diagnostics"]
        (update,) = [one for one in found if one["code"] == "update-without-where"]
        assert update["range"] == place_of(text, "'accounts'")

    @pytest.mark.parametrize(
        "line",
        [
            "x = '\x00'",
            "\x00",
            "x = '\ud800'",
            "x = 1  # \udfff",
            '"\\d \\. \\ud800"',
            "(" * 2000 + ")" * 2000,
            "x = " + "-" * 999 + "1",
            "x = " + "-" * 2999 + "1",
        ],
        ids=[
            "NUL in a string",
            "NUL",
            "surrogate",
            "in a comment",
            "escapes",
            "brackets",
            "deep",
            "too deep",
        ],
    )
    def test_what_the_parser_chokes_on_costs_one_line(self, client: Client, uri: str, line: str):
        client.open(uri, f"import requests\n\n{line}\n\n{CALL}")
        assert lines(client.published(uri)) == [5]
        client.change(uri, 2, edit(0, 0, 0, "\n"))
        assert lines(client.published(uri, 2)) == [6]

    @pytest.mark.parametrize(
        "value",
        [
            " + ".join(["y"] * 900),
            " + ".join(["'y'"] * 900),
            "y" + ".z()" * 300,
            "y.execute('select 1')" + ".z()" * 300,
        ],
        ids=["sum", "strings", "chain", "query"],
    )
    def test_a_long_expression_costs_nothing(self, client: Client, uri: str, value: str):
        since = len(client.messages)
        client.open(uri, f"import requests\nx = {value}\n{CALL}")
        assert lines(client.published(uri)) == [3]
        client.change(uri, 2, edit(1, 0, 0, "\n"))
        assert lines(client.published(uri, 2)) == [4]
        assert client.count(SHOW_MESSAGE, since) == 0

    def test_a_byte_order_mark_in_the_text_does_no_harm(self, client: Client, uri: str):
        client.open(uri, f"\ufeff{TEXT}")
        client.published(uri)
        client.change(uri, 2, edit(0, 0, 1, ""))
        assert lines(client.published(uri, 2)) == [4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
class TestEncodings:
    LINE = f'    naïve = "{EMOJI}é"; return requests.get("https://é.example/{EMOJI}")  # {EMOJI}\n'

    def test_findings_and_changes_count_in_the_units_of_the_client(
        self, servers: Callable[[str], Client], uri: str, encoding: str
    ):
        client = servers(encoding)
        text = f"{IMPORT}def rates():\n{self.LINE}"
        client.open(uri, text)
        (diagnostic,) = client.published(uri)["diagnostics"]
        assert diagnostic["range"] == place_of(text, "requests.get", encoding)
        change = {"range": place_of(text, "return", encoding), "text": f"raise '{EMOJI}' and"}
        text = applied(text, [{"range": change["range"], "newText": change["text"]}], encoding)
        client.change(uri, 2, change)
        (diagnostic,) = client.published(uri, 2)["diagnostics"]
        assert diagnostic["range"] == place_of(text, "requests.get", encoding)
        start = diagnostic["range"]["end"]
        assert client.hover(uri, **start)["range"] == diagnostic["range"]
        assert client.hover(uri, start["line"], start["character"] + 1) is None

    def test_a_place_inside_of_a_character_is_behind_it(
        self, servers: Callable[[str], Client], uri: str, encoding: str
    ):
        client = servers(encoding)
        client.open(uri, f"import requests\n'{EMOJI}'; requests.get('u')\n")
        client.published(uri)
        width = {"utf-8": 4, "utf-16": 2, "utf-32": 1}[encoding]
        client.change(uri, 2, edit(1, 2 if width > 1 else 1, 1 + width, ""))
        (diagnostic,) = client.published(uri, 2)["diagnostics"]
        left = 0 if width == 1 else width
        assert diagnostic["range"]["start"] == {"line": 1, "character": 4 + left}


def test_the_server_says_which_encoding_it_took(servers: Callable[[str], Client]):
    for encoding in ("utf-8", "utf-16", "utf-32"):
        information = servers(encoding).request(
            "workspace/executeCommand", {"command": "backend-architect.showInformation"}
        )
        assert f"position encoding {encoding}" in information
    assert sys.version.split()[0] in information
