# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""istioctl as a renderer: its version, and the objects of an IstioOperator document. It never sees a cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .._command import Completed, Runner
from .._errors import MeshError
from .._kube.connection import Object
from .._kube.objects import parsed

SHORTEST_MASKED = 6
_MISSING_PROFILE = re.compile(r'profile "([^"]*)" not found')


class Istioctl:
    """One istioctl program.

    :param runner: starts it.
    :param program: its path, or its name in PATH.
    """

    def __init__(self, runner: Runner, program: str = "istioctl") -> None:
        self._runner = runner
        self.program = program

    def version(self) -> str:
        """The version that this istioctl installs, such as ``1.31.1``.

        :raises MeshError: there is no such program, or it is no istioctl.
        """
        done = self._runner.run([self.program, "version", "--remote=false", "--output", "json"])
        try:
            version = json.loads(done.stdout)["clientVersion"]["version"]
        except (ValueError, KeyError, TypeError):
            version = None
        if done.returncode or not isinstance(version, str) or not version:
            raise MeshError(f"{self.program} does not answer as istioctl does ({done.complaint()}): check the path.")
        return version

    def manifest(self, operator: Object) -> list[Object]:
        """The objects of ``istioctl manifest generate`` for an IstioOperator document, in its order.

        :param operator: goes in through standard input, so no value of it is in a list of arguments.
        :raises MeshError: istioctl does not take the document; the message has istioctl's own line, without the
            document's values.
        """
        document = json.dumps(operator).encode()
        done = self._runner.run([self.program, "manifest", "generate", "--filename", "-"], document)
        if done.returncode:
            raise MeshError(self._refusal(done, operator))
        return parsed(done.stdout.decode(), f"the manifest of {self.program}")

    def _refusal(self, done: Completed, operator: Object) -> str:
        complaint = done.complaint()
        profile = _MISSING_PROFILE.search(complaint)
        if profile:
            return (
                f"{self.program} has no profile '{profile[1]}': its profiles are named default, demo, minimal, "
                "ambient, empty, preview, stable, remote and openshift."
            )
        spec = {name: value for name, value in operator["spec"].items() if name not in ("profile", "revision")}
        for text in sorted(set(_texts(spec)), key=len, reverse=True):
            complaint = complaint.replace(text, "***")
        return f"{self.program} cannot render these values: {complaint.removeprefix('Error: ').rstrip('.')}."


def _texts(value: Any) -> Iterator[str]:
    """The strings among the leaves of a document that are long enough to be secrets."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and len(value) >= SHORTEST_MASKED:
        yield value
