"""What every test shares: the lab instance that it runs on, if it needs one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

LAB_STATE = Path("/var/lib/faas-mesh-lab")


@dataclass(frozen=True)
class Lab:
    """A running lab instance, as tests consume it.

    :param name: the instance's name, as ``python -m tests.lab --name`` takes it.
    :param state: the folder that holds its kubeconfigs, programs and audit log.
    """

    name: str
    state: Path

    @property
    def kubeconfig(self) -> Path:
        """The cluster administrator's kubeconfig."""
        return self.state / "admin.kubeconfig"

    @property
    def site_kubeconfig(self) -> Path:
        """The kubeconfig of the site run's own user, who has the rights of docs/rbac.yaml only."""
        return self.state / "site.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """One JSON event a line for each request that the API server answered."""
        return self.state / "audit.log"

    def program(self, name: str) -> Path:
        """The path of ``kubectl``, ``istioctl`` or ``helm`` as the lab built it."""
        return self.state / "bin" / name


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the caller say which lab instance the tests of tests/cluster run on."""
    parser.addoption(
        "--lab",
        default=os.environ.get("FAAS_MESH_LAB", "lab"),
        help="name of the running lab instance (default: $FAAS_MESH_LAB, else lab)",
    )


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Lab:
    """The running lab instance; the test fails, and never skips, when there is none."""
    name = request.config.getoption("--lab")
    instance = Lab(name, LAB_STATE / name)
    if not instance.kubeconfig.exists():
        pytest.fail(f"The lab instance '{name}' is not up: run `make lab`, or name one with --lab.", pytrace=False)
    return instance
