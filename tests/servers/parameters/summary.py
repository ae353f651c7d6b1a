"""The table of all combinations that were run, for the end of the test run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Combination:
    """A driver and a form that were run together, and where they stand in the table."""

    column: int
    driver: str
    row: int
    form: str
    holds: bool


MARKS = {True: "✓", False: "✗", None: "·"}
"""Passed, failed, not run."""


def combinations(reports: Iterable[tuple[str, object]]) -> list[Combination]:
    """What was run, by the outcomes and reports of pytest."""
    return [
        Combination(*value, holds=outcome == "passed")
        for outcome, report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == "combination"
    ]


def table(combinations: list[Combination]) -> Iterator[str]:
    """The lines of the table: a row for each form, a column for each driver."""
    found = {(one.driver, one.form): one.holds for one in combinations}
    drivers = list(dict.fromkeys(one.driver for one in sorted(combinations, key=lambda one: one.column)))
    forms = list(dict.fromkeys(one.form for one in sorted(combinations, key=lambda one: one.row)))
    held: defaultdict[str, int] = defaultdict(int)
    tried: defaultdict[str, int] = defaultdict(int)
    for (driver, _), holds in found.items():
        tried[driver] += 1
        held[driver] += holds
    width = max(map(len, forms))
    yield " " * width + "".join(f"{number:>3}" for number in range(1, len(drivers) + 1))
    for form in forms:
        yield form.ljust(width) + "".join(f"  {MARKS[found.get((driver, form))]}" for driver in drivers)
    yield ""
    for number, driver in enumerate(drivers, 1):
        yield f"{number:>3} {driver}: {held[driver]} of {tried[driver]}"
    yield ""
    count = f"{sum(held.values())} of {len(found)} combinations hold"
    yield f"{count}; {len(drivers)} drivers, {len(forms)} forms"
