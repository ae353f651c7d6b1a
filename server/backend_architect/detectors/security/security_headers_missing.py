"""Django sites that do not tell browsers what to forbid."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.python.configuration import is_django, settings_at
from backend_architect.python.switches import is_asked_for
from backend_architect.python.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_SECURITY = "django.middleware.security.SecurityMiddleware"
_FRAMES = "django.middleware.clickjacking.XFrameOptionsMiddleware"
_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_MISSING = {
    _SECURITY: "browsers are told neither to stay with HTTPS nor to believe the type of an answer",
    _FRAMES: "other sites can put these pages into frames and have users click what they do not see",
}
_OFF = {
    "SECURE_CONTENT_TYPE_NOSNIFF": (
        False,
        "browsers guess the type of an answer, and run uploads as scripts",
    ),
    "SECURE_HSTS_SECONDS": (0, "the first request of every visit can be kept on plain HTTP"),
    "SECURE_SSL_REDIRECT": (False, "pages are also served over plain HTTP"),
    "X_FRAME_OPTIONS": ("ALLOWALL", "other sites can put these pages into frames"),
}
_GOOD = {
    "SECURE_CONTENT_TYPE_NOSNIFF": "True",
    "SECURE_HSTS_SECONDS": "3600",
    "SECURE_SSL_REDIRECT": "True",
    "X_FRAME_OPTIONS": '"DENY"',
}
_HEADERS = frozenset({"security", "secure", "headers", "hsts", "csp", "frame", "clickjacking", "sslify"})
_ASKING = frozenset({"debug", "dev", "development", "local", "test", "testing"})
_REFUSING = frozenset({"production", "prod", "ssl", "tls", "https", "secure"})
_REASON = "Browsers refuse what they let pass so far: plain HTTP, frames, answers of the wrong type."


@detector(on=ast.Assign, words=("middleware", "secure_", "x_frame_options"))
def detect(node: ast.Assign, at: Place) -> Iterator[Finding]:
    """Look at the list of middleware, and at settings that turn a header off."""
    for setting in settings_at(node, at):
        if setting.place != "module":
            continue
        if setting.name in {"MIDDLEWARE", "MIDDLEWARE_CLASSES"}:
            yield from _of_middleware(setting.value, at)
        elif setting.name in _OFF and is_django(at) and not is_asked_for(node, at, _ASKING, _REFUSING):
            off, harm = _OFF[setting.name]
            value = at.constant(setting.value)
            if type(value) is type(off) and value == off:
                good = _GOOD[setting.name]
                edit = at.edit(*at.range_of(setting.value), good)
                fix = Fix(f"Set `{setting.name}` to `{good}`", "unsafe", _REASON, lambda edit=edit: [edit])
                yield at.finding(setting.value, f"with `{setting.name} = {off!r}` {harm}", fix)


def _of_middleware(middleware: ast.expr, at: Place) -> Iterator[Finding]:
    listed = at.strings(middleware)
    if listed is None or _SESSIONS not in listed or any(_is_of_the_project(one) for one in listed):
        return
    missing = [one for one in _MISSING if one not in listed]
    if missing:
        named = " and ".join(f"`{one.rpartition('.')[2]}`" for one in missing)
        verb = "is" if len(missing) == 1 else "are"
        yield at.finding(
            middleware, f"{named} {verb} missing: {_MISSING[missing[0]]}", _first(middleware, missing, at)
        )


def _is_of_the_project(middleware: str) -> bool:
    """Whether a middleware that is not Django's sends such headers, by its name."""
    return not middleware.startswith("django.") and not _HEADERS.isdisjoint(words_of(middleware))


def _first(middleware: ast.expr, missing: list[str], at: Place) -> Fix | None:
    """Put what is missing before the first, where what it does holds for all others."""
    if not isinstance(middleware, ast.List | ast.Tuple) or not middleware.elts:
        return None
    start = at.range_of(middleware.elts[0])[0]
    row, column = at.view.source.position(start)
    line = at.view.source.lines[row]
    alone = not line[:column].strip()
    separator = f",\n{line[:column]}" if alone else ", "
    edit = at.edit(start, start, "".join(f'"{one}"{separator}' for one in missing))
    return Fix("Add it to the middleware", "unsafe", _REASON, lambda: [edit])
