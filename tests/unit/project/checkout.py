"""The checkout as the tests of this folder read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.stages.workspace import CHECKOUT, Workspace

PLUGINS = CHECKOUT / "plugins"
MODULES = sorted(path for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
ROLES = sorted(path.parent.parent for path in (CHECKOUT / "roles").glob("*/meta/argument_specs.yml"))
FILES = [CHECKOUT / path for path in Workspace().files()]
# How this checkout's modules import each other.
MODULE_UTILS = "ansible_collections.faas.mesh.plugins.module_utils"


def read_yaml(path: Path) -> Any:
    """The YAML document in ``path``."""
    return yaml.safe_load(path.read_text())


def documentation(module: Path) -> dict[str, Any]:
    """The parsed DOCUMENTATION of a module's file."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            document = yaml.safe_load(ast.literal_eval(node.value))
            assert isinstance(document, dict), f"{module}: DOCUMENTATION is no mapping"
            return document
    raise AssertionError(f"{module} has no DOCUMENTATION")


def imports(path: Path) -> Iterator[str]:
    """The full names of what a Python file under plugins/module_utils or plugins/modules imports, anywhere in it."""
    package = list(path.relative_to(PLUGINS.parent).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            prefix = "ansible_collections.faas.mesh." if node.level else ""
            base = prefix + ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
