"""Files that every user of the machine may change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_MODES = {"os.chmod": 1, "os.fchmod": 1, "os.lchmod": 1, "os.mkdir": 1, "os.makedirs": 1, "os.mkfifo": 1}
"""Functions, and where they take the mode."""

_PATHS = frozenset({"pathlib.Path.chmod", "pathlib.PosixPath.chmod"})
_WRITABLE = frozenset({"stat.S_IWOTH", "stat.S_IRWXO"})
_OTHERS_WRITE, _STICKY, _NOT_BY_OTHERS = 0o002, 0o1000, 0o7755
_REASON = "Other users and the group can no longer change the file."


@detector(on=ast.Call, imports={"os", "pathlib"})
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """A folder with the sticky bit, like `/tmp`, is meant to be that way."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in {"chmod", "fchmod", "lchmod", "mkdir", "makedirs", "mkfifo", "umask"}:
        return
    path = at.path(call.func)
    if path == "os.umask" and call.args and at.constant(call.args[0]) == 0:
        if not isinstance(at.view.parent(call), ast.Expr):
            return  # `mask = os.umask(0)` is how the mask is read
        yield at.finding(
            call, "with a mask of 0 every user of the machine may change the files that are made"
        )
        return
    position = 0 if path in _PATHS else _MODES.get(path or "")
    mode = at.argument(call, position, "mode") if position is not None else None
    if mode is None:
        return
    bits = at.constant(mode)
    if isinstance(bits, int) and bits & _OTHERS_WRITE and not bits & _STICKY:
        message = f"with mode `{oct(bits)}` every user of the machine may change the file"
        yield at.finding(mode, message, _narrower(mode, bits, at))
    elif any(at.path(flag) in _WRITABLE for flag in _flags(mode)):
        yield at.finding(mode, "with this mode every user of the machine may change the file")


def _flags(mode: ast.expr) -> Iterator[ast.expr]:
    """The flags that are put together: `stat.S_IRUSR | stat.S_IWOTH`."""
    match mode:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _flags(left)
            yield from _flags(right)
        case ast.Attribute() | ast.Name():
            yield mode
        case _:
            pass


def _narrower(mode: ast.expr, bits: int, at: Place) -> Fix | None:
    if not isinstance(mode, ast.Constant) or at.f_string(mode) is not None:
        return None
    narrower = oct(bits & _NOT_BY_OTHERS)
    edit = at.edit(*at.range_of(mode), narrower)
    return Fix(f"Use `{narrower}`", "unsafe", _REASON, lambda: [edit])
