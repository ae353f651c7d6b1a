"""How long open files wait for what an edit in another one changes, in a workspace of many files.

`python -m tests.benchmarks.workspace [FILES]` makes a workspace of so many files (500), opens three of them
in a server of its own, and types. It prints milliseconds from the client's side, and what the processes hold.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.client import Client

from backend_architect.knowledge.caching import caches
from backend_architect.project.index import Reader
from backend_architect.project.messages import Look

RULES = ["filter-without-index", "order-without-index", "join-without-index", "foreign-key-without-index"]

_MODEL = """from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from shop.base import Base


class Order{i}(Base):
    __tablename__ = "orders_{i}"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(index=True)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("orders_{before}.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str | None]
    total: Mapped[int]
    created_at: Mapped[str] = mapped_column(index=True)
"""
_QUERIES = '''import logging

from shop.database import connect

logger = logging.getLogger(__name__)


def orders_of(customer: int) -> list[tuple[int]]:
    """All orders of a customer."""
    with connect() as db:
        return db.execute("SELECT id, total FROM orders_{i} WHERE customer_id = %s", (customer,)).fetchall()


def latest(limit: int) -> list[tuple[int]]:
    """The latest orders."""
    with connect() as db:
        rows = db.execute(
            "SELECT o.id, p.total FROM orders_{i} o JOIN orders_{before} p ON p.id = o.previous_id"
            " WHERE o.number = %s ORDER BY o.created_at DESC LIMIT 20",
            (str(limit),),
        ).fetchall()
    logger.info("%s rows", len(rows))
    return rows


def forget(order: int) -> None:
    """Remove an order."""
    with connect() as db:
        db.execute("DELETE FROM orders_{i} WHERE id = %s", (order,))
'''
_PLAIN = '''"""Helpers number {i}."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Step{i}:
    """A step."""

    name: str
    factor: int = {i}

    def run(self, values: list[int]) -> int:
        """What comes of some values."""
        return sum(value * self.factor for value in values if value > {i})
'''
_BARE = "customer_id: Mapped[int] = mapped_column()"
_INDEXED = "customer_id: Mapped[int] = mapped_column(index=True)"
_BASE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
_DATABASE = 'import psycopg\n\n\ndef connect() -> psycopg.Connection:\n    return psycopg.connect("")\n'


def write(folder: Path, files: int) -> None:
    """A project of so many files: an eighth are models, a quarter ask them, the rest is other code."""
    (folder / "shop").mkdir(parents=True)
    select = ", ".join(f'"{rule}"' for rule in RULES)
    (folder / "backend-architect.toml").write_text(f"select = [{select}]\n")
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "base.py").write_text(_BASE)
    (folder / "shop" / "database.py").write_text(_DATABASE)
    for i in range(files - 3):
        kind, number = i % 8, i // 8
        text, name = _PLAIN.format(i=i), f"steps_{i}.py"
        if kind == 0:
            name = f"model_{number:04}.py"
            text = _MODEL.format(i=number, before=max(0, number - 1))
        elif kind in {1, 2}:
            name = f"queries_{number:04}_{kind}.py"
            text = _QUERIES.format(i=number, before=max(0, number - 1))
        (folder / "shop" / name).write_text(text)


class _Editor:
    def __init__(self, client: Client, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}

    def open(self, name: str) -> None:
        self.texts[name] = (self.folder / "shop" / name).read_text()
        self.versions[name] = 1
        document = {"uri": self.uri(name), "languageId": "python", "version": 1, "text": self.texts[name]}
        self.client.notify("textDocument/didOpen", textDocument=document)

    def uri(self, name: str) -> str:
        return (self.folder / "shop" / name).as_uri()

    def type(self, name: str, old: str, new: str) -> float:
        """Replace a text that stands once in a file; when."""
        before = self.texts[name]
        at = before.index(old)
        line, column = before.count("\n", 0, at), at - (before.rfind("\n", 0, at) + 1)
        place = {
            "start": {"line": line, "character": column},
            "end": {"line": line, "character": column + len(old)},
        }
        self.texts[name] = before[:at] + new + before[at + len(old) :]
        self.versions[name] += 1
        document = {"uri": self.uri(name), "version": self.versions[name]}
        changes = [{"range": place, "text": new}]
        return self.client.notify("textDocument/didChange", textDocument=document, contentChanges=changes)

    async def codes(self, name: str, wanted: bool, since: int) -> float:
        """When a file has findings, or none, in a publication after the first so many."""
        async with asyncio.timeout(60):
            while True:
                for one in self.client.published[since:]:
                    if one.uri == self.uri(name) and bool(one.diagnostics) is wanted:
                        return one.at
                self.client.arrived.clear()
                await self.client.arrived.wait()


def _line(what: str, seconds: list[float]) -> None:
    ms = sorted(1000 * one for one in seconds)
    half, most = statistics.median(ms), ms[int(0.95 * (len(ms) - 1))]
    print(f"{what}: p50 {half:.1f} ms, p95 {most:.1f} ms, {len(ms)} times")


async def _typing(editor: _Editor, name: str, times: int, pause: float) -> list[float]:
    """From keystrokes in a file to its own diagnostics."""
    took: list[float] = []
    for count in range(times):
        old, new = ("    total", "    total ") if count % 2 == 0 else ("    total ", "    total")
        at = editor.type(name, old, new)
        took.append(await _own(editor, name) - at)
        await asyncio.sleep(pause)
    return took


async def _own(editor: _Editor, name: str) -> float:
    async with asyncio.timeout(60):
        while True:
            for one in editor.client.published:
                if one.uri == editor.uri(name) and (one.version or 0) >= editor.versions[name]:
                    return one.at
            editor.client.arrived.clear()
            await editor.client.arrived.wait()


async def _elsewhere(editor: _Editor, times: int) -> list[float]:
    """From an edit in a model to what it changes in an open file of queries."""
    took: list[float] = []
    for count in range(times):
        without = count % 2 == 0
        since = len(editor.client.published)
        at = editor.type("model_0007.py", *((_INDEXED, _BARE) if without else (_BARE, _INDEXED)))
        took.append(await editor.codes("queries_0007_1.py", without, since) - at)
        await asyncio.sleep(0.3)
    return took


def _memory(pid: int) -> float:
    """MiB that a process and its children have held at most; Linux only."""
    task = Path(f"/proc/{pid}/task/{pid}/children")
    status = Path(f"/proc/{pid}/status").read_text()
    own = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
    return own + sum(_memory(int(child)) for child in task.read_text().split())


async def _session(folder: Path, label: str) -> None:
    client = Client([sys.executable, "-m", "backend_architect.cli.main", "server"], folder)
    begun = time.perf_counter()
    await client.start()
    editor = _Editor(client, folder)
    for name in ("queries_0007_1.py", "model_0007.py", "model_0008.py"):
        editor.open(name)
    await _own(editor, "model_0008.py")
    print(f"{label}: first diagnostics after {1000 * (time.perf_counter() - begun):.0f} ms")
    _line(f"{label}: typing from then on", await _typing(editor, "model_0008.py", 60, 0.05))
    editor.type("model_0007.py", _INDEXED, _BARE)
    await editor.codes("queries_0007_1.py", True, 0)
    print(f"{label}: all files known after {time.perf_counter() - begun:.1f} s, typing included")
    editor.type("model_0007.py", _BARE, _INDEXED)
    await editor.codes("queries_0007_1.py", False, len(client.published))
    _line(f"{label}: an edit of a model, in an open file", await _elsewhere(editor, 40))
    _line(f"{label}: typing when all is read", await _typing(editor, "model_0008.py", 60, 0.05))
    print(f"{label}: {_memory(client.process.pid):.0f} MiB in all processes")
    await client.stop()


def _reading(folder: Path, cache: Path | None) -> float:
    """Seconds until the process of the index, once it runs, has read everything."""
    reader = Reader(lambda _: None, cache)
    begun = time.perf_counter()
    reader.handle(Look(folder, folder / "shop" / "model_0007.py"))
    while reader.step():
        pass
    return time.perf_counter() - begun


def main() -> None:
    """Measure a first start and a second one, which finds the facts in the cache."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = f"{place}/cache"
        folder = Path(place) / "project"
        write(folder, files)
        for label in (f"{files} files, cold", f"{files} files, warm"):
            asyncio.run(_session(folder, label))
        _reading(folder, None)  # what is imported is not counted
        for label, cache in (("without", None), ("with", caches())):
            print(f"{files} files, read {label} the cache: {_reading(folder, cache):.2f} s")


if __name__ == "__main__":
    main()
