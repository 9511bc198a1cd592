# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The folder of tools: what is in it, and what has to change until it is as wanted."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._command import Runner
from .._errors import MeshError
from .archive import extract
from .checksum import Checksum
from .download import Downloads
from .executable import verify_platform
from .pins import Pins
from .platform import Platform
from .release import Tool
from .request import Request
from .version import version_of

PROGRAM_MODE = 0o755


@dataclass(frozen=True)
class Step:
    """What becomes of one tool.

    :param before: its version now. :param checksum: that what is fetched must have, None to keep the tool.
    """

    request: Request
    path: Path
    before: str | None
    checksum: Checksum | None

    @property
    def changes(self) -> bool:
        """Whether the tool is put there anew."""
        return self.checksum is not None


class ToolFolder:
    """A folder of tools for this machine's platform.

    :param path: of the folder; it need not exist. :param runner: asks programs for their version.
    :param platform: what programs must be built for.
    """

    def __init__(self, path: Path, runner: Runner, platform: Platform) -> None:
        self.path = path
        self._runner = runner
        self._platform = platform

    def plan(self, wanted: Sequence[Request], pins: Pins, downloads: Downloads) -> list[Step]:
        """What has to happen. Reads checksums, and writes nothing.

        :raises MeshError: a checksum cannot be had, or the folder not be written.
        """
        steps = []
        for request in wanted:
            path = self.path / request.tool.name
            before = version_of(self._runner, request.tool, path)
            checksum = None
            if before != request.version:
                if request.file and not request.file.is_file():
                    raise MeshError(f"There is no file {request.file} for {request.tool.name}: check the path.")
                checksum = request.checksum(pins, self._platform, downloads)
            steps.append(Step(request, path, before, checksum))
        if any(step.changes for step in steps):
            self._verify_writable([step.path for step in steps if step.changes])
        return steps

    def apply(self, steps: Sequence[Step], downloads: Downloads) -> None:
        """Fetch and verify all that is missing, and only then put it in place, each program in one step.

        :raises MeshError: something is not what it should be; then nothing in the folder has changed.
        """
        changing = [(step, step.checksum) for step in steps if step.checksum]
        if not changing:
            return
        try:
            with self._workshop() as workshop:
                ready = [(self._fetched(step, checksum, workshop, downloads), step.path) for step, checksum in changing]
                for program, path in ready:
                    program.replace(path)
        except OSError as error:
            where = error.filename or self.path
            raise MeshError(f"The tools cannot be put into {self.path}: {where}: {error.strerror or error}.") from error

    def report(self, steps: Sequence[Step]) -> dict[str, Any]:
        """The module's result for steps that are planned, or done."""
        return {
            "changed": any(step.changes for step in steps),
            "platform": str(self._platform),
            "tools": [self._row(step) for step in steps],
            "diff": {
                "before": {str(step.path): step.before for step in steps if step.before is not None},
                "after": {str(step.path): step.request.version for step in steps},
            },
        }

    def _row(self, step: Step) -> dict[str, Any]:
        return {
            "name": step.request.tool.name,
            "path": str(step.path),
            "version": step.request.version,
            "previous_version": step.before,
            "changed": step.changes,
            "origin": step.request.origin(self._platform) if step.changes else None,
            "sha256": step.checksum.sha256 if step.checksum else None,
            "checksum_source": step.checksum.source if step.checksum else None,
        }

    def remove(self, tools: Sequence[Tool], *, check: bool) -> dict[str, Any]:
        """Remove programs, or with ``check`` only say which; the module's result.

        :raises MeshError: they cannot be removed.
        """
        paths = {tool.name: self.path / tool.name for tool in tools}
        there = [path for path in paths.values() if path.is_symlink() or path.exists()]
        if there:
            self._verify_writable(there)
        try:
            for path in there if not check else ():
                path.unlink()
        except OSError as error:
            raise MeshError(f"{error.filename} cannot be removed ({error.strerror}).") from error
        return {
            "changed": bool(there),
            "platform": str(self._platform),
            "tools": [
                {"name": name, "path": str(path), "version": None, "changed": path in there}
                for name, path in paths.items()
            ],
            "diff": {"before": {str(path): "there" for path in there}, "after": {}},
        }

    def _fetched(self, step: Step, checksum: Checksum, workshop: Path, downloads: Downloads) -> Path:
        """The program of a step that changes, verified and ready to be moved into its place."""
        tool, version = step.request.tool, step.request.version
        what = f"{tool.name} {version} from {step.request.origin(self._platform)}"
        delivered = workshop / f"{tool.name}.download"
        if step.request.file:
            shutil.copyfile(step.request.file, delivered)
        else:
            downloads.file(step.request.url(self._platform), delivered)
        checksum.verify(delivered, what)
        program = workshop / tool.name
        if tool.member:
            extract(delivered, tool.member(self._platform), program, what)
        else:
            delivered.replace(program)
        verify_platform(program, self._platform, what)
        program.chmod(PROGRAM_MODE)
        with program.open("rb") as file:
            os.fsync(file.fileno())
        found = version_of(self._runner, tool, program)
        if found != version:
            raise MeshError(f"{what} says that its version is {found}: nothing was replaced.")
        return program

    @contextmanager
    def _workshop(self) -> Iterator[Path]:
        """A folder inside the folder, so that a program moves from one to the other in one step."""
        self.path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.path, prefix=".faas-mesh-tools-") as name:
            yield Path(name)

    def _verify_writable(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if path.is_dir():
                raise MeshError(f"{path} is a folder, where a program should be: move it away.")
        existing = self.path
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        if not existing.is_dir():
            raise MeshError(f"{existing} is no folder, so the tools cannot be put into {self.path}: name another one.")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise MeshError(f"This user may not write into {existing}: name another folder, or use become.")
