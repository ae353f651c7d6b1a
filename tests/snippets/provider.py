"""A provider of OpenID Connect on this machine, which checks what it is told and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "shop", "client-secret"


@dataclass
class Provider:
    """What it knows and what it was asked."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Put into ID tokens instead of the right ones; None leaves one out."""
    key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    signing: Any = None
    """Another key than the published one."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """What was wrong with requests for tokens."""

    def authorize(self, location: str) -> str:
        """Let somebody log in whose browser was sent here; the code."""
        query = {name: value for name, (value,) in parse_qs(urlsplit(location).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return code

    def answer(self, path: str, body: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What the server says."""
        match path:
            case "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            case "/keys":
                public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
                return 200, {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}
            case "/token":
                return self.tokens(body, authorization)
            case _:
                return 404, {}

    def tokens(self, body: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once."""
        asked = self.codes.pop(body.get("code", ""), None)
        digest = hashlib.sha256(body.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        wrong = {
            "code": asked is None,
            "verifier": asked is not None and challenge != asked.get("code_challenge"),
            "redirect": asked is not None and body.get("redirect_uri") != asked["redirect_uri"],
            "client": authorization != f"Basic {client}",
        }
        self.refused += [name for name, is_wrong in wrong.items() if is_wrong]
        if asked is None or any(wrong.values()):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        signed = jwt.encode(claims, self.signing or self.key, algorithm="RS256", headers={"kid": "1"})
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider that answers until it is left."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say({name: value for name, (value,) in parse_qs(text).items()})

        def say(self, body: dict[str, str]) -> None:
            code, content = provider.answer(self.path, body, self.headers.get("Authorization", ""))
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - as it is called there

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
