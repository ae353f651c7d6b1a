"""Names are read by their words, and the last noun says what a thing is."""

from __future__ import annotations

import pytest

from backend_architect.python.words import (
    names_hash_of_password,
    names_password,
    names_secret,
    names_signature,
    secret_kind,
    words_of,
)


def each(names: str) -> list[str]:
    return names.split()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("user_password", "user password"),
        ("userPassword", "user password"),
        ("USER_PASSWORD", "user password"),
        ("user-password", "user password"),
        ("UserPassword2", "user password 2"),
        ("_APIKey", "api key"),
        ("HTTPTokenURL", "http token url"),
        ("password1", "password 1"),
        ("__", ""),
        ("", ""),
    ],
)
def test_words(name: str, words: str) -> None:
    assert words_of(name) == tuple(words.split())


@pytest.mark.parametrize(
    "name",
    each(
        """
    password PASSWORD userPassword new_password old_password password1 password_2 raw_password
    plain_password password_plain password_str db_pass SMTP_PASS passwd DB_PWD user_pw passphrase
    DATABASE_PASSWORD passwords root_password
    """
    ),
)
def test_passwords(name: str) -> None:
    assert secret_kind(name) == "password"
    assert names_password(name)
    assert names_secret(name)


@pytest.mark.parametrize(
    "name",
    each(
        """
    secret SECRET_KEY secret_key_base client_secret token access_token refreshToken api_key apiKey API_KEY
    apikey private_key aws_secret_access_key jwt_secret jwt_key auth_token csrf_token webhook_secret
    signing_key encryption_key access_tokens api_keys bot_token SECRET_TOKEN token_value fernet_key
    session_token
    """
    ),
)
def test_secrets(name: str) -> None:
    assert secret_kind(name) == "secret"
    assert names_secret(name)
    assert not names_password(name)


@pytest.mark.parametrize(
    "name",
    each(
        """
    otp otp_code totp verification_code mfa_code reset_code user_otp pin_code
    """
    ),
)
def test_codes_that_are_used_once(name: str) -> None:
    assert secret_kind(name) == "otp"


@pytest.mark.parametrize(
    "name",
    each(
        """
    password_reset_url token_count max_tokens secret_name password_field token_prefix public_key key
    csrf_token_header password_hash hashed_password hash_password has_password is_token check_password
    reset_password change_password token_url token_type tokens keys next_page_token page_token
    continuation_token eos_token pad_token num_tokens prompt_tokens tokenizer passed_msg split_token
    first_pass bypass compass password_min_length password_validators foreign_key primary_key cache_key
    sort_key aws_access_key_id secret_id token_expires token_ttl password_policy invalid_password
    wrong_password password_changed_at forgot_password set_password show_password secretary status_code
    error_code zip_code code masked_token public_token dummy_password password_input_type user name
    """
    ),
)
def test_what_is_only_about_secrets(name: str) -> None:
    assert secret_kind(name) is None


@pytest.mark.parametrize(
    "name",
    each(
        """
    password_hash hashed_password passwordHash pw_digest encrypted_password pwhash
    """
    ),
)
def test_hashes_of_passwords(name: str) -> None:
    assert names_hash_of_password(name)
    assert not names_password(name)


@pytest.mark.parametrize("name", ["password", "hash", "hashed_email", "content_hash"])
def test_what_is_no_hash_of_a_password(name: str) -> None:
    assert not names_hash_of_password(name)


@pytest.mark.parametrize(
    "name",
    each(
        """
    signature x_hub_signature expected_sig hmac computed_digest mac signature_256
    """
    ),
)
def test_signatures(name: str) -> None:
    assert names_signature(name)


@pytest.mark.parametrize(
    "name",
    each(
        """
    signature_header inspect_signatures_of verify_signature checksum has_signature
    """
    ),
)
def test_what_is_no_signature(name: str) -> None:
    assert not names_signature(name)
