"""Ciphers, modes and keys that do not keep what they encrypt secret."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Fix
from backend_architect.engine.rules import detector
from backend_architect.knowledge import libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding
    from backend_architect.python.place import Place

_MODULES = libraries.modules("broken-ciphers", "key-sizes") | {"Cryptodome"}
_LEAST_BITS = 2048
_SHORT_CURVES = {"P-192", "p192", "NIST P-192", "prime192v1", "secp192r1"}
_ECB = "equal blocks stay equal in ECB, so the pattern of the text shows through"
_AES = "Crypto.Cipher.AES.new"
_REASON = "Keys that are made from now on are longer and take longer to make; old ones stay."


@detector(on=ast.Call, imports=_MODULES)
def detect(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Look at calls that choose a cipher, its mode, its initialization vector or the length of a key."""
    path = at.path(call.func)
    if path is None:
        return
    if (broken := libraries.entry("broken-ciphers", path)) is not None:
        yield at.finding(call.func, broken["why"])
        return
    if libraries.entry("cipher-modes", path) is not None or _is_ecb(call, path, at):
        yield at.finding(call, _ECB)
        return
    if libraries.entry("short-curves", path) is not None or _is_short_curve(call, path, at):
        yield at.finding(call, "a curve of less than 224 bits can be broken by those who can pay for it")
    yield from _of_vector(call, path, at)
    yield from _of_key(call, path, at)


def _is_ecb(call: ast.Call, path: str, at: Place) -> bool:
    if path != _AES:
        return False
    mode = at.argument(call, 1, "mode")
    if mode is None:  # the default of PyCrypto
        return len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred)
    return at.path(mode) == "Crypto.Cipher.AES.MODE_ECB"


def _is_short_curve(call: ast.Call, path: str, at: Place) -> bool:
    curve = at.argument(call, None, "curve")
    return path == "Crypto.PublicKey.ECC.generate" and at.constant(curve) in _SHORT_CURVES


def _of_vector(call: ast.Call, path: str, at: Place) -> Iterator[Finding]:
    entry = libraries.entry("initialization", path)
    if entry is None:
        return
    named = (
        at.argument(call, entry["position"], name) for name in ("iv", "IV", "nonce", "initialization_vector")
    )
    vector = next((one for one in named if one is not None), None)
    if vector is not None and _is_constant(vector, at):
        message = "the initialization vector is the same for every message, so equal beginnings look equal"
        yield at.finding(vector, message)


def _is_constant(vector: ast.expr, at: Place) -> bool:
    """Whether a vector is written in the code: a literal, `bytes(16)`, a repeated byte, an encoded text."""
    match vector:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _is_constant(left, at) or _is_constant(right, at)
        case ast.Call(func=ast.Attribute(value=text, attr="encode")):
            return isinstance(at.constant(text), str)
        case ast.Call(func=ast.Name(id="bytes"), args=[size]):
            return isinstance(at.constant(size), int)
        case ast.Call(func=ast.Attribute(attr="fromhex" | "unhexlify"), args=[text]):
            return isinstance(at.constant(text), str)
        case ast.Name(id=name):
            bound = at.view.resolver(at.frame).scope.bindings_of(name)
            nodes = [one.node for one in bound if one.kind == "value" and isinstance(one.node, ast.expr)]
            if nodes and len(nodes) == len(bound):
                return all(not isinstance(node, ast.Name) and _is_constant(node, at) for node in nodes)
            return isinstance(at.constant(vector), bytes)
        case _:
            return isinstance(at.constant(vector), bytes)


def _of_key(call: ast.Call, path: str, at: Place) -> Iterator[Finding]:
    entry = libraries.entry("key-sizes", path)
    size = at.argument(call, entry["position"], entry["keyword"]) if entry is not None else None
    bits = at.constant(size)
    if size is None or isinstance(bits, bool) or not isinstance(bits, int) or not 0 < bits < _LEAST_BITS:
        return
    message = f"a key of {bits} bits can be broken by those who can pay for it"
    yield at.finding(size, message, _longer(size, at))


def _longer(size: ast.expr, at: Place) -> Fix | None:
    if not isinstance(size, ast.Constant) or at.f_string(size) is not None:
        return None
    edit = at.edit(*at.range_of(size), "3072")
    return Fix("Make a key of 3072 bits", "unsafe", _REASON, lambda: [edit])
