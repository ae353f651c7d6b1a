"""Requests to other services that are made once, come what may."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from backend_architect.engine.rules import detector
from backend_architect.fixes.retry_clients import mount_retries
from backend_architect.fixes.retrying import add_retry, with_timeout
from backend_architect.knowledge import libraries
from backend_architect.python.bodies import own_nodes
from backend_architect.python.marks import name_of, words
from backend_architect.python.retried import tries_again
from backend_architect.python.routes import route_of
from backend_architect.python.values import UNKNOWN, Instance, Text
from backend_architect.python.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend_architect.engine.findings import Finding, Fix
    from backend_architect.python.place import Place
    from backend_architect.python.routes import Function

MODULES = libraries.modules("idempotent-calls")

_JOBS = frozenset(
    {"task", "shared_task", "periodic_task", "job", "cron", "scheduled_job", "actor", "celery_task"}
)
"""Names of decorators that make a function a job."""

_ASKING = word_set("alive health healthy ping poll probe ready status telemetry wait")
"""Words of functions that want to know whether the other side answers at all."""

_CLIENTS = word_set("api client gateway connector fetcher adapter sdk")


@detector(on=(ast.FunctionDef, ast.AsyncFunctionDef), imports=MODULES)
def detect(function: Function, at: Place) -> Iterator[Finding]:
    """Speak of the first such call of a function, where nothing in sight calls again."""
    place = at.within(function)
    calls = (node for node in own_nodes(function.body) if isinstance(node, ast.Call))
    call = next((one for one in calls if _asks(one, place)), None)
    if (
        call is None
        or not words(function.name).isdisjoint(_ASKING)
        or not _is_service(function, at)
        or _tries_again(function, call, place)
    ):
        return
    name = place.path(call.func)
    message = f"`{name}` is tried once: a short outage of the other side becomes one of this"
    yield at.finding(call.func, message, _of_session(call, place) or add_retry(function, call, at))


def _asks(call: ast.Call, at: Place) -> bool:
    """Whether a call reads from another service."""
    path = at.path(call.func)
    known = path is not None and libraries.entry("idempotent-calls", path) is not None
    return known and not _sends(call, path or "", at)


def _sends(call: ast.Call, path: str, at: Place) -> bool:
    """Whether `urlopen` and `request` are asked to change something."""
    if path.endswith("urlopen"):
        given = isinstance(at.resolve(call.args[0]), Text) if call.args else False
        return not given or len(call.args) > 1 or any(one.arg == "data" for one in call.keywords)
    return path.endswith(".request") and at.constant(at.argument(call, 0, "method")) not in {"GET", "HEAD"}


def _is_service(function: Function, at: Place) -> bool:
    """Whether it handles a request, is a job, or a method of a class that stands for another service."""
    if any(name_of(one) in _JOBS for one in function.decorator_list) or route_of(function, at) is not None:
        return True
    owner = at.frame.owner
    named = words(owner) if owner is not None else frozenset[str]()
    return named.isdisjoint(_ASKING) and not named.isdisjoint(_CLIENTS)


def _tries_again(function: Function, call: ast.Call, at: Place) -> bool:
    """Whether a decorator, a loop, a client or anything called like it makes the call again."""
    if tries_again(function, at):
        return True
    if any(isinstance(outer, ast.For | ast.While | ast.AsyncFor) for outer in at.around(call)):
        return True
    return isinstance(call.func, ast.Attribute) and _is_prepared(call.func.value, call.func.attr, at)


def _is_prepared(client: ast.expr, method: str, at: Place) -> bool:
    """Whether a client may try again by itself: an adapter, a transport, a class of the project."""
    value = at.resolve(client)
    if isinstance(value, Instance) and libraries.entry("idempotent-calls", f"{value.type}.{method}") is None:
        return True
    match client:
        case ast.Name(id=name):
            bound = at.view.resolver(at.frame).scope.bindings_of(name)
            made = [one.node for one in bound if isinstance(one.node, ast.Call)]
            given = any(call.keywords for call in made if name_of(call) not in {"Session", "ClientSession"})
            annotated = any(one.kind == "annotation" for one in bound)
            mounted = at.look_local(f"{name}.mount") is not None
            return mounted or given or annotated or (not bound and at.look(name) in {None, UNKNOWN})
        case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
            owner = at.frame.owner_class
            plain = value == Instance("requests.Session")
            return not plain or owner is None or at.look(f"{owner}.{attribute}.mount") is not None
        case _:
            return False


def _of_session(call: ast.Call, at: Place) -> Fix | None:
    """The fix where the session of a call is made, if that is in sight: it is one for all of its requests."""
    if not isinstance(call.func, ast.Attribute):
        return None
    client = ast.unparse(call.func.value)
    made: list[ast.stmt] = [
        node
        for outer in at.around(call)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(outer)
        if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == [client]
    ]
    if len(made) != 1:
        return None
    makers = (one for one in at.around(made[0]) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    maker = next(makers, None)
    fix = mount_retries(made[0], at.within(maker)) if maker is not None else None
    return with_timeout(fix, call, at) if fix is not None else None
