"""What the documents promise of versions and of tests."""

from __future__ import annotations

import re

from ansible_collections.faas.mesh.plugins.module_utils import _versions
from tests.stages.workspace import CHECKOUT


def test_the_readme_shows_the_table_of_versions() -> None:
    """Every pair of the table has its row, and the README promises no other."""
    rows = [f"| Istio {line} | Kubernetes {span} |" for line, span in _versions.ISTIO.items()]
    rows += [f"| cert-manager {line} | Kubernetes {span} |" for line, span in _versions.CERT_MANAGER.items()]
    rows += [f"| OpenFaaS chart {_versions.OPENFAAS_CHART} | any of these |"]
    section = (CHECKOUT / "README.md").read_text().split("## What goes together")[1].split("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("| ") and line != "| | runs on |"]
    assert shown == rows


def test_every_row_of_the_tutorial_names_a_test_that_is_there() -> None:
    """A row without one promises something that nothing shows."""
    lines = (CHECKOUT / "docs" / "tutorial.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| the tutorial |")]
    named = [re.search(r"`([a-z_/]+/test_[a-z_]+\.py)` \|$", row) for row in rows]
    assert [row for row, name in zip(rows, named, strict=True) if name is None] == []
    assert [name[1] for name in named if name and not (CHECKOUT / "tests" / name[1]).is_file()] == []
    assert rows
