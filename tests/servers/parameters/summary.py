"""The table of all combinations that were run, for the end of the test run."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARKS = {True: "✓", False: "✗", None: "·"}
"""Passed, failed, not run."""


def combinations(reports: Iterable[tuple[str, object]]) -> dict[tuple[str, str], bool]:
    """Which combinations of driver and form hold, from the reports of pytest and how each is called there."""
    found: dict[tuple[str, str], bool] = {}
    for outcome, report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "combination" and getattr(report, "when", "") == "call":
                found[value[0], value[1]] = outcome == "passed"
    return found


def table(found: dict[tuple[str, str], bool]) -> Iterator[str]:
    """The lines of the table: a row for each form, a column for each driver."""
    drivers = list(dict.fromkeys(driver for driver, _ in found))
    forms = list(dict.fromkeys(form for _, form in found))
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
