"""The README's table of versions is the one that the roles warn by."""

from __future__ import annotations

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
