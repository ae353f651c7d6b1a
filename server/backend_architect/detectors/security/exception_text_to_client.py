"""Texts of exceptions that nobody wrote for a client, in responses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries
from backend_architect.python.answers import answer_of, made_by
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import FRAMEWORKS, name_of, words
from backend_architect.python.routes import enclosing_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Edit
    from backend_architect.python.answers import Answer
    from backend_architect.python.place import Place

_TEXT = "Internal server error"
_REASON = "Clients that show or parse the text of the exception get a constant one; the text goes to the log."
_TRACES = frozenset({"traceback.format_exc", "traceback.format_exception", "traceback.format_tb"})
_SPEAKING = frozenset({"builtins.str", "builtins.repr", "builtins.format", "builtins.ascii"})
_TELLING = frozenset({"args", "message", "orig", "output", "stderr", "strerror"})
"""Attributes of exceptions that hold their texts."""

_REFUSED = frozenset({400, 415, 422})
_REFUSED_NAMES = ("BAD_REQUEST", "UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT")
_RAISING = frozenset({"flask.abort", "flask_restx.abort"})
_PAGES = frozenset(
    {
        "flask.render_template",
        "flask.render_template_string",
        "quart.render_template",
        "quart.render_template_string",
        "django.shortcuts.render",
        "django.template.loader.render_to_string",
        "starlette.templating.Jinja2Templates.TemplateResponse",
        "aiohttp_jinja2.render_template",
    }
)
"""What makes a page of a template and of what it is given."""

_SHOWING = frozenset({"flask.flash", "quart.flash", "django.contrib.messages.error"})
"""What shows a text on the next page."""

_HANDLING = frozenset({"errorhandler", "app_errorhandler", "exception_handler"})
_Handler = ast.ExceptHandler | ast.FunctionDef | ast.AsyncFunctionDef


@detector(on=(ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef), imports=FRAMEWORKS)
def detect(subject: _Handler, at: Place) -> Iterator[Finding]:
    """Follow an exception, and texts made of it, into what is answered to a request."""
    if isinstance(subject, ast.ExceptHandler):
        names = {subject.name} if subject.name is not None and _is_inside(subject.type, at) else set[str]()
        answered = _answered
    else:
        names = _handled(subject, at)
        answered = _returned
        if not names:
            return
        at = at.within(subject)
    nodes = list(own_nodes(subject.body))
    texts = _Texts(names, nodes, at)
    for node in nodes:
        if _is_sorted_out(node, subject, at):
            continue
        for body in answered(node, at):
            for leaf in texts.leaves(body):
                yield at.finding(leaf, _message(leaf, at), _fix(leaf, subject, at))


def _is_sorted_out(node: ast.AST, subject: _Handler, at: Place) -> bool:
    """Whether a statement stands behind a question which exception it is: `if "not found" in str(e)`."""
    if not isinstance(node, ast.Return | ast.Raise) or not isinstance(subject, ast.ExceptHandler):
        return False
    for outer in at.around(node):
        if outer is subject:
            return False
        if isinstance(outer, ast.If):
            return any(isinstance(one, ast.Name) and one.id == subject.name for one in ast.walk(outer.test))
    return False


def _answered(node: ast.AST, at: Place) -> Iterator[ast.expr]:
    """What a statement in an `except` sends to the client."""
    if isinstance(node, ast.Return) and node.value is not None:
        found = enclosing_route(at)
        answer = answer_of(node.value, at)
        if _refuses_input(node, answer, at):
            return
        for body in answer.bodies:
            if isinstance(body, ast.Call) and at.path(body.func) in _PAGES:
                yield from (*body.args, *(one.value for one in body.keywords))
                return
        if answer.call is not None or (found is not None and found[1].certain):
            yield from answer.bodies
    elif isinstance(node, ast.Raise | ast.Expr):
        value = node.exc if isinstance(node, ast.Raise) else node.value
        if isinstance(value, ast.Call) and at.path(value.func) in _SHOWING:
            yield from value.args
            return
        made = made_by(value, at) if value is not None else None
        raises = isinstance(node, ast.Raise) or (
            isinstance(value, ast.Call) and at.path(value.func) in _RAISING
        )
        if made is not None and raises and not _refuses_input(node, made, at):
            yield from made.bodies


def _refuses_input(node: ast.AST, answer: Answer, at: Place) -> bool:
    """Whether a client is told what is wrong with its input, and nothing else was tried."""
    status = answer.status
    refused = at.constant(status) in _REFUSED or getattr(status, "attr", "").endswith(_REFUSED_NAMES)
    tried = next((outer for outer in at.around(node) if isinstance(outer, ast.Try)), None)
    return refused and tried is not None and len(tried.body) == 1


def _returned(node: ast.AST, at: Place) -> Iterator[ast.expr]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield from answer_of(node.value, at).bodies


def _handled(function: ast.FunctionDef | ast.AsyncFunctionDef, at: Place) -> set[str]:
    """The parameter with the exception of a function that answers for all exceptions of some class."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and name_of(decorator) in _HANDLING and decorator.args:
            code = decorator.args[0]
            inside = at.constant(code) == 500 or _is_inside(code, at)
            return {one.arg for one in function.args.args[-1:]} if inside else set()
    return set()


class _Texts:
    """Which names hold the text of an exception."""

    def __init__(self, names: set[str], nodes: list[ast.AST], at: Place) -> None:
        self.at = at
        self.names = names
        for node in nodes:
            if isinstance(node, ast.Assign) and self.speaks(node.value):
                self.names.update(one.id for one in node.targets if isinstance(one, ast.Name))

    def leaves(self, node: ast.expr) -> Iterator[ast.expr]:
        """The smallest expressions in a body that are texts of the exception."""
        if self.speaks(node):
            yield node
            return
        for part in self._parts(node):
            yield from self.leaves(part)

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        """What a body is made of."""
        match node:
            case ast.Dict(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
                return values
            case ast.IfExp(body=body, orelse=orelse, test=test):
                tested = {word for part in ast.walk(test) for word in words(_name(part))}
                return [] if "debug" in tested else [body, orelse]
            case ast.Call(func=function, args=args, keywords=keywords):
                path = self.at.path(function)
                known = path == "builtins.dict" or (path and libraries.entry("responses", path))
                return [*args, *(one.value for one in keywords)] if known else []
            case _:
                return []

    def speaks(self, node: ast.expr) -> bool:
        """Whether an expression is a text with that of the exception in it."""
        match node:
            case ast.Name(id=name):
                return name in self.names
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                return name in self.names and attr in _TELLING
            case ast.Call(func=function, args=args):
                known = self.at.path(function) in _SPEAKING or getattr(function, "attr", "") == "format"
                return _is_trace(node, self.at) or (known and any(map(self.speaks, args)))
            case ast.JoinedStr(values=values):
                return any(map(self.speaks, values))
            case ast.BinOp(left=left, right=right):
                operands = right.elts if isinstance(right, ast.Tuple) else [right]
                return any(map(self.speaks, (left, *operands)))
            case ast.FormattedValue(value=value) | ast.Subscript(value=value):
                return self.speaks(value)
            case _:
                return False


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _is_trace(node: ast.AST, at: Place) -> bool:
    return isinstance(node, ast.Call) and at.path(node.func) in _TRACES


def _is_inside(caught: ast.expr | None, at: Place) -> bool:
    """Whether somebody catches what nobody wrote for a client; unknown classes are the project's own."""
    if caught is None:
        return True
    paths = map(at.path, caught.elts if isinstance(caught, ast.Tuple) else [caught])
    return any(path is not None and libraries.entry("inside-exceptions", path) is not None for path in paths)


def _message(leaf: ast.expr, at: Place) -> str:
    source = " ".join(at.source_of(leaf).split())
    shown = source if len(source) <= 40 else f"{source[:37]}..."
    return f"`{shown}` tells the client what an error says about the inside of the service"


def _fix(leaf: ast.expr, handler: _Handler, at: Place) -> Fix | None:
    if at.f_string(leaf) not in {None, leaf} or isinstance(leaf, ast.Name):
        return None
    imports = () if _logs(handler) or _logger(at) != "logging" else ("import logging",)

    text = _own_text(leaf)

    def build() -> list[Edit]:
        edits = [at.edit(*at.range_of(leaf), f'"{text}"')]
        if not _logs(handler):
            start = at.range_of(handler.body[0])[0]
            row, column = at.view.source.position(start)
            line = at.view.source.lines[row]
            newline = line[len(line.rstrip("\r\n")) :] or "\n"
            edits.append(at.edit(start, start, f'{_logger(at)}.exception("{text}"){newline}{line[:column]}'))
        return edits

    first = handler.body[0]
    alone = at.view.source.lines[at.view.source.position(at.range_of(first)[0])[0]][
        : first.col_offset
    ].isspace()
    return (
        Fix("Answer a constant text and log the exception", "unsafe", _REASON, build, imports)
        if alone
        else None
    )


def _own_text(leaf: ast.expr) -> str:
    """What a text says before that of the exception, where it says something."""
    match leaf:
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), ast.FormattedValue(), *_]):
            pass
        case ast.BinOp(left=ast.Constant(value=str() as text)):
            text = text.partition("%")[0]
        case _:
            return _TEXT
    text = text.rstrip(" :-(,'=")
    return text if " " in text and text.replace(" ", "").isalnum() else _TEXT


def _logs(handler: _Handler) -> bool:
    """Whether the exception is written down already."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr in {"exception", "capture_exception"}
            or any(one.arg == "exc_info" for one in node.keywords)
        )
        for node in own_nodes(handler.body)
    )


def _logger(at: Place) -> str:
    """What the module calls its logger; the root logger where it has none."""
    return next((name for name in ("logger", "log", "LOGGER", "LOG") if at.look(name) is not None), "logging")
