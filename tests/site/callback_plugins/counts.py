# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts what a run of ansible-playbook did, into the JSON file that $FAAS_MESH_COUNTS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: counts
type: aggregate
short_description: Counts changed tasks and started modules
description:
  - Writes a JSON object to the file that the variable E(FAAS_MESH_COUNTS) of the environment names.
  - RV(modules) is how many module processes were started, RV(changed) how many tasks changed something, by host.
requirements:
  - enabled in the configuration
"""

# Actions that do all their work inside ansible-playbook and start no module.
WITHOUT_MODULE = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        "add_host",
        "assert",
        "debug",
        "fail",
        "group_by",
        "import_role",
        "import_tasks",
        "include_role",
        "include_tasks",
        "include_vars",
        "meta",
        "pause",
        "set_fact",
        "set_stats",
        "validate_argument_spec",
    )
)


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core comes without types
    """The callback; ansible-core makes one for each run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "counts"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._modules = 0

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task ended well."""
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._count(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The run is over."""
        changed = {host: stats.summarize(host)["changed"] for host in stats.processed}
        Path(os.environ["FAAS_MESH_COUNTS"]).write_text(json.dumps({"modules": self._modules, "changed": changed}))

    def _count(self, result: Any) -> None:
        """Add the module processes of one task on one host: one for each item that was not skipped, if it loops."""
        if result.task.resolved_action in WITHOUT_MODULE:
            return
        items = result.result.get("results") if result.task.loop is not None else None
        self._modules += 1 if items is None else sum(1 for item in items if not item.get("skipped"))
