"""The rules in real Helix, whose screen is read and whose keys are pressed through tmux."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from editor_cases import CASES, SNIPPET_CHECK, Case, card_texts
from editor_runs import BIN, HERE, HOME, ROOT, SCREENSHOTS, fresh, required, workspace
from neovim_cases import CHECKS as PLUGIN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

CONFIGURATION = ROOT / "editors" / "helix" / "languages.toml"
(HALF,) = (check for check in PLUGIN_CHECKS if check["name"] == "half_typed")
TRIED = [
    case for case in CASES if case.name in {"timeout", "timeout-emoji", "blocking", "update-emoji", "key"}
]
FOUND = re.compile(r"● (\d+)")
"""In the status line: how many findings there are."""
CURSOR = re.compile(r"sel +(\d+):(\d+)")


class Helix:
    """A Helix in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.space = workspace(folder, {HALF["file"]: "", SNIPPET_CHECK["file"]: ""})
        configuration = folder / "config" / "helix"
        configuration.mkdir(parents=True)
        shutil.copy(CONFIGURATION, configuration)
        shutil.copy(HERE / "helix.toml", configuration / "config.toml")
        self._tmux = [required_program("tmux"), "-S", str(folder / "tmux"), "-f", "/dev/null"]
        variables = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
        }
        self._environment = os.environ | variables
        hx = shlex.join(["env", "-C", str(self.space), str(required(HOME / "bin" / "helix"))])
        self.tmux("new-session", "-d", "-x", "120", "-y", "34", hx)

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._tmux, *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout

    def end(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=10, check=False)

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, what: str, probe: Callable[[str], Any], seconds: float = 10) -> Any:
        end = time.monotonic() + seconds
        while not (value := probe(screen := self.screen())):
            assert time.monotonic() < end, f"timed out: {what}\n{screen}"
            time.sleep(0.02)
        return value

    def shows(self, text: str) -> None:
        self.until(
            f"{text} is shown", lambda screen: text in " ".join(re.sub(r"[`*_│]", " ", screen).split())
        )

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def escape(self) -> None:
        """Leave any mode; a key that follows at once would be taken for one with Alt."""
        self.press("Escape")
        self.until("normal mode", lambda screen: re.search(r"^ NOR ", screen, re.MULTILINE))
        time.sleep(0.05)

    def command(self, text: str) -> None:
        self.escape()
        self.type(f":{text}")
        self.press("Enter")

    def open(self, name: str) -> None:
        self.command(f"open {name}")
        self.until(f"{name} is open", lambda screen: re.search(rf"^ NOR .*{name} ", screen, re.MULTILINE))

    def type(self, text: str) -> None:
        # A semicolon at the end would separate two commands of tmux.
        self.tmux("send-keys", "-l", "--", re.sub(";$", r"\\;", text))

    def type_lines(self, text: str) -> None:
        """Press the keys of a text in insert mode; what Helix indents by itself is not typed."""
        for number, line in enumerate(text.split("\n")):
            if number:
                before = self.cursor()[0]
                self.press("Enter")
                self.until("a new line", lambda _, before=before: self.cursor()[0] == before + 1)
            if line:
                indent = len(line) - len(line.lstrip())
                while self.cursor()[1] - 1 > indent:
                    column = self.cursor()[1]
                    self.press("BSpace")
                    self.until("less indentation", lambda _, column=column: self.cursor()[1] < column)
                self.type(line[self.cursor()[1] - 1 :])
                self.until("it is typed", lambda _, line=line: self.cursor()[1] == len(line) + 1)

    def cursor(self) -> tuple[int, int]:
        line, column = self.until("the place of the cursor", CURSOR.findall)[-1]
        return int(line), int(column)

    def finds(self, count: int) -> None:
        def found(screen: str) -> bool:
            status = [line for line in screen.splitlines() if CURSOR.search(line)][-1]
            return sum(map(int, FOUND.findall(status))) == count

        self.until(f"{count} findings", found)

    def saved(self, name: str, text: str) -> None:
        self.command("write")
        self.until(f"{name} is saved", lambda _: (self.space / name).read_bytes().decode() == text)

    def keep(self, name: str) -> None:
        (SCREENSHOTS / self.folder.name / f"{name}.txt").write_text(self.screen(), encoding="utf-8")


def required_program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is missing: run `bash tests/editors/install.sh`")
    return path


@pytest.fixture(scope="module")
def helix() -> Generator[Helix]:
    """One session for all tests."""
    required(BIN / "backend-architect")
    editor = Helix(fresh("helix"))
    try:
        yield editor
    finally:
        editor.end()


@pytest.mark.parametrize("case", TRIED, ids=lambda case: case.name)
def test_mistake_is_repaired_while_typing(helix: Helix, case: Case) -> None:
    helix.open(case.file)
    helix.press("i")
    helix.type_lines(case.typed.rstrip("\n"))
    helix.finds(1)
    helix.keep(f"{case.name}-1-typed")
    assert not (helix.space / case.file).read_text(), "the finding came before the file was saved"
    helix.escape()
    helix.type("[D")
    helix.type(" k")
    for part in card_texts(case.rule):
        helix.shows(part)
    helix.keep(f"{case.name}-2-hover")
    helix.escape()
    helix.type(" a")
    helix.shows(f"Ignore {case.rule}")
    assert re.search(case.fix, helix.screen())
    helix.keep(f"{case.name}-3-menu")
    helix.press("Enter")
    helix.finds(0)
    helix.saved(case.file, case.expected)


def test_half_typed_file_keeps_its_finding(helix: Helix) -> None:
    helix.open(HALF["file"])
    helix.press("i")
    helix.type_lines(HALF["text"])
    helix.finds(1)
    helix.type(HALF["rest"])
    helix.finds(1)
    helix.saved(HALF["file"], f"{HALF['text']}{HALF['rest']}\n")
    helix.finds(1)


def test_snippet_is_chosen(helix: Helix) -> None:
    helix.open(SNIPPET_CHECK["file"])
    helix.press("i")
    helix.type_lines(SNIPPET_CHECK["before"] + SNIPPET_CHECK["word"])
    helix.shows(SNIPPET_CHECK["label"])
    helix.keep("snippet-1-offered")
    helix.press("C-n")
    helix.press("Enter")
    helix.shows("async def livez() -> JSONResponse:")
    helix.keep("snippet-2-taken")
    helix.command("write")
    file = helix.space / SNIPPET_CHECK["file"]
    helix.until("it is saved", lambda _: "async def livez() -> JSONResponse:" in file.read_text())
    assert "$" not in file.read_text()


def test_configuration_of_the_readme_is_that_of_the_file() -> None:
    page = CONFIGURATION.with_name("README.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(\[language-server.*?)```", page, re.DOTALL)
    assert shown
    assert tomllib.loads(shown[1]) == tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
