"""What a block tells of the routes in it, from syntax alone, to rules that look at other blocks of the file.

A mark is a name that begins with `%`, which no program can bind: `look` answers it if some block tells it.

    %imports.flask       the file imports the web framework
    %route               some function is made the handler of a route
    %liveness            some route answers, by its path, whether the process lives
    %readiness           some route answers, by its path, whether the process can serve
    %includes            routes of other files are taken in
    %protected-route     some route demands a user, by the names of its decorators or dependencies
    %guard               something may look at every request before its handler does
    %limiter             something limits how often requests are served
    %database            a call makes a database of an ORM; stands for it, if there is only one
    %endpoint:name       a call makes `name` a handler; stands for "VERBS path", as far as they are constant
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from backend_architect.python.bindings import OPAQUE, Binding, Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FRAMEWORKS = _set(
    "aiohttp bottle django falcon fastapi flask litestar ninja quart rest_framework sanic starlette tornado"
)
SERVERS = FRAMEWORKS | {"cgi", "http"}
"""What else hands a program the data of a request: the modules of the standard library."""

VERBS = _set("get post put patch delete head options trace websocket")

ROUTING = VERBS | {"route", "api_route", "expose", "view"}
"""Names of decorators that take the path of a route."""

_DECLARING = VERBS | _set(
    "Route add_api_route add_route add_url_rule add_get add_post add_put add_patch add_delete"
)
"""Names of calls that take the path of a route and its handler."""

_INCLUDING = _set(
    "add_api add_namespace add_resource add_router include include_router init_app mount register_blueprint "
    "register_blueprints register_routes Mount"
)
_GUARDING = _set("before_app_request before_request middleware on_request")
_TELLING = _DECLARING | _INCLUDING | _GUARDING | {"add_middleware", "FastAPI", "APIRouter"}
"""Names of calls that tell something; those of limiters are found by a part of their names."""

_LIVE = _set(
    "alive health healthcheck health_check healthz health-check heartbeat live liveness livez ping status up"
)
_READY = _set("ready readiness readyz")

_PROTECTING = _set(
    "admin auth authed authenticate authenticated authentication authorization authorize authorized "
    "bearer jwt logged login oauth2 permission permissions principal protected staff superuser"
)
_PROTECTING_TOGETHER = (
    _set("access api key role roles scope scopes session token user"),
    _set("check current ensure needs require required requires"),
)
"""Words that speak of a user only if they stand beside one of the others."""

_ASKING = _set("check decode ensure require requires validate verify")
_PROOFS = _set("admin auth authenticated authentication authorization jwt logged login permission token")
_OF_SESSION = _set("account admin logged role uid user userid username")

_HARMLESS = _set(
    "anonymous client config csrf exempt form handler manager optional provider public repo repository "
    "request response service settings storage store url"
)
_LIMITING = re.compile(r"(?i)limiter|rate_?limit|throttl")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> frozenset[str]:
    """The words of an identifier in lower case, as in `require_login` and `requireLogin`."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def name_of(node: ast.expr | None) -> str:
    """The last name of an expression: `b` of `a.b` and of `a.b(...)`."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def demands_user(function: Function) -> bool:
    """Whether a decorator or a dependency of a handler is called like something that demands a user."""
    decorators = (one for one in function.decorator_list if name_of(one) not in ROUTING)
    routes = (one for one in function.decorator_list if name_of(one) in ROUTING)
    dependencies = (one for route in routes for one in _dependencies_of_route(route))
    return any(map(_is_protection, (*decorators, *dependencies, *dependencies_of(function))))


def _is_protection(node: ast.expr) -> bool:
    found = words(name_of(node))
    if not found.isdisjoint(_HARMLESS):
        return False
    together = all(not found.isdisjoint(some) for some in _PROTECTING_TOGETHER)
    return not found.isdisjoint(_PROTECTING) or together or found >= {"api", "key"}


def dependencies_of(function: Function) -> Iterator[ast.expr]:
    """What the parameters of a handler depend on: `x` of `Depends(x)`, or the alias `CurrentUser` for it."""
    args = function.args
    given = [one for one in (*args.defaults, *args.kw_defaults) if one is not None]
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        match arg.annotation:
            case ast.Subscript(value=origin, slice=ast.Tuple(elts=[_, *metadata])):
                if name_of(origin) == "Annotated":
                    given += metadata
            case ast.Name() | ast.Attribute() as alias if words(name_of(alias)) >= {"current", "user"}:
                yield alias
            case _:
                pass
    for one in given:
        yield from _depended_on(one)


def _dependencies_of_route(decorator: ast.expr) -> Iterator[ast.expr]:
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if keyword.arg == "dependencies" and isinstance(keyword.value, ast.List | ast.Tuple):
            for one in keyword.value.elts:
                yield from _depended_on(one)


def _depended_on(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and name_of(node) in {"Depends", "Security", "FromDishka"} and node.args:
        yield node.args[0]


def of_imports(modules: Iterable[str]) -> Iterator[Named]:
    """The marks of what serves requests among imported modules."""
    for module in sorted(SERVERS.intersection(modules)):
        yield f"%imports.{module}", OPAQUE


def of_nodes(nodes: Iterable[ast.AST]) -> Iterator[Named]:
    """The marks of the calls and functions among some nodes, each once."""
    told: dict[str, Binding] = {}
    for node in nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            if name.endswith("Database"):
                told["%database"] = OPAQUE if "%database" in told else Binding("value", node)
            if name in _TELLING or "imit" in name or "hrottl" in name:
                told.update(_of_call(node, name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
            told.update(_of_handler(node))
    yield from sorted(told.items())


def _of_call(call: ast.Call, name: str) -> Iterator[Named]:
    if name in _DECLARING:
        yield from _of_declaration(call, name)
    elif name in _INCLUDING:
        yield "%includes", OPAQUE
    elif name in _GUARDING or name == "add_middleware":
        arguments = words(" ".join(map(name_of, call.args)))
        if name != "add_middleware" or not arguments.isdisjoint(_PROTECTING):
            yield "%guard", OPAQUE
    elif name in {"FastAPI", "APIRouter"} and any(one.arg == "dependencies" for one in call.keywords):
        yield "%guard", OPAQUE
    if ("imit" in name or "hrottl" in name) and _LIMITING.search(name):
        yield "%limiter", OPAQUE
    for argument in call.args:
        if name == "add_middleware" and _LIMITING.search(name_of(argument)):
            yield "%limiter", OPAQUE


def _of_declaration(call: ast.Call, name: str) -> Iterator[Named]:
    """A call such as `Route("/", home)` or `app.add_url_rule("/", view_func=home)`."""
    args, methods = call.args, ""
    if name == "add_route" and len(args) > 2 and isinstance(verb := _text(args[0]), str) and verb.isupper():
        args, methods = args[1:], verb
    path = _text(args[0]) if args else None
    if path is None or not path.startswith("/"):
        return
    yield from _of_path(path)
    verb = name.removeprefix("add_")
    if verb in VERBS:
        methods = verb.upper()
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(listed := given.get("methods"), ast.List | ast.Tuple | ast.Set):
        methods = ",".join(filter(None, map(_text, listed.elts)))
    handler = given.get("view_func") or given.get("endpoint") or (args[1] if len(args) > 1 else None)
    if name == "add_url_rule" and len(args) > 2:
        handler = args[2]
    if isinstance(handler, ast.Name):
        yield f"%endpoint:{handler.id}", Binding("value", ast.Constant(f"{methods} {path}"))


def _of_handler(function: Function) -> Iterator[Named]:
    is_route = False
    for decorator in function.decorator_list:
        name = name_of(decorator)
        if name in _GUARDING:
            yield "%guard", OPAQUE
        elif isinstance(decorator, ast.Call) and name in ROUTING:
            path = next((text for text in map(_text, _paths(decorator)) if text is not None), None)
            if path is not None and (path.startswith("/") or not path):
                is_route = True
                yield from _of_path(path)
        elif "imit" in name or "hrottl" in name:
            yield "%limiter", OPAQUE
    if is_route and (demands_user(function) or any(map(_asks_who_calls, ast.walk(function)))):
        yield "%protected-route", OPAQUE


def _asks_who_calls(node: ast.AST) -> bool:
    """Whether a handler itself looks for a user: `verify_jwt(token)`, `if "user" not in session`."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            found = words(name)
            asks = not found.isdisjoint(_ASKING) and not found.isdisjoint(_PROOFS)
            return asks and "csrf" not in found
        case ast.Attribute(attr="is_authenticated"):
            return True
        case (
            ast.Subscript(value=ast.Name(id="session"), slice=ast.Constant(value=str(key)), ctx=ast.Load())
            | ast.Call(
                func=ast.Attribute(value=ast.Name(id="session"), attr="get"),
                args=[ast.Constant(value=str(key)), *_],
            )
            | ast.Compare(left=ast.Constant(value=str(key)), comparators=[ast.Name(id="session")])
        ):
            return not words(key).isdisjoint(_OF_SESSION)
        case _:
            return False


def _paths(decorator: ast.Call) -> Iterator[ast.expr]:
    yield from decorator.args[:1]
    yield from (one.value for one in decorator.keywords if one.arg in {"path", "rule", "uri"})


def _of_path(path: str) -> Iterator[Named]:
    yield "%route", OPAQUE
    parts = {part.lower() for part in path.split("/")}
    if not parts.isdisjoint(_LIVE):
        yield "%liveness", OPAQUE
    if not parts.isdisjoint(_READY):
        yield "%readiness", OPAQUE


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
