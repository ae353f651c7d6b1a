"""Keystroke to diagnostics, measured from a client's side, beside the peers, in one run: `make bench`.

Every server gets the same document and the same edits: a blank at the end of a line of code, and its removal.
The servers run one after the other. On a machine that does something else, only the ratios mean anything.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import inputs
from tests.benchmarks.client import Client, Published

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Server:
    """A server to measure; one that pulls is asked for its diagnostics behind each change."""

    name: str
    command: list[str]
    pulls: bool = False


OURS = Server("backend-architect", [str(SCRIPTS / "backend-architect"), "server"])
PEERS = {
    "python": Server("ruff server", [str(SCRIPTS / "ruff"), "server"]),
    "sql": Server("squawk server", [str(SCRIPTS / "squawk"), "server"], pulls=True),
}
RUFF = '[lint]\nselect = ["S"]\n'
"""Lets ruff look for what we look for, so that both have something to publish."""


@dataclass(frozen=True)
class Case:
    """A document, and what its keystrokes may cost by the design."""

    name: str
    language: str
    make: Callable[[int], str]
    lines: int
    budget: str


CASES = [
    Case("Python, 1,000 lines", "python", inputs.handlers, 1_000, "4 / 8"),
    Case("Python, 10,000 lines", "python", inputs.handlers, 10_000, "6 / 12"),
    Case("a class of 3,000 lines", "python", inputs.large_class, 3_000, "10"),
    Case("a function of 1,000 lines", "python", inputs.large_function, 1_000, "60"),
    Case("SQL, 1,000 lines", "sql", inputs.script, 1_000, "3"),
    Case("SQL, 10,000 lines", "sql", inputs.script, 10_000, "6 / 12"),
    Case("a migration of 10,000 lines", "sql", inputs.migration, 10_000, "6 / 12"),
]


@dataclass
class Measured:
    """Milliseconds, but for the counts and the memory in MiB."""

    start: float
    first: float
    keys: list[float]
    findings: int
    memory: float

    def row(self) -> str:
        keys = f"{percentile(self.keys, 50):.1f} / {percentile(self.keys, 95):.1f}"
        return f"{keys} | {self.start + self.first:.0f} | {self.findings} | {self.memory:.0f}"


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Session:
    """One server with one document open."""

    def __init__(self, client: Client, file: Path, language: str, *, pulls: bool = False) -> None:
        self.client = client
        self.pulls = pulls
        self.uri = file.as_uri()
        self.language = language
        self.text = file.read_text(encoding="utf-8")
        self.version = 1

    async def open(self) -> tuple[float, Published]:
        """Open the document; the milliseconds to its diagnostics."""
        document = {"uri": self.uri, "languageId": self.language, "version": 1, "text": self.text}
        at = self.client.notify("textDocument/didOpen", textDocument=document)
        answer = await self._diagnostics()
        return (answer.at - at) * 1e3, answer

    async def _diagnostics(self) -> Published:
        """The diagnostics of the current version."""
        if not self.pulls:
            return await self.client.diagnostics(self.version)
        at, report = await self.client.request("textDocument/diagnostic", textDocument={"uri": self.uri})
        return Published(at, self.version, report["items"])

    def change(self, line: int, start: int, end: int, text: str) -> float:
        """Send one edit of a line; when."""
        self.version += 1
        span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
        self.client.published.clear()
        return self.client.notify(
            "textDocument/didChange",
            textDocument={"uri": self.uri, "version": self.version},
            contentChanges=[{"range": span, "text": text}],
        )

    async def keystrokes(self, count: int, seed: int = 7) -> list[float]:
        """Type and take back, all over the document; the milliseconds to the diagnostics of each."""
        rng = random.Random(seed)
        lines = self.text.split("\n")
        spots = [
            i
            for i, line in enumerate(lines)
            if line.strip() and not line.strip().startswith(("#", "--", '"'))
        ]
        times: list[float] = []
        for _ in range(count):
            line = rng.choice(spots)
            end = len(lines[line])
            for edit in ((end, end, " "), (end, end + 1, "")):
                at = self.change(line, *edit)
                times.append(((await self._diagnostics()).at - at) * 1e3)
                await asyncio.sleep(0.05)
        return times

    async def flood(self, count: int) -> tuple[float, int]:
        """Send many edits at once; the milliseconds to the diagnostics of the last, and the publications."""
        at = self.change(0, 0, 0, " ")
        for number in range(1, count):
            self.version += 1
            span = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": number % 2}}
            self.client.notify(
                "textDocument/didChange",
                textDocument={"uri": self.uri, "version": self.version},
                contentChanges=[{"range": span, "text": "" if number % 2 else " "}],
            )
        answer = await self._diagnostics()
        return (answer.at - at) * 1e3, len(self.client.published)

    async def requests(self, diagnostics: list[Any], count: int) -> dict[str, list[float]]:
        """Ask for hover, actions and the edit of the first action, at findings all over the document."""
        times: dict[str, list[float]] = {"hover": [], "code action": [], "its resolve": []}
        document = {"uri": self.uri}
        for diagnostic in random.Random(7).sample(diagnostics, min(count, len(diagnostics))):
            await self._timed(
                times["hover"],
                "textDocument/hover",
                textDocument=document,
                position=diagnostic["range"]["start"],
            )
            context = {"diagnostics": [diagnostic], "only": ["quickfix"]}
            actions = await self._timed(
                times["code action"],
                "textDocument/codeAction",
                textDocument=document,
                range=diagnostic["range"],
                context=context,
            )
            await self._timed(times["its resolve"], "codeAction/resolve", **actions[0])
        return times

    async def _timed(self, times: list[float], method: str, **params: Any) -> Any:
        begin = asyncio.get_running_loop().time()
        _, result = await self.client.request(method, **params)
        times.append((asyncio.get_running_loop().time() - begin) * 1e3)
        return result


async def measure(case: Case, server: Server, folder: Path, keys: int) -> Measured:
    """One server on one document."""
    file = folder / f"input.{'py' if case.language == 'python' else 'sql'}"
    file.write_text(case.make(case.lines), encoding="utf-8")
    client = Client(server.command, folder, pulls=server.pulls)
    start = await client.start()
    try:
        session = Session(client, file, case.language, pulls=server.pulls)
        first, answer = await session.open()
        await asyncio.sleep(1)
        times = await session.keystrokes(keys)
        return Measured(start * 1e3, first, times, len(answer.diagnostics), client.memory())
    finally:
        await client.stop()


async def extras(folder: Path) -> None:
    """What only we are asked for: requests at 10,000 lines, and the flood."""
    file = folder / "input.py"
    file.write_text(inputs.handlers(10_000), encoding="utf-8")
    client = Client(OURS.command, folder)
    await client.start()
    try:
        session = Session(client, file, "python")
        _, answer = await session.open()
        budgets = {"hover": 10, "code action": 20, "its resolve": 150}
        for name, times in (await session.requests(answer.diagnostics, 60)).items():
            spread = f"{percentile(times, 50):.1f} / {percentile(times, 95):.1f}"
            print(f"| {name}, 10,000 lines | {spread} | p95 {budgets[name]} |")
        total, publications = await session.flood(1_000)
        print(f"| 1,000 changes at once | {total:.0f}, {publications} publications | 600 |")
    finally:
        await client.stop()


HEAD = """Keystroke to diagnostics, milliseconds, p50 / p95; spawn to first diagnostics, milliseconds; MiB.

| document | server | key | first | findings | memory | p50 by peer | budget |
|---|---|---|---|---|---|---|---|"""


async def main(folder: Path, keys: int) -> None:
    """Measure everything and print it as tables."""
    print(HEAD)
    for case in CASES:
        peer = PEERS[case.language]
        theirs = await measure(case, peer, folder, keys) if shutil.which(peer.command[0]) else None
        ours = await measure(case, OURS, folder, keys)
        ratio = percentile(ours.keys, 50) / percentile(theirs.keys, 50) if theirs else float("nan")
        print(f"| {case.name} | {OURS.name} | {ours.row()} | {ratio:.2f} | {case.budget} |", flush=True)
        if theirs:
            print(f"| | {peer.name} | {theirs.row()} | | |", flush=True)
    print("\n| request | milliseconds, p50 / p95 | budget |\n|---|---|---|")
    await extras(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "-n", type=int, default=60, help="how many characters to type, each of which is taken back"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name).resolve()
        (workspace / "ruff.toml").write_text(RUFF)
        asyncio.run(main(workspace, arguments.n))
