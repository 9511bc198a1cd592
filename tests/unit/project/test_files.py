"""What holds for every file of the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.stages.workspace import CHECKOUT
from tests.unit.project.checkout import FILES, PLUGINS

PYTHON = [path for path in FILES if path.suffix == ".py"]
LONGEST = 400
LICENCE = (
    "# Copyright (c) 2026 the faas.mesh authors",
    "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
)
# Spelt in pieces, or this file would hold what it forbids.
REGISTRIES = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("proxy", "golang", "org"),
    ("deb", "debian", "org"),
    ("npmjs", "org"),
    ("crates", "io"),
)
FOREIGN = re.compile("|".join([re.escape(".".join(name)) for name in REGISTRIES] + ["/wor" + "k/"]))


def relative(path: Path) -> str:
    """The path as a user of the checkout writes it."""
    return str(path.relative_to(CHECKOUT))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_is_text_that_names_no_registry_host_and_no_machine(path: Path) -> None:
    """Where packages come from is the user's setting; a path of one machine means nothing on another."""
    text = path.read_bytes().decode()
    assert "\0" not in text
    assert FOREIGN.findall(text) == []


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_a_python_file_stays_small(path: Path) -> None:
    """A longer file holds more than one noun."""
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [path for path in PYTHON if PLUGINS in path.parents], ids=relative)
def test_a_plugin_carries_the_licence(path: Path) -> None:
    """Plugins are used apart from the repository, so each says what licence it is under."""
    lines = path.read_text().splitlines()
    if path.name == "__init__.py" and not lines:
        return
    start = 1 if lines[0] == "#!/usr/bin/python" else 0
    assert tuple(lines[start : start + 2]) == LICENCE
