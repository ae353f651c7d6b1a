"""Checks before request data is used as a path, or as an address."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Edit, Fix
from backend_architect.fixes.holes import quoted
from backend_architect.fixes.layout import indent_of, newline_of
from backend_architect.python.folded import Chunk
from backend_architect.python.values import Symbol

if TYPE_CHECKING:
    from backend_architect.python.flows.facts import SinkUse
    from backend_architect.python.place import Place

_OUTSIDE = "Paths that lead out of the folder are answered with 404."
_ELSEWHERE = "Addresses of other hosts are replaced by the start page."

_PLAIN = (ast.Return, ast.Expr, ast.Assign, ast.AnnAssign, ast.With, ast.AsyncWith)

_REFUSALS = (
    ("flask", "flask.abort", "abort(404)"),
    ("fastapi", "fastapi.HTTPException", "raise HTTPException(404)"),
    ("django", "django.http.Http404", "raise Http404"),
)
"""How a handler says that there is no such thing, by framework."""


@dataclass(frozen=True, slots=True)
class _Check:
    title: str
    reason: str
    name: str
    """The variable that is checked."""
    lines: list[str]
    imports: tuple[str, ...]


def guard(kind: str, call: ast.Call, use: SinkUse, at: Place) -> Fix | None:
    """The fix that checks request data before it reaches a sink of a kind, where there is one."""
    if use.helper is not None or at.f_string(call) is not None or _is_receiver(use.argument, call):
        return None
    if kind == "path":
        return _inside(call, use.argument, at)
    return _same_site(call, use.argument, at) if kind == "redirect" else None


def _is_receiver(node: ast.expr, call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.value is node and not isinstance(node, ast.Name)


def _inside(call: ast.Call, argument: ast.expr, at: Place) -> Fix | None:
    """Refuse what leads out of the folder with which the path begins."""
    written = _assigned(argument, at) if isinstance(argument, ast.Name) else argument
    folder = _folder(written, at) if written is not None else None
    refusal = next((one for one in _REFUSALS if at.look(f"%imports.{one[0]}") is not None), None)
    name = _variable(argument, "path", at)
    if folder is None or refusal is None or name is None or not _is_free(refusal[1], at):
        return None
    imports = [_import(refusal[1])]
    if isinstance(written, ast.BinOp) and isinstance(written.op, ast.Div):
        test = f"{name}.resolve().is_relative_to({folder}.resolve())"
    else:
        test = f"Path({name}).resolve().is_relative_to(Path({folder}).resolve())"
        imports.append("from pathlib import Path")
        if not _is_free("pathlib.Path", at):
            return None
    lines = [f"if not {test}:", f"    {refusal[2]}"]
    check = _Check("Refuse paths outside of the folder", _OUTSIDE, name, lines, tuple(imports))
    return _before(call, argument, check, at)


def _folder(node: ast.expr, at: Place) -> str | None:
    """The source of the folder with which a path begins, if the program chooses it."""
    match node:
        case ast.Call(args=[first, _, *_]) if at.path(node.func) == "os.path.join":
            return _of_program(first, at)
        case ast.BinOp(left=left, op=ast.Div()):
            return _of_program(left, at)
        case _:
            pass
    folded = at.fold(node)
    parts = folded.parts if folded is not None and not folded.ambiguous else []
    texts = [
        part.text
        for part in takewhile(lambda part: isinstance(part, Chunk), parts)
        if isinstance(part, Chunk)
    ]
    match parts:
        case [first, Chunk(text=text), *_] if text.startswith("/") and first.literal is None:
            return _of_program(first.node, at)
        case _:
            folder = "".join(texts).rpartition("/")[0]
            return quoted(folder) if folder else None


def _of_program(node: ast.expr, at: Place) -> str | None:
    known = (
        isinstance(node, ast.Name | ast.Attribute | ast.Constant) and at.request_data(node, "path") is None
    )
    return ast.unparse(node).replace("'", '"') if known else None


def _same_site(call: ast.Call, argument: ast.expr, at: Place) -> Fix | None:
    """Stay on this site: Django has a function for that."""
    function = at.function
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or at.look("%imports.django") is None:
        return None
    path = "django.utils.http.url_has_allowed_host_and_scheme"
    name = _variable(argument, "target", at)
    if name is None or not _is_free(path, at) or "request" not in {one.arg for one in function.args.args}:
        return None
    lines = [
        f"if not url_has_allowed_host_and_scheme({name}, allowed_hosts={{request.get_host()}}):",
        f'    {name} = "/"',
    ]
    return _before(call, argument, _Check("Check the host", _ELSEWHERE, name, lines, (_import(path),)), at)


def _variable(argument: ast.expr, name: str, at: Place) -> str | None:
    """The variable that holds the data, or a new one for it."""
    if isinstance(argument, ast.Name):
        return argument.id
    bound = at.view.resolver(at.frame).scope.bindings_of
    return next((one for one in (name, f"{name}_2") if not bound(one)), None)


def _assigned(name: ast.Name, at: Place) -> ast.expr | None:
    bindings = at.view.resolver(at.frame).scope.bindings_of(name.id)
    node = bindings[0].node if len(bindings) == 1 else None
    return node if isinstance(node, ast.expr) else None


def _is_free(path: str, at: Place) -> bool:
    name = path.rpartition(".")[2]
    return at.resolve(ast.Name(name)) in {None, Symbol(path)}


def _import(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"from {module} import {name}"


def _before(call: ast.Call, argument: ast.expr, check: _Check, at: Place) -> Fix | None:
    """The fix that writes lines before the statement of a call, which uses a variable from then on."""
    statement = next((one for one in at.around(call) if isinstance(one, ast.stmt)), None)
    if not isinstance(statement, _PLAIN) or any(
        isinstance(one, ast.Lambda | ast.comprehension | ast.IfExp) for one in at.around(argument)
    ):
        return None
    start = at.range_of(statement)[0]
    indent = indent_of(start, at)
    if indent is None or "\n" in at.source_of(argument):
        return None
    lines, edits = check.lines, list[Edit]()
    if not isinstance(argument, ast.Name):
        lines = [f"{check.name} = {at.source_of(argument)}", *lines]
        edits.append(at.edit(*at.range_of(argument), check.name))
    text = "".join(f"{line}{newline_of(at)}{indent}" for line in lines)
    edits.append(at.edit(start, start, text))
    return Fix(check.title, "unsafe", check.reason, lambda: edits, check.imports)
