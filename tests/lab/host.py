"""The one setting of the host that the lab changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_WATCHERS = 8192
"""An instance takes about forty; Linux allows a user 128."""


def allow_watchers(tell: Callable[[str], None]) -> None:
    """Raise the limit of inotify instances when it is low: beyond it kubelets and proxies die. It stays raised.

    :param tell: told of the change.
    """
    if int(WATCHERS.read_text()) < ENOUGH_WATCHERS:
        tell(f"raising fs.inotify.max_user_instances from {WATCHERS.read_text().strip()} to {ENOUGH_WATCHERS}")
        WATCHERS.write_text(str(ENOUGH_WATCHERS))
