"""The tarball holds what users need and nothing of the development."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.stages.workspace import CHECKOUT
from tests.tarball.conftest import Installed

MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())
PLAYBOOKS = sorted(path.stem for path in (CHECKOUT / "playbooks").glob("*.yml"))


def test_the_tarball_holds_what_users_need(installed: Installed) -> None:
    """Licence, documents, rights and example inventories travel along."""
    with tarfile.open(installed.tarball) as tarball:
        names = set(tarball.getnames())
    needed = {"LICENSE", "README.md", "CHANGELOG.md", "requirements.txt", "meta/runtime.yml", "docs/rbac.yaml"}
    assert needed <= names
    assert {"inventories/existing", "playbooks/site.yml", "playbooks/teardown.yml"} <= names


def test_the_tarball_holds_nothing_of_the_development(installed: Installed) -> None:
    """Tests, caches and the tools' settings stay behind."""
    with tarfile.open(installed.tarball) as tarball:
        tops = {Path(name).parts[0] for name in tarball.getnames()}
    assert tops == {
        *("CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "requirements.txt"),
        *("docs", "inventories", "meta", "playbooks", "plugins", "roles"),
    }


@pytest.mark.parametrize("module", MODULES)
def test_ansible_doc_shows_every_module(installed: Installed, module: str) -> None:
    """Each module has a description, examples and documented return values."""
    shown = installed.run("ansible-doc", "--json", f"faas.mesh.{module}")
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)[f"faas.mesh.{module}"]
    assert document["doc"]["short_description"]
    assert document["examples"]
    assert document["return"]


@pytest.mark.parametrize("role", ROLES)
def test_ansible_doc_shows_every_role(installed: Installed, role: str) -> None:
    """Each role lists its variables with types."""
    shown = installed.run("ansible-doc", "--type", "role", "--json", f"faas.mesh.{role}")
    assert shown.returncode == 0, shown.stderr
    options = json.loads(shown.stdout)[f"faas.mesh.{role}"]["entry_points"]["main"]["options"]
    assert [name for name, option in options.items() if not (option.get("type") and option.get("description"))] == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_playbook_is_found_by_its_full_name(installed: Installed, playbook: str) -> None:
    """`ansible-playbook faas.mesh.site` needs no checkout."""
    checked = installed.run("ansible-playbook", f"faas.mesh.{playbook}", "-i", "localhost,", "--syntax-check")
    assert checked.returncode == 0, checked.stderr
