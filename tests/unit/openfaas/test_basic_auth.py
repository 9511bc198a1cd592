"""The gateway's credentials: made once, kept, and replaced only when asked."""

from __future__ import annotations

from typing import Any

from ansible_collections.faas.mesh.plugins.module_utils._faas import basic_auth
from ansible_collections.faas.mesh.plugins.module_utils._faas.basic_auth import BasicAuth

NOW = "2026-11-22T16:00:00Z"


def secret(credentials: BasicAuth) -> dict[str, Any]:
    return credentials.secret("openfaas", "basic-auth")


def test_a_new_password_is_long_random_and_needs_no_quoting() -> None:
    passwords = {basic_auth.wanted(None, "admin", rotate=False, now=NOW).password for _ in range(20)}
    assert len(passwords) == 20
    assert all(len(password) == 40 and password.isalnum() and password.isascii() for password in passwords)


def test_a_new_secret_was_never_rotated() -> None:
    made = basic_auth.wanted(None, "root", rotate=True, now=NOW)
    assert (made.user, made.rotated) == ("root", "")
    assert "annotations" not in secret(made)["metadata"]


def test_what_is_there_is_kept_with_its_user() -> None:
    live = secret(BasicAuth("root", "old", "2026-01-01T00:00:00Z"))
    assert basic_auth.wanted(live, "admin", rotate=False, now=NOW) == BasicAuth("root", "old", "2026-01-01T00:00:00Z")


def test_a_rotation_keeps_the_user_and_says_when() -> None:
    rotated = basic_auth.wanted(secret(BasicAuth("root", "old")), "admin", rotate=True, now=NOW)
    assert (rotated.user, rotated.rotated) == ("root", NOW)
    assert rotated.password != "old"
    assert secret(rotated)["metadata"]["annotations"] == {"faas.mesh/rotated": NOW}


def test_the_secret_has_the_keys_that_the_chart_mounts() -> None:
    document = secret(BasicAuth("admin", "pä:ss"))
    assert sorted(document["data"]) == ["basic-auth-password", "basic-auth-user"]
    assert basic_auth.from_secret(document) == BasicAuth("admin", "pä:ss")
