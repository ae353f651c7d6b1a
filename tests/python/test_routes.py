"""Which functions are handlers of requests, and what is known of them."""

from __future__ import annotations

import pytest
from tests.python.seeing import seen

from backend_architect.python.routes import Route, enclosing_route

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
SEE = "():\n    see()\n"


def route(text: str) -> Route | None:
    """The route around the only call of `see`."""
    [found] = seen(text, lambda _, at: enclosing_route(at))
    return found[1] if found is not None else None


ROUTES = {
    "fastapi": (f"{FASTAPI}@app.get('/a')\nasync def f{SEE}", "fastapi GET /a"),
    "router": (
        f"import fastapi as f\nrouter = f.APIRouter()\n@router.post(path='/a')\ndef g{SEE}",
        "fastapi POST /a",
    ),
    "api_route": (
        f"{FASTAPI}@app.api_route('/a', methods=['PUT', 'patch'])\ndef f{SEE}",
        "fastapi PATCH PUT /a",
    ),
    "factory": (
        f"{FASTAPI}def make():\n    app = FastAPI()\n    @app.get('/a')\n    def f():\n        see()\n",
        "fastapi GET /a",
    ),
    "attribute": (
        (
            "from flask import Flask\nclass A:\n    def __init__(self):\n        self.app = Flask('a')\n"
            "        @self.app.route('/a')\n        def f():\n            see()\n"
        ),
        "flask GET /a",
    ),
    "own application": (
        f"from fastapi import FastAPI\nclass A(FastAPI): ...\napp = A()\n@app.put('/a')\ndef f{SEE}",
        "fastapi PUT /a",
    ),
    "flask": (f"{FLASK}@app.route('/a', methods=('POST',))\ndef f{SEE}", "flask POST /a"),
    "flask, default": (f"{FLASK}@app.route('/a')\ndef f{SEE}", "flask GET /a"),
    "flask, two": (f"{FLASK}@app.get('/a')\n@app.post('/b')\ndef f{SEE}", "flask GET POST /a"),
    "flask, listed": (f"{FLASK}@app.route('/a', methods=METHODS)\ndef f{SEE}", "flask  /a"),
    "blueprint": (
        f"from flask import Blueprint\nusers = Blueprint('u', __name__)\n@users.delete('/a')\ndef f{SEE}",
        "flask DELETE /a",
    ),
    "imported": (
        f"from flask import request\nfrom x import app\n@app.route('/a')\ndef f{SEE}",
        "flask GET /a",
    ),
    "imported, by its framework": (
        f"from flask import request\nfrom . import users\n@users.route('/a')\ndef f{SEE}",
        "flask GET /a",
    ),
    "parameter": (
        "from flask import request\ndef register(app):\n    @app.post('/a')\n    def f():\n        see()\n",
        "flask POST /a",
    ),
    "add_url_rule": (
        f"{FLASK}def f{SEE}app.add_url_rule('/a', view_func=f, methods=['POST'])\n",
        "flask POST /a",
    ),
    "method view": (
        "from flask.views import MethodView\nclass A(MethodView):\n    def post(self):\n        see()\n",
        "flask POST None",
    ),
    "resource": (
        (
            "from flask_restful import Resource\nclass B(Resource): ...\nclass A(B):\n"
            "    def put(self):\n        see()\n"
        ),
        "flask PUT None",
    ),
    "resource with path": (
        (
            "from flask_restx import Namespace, Resource\nns = Namespace('a')\n@ns.route('/<int:id>')\n"
            "class A(Resource):\n    def get(self, id):\n        see()\n"
        ),
        "flask GET /<int:id>",
    ),
    "expose": (
        (
            "from flask_appbuilder.api import BaseApi, expose\nclass A(BaseApi):\n"
            "    @expose('/a', methods=['POST'])\n    def f(self):\n        see()\n"
        ),
        "flask POST /a",
    ),
    "django": ("from django.http import HttpResponse\ndef f(request):\n    see()\n", "django  None"),
    "django, limited": (
        "from django.views.decorators.http import require_POST\n@require_POST\ndef f(request):\n    see()\n",
        "django POST None",
    ),
    "django, listed": (
        (
            "from django.views.decorators.http import require_http_methods\n"
            "@require_http_methods(['GET', 'POST'])\ndef f(request):\n    see()\n"
        ),
        "django GET POST None",
    ),
    "django, class": (
        (
            "from django.views.generic import ListView\nclass A(ListView):\n"
            "    def get(self, request):\n        see()\n"
        ),
        "django GET None",
    ),
    "drf, function": (
        "from rest_framework.decorators import api_view\n@api_view(['POST'])\ndef f(request):\n    see()\n",
        "drf POST None",
    ),
    "drf, bare": (
        "from rest_framework.decorators import api_view\n@api_view()\ndef f(request):\n    see()\n",
        "drf GET None",
    ),
    "drf, class": (
        (
            "from rest_framework.views import APIView\nclass A(APIView):\n"
            "    def post(self, request):\n        see()\n"
        ),
        "drf POST None",
    ),
    "drf, set": (
        (
            "from rest_framework import viewsets\nclass A(viewsets.ModelViewSet):\n"
            "    def create(self, request):\n        see()\n"
        ),
        "drf POST None",
    ),
    "aiohttp": (
        (
            "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.get('/a')\n"
            "async def f(request):\n    see()\n"
        ),
        "aiohttp GET /a",
    ),
    "aiohttp, annotated": (
        "from aiohttp import web\nasync def f(r: web.Request) -> web.Response:\n    see()\n",
        "aiohttp  None",
    ),
    "aiohttp, added": (
        (
            "from aiohttp import web\nasync def f(request):\n    see()\n"
            "app = web.Application()\napp.router.add_post('/a', f)\n"
        ),
        "aiohttp POST /a",
    ),
    "aiohttp, class": (
        "from aiohttp import web\nclass A(web.View):\n    async def get(self):\n        see()\n",
        "aiohttp GET None",
    ),
    "starlette": (
        (
            "from starlette.routing import Route\nasync def f(request):\n    see()\n"
            "routes = [Route('/a', f, methods=['POST'])]\n"
        ),
        "starlette POST /a",
    ),
    "endpoint": (
        (
            "from starlette.endpoints import HTTPEndpoint\nclass A(HTTPEndpoint):\n"
            "    async def get(self, request):\n        see()\n"
        ),
        "starlette GET None",
    ),
    "tornado": (
        "import tornado.web\nclass A(tornado.web.RequestHandler):\n    def get(self, id):\n        see()\n",
        "tornado GET None",
    ),
    "falcon": (
        "import falcon\nclass A:\n    def on_post(self, req, resp):\n        see()\n",
        "falcon POST None",
    ),
    "sanic": (
        "from sanic import Sanic\napp = Sanic('a')\n@app.get('/a')\nasync def f(request):\n    see()\n",
        "sanic GET /a",
    ),
    "bottle": (f"from bottle import route\n@route('/a', method='POST')\ndef f{SEE}", "bottle POST /a"),
    "litestar": (f"from litestar import post\n@post('/a')\nasync def f{SEE}", "litestar POST /a"),
    "quart": (
        f"from quart import Quart\napp = Quart('a')\n@app.route('/a')\nasync def f{SEE}",
        "quart GET /a",
    ),
}

NO_ROUTES = {
    "plain": f"{FASTAPI}def f{SEE}",
    "other decorator": f"import responses\nfrom flask import Flask\nm = Mock()\n@m.get('/a')\ndef f{SEE}",
    "no path": f"from x import app\n@app.get('key')\ndef f{SEE}",
    "patch": f"from unittest import mock\n@mock.patch('a.b')\ndef f{SEE}",
    "request elsewhere": "import json\ndef f(request):\n    see()\n",
    "cache": f"from x import cache\n@cache.get('/a')\ndef f{SEE}",
    "dictionary": "class A:\n    def get(self, request):\n        see()\n",
    "hook": f"{FLASK}@app.before_request\ndef f{SEE}",
    "session": "import aiohttp\nasync def f(session: aiohttp.ClientSession):\n    see()\n",
    "typed otherwise": (
        "import django\nimport urllib.request\ndef f(request: urllib.request.Request):\n    see()\n"
    ),
}


@pytest.mark.parametrize(("text", "expected"), ROUTES.values(), ids=ROUTES)
def test_routes(text: str, expected: str) -> None:
    found = route(text)
    assert found is not None
    assert f"{found.framework} {' '.join(sorted(found.methods))} {found.path}" == expected


@pytest.mark.parametrize("text", NO_ROUTES.values(), ids=NO_ROUTES)
def test_what_is_no_route(text: str) -> None:
    assert route(text) is None


PARAMETERS = {
    "fastapi": (
        (
            "from typing import Annotated\nfrom fastapi import Body, Depends, FastAPI, Query, Request\n"
            "from pydantic import BaseModel\napp = FastAPI()\nclass M(BaseModel): ...\n"
            "@app.post('/{a}/{b:path}')\n"
            "def f(a: int, b, c: str, d: M, e: dict, g: Annotated[int, Query()], h=Depends(x), *, "
            "i: Request, j=Body(), k: list[M] = None, l: Alias=0, m: dict[str, int] = None):\n    see()\n"
        ),
        "path path query body body query dependency request body body unknown body",
    ),
    "flask": (
        "from flask import Flask\napp = Flask('a')\n@app.get('/<a>/<int:b>')\ndef f(a, b):\n    see()\n",
        "path path",
    ),
    "django": ("import django\ndef f(request, pk, **options):\n    see()\n", "request unknown"),
    "drf": (
        (
            "from rest_framework.views import APIView\nclass A(APIView):\n"
            "    def get(self, request, pk):\n        see()\n"
        ),
        "request unknown",
    ),
    "aiohttp": ("from aiohttp import web\nasync def f(r: web.Request):\n    see()\n", "request"),
}


@pytest.mark.parametrize(("text", "expected"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters(text: str, expected: str) -> None:
    found = route(text)
    assert found is not None
    assert " ".join(one.role for one in found.parameters) == expected


def test_converters_and_types() -> None:
    flask = route(
        "from flask import Flask\na = Flask('a')\n@a.get('/<int:b>/<c>')\ndef f(b, c):\n    see()\n"
    )
    assert flask is not None
    assert [one.type for one in flask.parameters] == ["int", None]
    fastapi = route(f"{FASTAPI}@app.get('/x')\ndef f(b: int, c: 'str | None' = None):\n    see()\n")
    assert fastapi is not None
    assert [one.type for one in fastapi.parameters] == ["builtins.int", "builtins.str"]


MARKS = {
    "%imports.fastapi": (FASTAPI, FLASK),
    "%route": (f"{FASTAPI}@app.get('/a')\ndef f(): ...\n", FASTAPI),
    "%liveness": (
        f"{FASTAPI}@app.get('/api/healthz')\ndef f(): ...\n",
        f"{FASTAPI}@app.get('/healthy-food')\ndef f(): ...\n",
    ),
    "%readiness": (f"{FLASK}app.add_url_rule('/ready', view_func=f)\n", FLASK),
    "%includes": (f"{FASTAPI}app.include_router(users)\n", FASTAPI),
    "%protected-route": (
        f"{FASTAPI}@app.get('/a')\ndef f(u=Depends(get_current_user)): ...\n",
        f"{FASTAPI}@app.get('/a')\ndef f(u=Depends(get_user_service)): ...\n",
    ),
    "%guard": (
        f"{FLASK}@app.before_request\ndef f(): ...\n",
        f"{FASTAPI}app.add_middleware(GZipMiddleware)\n",
    ),
    "%limiter": (f"{FLASK}limiter = Limiter(app)\n", FLASK),
}


@pytest.mark.parametrize(
    ("mark", "there", "missing"), [(mark, *both) for mark, both in MARKS.items()], ids=MARKS
)
def test_marks(mark: str, there: str, missing: str) -> None:
    assert seen(f"{there}see()\n", lambda _, at: at.look(mark) is not None) == [True]
    assert seen(f"{missing}see()\n", lambda _, at: at.look(mark) is not None) == [False]
