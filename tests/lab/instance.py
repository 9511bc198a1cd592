"""An instance of the lab: its name, and where everything of it lives."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

STATE_ROOT = Path("/var/lib/faas-mesh-lab")
NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


@dataclass(frozen=True)
class Instance:
    """One instance; all its files are below :attr:`state`.

    :param name: lower case letters, digits and dashes, at most 16, for it is part of host and cgroup names.
    :raises LabError: the name is not allowed.
    """

    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.name.endswith("-"):
            raise LabError(
                f"{self.name!r} cannot name an instance: use at most 16 lower case letters, digits and dashes, "
                "starting with a letter."
            )

    @property
    def state(self) -> Path:
        """The folder of everything that the instance keeps."""
        return STATE_ROOT / self.name

    @property
    def binaries(self) -> Path:
        """The folder with kubectl, helm, crane, istioctl, and the istioctl of the version to upgrade to."""
        return self.state / "bin"

    @property
    def programs(self) -> Path:
        """The folder with all programs that it runs, and those that it is run with."""
        return self.state / "programs"

    @property
    def charts(self) -> Path:
        """The folder with the charts that were made for it."""
        return self.state / "charts"

    @property
    def pki(self) -> Path:
        """The folder of certificates and keys."""
        return self.state / "pki"

    @property
    def kubeconfigs(self) -> Path:
        """The folder of the components' own kubeconfigs."""
        return self.state / "kubeconfigs"

    @property
    def admin_kubeconfig(self) -> Path:
        """The kubeconfig of a member of system:masters."""
        return self.state / "admin.kubeconfig"

    @property
    def site_kubeconfig(self) -> Path:
        """The kubeconfig of the user that the site run is counted by."""
        return self.state / "site.kubeconfig"

    @property
    def config(self) -> Path:
        """The folder of the components' configuration files."""
        return self.state / "config"

    @property
    def logs(self) -> Path:
        """The folder that the instance sees as /var/log; each component writes ``NAME.log`` there."""
        return self.state / "log"

    @property
    def audit_log(self) -> Path:
        """The API server's audit log, one JSON event a line."""
        return self.state / "audit.log"

    @property
    def supervisor_socket(self) -> Path:
        """Where the supervisor listens."""
        return self.state / "supervisor.sock"

    @property
    def supervisor_pid(self) -> Path:
        """The file with the supervisor's process id as the host sees it."""
        return self.state / "supervisor.pid"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.state / "containerd.sock"

    @property
    def finished(self) -> Path:
        """The file that tells that the instance came up in full."""
        return self.state / "finished"

    @property
    def netns(self) -> str:
        """The name of its network namespace, as ``ip netns`` lists it."""
        return f"faas-mesh-{self.name}"

    @property
    def node(self) -> str:
        """The name of its one node."""
        return f"faas-mesh-{self.name}"

    @property
    def cgroup(self) -> str:
        """Its cgroup, as a path below each hierarchy's root."""
        return f"faas-mesh-lab/{self.name}"

    def locked(self) -> AbstractContextManager[None]:
        """Hold the instance for one command at a time; another waits."""
        return _locked(f".{self.name}.lock")


def all_locked() -> AbstractContextManager[None]:
    """Hold what the instances share, such as the choice of a network."""
    return _locked(".lock")


@contextmanager
def _locked(name: str) -> Iterator[None]:
    STATE_ROOT.mkdir(parents=True, exist_ok=True)
    with (STATE_ROOT / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def instances() -> list[Instance]:
    """Every instance that has state on this machine, running or not."""
    if not STATE_ROOT.is_dir():
        return []
    return [Instance(path.name) for path in sorted(STATE_ROOT.iterdir()) if path.is_dir() and NAME.fullmatch(path.name)]
