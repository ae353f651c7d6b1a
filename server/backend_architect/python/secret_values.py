"""Whether a string looks like a secret: the formats of well-known tokens, and what only stands in for one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log2
from urllib.parse import urlsplit

from backend_architect.python.words import word_set, words_of


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of token whose look gives it away."""

    title: str
    pattern: str
    variable: str
    """The environment variable in which programs look for it."""


FORMATS = {
    "aws": Format("an AWS access key", r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])", "AWS_ACCESS_KEY_ID"),
    "github": Format(
        "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,}", "GITHUB_TOKEN"
    ),
    "gitlab": Format("a GitLab token", r"gl(?:pat|dt|rt|ptt|cbt)-[\w-]{20,}", "GITLAB_TOKEN"),
    "slack": Format("a Slack token", r"xox[abeoprs]-\d[\w-]{18,}|xapp-\d-[\w-]{18,}", "SLACK_TOKEN"),
    "slack_hook": Format(
        "a Slack webhook",
        r"https://hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{20,}",
        "SLACK_WEBHOOK_URL",
    ),
    "stripe": Format("a Stripe key", r"(?:sk|rk)_live_[A-Za-z0-9]{16,}|whsec_[\w+/=]{24,}", "STRIPE_API_KEY"),
    "google": Format("a Google API key", r"AIza[\w-]{35}(?![\w-])", "GOOGLE_API_KEY"),
    "google_oauth": Format("a Google client secret", r"GOCSPX-[\w-]{24,}", "GOOGLE_CLIENT_SECRET"),
    "anthropic": Format("an Anthropic API key", r"sk-ant-[\w-]{24,}", "ANTHROPIC_API_KEY"),
    "openai": Format(
        "an OpenAI API key", r"sk-(?:(?:proj|svcacct|admin)-[\w-]{24,}|[A-Za-z0-9]{32,})", "OPENAI_API_KEY"
    ),
    "huggingface": Format("a Hugging Face token", r"hf_[A-Za-z]{34}(?![A-Za-z])", "HF_TOKEN"),
    "sendgrid": Format("a SendGrid API key", r"SG\.[\w-]{20,24}\.[\w-]{39,50}", "SENDGRID_API_KEY"),
    "mailgun": Format("a Mailgun API key", r"key-[0-9a-f]{32}(?![0-9a-f])", "MAILGUN_API_KEY"),
    "twilio": Format("a Twilio API key", r"SK[0-9a-f]{32}(?![0-9a-f])", "TWILIO_API_KEY"),
    "npm": Format("an npm token", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", "NPM_TOKEN"),
    "pypi": Format("a PyPI token", r"pypi-AgE[\w-]{50,}", "PYPI_TOKEN"),
    "telegram": Format("a Telegram bot token", r"\d{8,10}:AA[\w-]{33}(?![\w-])", "TELEGRAM_BOT_TOKEN"),
    "digitalocean": Format("a DigitalOcean token", r"do[por]_v1_[0-9a-f]{64}", "DIGITALOCEAN_TOKEN"),
    "azure": Format(
        "an Azure account key",
        r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,}={0,2}",
        "AZURE_STORAGE_CONNECTION_STRING",
    ),
    "jwt": Format("a signed token", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}", "TOKEN"),
    "pem": Format(
        "a private key",
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:,.\s-]{64,}",
        "PRIVATE_KEY",
    ),
}
"""The formats as their vendors document them; none of the names is a word of a language."""

_FORMAT = re.compile(
    r"(?<![A-Za-z0-9_-])(?:" + "|".join(f"(?P<{name}>{one.pattern})" for name, one in FORMATS.items()) + ")"
)

_STAND_IN = re.compile(
    r"x{3}|\*{3}|\.{3}|…|<[^<>]*>|\$\{|\{\w*\}|\{\{|%[(s]|^\$\w+$|__\w+__|0{8}|0123456789|1234567890|(?:123456){2}|abcdefgh",
    re.IGNORECASE,
)
_IN_EXAMPLES = re.compile(r"(?i)x{3}|\*{3}|\.{3}|0{6}|example|dummy|placeholder|your")
_STAND_IN_WORDS = word_set(
    """
    example examples sample dummy fake placeholder changeme changethis changeit replaceme your my_ todo
    fixme redacted insert replace mock foo bar baz test tests testing unittest hidden masked removed omitted
    here xxx notset unset
    """
)
_NO_VALUES = word_set(
    """
    none null nil undefined true false yes no on off string str text char varchar bytes int integer bool
    boolean required optional invalid missing incorrect wrong unknown empty default ask prompt enabled
    disabled any anything basic bearer oauth oauth2 jwt apikey header query cookie body form hidden input
    auto n/a na inherit not-needed
    """
)

_DOTTED = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*:/|[~.]{0,2})/.*|[A-Za-z]:\\.*|[\w.-]+(?:/[\w.-]+)+/?", re.DOTALL)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s:/@{}]*:[^\s@/{}]+@[^\s{}]*")
_HERE = re.compile(r"[@.](?:localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|demo\.)|\.demo\.")
_PLAIN_PASSWORDS = word_set(
    """
    password passwd pass pwd pw secret token key mypassword yourpassword user_password userpass p
    """
)

_CONNECTION_STRING = re.compile(r"(?i)(?:^|[\s;])(?:password|pwd)\s*=\s*'?([^\s;'=]{3,})")
_OTHER_SETTING = re.compile(
    r"(?i)(?:^|[\s;])(?:host|server|dbname|database|data source|user|uid|user id)\s*=\s*\S"
)
_SHORTEST = 16
_LONG = 32
_ENTROPY_OF_NAMES = 4.5


def known_format(text: str) -> Format | None:
    """The kind of token that a text holds."""
    if len(text) < _SHORTEST:
        return None
    found = _FORMAT.search(text)
    if (
        found is None
        or found.lastgroup is None
        or _IN_EXAMPLES.search(found[0])
        or entropy(found[0][-32:]) < 2.5
    ):
        return None
    return FORMATS[found.lastgroup]


def is_part_of_text(text: str) -> bool:
    """Whether a token stands behind other words, as in `Bearer eyJ...`."""
    found = _FORMAT.search(text)
    return found is not None and any(map(str.isspace, text[: found.start()].lstrip()))


def is_url_with_password(text: str) -> bool:
    """Whether a text is a URL that carries a password which somebody chose."""
    if "://" not in text or _URL.fullmatch(text) is None:
        return False
    try:
        url = urlsplit(text)
        user, password, host = url.username or "", url.password or "", url.hostname or ""
    except ValueError:
        return False
    if password.lower() in _PLAIN_PASSWORDS or is_stand_in(password) or "example" in host:
        return False
    return user.lower() not in {"user", "username"} or password.lower() not in {"pass", "password", "1234"}


def is_connection_string(text: str) -> bool:
    """Whether a text is a list of settings for a database, with a password that somebody chose."""
    found = _CONNECTION_STRING.search(text)
    return (
        found is not None
        and _OTHER_SETTING.search(text) is not None
        and not is_stand_in(found[1])
        and not is_template(found[1])
    )


def is_url_of_here(text: str) -> bool:
    """Whether a URL leads to this machine, a private network or a demonstration."""
    return _HERE.search(text) is not None


def is_stand_in(text: str) -> bool:
    """Whether a text only says that a secret belongs here: `<token>`, `your-key`, `changeme`, `xxxx`."""
    if _STAND_IN.search(text) is not None or len(set(text)) <= 2:
        return True
    return not _STAND_IN_WORDS.isdisjoint(words_of(text)) or text.lower() in _NO_VALUES


def is_template(text: str) -> bool:
    """Whether something else replaces a text before it is used: `<key>`, `${KEY}`, `{key}`."""
    return re.fullmatch(r"\s*|<.*>|\$\{.*\}|\{.*\}|%\(.*\)s|\$[A-Z_]+|__\w+__|\*+|\.+", text) is not None


def names_something(text: str) -> bool:
    """Whether a text is a path, a dotted key, a sentence or another name that programs give."""
    if any(map(str.isspace, text)) or _DOTTED.fullmatch(text):
        return True
    if _PATH.fullmatch(text) and not (len(text) >= _LONG and entropy(text) > _ENTROPY_OF_NAMES):
        return True
    return (
        "://" in text
        or text.endswith((":", "=", "_", "-", "?"))
        or text.startswith(("--", "$", "%", "@", "#"))
    )


def looks_random(text: str) -> bool:
    """Whether a text is long and mixed enough that nobody made it up as a name."""
    letters = any(map(str.isalpha, text))
    digits = sum(map(str.isdigit, text))
    return len(text) >= _SHORTEST and letters and digits >= 2 and entropy(text) >= 3.0


def entropy(text: str) -> float:
    """Bits of information in a character of a text."""
    counts = Counter(text)
    return -sum(count / len(text) * log2(count / len(text)) for count in counts.values())
