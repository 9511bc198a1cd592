"""requirements-dev.txt pins everything, and what users install is among it."""

from __future__ import annotations

import re

from tests.stages.workspace import CHECKOUT


def names_and_bounds(name: str) -> dict[str, str]:
    """The requirements of a file as package name (lower case) and the rest of the line."""
    lines = [line.split("#")[0].strip() for line in (CHECKOUT / name).read_text().splitlines()]
    found = (re.match(r"([A-Za-z0-9._-]+)(.*)", line) for line in lines if line)
    return {match.group(1).lower(): match.group(2) for match in found if match}


def test_development_is_pinned() -> None:
    """Every package has one exact version."""
    pins = names_and_bounds("requirements-dev.txt")
    assert [name for name, bound in pins.items() if not bound.startswith("==")] == []


def test_the_tests_run_with_what_users_install() -> None:
    """Each run-time requirement has a lower bound, and the pin list holds the package."""
    runtime = names_and_bounds("requirements.txt")
    assert all(bound.startswith(">=") for bound in runtime.values())
    assert set(runtime) <= set(names_and_bounds("requirements-dev.txt"))
