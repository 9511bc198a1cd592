# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes what each task gave, one JSON object a line, into the file that $FAAS_MESH_RESULTS names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: Writes the results of a run's tasks as they come
description:
  - Appends a line to the file that the variable E(FAAS_MESH_RESULTS) of the environment names, when a task starts and
    when it ends. RV(event) is V(started), V(ok), V(failed) or V(skipped), RV(task) is the task's name.
requirements:
  - enabled in the configuration
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # ansible-core comes without types
    """The callback; ansible-core makes one for each run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins."""
        self._write("started", task.get_name(), {})

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task ended well."""
        self._write("ok", result.task.get_name(), result.result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._write("failed", result.task.get_name(), result.result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A task had nothing to do."""
        self._write("skipped", result.task.get_name(), {})

    def _write(self, event: str, task: str, result: Any) -> None:
        line = json.dumps({"event": event, "task": task, "result": result}, default=str)
        with Path(os.environ["FAAS_MESH_RESULTS"]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
