"""Takes the pictures of the page for Neovim, dark and light: `python tests/editors/neovim_screenshot.py`.

Neovim runs in tmux with real keys; what it shows is set in a page by rich, and photographed by Chromium.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
MEDIA = ROOT / "editors" / "neovim" / "media"
BIN = Path(sys.executable).parent
# Where Debian has the parsers for Markdown and others, which Neovim seeks below /usr.
PARSERS = ROOT / "out" / "editors" / "nvim" / "usr" / "lib" / "nvim"
COLUMNS, ROWS = 132, 25
COLOURS = {"dark": ("#14161b", "#e0e2ea"), "light": ("#e0e2ea", "#14161b")}
"""Background and text of Neovim's own colours."""
FILE = """\
import requests
from fastapi import FastAPI

app = FastAPI()
RATES = "https://rates.example/latest"


@app.get("/rates")
def rates():
    answer = requests.get(RATES)
    return answer.json()
"""


def taken(background: str, folder: Path) -> str:
    """The screen with a finding and its card, with its colours as a terminal writes them."""
    (folder / "rates.py").write_text(FILE, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        '[tool.backend-architect]\nselect = ["http-call-without-timeout"]\n'
    )
    init = folder / "init.lua"
    init.write_text(
        f'vim.opt.runtimepath:append("{ROOT / "editors" / "neovim"}")\n'
        f'vim.opt.runtimepath:append("{PARSERS}")\n'
        'vim.lsp.enable("backend_architect")\n'
        "vim.diagnostic.config({ update_in_insert = true, virtual_text = true })\n"
        'vim.keymap.set("n", "K", function()\n'
        '  vim.lsp.buf.hover({ border = "rounded", max_width = 100, max_height = 10 })\n'
        "end)\n"
        f'vim.o.background = "{background}"\n'
        "vim.o.termguicolors, vim.o.number, vim.g.loaded_python3_provider = true, true, 0\n",
        encoding="utf-8",
    )
    tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "COLORTERM": "truecolor",
    }

    def say(*arguments: str) -> str:
        command = [*tmux, *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def until(pattern: str) -> None:
        end = time.monotonic() + 20
        while not re.search(pattern, say("capture-pane", "-p")):
            assert time.monotonic() < end, say("capture-pane", "-p")
            time.sleep(0.05)

    nvim = ROOT / "out" / "editors" / "bin" / "nvim"
    socket = folder / "nvim"
    # Started through a loader it cannot start itself, as it would for its screen: a second one is the screen.
    editor = subprocess.Popen(
        [nvim, "--headless", "--listen", socket, "--clean", "-n", "-i", "NONE", "-u", init, "rates.py"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not socket.exists():
            assert editor.poll() is None
            time.sleep(0.02)
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        say("new-session", "-d", *size, f"{nvim} --server {socket} --remote-ui")
        until(r"■.*waits for ever")
        say("send-keys", "10G", "3w")
        say("send-keys", "K")
        until("HTTP call without a timeout")
        return say("capture-pane", "-p", "-e", "-N")
    finally:
        editor.terminate()
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
        editor.wait(10)


def photographed(screen: str, background: str, folder: Path) -> None:
    """Write a screen as a picture."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True
    )
    console.print(Text.from_ansi(screen), soft_wrap=True)
    code = console.export_html(inline_styles=True, code_format="{code}")
    back, text = COLOURS[background]
    style = (
        f"margin:0;padding:16px;background:{back};color:{text};"
        "font:16px/19px 'DejaVu Sans Mono',monospace;white-space:pre"
    )
    page = folder / "page.html"
    page.write_text(
        f'<meta charset="utf-8"><body style="margin:0"><pre style="{style}">{code}</pre>', "utf-8"
    )
    subprocess.run(
        [
            "/usr/bin/chromium",
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            f"--user-data-dir={folder / 'chromium'}",
            f"--window-size={COLUMNS * 10 + 8},{ROWS * 19 + 32}",
            f"--screenshot={MEDIA / f'finding-{background}.png'}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


def main() -> None:
    """Take both pictures."""
    MEDIA.mkdir(exist_ok=True)
    for background in COLOURS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            photographed(taken(background, folder), background, folder)


if __name__ == "__main__":
    main()
