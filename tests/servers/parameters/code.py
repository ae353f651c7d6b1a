"""The module that a form becomes with a driver, and whether a fix left alone what is not its business."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parameters.people import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parameters.driver import Driver
    from parameters.form import Form

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the parts of a module that the fix may change, until their places are known."""

_BOUND = re.compile(r"<<(city|years|id|age)>>")
_TYPES = {"sqlite": "text", "postgres": "text", "mysql": "char"}

_MODULE = '''\
"""Looks for people."""  # whoever they are

{imports}

ROWS  =  {{ "at most" : 10 }}  # oddly written, and none of the fix's business
{module}

def first( rows ):   # as it always was
    return rows [ 0 ]


{define} find({parameters}):
    # asks the database
{body}


def last( rows ): return rows[ -1 ]
# the end
'''

_LAYOUT = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Written:
    """A module with a function `find`, which pastes a value into SQL."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """From where to where the fix may change it: the SQL, what builds it, and the parameters of the call."""
    parameters: tuple[str, ...]
    """Of `find`, without the connection."""
    columns: tuple[str, ...]
    """Of the rows that `people` has, in this order."""


def write(driver: Driver, form: Form) -> Written:
    """The module that uses a driver in a form."""
    bound = [match[1] for match in _BOUND.finditer(form.before + form.sql)]
    signs = {column: _sign(driver, form, column, number) for number, column in enumerate(bound, 1)}
    formats = driver.always_formats or (driver.style == "format" and bool(bound))

    def filled(text: str) -> str:
        text = _BOUND.sub(lambda match: signs[match[1]], text.replace("<<text>>", _TYPES[driver.dialect]))
        return text.replace("<<%>>", "%%" if formats else "%").replace(
            "<<given>>", _values(driver, form, bound)
        )

    sql = filled(form.sql).strip()
    if driver.conditions_only:
        sql = sql.replace("SELECT id FROM users WHERE ", "").replace(" ORDER BY id", "")
    before = filled(textwrap.dedent(form.before)).strip("\n")
    call = {"execute": driver.execute, "keyword": driver.keyword, "many": driver.many}[form.call]
    call = call.replace("{sql}", _changeable(sql)).replace(
        "{given}", _changeable(_given(driver, form, bound))
    )
    called = f"{call}  # the call\n" + (f"return {driver.rows}" if form.outcome.returns else "return []")
    names = [*(bound if form.call != "many" else ["people"]), *_names(sql), *_names(before)]
    parameters = tuple(dict.fromkeys(name for name in names if name in {*arguments(0), "people"}))
    first = f"db: {driver.annotation}" if driver.annotation else ""
    text = _MODULE.format(
        imports="\n".join(filter(None, [form.imports, driver.imports])),
        module="\n".join(
            filter(None, [driver.module, _changeable(textwrap.dedent(form.module).strip("\n"))])
        ),
        define="async def" if driver.asynchronous else "def",
        parameters=", ".join(filter(None, [first, *parameters])),
        body=_body(before, driver.around, called),
    )
    return _unmarked(text, parameters, tuple(bound) if form.call == "many" else ())


def _sign(driver: Driver, form: Form, column: str, number: int) -> str:
    """The placeholder of a value that is bound already."""
    if form.bound == "mapping":
        return f"%({column})s" if driver.style == "format" else f":{column}"
    return {"qmark": "?", "format": "%s", "named": f":{column}", "numeric-dollar": f"${number}"}[driver.style]


def _values(driver: Driver, form: Form, bound: list[str]) -> str:
    """The values that are bound already, in what the driver takes them."""
    if driver.style == "named" or form.bound == "mapping":
        return "{" + ", ".join(f'"{column}": {column}' for column in bound) + "}"
    if driver.each and form.bound == "values":
        return ", ".join(bound)
    return f"({', '.join(bound)}{',' if len(bound) == 1 else ''})"


def _given(driver: Driver, form: Form, bound: list[str]) -> str:
    if not bound or form.call == "many":
        return driver.nothing
    values = _values(driver, form, bound)
    if form.bound == "variable":
        values = "*given" if driver.each else "given"
    return (driver.keyword_given if form.call == "keyword" else driver.given).format(values)


def _changeable(text: str) -> str:
    return f"{_OPEN}{text}{_CLOSE}" if text else ""


def _names(code: str) -> list[str]:
    return [node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]


def _body(before: str, around: str, called: str) -> str:
    """The body of the function; lines inside of a string that is handed over are not moved."""
    lines = [_changeable(textwrap.indent(before, "    "))] if before else []
    depth = "    "
    if around:
        lines.append(depth + around)
        depth = "        "
    call, _, result = called.rpartition("\n")
    return "\n".join([*lines, depth + call, depth + result])


def _unmarked(text: str, parameters: tuple[str, ...], columns: tuple[str, ...]) -> Written:
    plain, spans, start = "", list[tuple[int, int]](), 0
    for part in re.split(f"([{_OPEN}{_CLOSE}])", text):
        if part == _OPEN:
            start = len(plain)
        elif part == _CLOSE:
            spans.append((start, len(plain)))
        else:
            plain += part
    return Written(plain, tuple(spans), parameters, columns)


_IMPORTED = re.compile(r"(?<=^from sqlalchemy import ).*")
"""What an import may get more of."""


def harm_done(written: Written, fixed: str) -> str:
    """What the fix has changed that it should have left alone; empty if nothing."""
    if lost := _missing(_comments(written.text), _comments(fixed)):
        return f"the comment {lost!r} is gone, or at another place"
    if len(_comments(written.text)) != len(_comments(fixed)):
        return "there are more comments than before"
    outside = [text for start, end, text in _tokens(written.text) if not _inside(written, start, end)]
    if lost := _missing(outside, [text for _, _, text in _tokens(fixed)]):
        return f"the token {lost!r} outside of the changed expressions is gone"
    there = [_IMPORTED.sub("", line) for line in fixed.splitlines()]
    if lost := _missing([_IMPORTED.sub("", line) for line in _lines_outside(written)], there):
        return f"the line {lost!r} outside of the changed statements is not as it was"
    return ""


def _missing(wanted: Iterable[str], present: Iterable[str]) -> str:
    """The first of the wanted texts that is not among the present ones, where both are in order."""
    rest = iter(present)
    return next((text for text in wanted if text not in rest), "")


def _comments(text: str) -> list[str]:
    return [token for _, _, token in _tokens(text) if token.startswith("#")]


def _tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """The tokens of a module that are no layout, each with its place."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            (first, column), (last, end) = token.start, token.end
            yield starts[first - 1] + column, starts[last - 1] + end, token.string


def _inside(written: Written, start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in written.spans)


def _lines_outside(written: Written) -> Iterator[str]:
    """The lines in which nothing may change."""
    at = 0
    for line in written.text.splitlines(keepends=True):
        if not any(first < at + len(line) and at < last for first, last in written.spans):
            yield line.rstrip("\n")
        at += len(line)
