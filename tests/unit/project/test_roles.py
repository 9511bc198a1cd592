"""A role's defaults, its argument specification and its name agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stages.workspace import CHECKOUT
from tests.unit.project.checkout import ROLES, read_yaml


def defaults(role: Path) -> dict[str, Any]:
    """The variables of defaults/main.yml."""
    path = role / "defaults" / "main.yml"
    found: dict[str, Any] | None = read_yaml(path) if path.exists() else None
    return found or {}


def specified(role: Path) -> dict[str, Any]:
    """The options of the role's main entry point."""
    specification: dict[str, Any] = read_yaml(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]
    options: dict[str, Any] = specification.get("options", {})
    return options


def test_every_role_has_an_argument_specification() -> None:
    """A role without one would take misspelt variables in silence."""
    assert sorted(path.name for path in (CHECKOUT / "roles").iterdir() if path.is_dir()) == [r.name for r in ROLES]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_default_is_specified(role: Path) -> None:
    """What a user may set is documented."""
    assert sorted(set(defaults(role)) - set(specified(role))) == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_documented_defaults_are_the_real_ones(role: Path) -> None:
    """A default in the specification is the value in defaults/main.yml; a computed one may stay undocumented."""
    documented = {name: option["default"] for name, option in specified(role).items() if "default" in option}
    real = defaults(role)
    assert documented == {name: real.get(name) for name in documented}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_variables_carry_the_prefix_of_the_role(role: Path) -> None:
    """Variables of two roles never clash."""
    assert [name for name in {*defaults(role), *specified(role)} if not name.startswith(f"{role.name}_")] == []
