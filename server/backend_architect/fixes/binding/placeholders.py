"""How the parameters of a statement are written, and what they are given."""

from __future__ import annotations

import ast
import keyword
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_architect.fixes.binding.refusal import RefusedError
from backend_architect.fixes.binding.values import read_alone
from backend_architect.fixes.holes import name_for
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend_architect.fixes.binding.regions import Region
    from backend_architect.sql.query import Query

_RESERVED = word_set(
    """
    access add all alter and any as asc audit between by char check cluster column comment compress connect
    create current date decimal default delete desc distinct drop else exclusive exists file float for from
    grant group having identified immediate in increment index initial insert integer intersect into is
    level like lock long minus mode modify not nowait null number of offline on online option or order prior
    public raw rename resource revoke row rowid rownum rows select session set share size smallint start
    successful synonym sysdate table then to trigger uid union unique update user validate values varchar
    varchar2 view whenever where with
    """
)
"""Words that Oracle takes for no name of a parameter (SQL Language Reference 19c, reserved words)."""

_SIGNS = {
    "qmark": re.compile(r"\?"),
    "format": re.compile(r"%s"),
    "pyformat": re.compile(r"%\((\w+)\)s"),
    "named": re.compile(r":([A-Za-z_]\w*)"),
    "numeric": re.compile(r":\d+"),
    "numeric-dollar": re.compile(r"\$\d+"),
}
"""What placeholders look like; pyformat `%(name)s` is that of PEP 249."""

_ALSO = {"qmark": ("named",), "format": ("pyformat",), "numeric": ("named",), "named": ("numeric",)}
"""What the drivers of a style take as well."""

NAMED = frozenset({"named", "pyformat"})
"""Styles whose values are given by name."""

NUMBERED = frozenset({"numeric", "numeric-dollar"})
"""Styles whose placeholders say which of the values they take."""

_JOINING = re.compile(r"[\w$]")
"""What must not stand directly behind a placeholder: it would belong to its name or number."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A placeholder that the statement has already."""

    start: int
    """Where it stands in the statement."""
    name: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that the call must be given."""

    source: str
    start: int
    """Where its placeholder stands in the statement."""
    name: str = ""
    spread: bool = False
    """Whether it is a sequence whose elements are given one by one."""
    expanding: bool = False
    """Whether it is a sequence that the library writes out."""


@dataclass(slots=True)
class Placeholders:
    """Writes the placeholders of one statement, and collects the values."""

    style: str
    existing: list[Existing]
    dialect: str = ""
    bound: list[Bound] = field(default_factory=list[Bound])
    _numbers: int = 0
    """How many placeholders with numbers were written."""
    _names: dict[str, str] = field(default_factory=dict[str, str])
    """Names by the expression that they stand for."""

    def sign_of(self, region: Region, behind: str) -> str:
        """What is written for a region; `behind` is the character that follows it.

        Raises:
            RefusedError: when the style has no way to write it.
        """
        before, after = region.around
        if region.sequence:
            sign = self._of_sequence(region)
        elif region.items is None:
            sign = self._sign(region.source, region)
        elif region.keeps_list:
            self.bound.append(Bound(region.items.as_tuple, region.start, spread=True))
            return ""
        elif self.style == "named":
            sign = self._sign(region.items.as_list, region, expanding=True)
        else:
            sign = self._sign(region.items.as_list, region)
        hidden = self.style == "named" and behind == ":"  # `::` hides the name before it
        spaced = " " if not after and (hidden or _JOINING.match(behind)) else ""
        return f"{before}{sign}{spaced}{after}"

    def _of_sequence(self, region: Region) -> str:
        """The placeholder of one of several values that are given together."""
        if self.style in NAMED:
            raise RefusedError("nobody can tell which value is pasted")
        if all(one.source != region.sequence for one in self.bound):
            start = sys.maxsize if self.style == "numeric-dollar" else region.start
            self.bound.append(Bound(region.sequence, start, spread=True))
        self._numbers += 1
        return self._written()

    def element(self, region: Region) -> str:
        """What is written for each element of a list, and the loop over the elements.

        Raises:
            RefusedError: when placeholders have numbers or names.
        """
        items = region.items
        if items is None or self.style not in {"qmark", "format"}:
            raise RefusedError("each value of the list would need a placeholder with a name of its own")
        return f"'{'?' if self.style == 'qmark' else '%s'}' {items.loop}"

    def _sign(self, source: str, region: Region, *, expanding: bool = False) -> str:
        if self.style in {"qmark", "format"}:
            self.bound.append(Bound(source, region.start))
            return self._written()
        if self.style in NUMBERED:
            # The number says which value it is, whereas Oracle's names take the values in their order.
            by_number = self.style == "numeric-dollar"
            self.bound.append(Bound(source, sys.maxsize if by_number else region.start))
            self._numbers += 1
            return self._written()
        name = self._names.get(source)
        if name is None:
            name = self._name(region)
            if _is_stable(source):
                self._names[source] = name
            self.bound.append(Bound(source, region.start, name, expanding=expanding))
        return f":{name}" if self.style == "named" else f"%({name})s"

    def _written(self) -> str:
        """A placeholder without a name, the last one if they have numbers."""
        number = len(self.existing) + self._numbers
        signs = {"qmark": "?", "format": "%s", "numeric": f":{number}", "numeric-dollar": f"${number}"}
        return signs[self.style]

    def _name(self, region: Region) -> str:
        hole = region.holes[0]
        node = read_alone(region.items.values).tree if region.items is not None else hole.node
        base = hole.key if hole.key.isidentifier() else name_for(node)
        base = f"{base}_" if keyword.iskeyword(base) else base
        taken = {"self"} | {one.name for one in self.existing} | {one.name for one in self.bound}
        taken |= _RESERVED if self.dialect == "oracle" else set[str]()
        names = (base if number == 1 else f"{base}_{number}" for number in range(1, 1000))
        return next(name for name in names if name not in taken)


def _is_stable(source: str) -> bool:
    """Whether an expression gives the same if it is evaluated once for two places."""
    tree = ast.parse(source.strip(), mode="eval").body
    return not any(isinstance(node, ast.Call | ast.Await | ast.NamedExpr) for node in ast.walk(tree))


def placeholders_of(
    query: Query, style: str, regions: Sequence[Region], shift: int, *, mapping: bool
) -> Placeholders:
    """The placeholders of a statement in the style of its driver, which those that it has may narrow down.

    `mapping` says whether values can be given by name.

    Raises:
        RefusedError: when it has some of different kinds.
    """
    holes = set(query.holes)
    texts = [
        (start, query.text[start:end])
        for start, end in query.parsed.placeholders
        if (start, end) not in holes
    ]
    for kind in (style, *_ALSO.get(style, ())):
        found = [(start, _SIGNS[kind].fullmatch(text)) for start, text in texts]
        signs = [(start, match) for start, match in found if match is not None]
        if signs and (len(signs) == len(texts) or style == "named"):
            existing = [
                Existing(start + shift, match[1] if match.re.groups else "") for start, match in signs
            ]
            return Placeholders(kind, existing, query.dialect)
    if texts and style != "named":
        raise RefusedError("its placeholders are not those of the driver")
    by_key = style == "format" and mapping and bool(regions) and all(one.holes[0].key for one in regions)
    percent = all(hole.style == "percent" for one in regions for hole in one.holes)
    return Placeholders("pyformat" if by_key and percent else style, [], query.dialect)
