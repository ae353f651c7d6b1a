"""Prints what loading 250 cards costs a process that starts: `python -m tests.benchmarks.card_loading`.

The times are those of the processor, so that other work does not count; with the cache, medians of nine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from backend_architect.knowledge.cards import load_cards

CARDS = 250
RUNS = 9

PROGRAM = """
import sys, time
from pathlib import Path
start = time.process_time()
from backend_architect.knowledge import cards
imported = time.process_time()
cards.rules_folder = lambda: Path(sys.argv[1])
count = len(cards.load_cards())
loaded = time.process_time()
from backend_architect.knowledge import libraries
libraries.paths("sql")
known = time.process_time()
print(count, imported - start, loaded - imported, known - loaded, *({"pydantic", "yaml"} & set(sys.modules)))
"""


def generate(folder: Path) -> None:
    """Write as many cards, by giving those that there are new names."""
    texts = [Path(card.path).read_text(encoding="utf-8") for card in load_cards().values()]
    for number in range(CARDS):
        file = folder / f"family-{number % 8}" / f"a-rule-{number:03}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[number % len(texts)], encoding="utf-8")


def measure(folder: Path, caches: Path) -> list[str]:
    """The numbers of one process."""
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(caches),
        "LOCALAPPDATA": str(caches),
        "HOME": str(caches),
    }
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, caches = Path(name) / "rules", Path(name) / "caches"
        generate(folder)
        first = measure(folder, caches)
        later = [measure(folder, caches) for _ in range(RUNS)]
    assert all(run[4:] == [] for run in later), "the cache was not used"
    print(f"{first[0]} cards               without cache   with cache")
    for place, what in enumerate(("import the loader", "load the cards", "load the libraries"), 1):
        cached = median(float(run[place]) for run in later)
        print(f"  {what:20}  {float(first[place]) * 1000:9.1f} ms  {cached * 1000:9.1f} ms")


if __name__ == "__main__":
    main()
