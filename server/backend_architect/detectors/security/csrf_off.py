"""Protection against forged requests that is turned off."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.findings import Finding, Fix
from backend_architect.engine.rules import detector
from backend_architect.python.configuration import settings_at
from backend_architect.python.switches import is_asked_for, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.python.place import Place

_View = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_EXEMPT = "django.views.decorators.csrf.csrf_exempt"
_METHOD_DECORATOR = "django.utils.decorators.method_decorator"
_MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"
_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
_SETTINGS = frozenset({"WTF_CSRF_ENABLED"})
_PROVING = frozenset(
    {
        "signature",
        "signatures",
        "hmac",
        "webhook",
        "hook",
        "authorization",
        "bearer",
        "jwt",
        "oauth",
        "oauth2",
    }
    | {
        "apikey",
        "secret",
        "token",
        "tokens",
        "saml",
        "openid",
        "lti",
        "shibboleth",
        "digest",
        "basic",
        "scim",
    }
)
"""Words in code that proves by other means than a cookie who asks."""

_OF_USER = frozenset(
    {"login_required", "permission_required", "LoginRequiredMixin", "PermissionRequiredMixin", "current_user"}
)
"""Names that say that a view acts for whoever is logged in."""

_WRITING = frozenset({"save", "create", "delete", "update", "bulk_create", "get_or_create", "commit"})
_SAFE_METHODS = frozenset({"require_GET", "require_safe", "api_view"})
_ASKING = frozenset({"debug", "dev", "development", "local", "test", "testing"})
_FORGED = "any page can send this request in the name of a logged-in user"
_REASON = "Requests without a token are refused; forms and scripts have to send it."


@detector(
    on=(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.Call),
    words=("csrf", "middleware"),
)
def detect(node: _View | ast.Assign | ast.Call, at: Place) -> Iterator[Finding]:
    """Views that prove by other means who asks need no such protection."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield from _of_view(node, at)
        case ast.Assign(targets=[ast.Name(id="MIDDLEWARE" | "MIDDLEWARE_CLASSES")]) if at.function is None:
            yield from _of_middleware(node, at)
        case _:
            yield from _of_settings(node, at)


def _of_view(view: _View, at: Place) -> Iterator[Finding]:
    for decorator in view.decorator_list:
        whole = _whole(view, at) if _exempts(decorator, at) else None
        if whole is not None and _acts_for_user(whole) and not _is_protected_otherwise(whole, at):
            message = f"`{ast.unparse(decorator)}` lets forged requests through: {_FORGED}"
            yield at.finding(decorator, message, _without(decorator, at))


def _exempts(decorator: ast.expr, at: Place) -> bool:
    match decorator:
        case ast.Call(func=function, args=[exempt, *_]):
            return at.path(function) == _METHOD_DECORATOR and at.path(exempt) == _EXEMPT
        case ast.Attribute(value=owner, attr="exempt"):
            return at.type_of(owner) in {
                "flask_wtf.CSRFProtect",
                "flask_wtf.csrf.CSRFProtect",
                "flask_wtf.CsrfProtect",
            }
        case ast.Name() | ast.Attribute():
            return at.path(decorator) == _EXEMPT
        case _:
            return False


def _whole(view: _View, at: Place) -> _View | None:
    """The view that an exemption holds for: of a method its class, if that is short enough to be seen."""
    if isinstance(view, ast.ClassDef) or at.frame.owner is None:
        return view
    around = at.view.parent(view)
    return around if isinstance(around, ast.ClassDef) else None


def _acts_for_user(view: _View) -> bool:
    """Whether a view changes something, or anything in it depends on who is logged in."""
    for node in ast.walk(view):
        match node:
            case ast.Attribute(
                value=ast.Name(id="request") | ast.Attribute(attr="request"), attr="user" | "session"
            ):
                return True
            case ast.Name(id=name) if name in _OF_USER:
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in _WRITING:
                return True
            case _:
                pass
    return False


def _is_protected_otherwise(view: _View, at: Place) -> bool:
    """Whether a view proves otherwise who asks, changes nothing, or is of a framework that sees to it."""
    names = {getattr(one, "attr", getattr(one, "id", "")) for one in map(_called, view.decorator_list)}
    if names & _SAFE_METHODS:
        return True
    if isinstance(view, ast.ClassDef):
        bases = [at.path(base) or "" for base in view.bases]
        if any(base.startswith(("rest_framework.", "graphene_django.", "ariadne.")) for base in bases):
            return True
    return not _PROVING.isdisjoint(words_in(view))


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _of_middleware(node: ast.Assign, at: Place) -> Iterator[Finding]:
    listed = at.strings(node.value)
    if listed is not None and _SESSIONS in listed and _MIDDLEWARE not in listed:
        message = f"`{_MIDDLEWARE}` is missing: {_FORGED.replace('this request', 'any request')}"
        yield at.finding(node.targets[0], message)


def _of_settings(node: ast.Assign | ast.Call, at: Place) -> Iterator[Finding]:
    for setting in settings_at(node, at):
        if setting.name in _SETTINGS and at.constant(setting.value) is False:
            words = words_in(ast.Name(at.frame.owner or ""))
            if words & _ASKING or is_asked_for(node, at, _ASKING, frozenset()):
                return
            edit = at.edit(*at.range_of(setting.value), "True")
            fix = Fix(f"Set `{setting.name}` to `True`", "unsafe", _REASON, lambda edit=edit: [edit])
            message = f"`{setting.name} = False` lets forged requests through: {_FORGED}"
            yield at.finding(setting.value, message, fix)


def _without(decorator: ast.expr, at: Place) -> Fix | None:
    """Take the line of a decorator out, if nothing else stands on it."""
    start, end = at.range_of(decorator)
    text = at.view.source.text
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    if line_end < 0 or text[line_start:start].strip() != "@" or text[end:line_end].strip():
        return None
    edit = at.edit(line_start, line_end + 1, "")
    return Fix("Remove the exemption", "unsafe", _REASON, lambda: [edit])
