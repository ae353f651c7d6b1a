"""Which functions answer HTTP requests, and what their frameworks know of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from backend_architect.knowledge import libraries
from backend_architect.python.ancestry import ancestors
from backend_architect.python.marks import FRAMEWORKS, ROUTING, VERBS, name_of, words
from backend_architect.python.route_parameters import Parameter, ParameterReader, Role
from backend_architect.python.values import Instance, Symbol, Text

if TYPE_CHECKING:
    from backend_architect.python.names import Resolver
    from backend_architect.python.place import Place
    from backend_architect.python.values import Value

Function = ast.FunctionDef | ast.AsyncFunctionDef

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The verbs of requests that change something."""

_APPLICATIONS = frozenset({"api", "app", "application", "blueprint", "bp", "ns", "router", "routes"})
"""What people call the object that declares routes when another file makes it."""

_ACTIONS = {
    "list": "GET",
    "retrieve": "GET",
    "create": "POST",
    "update": "PUT",
    "partial_update": "PATCH",
    "destroy": "DELETE",
}
"""The verbs that the methods of a view set of Django REST framework answer."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler of requests.

    `methods` is empty and `path` None where nobody says. `path` is what the handler itself declares, without
    the prefixes of routers and blueprints. A route that is not `certain` looks like one by its first
    parameter only.
    """

    framework: str
    methods: frozenset[str]
    path: str | None
    parameters: tuple[Parameter, ...]
    decorator: ast.Call | None = None
    response_model: ast.expr | None = None
    status_code: ast.expr | None = None
    certain: bool = True

    @property
    def request(self) -> str | None:
        """The name of the request object, where the handler is given one."""
        return next((one.name for one in self.parameters if one.role == "request"), None)

    def of_role(self, *roles: Role) -> tuple[Parameter, ...]:
        """The parameters that come from certain places."""
        return tuple(one for one in self.parameters if one.role in roles)

    @property
    def writes(self) -> bool:
        """Whether all that it answers are verbs that change something."""
        return bool(self.methods) and self.methods <= WRITING


def route_of(function: Function, at: Place) -> Route | None:
    """The route of which a function is the handler; `at` stands at the function, or somewhere in it."""
    known = at.view.routes
    if function not in known:
        known[function] = _Reader(function, at).route()
    return cast("Route | None", known[function])


def enclosing_route(at: Place) -> tuple[Function, Route] | None:
    """The handler in whose body a node stands, with its route; functions inside of a handler count as it."""
    frame = at.frame
    while frame is not None:
        if isinstance(frame.function, ast.FunctionDef | ast.AsyncFunctionDef):
            route = route_of(frame.function, at)
            if route is not None:
                return frame.function, route
        frame = frame.outer
    return None


class _Reader:
    """Reads one function in the frame that it stands in."""

    def __init__(self, function: Function, at: Place) -> None:
        self.function = function
        self.at = at
        frame = at.frame
        while frame.function is not function and frame.outer is not None:
            frame = frame.outer
        self.frame = frame.outer if frame.function is function and frame.outer is not None else at.frame
        self.resolver: Resolver = at.view.resolver(self.frame)

    def route(self) -> Route | None:
        return (
            self._decorated()
            or (self._method() if self.frame.owner is not None else None)
            or self._declared()
            or self._by_request()
        )

    # By a decorator

    def _decorated(self) -> Route | None:
        found = [one for one in map(self._of_decorator, self.function.decorator_list) if one is not None]
        if not found:
            return None
        methods = frozenset[str]().union(*(methods for _, methods, _, _ in found))
        framework, _, path, decorator = found[0]
        given = {one.arg: one.value for one in decorator.keywords} if decorator is not None else {}
        return Route(
            framework,
            methods,
            path,
            self._parameters(framework, path),
            decorator,
            given.get("response_model"),
            given.get("status_code"),
        )

    def _of_decorator(self, node: ast.expr) -> tuple[str, frozenset[str], str | None, ast.Call | None] | None:
        call = node if isinstance(node, ast.Call) else None
        function = call.func if call is not None else node
        path = self._path_of(function)
        entry = libraries.entry("route-decorators", path) if path is not None else None
        if entry is None:
            return self._of_unknown(call) if call is not None else None
        if call is None and "path" in entry:
            return None
        written = self._argument(call, 0, entry["path"]) if call is not None and "path" in entry else None
        verb = name_of(function)
        if "methods" not in entry:
            return entry["framework"], _verbs(verb), self._constant(written), call
        listed = self._argument(call, entry.get("methods-position"), entry["methods"]) if call else None
        default = frozenset({entry["default"]})
        return entry["framework"], self._listed(listed, default), self._constant(written), call

    def _of_unknown(self, call: ast.Call) -> tuple[str, frozenset[str], str | None, ast.Call] | None:
        """A decorator of an object that another file makes: `from app import app`.

        People complain of tools that take any decorator called `get` for a route. So the path must be a
        literal that begins with a slash, and what the object is called, or, where it is imported, the
        framework that the file imports, must say that it declares routes.
        """
        path = next((self._constant(argument) for argument in call.args[:1]), None)
        verb = name_of(call)
        if path is None or not path.startswith("/") or verb not in ROUTING:
            return None
        if not isinstance(call.func, ast.Attribute):
            return None
        receiver = call.func.value
        value = self.resolver.resolve(receiver)
        imported = isinstance(value, Symbol) and not value.path.startswith((":", "builtins."))
        named = not words(name_of(receiver)).isdisjoint(_APPLICATIONS)
        framework = next((one for one in ("fastapi", "flask", *sorted(FRAMEWORKS)) if self._imports(one)), "")
        if isinstance(value, Instance | Text) or not (named or (imported and framework)):
            return None
        if not imported and not framework:
            return None
        listed = next((one.value for one in call.keywords if one.arg in {"methods", "method"}), None)
        methods = self._listed(listed, frozenset({"GET"})) if verb not in VERBS else _verbs(verb)
        return framework, methods, path, call

    def _imports(self, framework: str) -> bool:
        return self.at.look(f"%imports.{framework}") is not None

    # As a method of a class

    def _method(self) -> Route | None:
        owner = cast("str", self.frame.owner)
        name = self.function.name
        if name not in _ACTIONS and name not in VERBS and not name.startswith(("on_", "dispatch")):
            return None
        for path in ancestors(owner, self.at.look):
            entry = libraries.entry("handler-methods", f"{path}.{name}") if path is not None else None
            if entry is not None:
                framework: str = entry["framework"]
                return Route(
                    framework,
                    _verbs(_ACTIONS.get(name, name)),
                    self._path_of_class(),
                    self._parameters(framework, self._path_of_class(), first=entry["request"]),
                )
        if name.startswith("on_") and name[3:] in VERBS and self._imports("falcon"):
            return Route("falcon", _verbs(name[3:]), None, self._parameters("falcon", None, first=True))
        return None

    def _path_of_class(self) -> str | None:
        """The path that a decorator of the class declares, if the class is one block."""
        owner = self.at.view.parent(self.function)
        for decorator in owner.decorator_list if isinstance(owner, ast.ClassDef) else ():
            if isinstance(decorator, ast.Call) and name_of(decorator) in ROUTING and decorator.args:
                return self._constant(decorator.args[0])
        return None

    # By a call elsewhere in the file, or by its parameters

    def _declared(self) -> Route | None:
        if self.frame.outer is not None:
            return None
        told = self.at.look(f"%endpoint:{self.function.name}")
        if not isinstance(told, Text) or told.constant is None:
            return None
        framework = next((one for one in sorted(FRAMEWORKS) if self._imports(one)), None)
        if framework is None:
            return None
        verbs, _, path = told.constant.partition(" ")
        methods = frozenset(filter(None, verbs.split(",")))
        first = framework not in {"flask", "fastapi", "quart", "bottle"}
        return Route(framework, methods, path, self._parameters(framework, path, first=first))

    def _by_request(self) -> Route | None:
        """A function whose first parameter is the request, as that of a view of Django."""
        args = [*self.function.args.posonlyargs, *self.function.args.args]
        if self.frame.owner is not None:
            args = args[1:]
        if not args or self.frame.function is not None:
            return None
        first = args[0]
        value = self.resolver.annotated(first.annotation) if first.annotation is not None else None
        entry = libraries.entry("request-classes", value.type) if isinstance(value, Instance) else None
        if entry is None and (first.arg != "request" or isinstance(value, Instance)):
            return None
        django = self._imports("django") or self._imports("rest_framework")
        framework: str = entry["framework"] if entry is not None else "django" if django else ""
        if not framework or (framework == "django" and not django):
            return None
        methods, certain = self._limited()
        parameters = self._parameters(framework, None, first=True)
        return Route(framework, methods, None, parameters, certain=certain)

    def _limited(self) -> tuple[frozenset[str], bool]:
        """The verbs that decorators let through, and whether there is such a decorator."""
        for node in self.function.decorator_list:
            function = node.func if isinstance(node, ast.Call) else node
            path = self._path_of(function)
            entry = libraries.entry("method-decorators", path) if path is not None else None
            if entry is not None:
                listed = (
                    self._argument(node, 0, "request_method_list") if isinstance(node, ast.Call) else None
                )
                return self._listed(listed, frozenset(entry["methods"].split())), True
        return frozenset(), False

    def _parameters(self, framework: str, path: str | None, *, first: bool = False) -> tuple[Parameter, ...]:
        reader = ParameterReader(self.resolver, self.at)
        method = self.frame.owner is not None
        return tuple(reader.read(self.function, framework, path, method=method, first=first))

    # Values where the function stands

    def _path_of(self, node: ast.expr) -> str | None:
        try:
            value: Value | None = self.resolver.resolve(node)
        except RecursionError:
            return None
        return value.path if isinstance(value, Symbol) else None

    def _constant(self, node: ast.expr | None) -> str | None:
        value = self.resolver.resolve(node) if node is not None else None
        return value.constant if isinstance(value, Text) else None

    def _listed(self, node: ast.expr | None, default: frozenset[str]) -> frozenset[str]:
        """The verbs in a list; none where one is not known."""
        if node is None:
            return default
        items: list[ast.expr] = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
        found = [self._constant(item) for item in items]
        return frozenset(one.upper() for one in found if one) if all(found) else frozenset()

    def _argument(self, call: ast.Call, position: int | None, keyword: str) -> ast.expr | None:
        return self.at.argument(call, position, keyword)


def _verbs(name: str) -> frozenset[str]:
    return frozenset({name.upper()}) if name.lower() in VERBS else frozenset()
