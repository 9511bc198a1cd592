# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Showing where a module is while it runs, when a step takes long."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.plugins.action.normal import ActionModule as PlainAction
from ansible.utils.display import Display

from ansible_collections.faas.mesh.plugins.module_utils._progress import VARIABLE

LONG_SECONDS = 3.0
POLL_SECONDS = 0.5


class WatchedAction(PlainAction):  # type: ignore[misc]  # ansible-core comes without types
    """Runs the module of the same name, and shows each step of it that takes longer than three seconds.

    The lines go to standard error, so that the output of a machine-readable callback stays whole. Modules that run on
    another host, or in the background, are not watched.
    """

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result."""
        if self._task.async_val or self._connection.transport != "local":
            return dict(super().run(tmp, task_vars))
        host = (task_vars or {}).get("inventory_hostname", "")

        def say(line: str) -> None:
            Display().display(f"[{host}] {line}", stderr=True)

        with tempfile.TemporaryDirectory(prefix="faas-mesh-") as folder:
            path = Path(folder) / "progress"
            self._task.environment = [*(self._task.environment or []), {VARIABLE: str(path)}]
            with watched(path, say):
                return dict(super().run(tmp, task_vars))


@contextmanager
def watched(path: Path, say: Callable[[str], None], long: float = LONG_SECONDS) -> Iterator[None]:
    """Say the last line of a file whenever it has been the last for ``long`` seconds."""
    over = threading.Event()

    def watch() -> None:
        last, since, said = "", time.monotonic(), ""
        while not over.wait(POLL_SECONDS):
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            if lines and lines[-1] != last:
                last, since = lines[-1], time.monotonic()
            if last != said and time.monotonic() - since >= long:
                say(last)
                said = last

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
