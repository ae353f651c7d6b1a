"""Moments of a program, as SQL would write them: how far back a query looks decides what helps it."""

from __future__ import annotations

from typing import Final

from backend_architect.schema.terms import Call, Combined, Name, Term

_NOW: Final = ("datetime.now", "datetime.utcnow", "timezone.now", "timezone.localtime", "func.now")
_TODAY: Final = ("date.today", "timezone.localdate", "datetime.today")
_LENGTHS: Final = frozenset({"timedelta", "relativedelta"})
_UNITS: Final = frozenset({"weeks", "days", "hours", "minutes", "seconds", "months", "years"})


def moment(term: Term) -> str | None:
    """The present, or a time before or after it, in SQL; None for anything else."""
    match term:
        case Call(function=Name(path=path)) if path.endswith(_NOW):
            return "now()"
        case Call(function=Name(path=path)) if path.endswith(_TODAY):
            return "current_date"
        case Combined(operator="-" | "+" as sign, operands=(start, Call() as length)):
            since = moment(start)
            if since is not None and length.name in _LENGTHS:
                return f"{since} {sign} {_interval(length)}"
            return None
        case _:
            return None


def _interval(length: Call) -> str:
    named = dict(length.keywords)
    if length.args:
        named["days"] = length.args[0]
    said = [f"{value} {unit}" for unit, value in named.items() if isinstance(value, int | float)]
    if len(said) != len(named) or not _UNITS.issuperset(named):
        return ":v"
    return f"interval '{' '.join(said)}'"
