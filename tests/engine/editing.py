"""Random edits of real texts, undone as often as made, and the comparison with a fresh analysis."""

from __future__ import annotations

import ast
import random
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from backend_architect.engine.analysis import Analysis, found
from backend_architect.engine.check import rules_for, start
from backend_architect.engine.settings import Settings
from backend_architect.engine.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Path(__file__).parents[2] / "rules"

SHARED_PIECES = [
    '"',
    "'",
    "(",
    ")",
    "\r",
    "\r\n",
    "\f",
    "\u2028",
    "\x85",
    "\N{GRINNING FACE}",
    "\x00",
    "\n",
    "\n\n",
    "    ",
    "\n    ",
    " ",
    "\t",
    "x",
    ";",
    ";\n",
    ",",
    "\\",
    "é",
    "\ufeff",
    "\ud800",
]
PYTHON_PIECES = [
    '"""',
    "'''",
    "[",
    "]",
    "{",
    "}",
    "else:\n",
    "except:\n",
    "    else:\n",
    "@x\n",
    "    @x\n",
    "#",
    "# c\n",
    "    # c\n",
    "\\\n",
    "def f():\n    pass\n",
    "class A:\n",
    "class A(B):\n    x = 1\n",
    ":",
    "async ",
    "await ",
    "    def m(self):\n        return 1\n",
    "if x:\n",
    "try:\n",
    "import requests\n",
    "import requests as r\n",
    "requests.get(u)\n",
    "def make():\n    return requests.Session()\n",
    "make().get(u)\n",
    "    return None\n",
    "    requests.get(u)\n",
    "requests = None\n",
    'f"{x}"',
    "with x:\n",
    "return 1\n",
    "lambda: ",
    "    self.http = requests.Session()\n",
    "del x\n",
    "x = 1; y = 2\n",
    "*",
    "match x:\n    case 1:\n        pass\n",
    "# backend-architect: ignore[http-call-without-timeout]\n",
    "# backend-architect: ignore-file[http-call-without-timeout]\n",
    "  # noqa: S113\n",
]
SQL_PIECES = [
    "--",
    "-- c\n",
    "/*",
    "*/",
    "$$",
    "$a$",
    "UPDATE t SET x = 1;\n",
    "UPDATE t SET x = 1",
    "CREATE TABLE q (a int);\n",
    "ALTER TABLE q ADD PRIMARY KEY (a);\n",
    "''",
    ";\nSELECT 1;\n",
    "BEGIN",
    "END",
    "BEGIN ATOMIC",
    "E'",
    '""',
    "\\i f\n",
    "COPY t FROM stdin;\n1\t2\n\\.\n",
    "WHERE true",
    " -- c",
    "CREATE RULE",
    "%s",
    ":x",
    "{{ x }}",
    "-- backend-architect: ignore[update-without-where]\n",
]


def fences(language: str) -> list[str]:
    """The examples of all cards in one language: code in which the rules find something."""
    texts: list[str] = []
    for card in sorted(RULES.glob("*/*.md")):
        parts = card.read_text(encoding="utf-8").split("```")[1::2]
        texts += [part.partition("\n")[2] for part in parts if part.startswith(language)]
    return texts


def python_texts(rng: random.Random) -> Iterator[str]:
    """Modules of the standard library with flagged code in between, for ever."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [path for path in sorted(library.glob("*.py")) if 2_000 < path.stat().st_size < 60_000]
    flagged = fences("python")
    while True:
        text = rng.choice(files).read_bytes().decode("utf-8", "replace")
        newline = rng.choice(["\n", "\n", "\n", "\r\n", "\r"])
        lines = SourceText(text).lines
        tops = [0, *(index for index, line in enumerate(lines) if line.startswith(("def ", "class ")))]
        for top in sorted(rng.sample(tops, min(len(tops), 4)), reverse=True):
            blanks = (at for at in range(top, 0, -1) if not lines[at - 1].strip())
            lines.insert(next(blanks, 0), rng.choice(flagged) + "\n")
        text = "".join(lines)
        yield text if newline == "\n" else text.replace("\r\n", "\n").replace("\n", newline)


def sql_texts(rng: random.Random) -> Iterator[str]:
    """Scripts put together from statements of all kinds, for ever."""
    statements = [*fences("sql"), *SCRIPTS]
    while True:
        newline = rng.choice(["\n", "\n", "\r\n"])
        text = "\n".join(rng.choice(statements) for _ in range(rng.randint(5, 40)))
        yield text.replace("\n", newline)


SCRIPTS = [
    "CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\n  UPDATE a SET b = 1;\nEND;\n$$ LANGUAGE sql;\n",
    "/* A comment; with /* another */ inside */\nSELECT 'it''s; fine', \"a;b\" FROM t; -- and more\n",
    "INSERT INTO t (a, b) VALUES\n    (1, 'x'),\n    (2, E'y\\'z');\n\n\nDELETE FROM t WHERE a = 1;\n",
    "\\set x 1\n\\connect shop\nSELECT :x;\n",
    "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC\n  SELECT 1;\n  SELECT 2;\nEND;\n",
    "CREATE RULE r AS ON UPDATE TO t DO ALSO (INSERT INTO l VALUES (1); DELETE FROM m WHERE a = 2;);\n",
    "COPY t (a, b) FROM stdin;\n1\tit's\n2\tfine; really\n\\.\n\nSELECT 1;\n",
    "BEGIN;\nUPDATE accounts SET balance = 0;\nCOMMIT;\n",
    "UPDATE a SET b = 1; UPDATE c SET d = 2 WHERE e; CREATE TABLE f (g int);\n",
]


@dataclass
class Counts:
    """How much was compared."""

    edits: int = 0
    compared: int = 0
    parsed: int = 0
    """Of the comparisons, those of texts that parse, where everything must be equal to a fresh analysis."""

    def __str__(self) -> str:
        compared = f"{self.compared:,} comparisons, {self.parsed:,} of them of texts that parse"
        return f"{self.edits:,} edits, {compared}"


@dataclass
class Session:
    """One text while somebody edits it at random."""

    language: str
    text: str
    rng: random.Random
    undo: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = {"python": "app/service.py", "sql": "app/schema.sql"}[self.language]
        self.settings = Settings()
        self.rules = rules_for(path, self.settings)
        self.path = path
        self.pieces = SHARED_PIECES + (PYTHON_PIECES if self.language == "python" else SQL_PIECES)
        self.analysis = self.fresh()

    def fresh(self) -> Analysis:
        return start(self.language, self.path, self.text, self.settings, self.rules)

    def step(self) -> None:
        """Make or undo an edit; the analysis follows now or with the next one."""
        undoing = self.undo and self.rng.random() < (0.4 if len(self.undo) < 3 else 0.75)
        self.apply(*(self.undo.pop() if undoing else self.edit()), remember=not undoing)
        if self.rng.random() < 0.7:
            self.analysis.refresh()

    def edit(self) -> tuple[int, int, str]:
        at = self.rng.randrange(len(self.text) + 1)
        if self.rng.random() < 0.3:  # at the start of a line, where statements begin and end
            at = max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1
        end = min(len(self.text), at + self.rng.choice([0, 0, 0, 0, 1, 1, 3, 40, 400]))
        roll = self.rng.random()
        if roll < 0.1:
            source = self.rng.randrange(len(self.text) + 1)
            return at, end, self.text[source : source + self.rng.randrange(300)]
        return at, end, "" if roll < 0.25 else self.rng.choice(self.pieces)

    def apply(self, start: int, end: int, new: str, *, remember: bool) -> None:
        before = self.text
        self.text = before[:start] + new + before[end:]
        if remember:
            self.undo.append((start, start + len(new), before[start:end]))
        # A client cannot name a place between the two characters of a line end.
        if before[start - 1 : start + 1] == "\r\n" and start:
            start, new = start - 1, "\r" + new
        if before[end - 1 : end + 1] == "\r\n" and end:
            end, new = end + 1, new + "\n"
        self.analysis.document.edit(SourceText(before).span(start, end), new)

    def undo_all(self) -> int:
        """Go back to the last good text; how many edits that took."""
        count = len(self.undo)
        while self.undo:
            self.apply(*self.undo.pop(), remember=False)
        return count

    def compare(self, counts: Counts) -> None:
        """The text is the client's; what parses is as a fresh analysis has it; parsed blocks are exact."""
        counts.compared += 1
        self.analysis.refresh()
        document = self.analysis.document
        assert document.text == self.text
        assert "".join(block.text for _, block in document.blocks()) == self.text
        self.check_blocks()
        self.analysis.settle()
        fresh = self.fresh()
        if self.parses(fresh):
            counts.parsed += 1
            assert state(self.analysis) == state(fresh)
        else:
            assert document.broken

    def check_blocks(self) -> None:
        """Each block that could be read has the findings of a fresh look at it, under the names of now."""
        for block, owner in zip(*self.analysis._owned_blocks(), strict=True):  # what is cached
            if block.content is not None and self.rng.random() < 0.05:
                again = self.analysis._run(block, owner, block.result.rules)
                assert block.result.heard == again.heard

    def parses(self, fresh: Analysis) -> bool:
        if self.language == "sql":
            return not fresh.document.broken
        try:
            ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        return True


def state(analysis: Analysis) -> object:
    """All that an analysis knows, in a form that can be compared."""
    blocks = [
        (start, block.text, block.joins, list(found(block)), block.result.reads)
        for start, block in analysis.document.blocks()
    ]
    return blocks, analysis.facts(), list(analysis.failures())


def run(language: str, seed: int, edits: int, every: int) -> Counts:
    """Edit texts at random and compare after every so many edits, and when all is undone."""
    rng = random.Random(seed)
    counts = Counts()
    texts = python_texts(rng) if language == "python" else sql_texts(rng)
    while counts.edits < edits:
        session = Session(language, next(texts), rng)
        for number in range(1, 201):
            session.step()
            counts.edits += 1
            if number % every == 0:
                session.compare(counts)
            if number % 50 == 0:
                counts.edits += session.undo_all()
                session.compare(counts)
    return counts
