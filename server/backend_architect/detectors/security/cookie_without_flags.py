"""Cookies that prove who somebody is, and that scripts or eavesdroppers can read."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.fixes.calls import append_argument
from backend_architect.python.configuration import SUBJECTS, is_django, settings_at
from backend_architect.python.switches import is_asked_for
from backend_architect.python.words import names_secret, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_FLAGS = {
    "secure": "is also sent over plain HTTP, where everybody on the way reads it",
    "httponly": "can be read by any script of the page",
}
_SETTINGS = {
    "SESSION_COOKIE_SECURE": _FLAGS["secure"],
    "SESSION_COOKIE_HTTPONLY": _FLAGS["httponly"],
    "CSRF_COOKIE_SECURE": _FLAGS["secure"],
    "REMEMBER_COOKIE_SECURE": _FLAGS["secure"],
    "REMEMBER_COOKIE_HTTPONLY": _FLAGS["httponly"],
    "JWT_COOKIE_SECURE": _FLAGS["secure"],
}
_SESSION = frozenset(
    {"session", "sessionid", "sid", "auth", "login", "user", "jwt", "remember", "token", "identity"}
)
_OTHER_COOKIES = frozenset(
    {"csrf", "csrftoken", "xsrf", "theme", "language", "lang", "locale", "consent", "timezone"}
)
_SESSIONS = "starlette.middleware.sessions.SessionMiddleware"
_SETTING_UP = frozenset({"add_middleware", "Middleware", "SessionMiddleware"})
_ASKING = frozenset({"debug", "dev", "development", "local", "testing", "test", "insecure", "http"})
_REFUSING = frozenset({"production", "prod", "ssl", "tls", "https", "secure"})
_OVER_HTTPS = "Browsers no longer send the cookie over plain HTTP."
_REASON = "Scripts no longer read the cookie, and browsers no longer send it over plain HTTP."


@detector(on=SUBJECTS, words=("cookie", "sessionmiddleware", "httponly"))
def detect(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Iterator[Finding]:
    """Look at cookies of sessions and logins only: whether a page is dark or bright need not be protected."""
    found = _of_call(node, at) if isinstance(node, ast.Call) else None
    found = found or _of_setting(node, at)
    if found is not None and not is_asked_for(node, at, _ASKING, _REFUSING):
        yield found


def _of_setting(node: ast.Assign | ast.AnnAssign | ast.Call, at: Place) -> Finding | None:
    for setting in settings_at(node, at):
        harm = _SETTINGS.get(setting.name)
        if harm is None or at.constant(setting.value) is not False or _is_for_development(setting.place, at):
            continue
        edit = at.edit(*at.range_of(setting.value), "True")
        fix = Fix(f"Set `{setting.name}` to `True`", "unsafe", _REASON, lambda edit=edit: [edit])
        return at.finding(setting.value, f"with `{setting.name} = False` the cookie {harm}", fix)
    return None


def _is_for_development(place: str, at: Place) -> bool:
    """Whether a setting is not Django's at all, or that of a class for development."""
    if place == "module":
        return not is_django(at) and at.look("SECRET_KEY") is None
    return place == "class" and not _ASKING.isdisjoint(words_of(at.frame.owner or ""))


def _of_call(call: ast.Call, at: Place) -> Finding | None:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if isinstance(call.func, ast.Attribute) and name in {"set_cookie", "set_signed_cookie"}:
        return _of_cookie(call, at)
    if name.endswith("Storage") and (at.path(call.func) or "").startswith("aiohttp_session."):
        return _of_storage(call, at)
    is_middleware = (
        bool(call.args) and at.path(call.args[0]) == "starlette.middleware.sessions.SessionMiddleware"
    )
    if at.path(call.func) == "starlette.middleware.sessions.SessionMiddleware" or is_middleware:
        https_only = at.argument(call, None, "https_only")
        if https_only is None and not _may_be_hidden(call):
            return at.finding(
                call.func, f"the session cookie {_FLAGS['secure']}", _with(call, ["https_only"], at)
            )
        if https_only is not None and at.constant(https_only) is False:
            edit = at.edit(*at.range_of(https_only), "True")
            fix = Fix("Set `https_only` to `True`", "unsafe", _REASON, lambda: [edit])
            return at.finding(https_only, f"the session cookie {_FLAGS['secure']}", fix)
    return None


def _of_storage(call: ast.Call, at: Place) -> Finding | None:
    """The session cookie of aiohttp, where a flag is taken from it."""
    for flag, harm in _FLAGS.items():
        given = at.argument(call, None, flag)
        if given is not None and at.constant(given) is False:
            edit = at.edit(*at.range_of(given), "True")
            fix = Fix(f"Set `{flag}` to `True`", "unsafe", _REASON, lambda edit=edit: [edit])
            return at.finding(given, f"the session cookie {harm}", fix)
    return None


def _of_cookie(call: ast.Call, at: Place) -> Finding | None:
    name = at.constant(at.argument(call, 0, "key"))
    if not isinstance(name, str) or _may_be_hidden(call):
        return None
    if not _is_of_session(name, call, at):
        return _sent_openly(call, name, at)
    if at.constant(at.argument(call, None, "max_age")) == 0:
        return None
    missing = [flag for flag in _FLAGS if at.argument(call, None, flag) is None]
    off = [flag for flag in _FLAGS if at.constant(at.argument(call, None, flag)) is False]
    if not missing and not off:
        return None
    harm = ", and ".join(_FLAGS[flag] for flag in _FLAGS if flag in {*missing, *off})
    fix = _with(call, missing, at) if not off else None
    return at.finding(call.func, f"the cookie `{name}` {harm}", fix)


def _sent_openly(call: ast.Call, name: str, at: Place) -> Finding | None:
    """A cookie that somebody has said is not to be protected, unless everybody may know what is in it."""
    secure = at.argument(call, None, "secure")
    if secure is None or at.constant(secure) is not False or set(words_of(name)) & _OTHER_COOKIES:
        return None
    if isinstance(at.constant(at.argument(call, 1, "value")), str | int | float):
        return None
    edit = at.edit(*at.range_of(secure), "True")
    fix = Fix("Set `secure` to `True`", "unsafe", _OVER_HTTPS, lambda: [edit])
    return at.finding(secure, f"the cookie `{name}` {_FLAGS['secure']}", fix)


def _is_of_session(name: str, call: ast.Call, at: Place) -> bool:
    """Whether a cookie proves who somebody is, by its name or by what is put into it."""
    words = set(words_of(name))
    if words & _OTHER_COOKIES:
        return False
    value = at.argument(call, 1, "value")
    given = getattr(value, "attr", getattr(value, "id", "")) if value is not None else ""
    return bool(words & _SESSION) or names_secret(name) or names_secret(given)


def _may_be_hidden(call: ast.Call) -> bool:
    return any(keyword.arg is None for keyword in call.keywords) or len(call.args) > 2 + 1


def _with(call: ast.Call, flags: list[str], at: Place) -> Fix | None:
    written = ", ".join(f"{flag}=True" for flag in flags)
    if at.f_string(call) is not None:
        return None
    edit = append_argument(call, written, at)
    return Fix(f"Add `{written}`", "unsafe", _REASON, lambda: [edit]) if edit is not None else None
