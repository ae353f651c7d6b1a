"""Comments that silence rules, ours and those of other linters, and those that silence nothing."""

from __future__ import annotations

import pytest

from backend_architect.engine.check import check_text, rules_for, start
from backend_architect.engine.findings import Span
from backend_architect.engine.settings import Settings

TIMEOUT = "http-call-without-timeout"
UNUSED = "unused-suppression"
TIMEOUTS = Settings(select=frozenset({TIMEOUT}))
UPDATES = Settings(select=frozenset({"update-without-where"}))
BOTH = Settings(select=frozenset({TIMEOUT, UNUSED}))

IGNORE = f"# backend-architect: ignore[{TIMEOUT}]"

SILENT = {
    "on the line": f"requests.get(u)  {IGNORE}\n",
    "with a reason": f"requests.get(u)  {IGNORE} it is a test\n",
    "among others": f"requests.get(u)  # backend-architect: ignore[other-rule, {TIMEOUT}]\n",
    "behind another comment": f"requests.get(u)  # noqa: S113  {IGNORE}\n",
    "above": f"{IGNORE}\nrequests.get(u)\n",
    "on the first line": f"x = f(  {IGNORE}\n    1,\n    requests.get(u),\n)\n",
    "above the first line": f"{IGNORE}\nx = f(\n    1,\n    requests.get(u),\n)\n",
    "on the last line": f"x = f(\n    1,\n    requests.get(u),\n)  {IGNORE}\n",
    "above the finding": f"x = f(\n    1,\n    {IGNORE}\n    requests.get(u),\n)\n",
    "on a header": f"if requests.get(u):  {IGNORE}\n    pass\n",
    "of ruff": "requests.get(u)  # noqa: S113\n",
    "of ruff, among others": "requests.get(u)  # NOQA:E501,S113 see above\n",
    "of ruff, all of them": "requests.get(u)  # noqa\n",
    "of ruff, on the last line": "x = f(\n    requests.get(u),\n)  # noqa: S113\n",
    "of Bandit": "requests.get(u)  # nosec B113\n",
    "of Bandit, with a colon": "requests.get(u)  # nosec: B101, B113\n",
    "of Bandit, all of them": "requests.get(u)  # nosec\n",
    "in the file": f"requests.get(u)\n\ndef f():\n    pass\n\n# backend-architect: ignore-file[{TIMEOUT}]\n",
    "without blanks": f"requests.get(u)#backend-architect:ignore[{TIMEOUT}]\n",
}
LOUD = {
    "another rule": "requests.get(u)  # backend-architect: ignore[other-rule]\n",
    "no rule": "requests.get(u)  # backend-architect: ignore[]\n",
    "no list": "requests.get(u)  # backend-architect: ignore\n",
    "of ruff, another rule": "requests.get(u)  # noqa: E501\n",
    "of ruff, above": "# noqa: S113\nrequests.get(u)\n",
    "of Bandit, another rule": "requests.get(u)  # nosec B101 and not B113\n",
    "a widening reason": f"requests.get(u)  # backend-architect: ignore[other-rule] {TIMEOUT}, all\n",
    "everything": "requests.get(u)  # backend-architect: ignore[all]\n",
    "in a string": f'x = """\n{IGNORE}"""; requests.get(u)\n',
    "another rule in the file": "requests.get(u)\n# backend-architect: ignore-file[other-rule]\n",
    "beside the statement above": f"x = 1  {IGNORE}\nrequests.get(u)\n",
    "two lines above": f"{IGNORE}\n\nrequests.get(u)\n",
    "below": f"requests.get(u)\n{IGNORE}\n",
    "inside of the body": f"if requests.get(u):\n    pass  {IGNORE}\n",
    "on the header around": f"if x:  {IGNORE}\n    pass\n    requests.get(u)\n",
}


class TestSuppressions:
    @pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
    @pytest.mark.parametrize("case", SILENT)
    def test_silence(self, case: str, newline: str):
        text = f"import requests\n\n{SILENT[case]}".replace("\n", newline)
        assert check_text("shop/a.py", text, TIMEOUTS).findings == ()

    @pytest.mark.parametrize("case", LOUD)
    def test_do_not_silence(self, case: str):
        report = check_text("shop/a.py", f"import requests\n\n{LOUD[case]}", TIMEOUTS)
        assert [finding.rule for finding in report.findings] == [TIMEOUT]

    @pytest.mark.parametrize(
        "text",
        [
            "UPDATE a SET b = 1; -- @\n",
            "-- @\nUPDATE a SET b = 1;\n",
            "UPDATE a -- @\nSET b = 1;\n",
            "-- @\nUPDATE a\nSET b = 1;\n",
            "UPDATE a\nSET b = 1; -- @\n",
        ],
    )
    def test_silence_sql(self, text: str):
        ignored = text.replace("@", "backend-architect: ignore[update-without-where]")
        assert check_text("shop/a.sql", ignored, UPDATES).findings == ()
        assert len(check_text("shop/a.sql", text, UPDATES).findings) == 1


def rules(text: str, settings: Settings = BOTH) -> list[str]:
    return [
        finding.rule for finding in check_text("shop/a.py", f"import requests\n{text}", settings).findings
    ]


class TestUnused:
    @pytest.mark.parametrize("case", SILENT)
    def test_what_silences_is_used(self, case: str):
        assert UNUSED not in rules(SILENT[case]) or "other-rule" in SILENT[case]

    @pytest.mark.parametrize(
        "text",
        [
            f"x = 1  {IGNORE}\n",
            f"# backend-architect: ignore-file[{TIMEOUT}]\nx = 1\n",
            "x = 1  # backend-architect: ignore[no-such-rule]\n",
            "x = 1  # backend-architect: ignore\n",
            "x = 1  # backend-architect: ignore[]\n",
        ],
    )
    def test_what_silences_nothing_is_reported(self, text: str):
        assert rules(text) == [UNUSED]

    def test_each_name_is_judged_alone(self):
        assert rules(f"requests.get(u)  # backend-architect: ignore[no-such-rule, {TIMEOUT}]\n") == [UNUSED]

    def test_a_rule_that_does_not_speak_here_is_not_judged(self):
        text = f"x = 1  {IGNORE}\n"
        assert rules(text, Settings(select=frozenset({UNUSED}))) == []
        assert [one.rule for one in check_text("tests/test_a.py", text, BOTH).findings] == []

    def test_comments_for_other_linters_are_theirs_to_judge(self):
        assert rules("x = 1  # noqa: S113\ny = 1  # nosec B113\n") == []

    def test_a_close_name_is_suggested(self):
        text = "x = 1  # backend-architect: ignore[http-call-without-time-out]\n"
        (finding,) = check_text("shop/a.py", text, BOTH).findings
        assert "did you mean `http-call-without-timeout`?" in finding.message


def test_a_comment_for_the_file_counts_from_the_moment_it_is_there():
    text = "import requests\n\nrequests.get(u)\n\n\ndef f():\n    requests.get(u)\n"
    analysis = start("python", "shop/a.py", text, BOTH, rules_for("shop/a.py", BOTH))

    def found() -> list[str]:
        analysis.refresh()
        return [one.rule for _, _, findings in analysis.findings() for one in findings]

    assert found() == [TIMEOUT, TIMEOUT]
    comment = f"# backend-architect: ignore-file[{TIMEOUT}]\n"
    analysis.document.edit(Span(1, 0, 1, 0), comment)
    assert found() == []
    analysis.document.edit(Span(1, 2, 1, 3), "xx")
    assert found() == [TIMEOUT, TIMEOUT]
