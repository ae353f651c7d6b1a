"""The contract of incremental analysis, held against random edits; `benchmarks/fuzz.py` makes many more."""

from __future__ import annotations

import warnings

import pytest
from tests.engine.editing import run

EDITS = {"python": 1_000, "sql": 5_000}
"""Half a minute of a processor for each; an edit of Python wakes more rules."""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("language", ["python", "sql"])
def test_random_edits(language: str, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the texts that the comparison itself parses
        counts = run(language, seed, edits=EDITS[language], every=20)
    with capsys.disabled():
        print(f"\n{language}, seed {seed}: {counts}")
    assert counts.parsed * 3 >= counts.compared
