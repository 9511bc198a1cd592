"""The one lab instance that the stages of a run share: up before the first that needs it, down at the end."""

from __future__ import annotations

import os
import sys

from tests.stages.commands import run
from tests.stages.workspace import Workspace

VARIABLE = "FAAS_MESH_LAB"
OWN_NAME = "test"


class LabFailure(Exception):
    """The lab did not come up."""


class SharedLab:
    """A lab instance that is started when it is first asked for.

    When ``$FAAS_MESH_LAB`` names a running instance, that one is used and left as it is; otherwise
    an instance of the given name is started from nothing and stopped at the end.
    """

    def __init__(self, workspace: Workspace, name: str = OWN_NAME) -> None:
        self._workspace = workspace
        self._name = name
        self._ours = VARIABLE not in os.environ
        self._asked = False

    def start(self) -> None:
        """Have the instance up and named in ``$FAAS_MESH_LAB``.

        :raises LabFailure: it could not be built or started.
        """
        if not self._ours or self._asked:
            return
        self._asked = True
        os.environ[VARIABLE] = self._name
        for arguments in (["build"], ["down", "--name", self._name], ["up", "--name", self._name]):
            if self._lab(*arguments):
                raise LabFailure(f"`python -m tests.lab {' '.join(arguments)}` failed")

    def stop(self) -> int:
        """Take down what `start` brought up; gives the exit code of that."""
        if not (self._ours and self._asked):
            return 0
        del os.environ[VARIABLE]
        return self._lab("down", "--name", self._name)

    def _lab(self, *arguments: str) -> int:
        command = [sys.executable, "-m", "tests.lab", *arguments]
        return run(command, self._workspace.root, self._workspace.environment()).code
