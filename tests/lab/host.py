"""What the lab changes on the host, and leaves changed: one limit and one kernel module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.lab.commands import run

WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_WATCHERS = 8192
"""An instance takes about forty; Linux allows a user 128."""

BRIDGE_FILTER = Path("/proc/sys/net/bridge")


def prepare(tell: Callable[[str], None]) -> None:
    """Let several kubelets watch files, and let kube-proxy's rules see what passes between two pods of a bridge.

    :param tell: told of each change.
    :raises LabError: the kernel has no bridge filter.
    """
    if int(WATCHERS.read_text()) < ENOUGH_WATCHERS:
        tell(f"raising fs.inotify.max_user_instances from {WATCHERS.read_text().strip()} to {ENOUGH_WATCHERS}")
        WATCHERS.write_text(str(ENOUGH_WATCHERS))
    if not BRIDGE_FILTER.exists():
        tell("loading the kernel module br_netfilter")
        run(["modprobe", "br_netfilter"])
