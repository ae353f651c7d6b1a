"""SQL that functions in the database put together from strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.sql.parsing import parse, words
from backend_architect.sql.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit, Finding
    from backend_architect.sql.parsing import Word
    from backend_architect.sql.query import QueryPlace

_RUNS_SQL = re.compile(r"(?i)\bexecute\s+(?!function\b|procedure\b)")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_SELECT = "SELECT "
"""Stands before an expression while it is read: a lone EXECUTE takes the rest of its line for one string."""

_TAG = re.compile(r"\$\w*\$")
_QUOTING = frozenset({"QUOTE_IDENT", "QUOTE_LITERAL", "QUOTE_NULLABLE", "FORMAT"})
_ENDS = frozenset({"USING", "INTO", "LOOP"})
_GIVEN = re.compile(r"TG_\w+")
"""Variables in which PostgreSQL tells a trigger where it fires."""

_NAME_BEFORE = re.compile(
    r'(?i)(?:\b(?:from|join|into|update|table|only|schema|view|index|sequence|column)\s+|\.)"?$'
)
_VALUE_BEFORE = re.compile(r"(?i)(?:[=<>(,]|\blike|\bin\s*\(|\band|\bor|\bvalues\s*\()\s*'*$")
_REASON = "What was part of the SQL is a quoted name or value now; look whether it was meant to carry SQL."

_Operand = tuple[int, int]
"""The indexes of its first word and of the word behind its last one."""


@detector(on=Query)
def detect(query: Query, at: QueryPlace) -> Iterator[Finding]:
    """Look for EXECUTE in bodies of functions between dollar signs."""
    if query.dialect != "postgres" or "||" not in query.text or _RUNS_SQL.search(query.text) is None:
        return
    for body in words(query.parsed):
        tag = _TAG.match(query.text, body.start) if body.quoted else None
        if tag is not None:
            yield from _of_body(query, tag.end(), body.end - len(tag[0]), at)


def _of_body(query: Query, start: int, end: int, at: QueryPlace) -> Iterator[Finding]:
    source = _COMMENT.sub(lambda comment: " " * len(comment[0]), query.text[start:end])
    for execute in _RUNS_SQL.finditer(source):
        if source.count("'", 0, execute.start()) % 2:
            continue  # the word is part of a string
        expression = source[execute.end() : _end(source, execute.end())]
        listed = words(parse(_SELECT + expression, query.dialect))[1:]
        operands = _operands(listed)
        pasted = [one for one in operands if _is_pasted(listed, one)]
        if len(operands) < 2 or not pasted:
            continue
        shift = start + execute.end() - len(_SELECT)
        names = ", ".join(f"`{_source(expression, listed, one)}`" for one in pasted)
        where = query.locate(shift + listed[pasted[0][0]].start, shift + listed[pasted[0][1] - 1].end)
        verb = "becomes" if len(pasted) == 1 else "become"
        message = f"{names} {verb} part of the SQL that runs with the rights of this function"
        text = _format(expression, listed, operands)
        first, last = listed[operands[0][0]].start, listed[operands[-1][1] - 1].end
        edit = query.replace(shift + first, shift + last, text) if text is not None else None
        yield at.finding(where, message, _fix(edit) if edit is not None else None)


def _end(source: str, start: int) -> int:
    """Where the statement ends: at the next semicolon that is not in a string."""
    quoted = False
    for index in range(start, len(source)):
        quoted ^= source[index] == "'"
        if source[index] == ";" and not quoted:
            return index
    return len(source)


def _fix(edit: Edit) -> Fix:
    return Fix("Quote it with `format`", "unsafe", _REASON, lambda: [edit])


def _operands(listed: list[Word]) -> list[_Operand]:
    """The parts that `||` joins, up to the end of the expression."""
    found: list[_Operand] = []
    depth = begin = 0
    for index, word in enumerate(listed):
        text = "" if word.quoted else word.text
        if not depth and text in _ENDS:
            return [*found, (begin, index)] if index > begin else found
        if not depth and text == "||":
            found.append((begin, index))
            begin = index + 1
        depth += (text == "(") - (text == ")")
    return [*found, (begin, len(listed))] if begin < len(listed) else found


def _is_pasted(listed: list[Word], operand: _Operand) -> bool:
    """Whether an operand is a variable or a call that nothing quotes."""
    first = listed[operand[0]]
    texts = [word.text for word in listed[operand[0] : operand[1]]]
    if first.quoted or first.text[:1].isdigit() or first.text in _QUOTING or _GIVEN.fullmatch(first.text):
        return False
    return not {"REGCLASS", "INT", "INTEGER", "BIGINT"}.intersection(texts) and not _QUOTING.intersection(
        texts
    )


def _source(expression: str, listed: list[Word], operand: _Operand) -> str:
    text = _SELECT + expression
    return " ".join(text[listed[operand[0]].start : listed[operand[1] - 1].end].split())


def _format(expression: str, listed: list[Word], operands: list[_Operand]) -> str | None:
    """The expression as a call of `format`; None where it is not clear what each part stands for."""
    template, arguments = "", list[str]()
    source = _SELECT + expression
    for operand in operands:
        first = listed[operand[0]]
        if operand[1] - operand[0] == 1 and first.quoted and source[first.start] == "'":
            text = source[first.start + 1 : first.end - 1].replace("%", "%%")
            if arguments and template.endswith(("%L", "%I")):
                text = _unquoted(text, template[-1])
            template += text
            continue
        kind = _kind(template)
        if kind is None or not _is_pasted(listed, operand) or operand[1] - operand[0] not in {1, 3}:
            return None
        template = template.removesuffix("'" * 2 if kind == "L" else '"') + f"%{kind}"
        arguments.append(_source(expression, listed, operand))
    return f"format('{template}', {', '.join(arguments)})" if arguments else None


def _kind(template: str) -> str | None:
    """Whether a name or a value belongs behind a piece of SQL."""
    if _NAME_BEFORE.search(template):
        return "I"
    return "L" if _VALUE_BEFORE.search(template) else None


def _unquoted(text: str, kind: str) -> str:
    return text.removeprefix("''") if kind == "L" else text.removeprefix('"')
