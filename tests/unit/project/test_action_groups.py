"""meta/runtime.yml's action groups hold the modules that take the group's options, and no others."""

from __future__ import annotations

import pytest

from tests.stages.workspace import CHECKOUT
from tests.unit.project.checkout import MODULES, documentation, read_yaml

GROUPS = read_yaml(CHECKOUT / "meta" / "runtime.yml")["action_groups"]
# A module that takes the options of this documentation fragment belongs to this group.
FRAGMENTS = {"kube": "faas.mesh.connection", "faas": "faas.mesh.gateway"}


@pytest.mark.parametrize("group", FRAGMENTS)
def test_a_group_holds_the_modules_with_its_options(group: str) -> None:
    """An option set for a group is fatal in a member that lacks it, and has no effect on one left out."""
    takers = [
        module.stem
        for module in MODULES
        if FRAGMENTS[group] in documentation(module).get("extends_documentation_fragment", [])
    ]
    assert GROUPS[group] == sorted(takers)


def test_the_istio_group_holds_what_works_on_the_mesh() -> None:
    """The members are modules that exist, and every module named after Istio is among them."""
    names = {module.stem for module in MODULES}
    assert set(GROUPS["istio"]) <= names
    assert {name for name in names if name.startswith("istio_")} <= set(GROUPS["istio"])
