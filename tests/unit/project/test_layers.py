"""Imports point one way: modules, then istio and faas, then render, then kube, then the ground."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.project.checkout import MODULE_UTILS, MODULES, PLUGINS, imports

GROUND = frozenset({"_command", "_errors", "_files", "_libraries", "_progress", "_retry"})
ENGINES = frozenset({"_kube", "_render"})
# Beside the layers: the frame of a module and the table of versions, which use only the ground.
BESIDE = frozenset({"_module", "_versions"})
MAY_IMPORT = {
    "_errors": frozenset[str](),
    "_progress": frozenset[str](),
    "_command": GROUND,
    "_files": GROUND,
    "_libraries": GROUND,
    "_retry": GROUND,
    "_module": GROUND,
    "_versions": GROUND,
    "_kube": GROUND,
    "_forward": GROUND | {"_kube"},
    "_render": GROUND | {"_kube"},
    "_istio": GROUND | ENGINES | BESIDE,
    "_faas": GROUND | ENGINES | BESIDE,
    "_tools": GROUND,
    "_minikube": GROUND,
    "_images": GROUND,
}
LIBRARY = sorted((PLUGINS / "module_utils").rglob("*.py"))


def layers_of(path: Path) -> set[str]:
    """The parts of module_utils that a file imports from."""
    inside = (name.removeprefix(f"{MODULE_UTILS}.") for name in imports(path) if name.startswith(f"{MODULE_UTILS}."))
    return {name.split(".")[0] for name in inside}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_module_utils_import_only_what_lies_below(path: Path) -> None:
    """A file imports from its own part and from the parts below it."""
    own = path.relative_to(PLUGINS / "module_utils").parts[0].removesuffix(".py")
    if own == "__init__":
        assert not layers_of(path)
        return
    assert layers_of(path) - {own} <= MAY_IMPORT[own]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PLUGINS)))
def test_module_utils_never_import_a_module(path: Path) -> None:
    """Logic is imported by modules and not the other way round."""
    assert not [name for name in imports(path) if ".plugins.modules" in name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_share_code_only_through_module_utils(path: Path) -> None:
    """A module does not import another module."""
    assert not [name for name in imports(path) if ".plugins.modules" in name]
