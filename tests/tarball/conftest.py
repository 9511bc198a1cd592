"""The collection as users get it: built into a tarball and installed into a folder whose path has a space."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.stages.workspace import Workspace


@dataclass(frozen=True)
class Installed:
    """The collection installed from its tarball, apart from the checkout.

    :param tarball: what was built.
    :param collections: the collections path it was installed into.
    :param folder: an empty folder to run programs in, so that no file of the checkout is found by chance.
    """

    tarball: Path
    collections: Path
    folder: Path

    @property
    def root(self) -> Path:
        """The installed collection's own folder."""
        return self.collections / "ansible_collections" / "faas" / "mesh"

    def run(self, program: str, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs as a user of the installed collection does.

        :param variables: of the environment, beside those that every run has.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE", "PYTHON"))}
        # Under CI=true the login file is one of the folder of each playbook, as for faas-cli: here all share one.
        environment["OPENFAAS_CONFIG"] = str(self.folder / "openfaas")
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *map(str, arguments)],
            cwd=self.folder,
            env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(self.collections), "ANSIBLE_NOCOLOR": "1", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the tarball from the checkout's own files and install it."""
    base = tmp_path_factory.mktemp("tarball")
    source, collections, folder = base / "source", base / "a path with spaces", base / "elsewhere"
    folder.mkdir()
    Workspace().copy_to(source)
    galaxy = str(Path(sys.executable).parent / "ansible-galaxy")
    subprocess.run([galaxy, "collection", "build", "--output-path", str(base)], cwd=source, check=True)
    (tarball,) = base.glob("faas-mesh-*.tar.gz")
    place = Installed(tarball, collections, folder)
    installation = place.run(
        "ansible-galaxy", "collection", "install", "--offline", "--collections-path", collections, tarball
    )
    assert place.root.is_dir(), installation.stdout + installation.stderr
    return place
