"""What a new rule looks like: a card and a detector that work, on a library that does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend_architect import __version__

_CARD: Final = """\
---
severity: warning            # error: exploitable or loses data; warning: an incident; information; hint
confidence: medium           # high, medium or low: how sure a finding is{more}
detect:
{detect}
fix:                         # leave it out, with Fixed and Fix safety, where nothing can be repaired
{fix}
---
# {title}

TODO: one sentence that stands alone in a tooltip and says what happens.

## Why

TODO: what goes wrong, when, and for whom; then what to do instead. Write for a backend engineer in a hurry.

## Flagged

```python
import example


def report(orders):
    return example.fetch({before})  # error
```

TODO: one fence for each way of writing the problem. A fence titled "no fix" has findings without a fix.

## Fixed

```python
import example


def report(orders):
    return {after}
```

TODO: the n-th fence here is what the fix makes of the n-th one above.

## Fine

```python
import example


def report(orders, client):
    client.fetch({before})  # it is not known what this is
    return {after}
```

TODO: what looks like the problem and is none.

## Fix safety

TODO: what the fix may change, and what a person has to decide.

## References

- [TODO: the documentation that says so](https://docs.python.org/3/)
"""

_OF_THE_DISTRIBUTION: Final = """
since: {version}
persona: [design-for-failure/assume-every-component-can-fail]  # `backend-architect rules --persona`
cwe: []                      # the numbers of weaknesses of security
set: [preview]               # recommended when it has been judged on real code; also security
not-in: []                   # tests, migrations, scripts: where it is silent
same-as: []                  # codes of the same rule in other linters, as in S113"""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between the kinds."""

    detect: str
    fix: str
    before: str
    """The arguments of a call that is flagged."""
    after: str
    """The call when it is repaired."""


_KINDS: Final = {
    "python": _Kind(
        """\
  kind: python""",
        """\
  kind: python
  title: Call `example.fetch_safely`
  safety: unsafe""",
        "orders",
        "example.fetch_safely(orders)",
    ),
    "call-of": _Kind(
        """\
  kind: call-of
  calls: [example.fetch]
  message: "TODO: `{call}` does what\"""",
        """\
  kind: replace-callee
  to: example.fetch_safely
  safety: unsafe
  reason: TODO say what a person has to decide before taking it.""",
        "orders",
        "example.fetch_safely(orders)",
    ),
    "call-with-value": _Kind(
        """\
  kind: call-with-value
  calls: [example.fetch]
  keyword: check
  values: [false]
  message: "TODO: `{call}` does what with `{value}`\"""",
        """\
  kind: remove-keyword
  safety: unsafe
  reason: TODO say what a person has to decide before taking it.""",
        "orders, check=False",
        "example.fetch(orders)",
    ),
    "call-without-keyword": _Kind(
        """\
  kind: call-without-keyword
  calls: [example.fetch]
  keyword: limit""",
        """\
  kind: add-keyword
  keyword: limit
  value: "100"
  safety: unsafe
  reason: TODO say what a person has to decide before taking it.""",
        "orders",
        "example.fetch(orders, limit=100)",
    ),
}

KINDS: Final = tuple(_KINDS)
"""The kinds of rules."""

_DETECTOR: Final = '''\
"""TODO: what is found, in one line."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.arguments import replace_callee

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place


@detector(on=ast.Call, imports={"example"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """TODO: which calls, and why those."""
    if at.path(call.func) == "example.fetch":
        yield at.finding(call.func, "TODO: `example.fetch` does what", _fix(call, at))


def _fix(call: ast.Call, at: Place) -> Fix | None:
    replaced = replace_callee(call, "example.fetch_safely", at)
    if replaced is None:
        return None
    edits, imports = replaced
    reason = "TODO: what a person has to decide before taking it."
    return Fix("Call `example.fetch_safely`", "unsafe", reason, lambda: edits, imports)
'''


def card_stub(name: str, kind: str, *, user: bool) -> str:
    """A card of a kind that can be loaded, with what there is to fill in."""
    stub = _KINDS[kind]
    return _CARD.format(
        title=name.replace("-", " ").capitalize(),
        more="" if user else _OF_THE_DISTRIBUTION.format(version=__version__),
        detect=stub.detect,
        fix=stub.fix,
        before=stub.before,
        after=stub.after,
    )


def detector_stub() -> str:
    """A detector to begin with."""
    return _DETECTOR
