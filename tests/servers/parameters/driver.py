"""What a driver is: a library, and the way in which code hands it SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from parameters.connections import Connect
    from parameters.form import Form

STYLES = Literal["qmark", "format", "named", "numeric-dollar"]


@dataclass(frozen=True)
class Driver:
    """How code hands SQL to a library; `{sql}` is the statement, `{given}` what is bound already."""

    dialect: Literal["sqlite", "postgres", "mysql"]
    style: STYLES
    imports: str
    annotation: str
    """Of `db`, the first parameter of the code; empty if the code takes `engine` from its module."""
    execute: str
    rows: str
    """The numbers of the rows that were found, as an expression."""
    connect: Connect
    many: str = ""
    """`execute` for several rows, which are called `people`; empty if the library cannot."""
    keyword: str = ""
    """`execute` with keyword arguments; empty if the library takes none."""
    given: str = ", {}"
    keyword_given: str = ", params={}"
    each: bool = False
    """Whether every value is an argument of its own."""
    nothing: str = ""
    """What stands for `{given}` where nothing is bound."""
    module: str = ""
    around: str = ""
    """A statement around the call."""
    asynchronous: bool = False
    reads_only: bool = False
    conditions_only: bool = False
    """Whether it takes no statement but a condition."""
    always_formats: bool = False
    """Whether a percent sign has to be doubled though nothing is bound."""
    all_forms: bool = False
    without: frozenset[str] = frozenset()
    """Forms that cannot be written for it."""

    def takes(self, name: str, form: Form) -> bool:
        """Whether a form can be written for this driver."""
        if name in self.without or self.dialect not in form.dialects:
            return False
        if self.reads_only and not form.outcome.returns:
            return False
        if form.formats and self.always_formats and "%%" in form.sql + form.before + form.module:
            return False
        if form.bound == "mapping" and self.style == "numeric-dollar":
            return False
        if form.call == "many":
            return bool(self.many)
        if form.call == "keyword":
            return bool(self.keyword)
        if self.conditions_only:
            return form.sql.count("SELECT id FROM users WHERE ") == 1 and "\n" not in form.sql
        return True
