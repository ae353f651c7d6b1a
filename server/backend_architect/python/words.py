"""The words of an identifier, and whether they name a secret.

Read as English reads a compound: the last noun says what a thing is, so `user_password` is a password and
`password_reset_url` is a URL.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

SecretKind = Literal["password", "secret", "otp"]
"""password: what a person types to log in; secret: a key or token of a program; otp: a code used once."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


_PASSWORDS = word_set(
    """
    password passwd passwords passphrase passcode pwd pw pword passw psw pswd userpass dbpass
    """
)
_PASS_OF = word_set(
    """
    user admin root db database sql mysql postgres postgresql pg mongo mongodb redis smtp mail email imap
    ftp sftp ssh ldap proxy login auth broker rabbit rabbitmq amqp my your new old current confirm host
    server api ca cert
    """
)
"""What may stand before `pass`, which means something else behind other words."""

_SECRETS = word_set(
    """
    secret secrets apikey apisecret apitoken authtoken accesstoken secretkey privatekey token jwt jwe bearer
    """
)
_KEY_OF = word_set(
    """
    api secret private access signing sign encryption encrypting crypto cipher fernet aes rsa jwt hmac auth
    authentication authorization master account client license licence webhook deploy ssh pgp
    gpg tls ssl stripe openai aws azure google sendgrid mailgun twilio app flask django token
    """
)
"""What may stand before `key`, which most often is the key of a mapping or a row."""

_PLURAL_OF = word_set(
    """
    access refresh auth api bearer session secret private signing encryption
    """
)
"""What may stand before `tokens` and `keys`, which most often are words of a text and keys of a mapping."""

_OTHER_TOKENS = word_set(
    """
    next page prev previous continuation continue sync resume cursor pagination eos bos pad unk sep cls mask
    special start end begin stop last first input output prompt completion total max min num cache cached
    cancel cancellation split parse lexer keyword string text word image audio video reasoning placeholder
    delimiter separator block field public lock fencing concurrency open close left right opening closing
    operator lookahead symbol unknown reservation lease claim id
    """
)
"""What stands before `token` where it is a piece of text or the place at which a list goes on."""

_OTPS = word_set("otp totp hotp otpcode totpcode")
_CODE_OF = word_set(
    """
    otp totp hotp mfa sms tfa 2fa verification verify confirmation reset recovery backup security auth pin
    login activation
    """
)
_SIGNATURES = word_set("signature sig hmac digest mac")
_HASHES = word_set(
    """
    hash hashed digest encrypted crypted pwhash passhash salted hmac bcrypt scrypt argon2
    """
)

_NEUTRAL = word_set(
    """
    value val str string text plain plaintext raw clear cleartext input bytes base data default
    """
)
"""What may stand behind the noun without making it another thing."""

_NOT_ITSELF = word_set(
    """
    is has have had no not need needs needed require requires required use uses using with without allow
    allows enable enabled disable disabled show hide check verify validate forgot forgotten reset change
    changed update set get fetch load read make create generate save store ask prompt encode decode encrypt
    decrypt send mask masked redact redacted obfuscated invalid wrong bad missing incorrect expired weak
    valid unusable blank empty count num number max min hash hashed encrypted crypted salted dummy fake
    public remove delete clear revoke refreshes must should can auto on handle parse find lookup
    issue rotate skip
    """
)
"""What stands before the noun in names of questions, actions, messages, hashes and stand-ins."""


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case, the same for `userPassword` and `USER_PASSWORD`."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=8192)
def secret_kind(name: str) -> SecretKind | None:
    """What kind of secret a thing of this name is; None also for what is only about a secret."""
    words = _core(words_of(name))
    if not words:
        return None
    last, before = words[-1], words[:-1]
    if last == "code":
        return "otp" if before and before[-1] in _CODE_OF else None
    if not _NOT_ITSELF.isdisjoint(before) and words[-2:] != ("reset", "token"):
        return None
    previous = before[-1] if before else ""
    if last in _PASSWORDS or (last == "pass" and previous in _PASS_OF):
        return "password"
    if previous in {"pass", "one", "time"} and last in {"word", "phrase"}:
        return "password"
    if last in _OTPS:
        return "otp"
    if last == "token" and (previous in _OTHER_TOKENS or "tokens" in before):
        return None
    if last in _SECRETS or (last == "key" and previous in _KEY_OF):
        return "secret"
    return "secret" if last in {"tokens", "keys"} and previous in _PLURAL_OF else None


def names_password(name: str) -> bool:
    """Whether a thing of this name is a password in plain text."""
    return secret_kind(name) == "password"


def names_secret(name: str) -> bool:
    """Whether a thing of this name is a password, a token, a secret key or a code used once."""
    return secret_kind(name) is not None


def names_hash_of_password(name: str) -> bool:
    """Whether a thing of this name is the hash of a password: `password_hash`, `hashed_password`."""
    words = words_of(name)
    return not _HASHES.isdisjoint(words) and (
        not _PASSWORDS.isdisjoint(words) or "pass" in words or words[-1] in {"pwhash", "passhash"}
    )


def names_signature(name: str) -> bool:
    """Whether a thing of this name proves where a message comes from: `signature`, `expected_digest`."""
    words = _core(words_of(name))
    return bool(words) and words[-1] in _SIGNATURES and _NOT_ITSELF.isdisjoint(words[:-1])


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without numbers and neutral words at the end."""
    end = len(words)
    while end > 1 and (words[end - 1].isdigit() or words[end - 1] in _NEUTRAL):
        end -= 1
    return words[:end]
