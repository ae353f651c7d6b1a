"""A project of Django that is made of snippets, and the run of the tests that `django_checks` has for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.snippets.flask_shop import key_pair
from tests.snippets.running import text_of

from backend_architect.snippets.context import Surroundings

SNIPPETS = {
    "registering": "register",
    "entering": "login",
    "access_tokens": "access-token",
    "refresh": "refresh-rotation",
    "changing": "password-change",
    "resetting": "password-reset",
    "roles": "roles",
    "keys": "api-key",
    "limiting": "login-rate-limit",
    "auditing": "security-audit-log",
    "headers": "security-headers",
}
"""The snippet in each module."""

SETTINGS = ("password-hashing", "session-cookie", "csrf", "cors")
"""Those that are settings."""

OTHER_SETTINGS = """
SECRET_KEY = {secret!r}
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["shop.example"]
DATABASES = {{"default": {database}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "corsheaders",
    "rest_framework",
    "shop",
]
MIDDLEWARE = [
    "shop.headers.SecurityHeadersMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shop.limiting.AttemptsMiddleware",
]
REST_FRAMEWORK = {{
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "shop.access_tokens.AccessTokenAuthentication",
        "shop.keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}}
JWT_ISSUER = "https://shop.example"
JWT_AUDIENCE = "shop"
JWT_KEY_ID = "one"
JWT_PRIVATE_KEY = {private!r}
JWT_PUBLIC_KEYS = {{"one": {public!r}}}
PASSWORD_RESET_TIMEOUT = 1800
"""

URLS = """\
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from shop import changing, entering, keys, refresh, registering, resetting, roles


class Me(APIView):
    def get(self, request):
        return Response({"user": request.user.pk})


class Orders(APIView):
    permission_classes = (roles.HasPermissions,)
    required_permissions = {"DELETE": ["auth.delete_user"]}

    def delete(self, request):
        return Response(status=204)

    put = delete


class Prices(APIView):
    permission_classes = (keys.HasScope,)
    required_scope = "prices:read"

    def get(self, request):
        return Response({"user": request.user.pk})


def other_login(request):
    user = authenticate(request, username=request.GET["name"], password=request.GET["password"])
    return HttpResponse(status=200 if user else 401)


urlpatterns = [
    path("auth/register", registering.RegisterView.as_view()),
    path("auth/login", entering.LoginView.as_view()),
    path("auth/logout", entering.LogoutView.as_view()),
    path("auth/refresh", refresh.RefreshView.as_view()),
    path("auth/refresh/logout", refresh.EndLoginView.as_view()),
    path("auth/password/forgotten", resetting.ForgottenPasswordView.as_view()),
    path("auth/password/reset", resetting.PasswordResetView.as_view()),
    path("account/password", changing.PasswordChangeView.as_view()),
    path("me", Me.as_view()),
    path("api/orders", Orders.as_view()),
    path("api/prices", Prices.as_view()),
    path("other-login", other_login),
]
"""


def run_django_checks(folder: Path, database: dict[str, str]) -> None:
    """Write the project into a folder, and let Django run its tests on a database."""
    files = {
        "__init__": "",
        "urls": URLS,
        "models": "from shop.keys import ApiKey\nfrom shop.refresh import Login\n",
    }
    for name, snippet in SNIPPETS.items():
        around = Surroundings(f"shop/{name}.py", f"shop.{name}")
        files[name] = text_of(f"auth/{snippet}", "django", around)
    private, public = key_pair()
    said = {"secret": "not that of any service", "private": private, "public": public, "database": database}
    parts = [text_of(f"auth/{snippet}", "django") for snippet in SETTINGS]
    files["settings"] = "\n".join([*parts, OTHER_SETTINGS.format(**said)])
    files["tests"] = (Path(__file__).parent / "django_checks.py").read_text(encoding="utf-8")
    (folder / "shop").mkdir()
    for name, text in files.items():
        (folder / f"shop/{name}.py").write_text(text, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "CORS_ALLOWED_ORIGINS": "https://friend.example"}
    for command in ("makemigrations", "test"):
        done = subprocess.run(
            [sys.executable, "-m", "django", command, "--settings=shop.settings", "shop"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "Ran 0 tests" not in done.stderr
