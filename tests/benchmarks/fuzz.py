"""Many more random edits than the tests make: `python -m tests.benchmarks.fuzz python 500000`."""

from __future__ import annotations

import argparse
import time
import warnings

from tests.engine.editing import Counts, run

BATCH = 10_000


def main(language: str, edits: int, every: int, first_seed: int) -> None:
    """Edit and compare, with a new seed for every batch, and say how it goes."""
    total = Counts()
    begin = time.monotonic()
    seed = first_seed
    while total.edits < edits:
        counts = run(language, seed, min(BATCH, edits - total.edits), every)
        total = Counts(
            total.edits + counts.edits, total.compared + counts.compared, total.parsed + counts.parsed
        )
        seed += 1
        print(f"{time.monotonic() - begin:6.0f} s  seed {seed - 1}: {total}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=["python", "sql"])
    parser.add_argument("edits", type=int)
    parser.add_argument("--every", type=int, default=50, help="compare after this many edits")
    parser.add_argument("--seed", type=int, default=1000)
    warnings.simplefilter("ignore")  # of the texts that the comparison itself parses
    arguments = parser.parse_args()
    main(arguments.language, arguments.edits, arguments.every, arguments.seed)
