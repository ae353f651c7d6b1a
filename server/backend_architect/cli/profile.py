"""Where the time of a check goes: by rule, and by what all rules share.

The engine knows nothing of this. While a file is timed, the functions named in `_WATCHED` are replaced by
ones that look at the clock, so that it costs nothing while nobody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from backend_architect.cli.run import Checked, Job, check_file
from backend_architect.engine import check
from backend_architect.engine.reports import Reporter
from backend_architect.engine.rules import Rule, RuleTable
from backend_architect.project.modules import Modules
from backend_architect.python.language import PythonLanguage
from backend_architect.python.syntax import PythonSyntax
from backend_architect.sql.language import SqlLanguage
from backend_architect.sql.syntax import SqlSyntax

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_REST: Final = "(reading, suppressions and the rest)"
_SUBJECTS: Final = "(finding what rules look at)"
_WATCHED: Final[tuple[tuple[type, str, str], ...]] = (
    (PythonSyntax, "read", "(parsing)"),
    (PythonSyntax, "split", "(parsing)"),
    (SqlSyntax, "read", "(parsing)"),
    (SqlSyntax, "split", "(parsing)"),
    (PythonLanguage, "study", "(names)"),
    (PythonLanguage, "names", "(names)"),
    (SqlLanguage, "study", "(names)"),
    (SqlLanguage, "names", "(names)"),
    (PythonLanguage, "subjects", _SUBJECTS),
    (SqlLanguage, "subjects", _SUBJECTS),
    (Modules, "answer", "(names of other files)"),
    (Reporter, "build", "(writing fixes)"),
)
"""Methods of the engine, and what their time counts as."""


@dataclass(slots=True)
class Timing:
    """How often something was done, and how long it took without what it called that is timed itself."""

    seconds: float = 0
    calls: int = 0


Timings = dict[str, Timing]
"""By the name of a rule, or of other work in brackets."""


@dataclass(slots=True)
class _Stopwatch:
    """Times functions that call each other: each moment counts for the innermost."""

    timings: Timings = field(default_factory=dict[str, Timing])
    _inner: float = 0
    """Seconds of what the running function has called."""
    _tables: dict[RuleTable, RuleTable] = field(default_factory=dict[RuleTable, RuleTable])

    def call(self, name: str, function: Callable[..., T], *arguments: Any, **keywords: Any) -> T:
        """The result of a function, whose time counts as `name`."""
        outer, self._inner = self._inner, 0
        start = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            elapsed = time.perf_counter() - start
            timing = self.timings.setdefault(name, Timing())
            timing.seconds += elapsed - self._inner
            timing.calls += 1
            self._inner = outer + elapsed

    def each(self, name: str, results: Iterator[T]) -> Iterator[T]:
        """The results of an iterator, whose time counts as `name`."""
        while True:
            try:
                result = self.call(name, results.__next__)
            except StopIteration:
                return
            yield result

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that does the same against the clock."""

        @wraps(function)
        def timed(*arguments: Any, **keywords: Any) -> Any:
            result = self.call(name, function, *arguments, **keywords)
            is_lazy = isinstance(result, Generator)
            return self.each(name, cast("Iterator[Any]", result)) if is_lazy else result

        return timed

    def table(self, rules: RuleTable) -> RuleTable:
        """The same rules against the clock; the same table for the same."""
        if rules not in self._tables:
            self._tables[rules] = RuleTable(tuple(map(self._rule, rules.rules)))
        return self._tables[rules]

    def _rule(self, rule: Rule) -> Rule:
        def detect(subject: Any, place: Any) -> Iterator[Any]:
            return iter(self.call(rule.id, lambda: list(rule.detector.detect(subject, place))))

        return replace(rule, detector=replace(rule.detector, detect=detect))


_STOPWATCH: Final = _Stopwatch()
"""One for each process, because tables of rules are kept while it lives."""


@contextmanager
def _watching(stopwatch: _Stopwatch) -> Generator[None]:
    originals = [(owner, method, getattr(owner, method)) for owner, method, _ in _WATCHED]
    rules_for = check.rules_for
    try:
        for owner, method, name in _WATCHED:
            setattr(owner, method, stopwatch.watched(name, getattr(owner, method)))
        check.rules_for = lambda path, settings: stopwatch.table(rules_for(path, settings))
        yield
    finally:
        check.rules_for = rules_for
        for owner, method, original in originals:
            setattr(owner, method, original)


def check_file_timed(job: Job) -> tuple[Checked, Timings]:
    """Reads and checks a file, and says where the time went."""
    _STOPWATCH.timings = {}
    with _watching(_STOPWATCH):
        checked = _STOPWATCH.call(_REST, check_file, job)
    return checked, _STOPWATCH.timings


def summed(timings: Iterable[Timings]) -> Timings:
    """The times of several files together."""
    total: Timings = {}
    for one in timings:
        for name, timing in one.items():
            sum_ = total.setdefault(name, Timing())
            sum_.seconds += timing.seconds
            sum_.calls += timing.calls
    return total


def profile_of(timings: Timings, lines: int) -> str:
    """A table of times, the longest first, and their sum."""
    rows = sorted(timings.items(), key=lambda row: (-row[1].seconds, row[0]))
    everything = Timing(
        sum(one.seconds for one in timings.values()), sum(one.calls for one in timings.values())
    )
    head = f"{'ms':>10}  {'calls':>9}  {'ms/1,000 lines':>14}  rule or (work for all rules)"
    return "\n".join([head, *(_row(name, one, lines) for name, one in rows), _row("all", everything, lines)])


def _row(name: str, timing: Timing, lines: int) -> str:
    milliseconds = timing.seconds * 1000
    return (
        f"{milliseconds:>10,.1f}  {timing.calls:>9,}  {milliseconds * 1000 / max(lines, 1):>14,.2f}  {name}"
    )
