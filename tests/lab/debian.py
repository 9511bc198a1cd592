"""What the lab takes from Debian: tools of the host, and the base layer of its images."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.cache import Cache, Part
from tests.lab.commands import run
from tests.lab.errors import LabError

HOST_PACKAGES = {
    "runc": "runc",
    "iptables": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    "socat": "socat",
    "ethtool": "ethtool",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "sysctl": "procps",
    "mount": "mount",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""A program that shows that a package is there, and the package."""

BROWSER_PACKAGES = {"chromium": "chromium"}
"""The same for tests that look at a page; no instance needs it."""

SOURCES = Path("/etc/apt")


def missing_packages(wanted: Mapping[str, str] = HOST_PACKAGES) -> list[str]:
    """The packages that the lab needs and this host lacks."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [package for program, package in wanted.items() if not shutil.which(program, path=path)]


def provide(tell: Callable[[str], None], wanted: Mapping[str, str] = HOST_PACKAGES) -> None:
    """Install what is missing on the host.

    :param tell: told what is installed, before. :param wanted: packages by a program of theirs.
    :raises LabError: something is missing and cannot be installed from here; it has the command to do it.
    """
    missing = missing_packages(wanted)
    if not missing:
        return
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LabError(f"Debian packages are not installed that are needed here; as root run: {command}")
    tell(f"installing Debian packages: {' '.join(missing)}")
    run(["apt-get", "update", "-q"])
    run([*command.split(), "-y", "-q", "-o", "DPkg::Lock::Timeout=300"], env={"DEBIAN_FRONTEND": "noninteractive"})


@dataclass(frozen=True)
class BaseLayer(Part):
    """The layer that most images start with: a small Debian of the host's own release, from the host's own sources.

    :param packages: what it has beyond Debian's essential packages.
    """

    packages: tuple[str, ...]
    name: str = "base-layer"

    def recipe(self) -> Any:
        """The release, the packages and the architecture."""
        return [_codename(), *self.packages, platform.machine()]

    def build(self, folder: Path, cache: Cache) -> None:
        """Make ``layer.tar``."""
        unneeded = ("doc", "man", "locale", "info")
        run(
            [
                "mmdebstrap",
                "--quiet",
                "--variant=essential",
                f"--include={','.join(self.packages)}",
                *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in unneeded),
                _codename(),
                folder / "layer.tar",
                *_source_files(),
            ]
        )


def _codename() -> str:
    release = platform.freedesktop_os_release()
    if "VERSION_CODENAME" not in release:
        system = release.get("PRETTY_NAME", "this system")
        raise LabError(f"The lab builds its images from the host's own Debian; {system} is not one.")
    return release["VERSION_CODENAME"]


def _source_files() -> list[Path]:
    """The host's own lists of package sources; of others than the system's, only the folder of additions has any."""
    main = [SOURCES / "sources.list", SOURCES / "sources.list.d" / f"{platform.freedesktop_os_release()['ID']}.sources"]
    return [path for path in main if path.is_file() and path.stat().st_size]
