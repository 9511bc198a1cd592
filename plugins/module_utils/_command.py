# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Programs of this machine: the one place that starts them, and what came of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ._errors import MeshError


@dataclass(frozen=True)
class Completed:
    """A program that ended: its exit code and the bytes that it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes

    def complaint(self) -> str:
        """The last line that the program wrote to standard error (else to standard output)."""
        for stream in (self.stderr, self.stdout):
            lines = [line.strip() for line in stream.decode(errors="replace").splitlines() if line.strip()]
            if lines:
                return lines[-1]
        return f"it ended with exit code {self.returncode} and said nothing"


class Runner(Protocol):
    """Starts a program and waits for its end; tests pass one that starts nothing."""

    def run(self, argv: Sequence[str], stdin: bytes | None = None, timeout: float = 60.0) -> Completed:
        """Run ``argv`` with ``stdin`` as its whole input, for at most ``timeout`` seconds.

        :raises MeshError: when there is no such program, it may not be run, or it takes too long.
        """


class ModuleRunner:
    """Runs real programs by a module's ``run_command``, without a shell.

    Everything secret goes through ``stdin``, never ``argv``: any user of the machine sees that.

    :param run_command: ``AnsibleModule.run_command``.
    :param environment: variables on top of the process's own.
    """

    def __init__(self, run_command: Callable[..., Any], environment: Mapping[str, str] | None = None) -> None:
        self._run_command = run_command
        self._environment = dict(environment or {})

    def run(self, argv: Sequence[str], stdin: bytes | None = None, timeout: float = 60.0) -> Completed:
        """See ``Runner``."""
        program = shutil.which(os.path.expanduser(argv[0]))
        if program is None:
            raise MeshError(_not_found(argv[0]))
        stopped: list[bool] = []
        timers: list[threading.Timer] = []

        def watch(process: Any) -> None:
            def stop() -> None:
                stopped.append(True)
                process.kill()

            timers.append(threading.Timer(timeout, stop))
            timers[0].start()

        try:
            returncode, stdout, stderr = self._run_command(
                [program, *argv[1:]],
                data=stdin or b"",
                binary_data=True,
                encoding=None,
                environ_update=self._environment,
                before_communicate_callback=watch,
                handle_exceptions=False,
            )
        except OSError as error:
            raise MeshError(
                f"{program} cannot be run on this machine ({error.strerror}): give the path of a build for it."
            ) from error
        finally:
            for timer in timers:
                timer.cancel()
        if stopped:
            raise MeshError(f"{program} {argv[1]} did not end within {timeout:g} seconds and was stopped.")
        return Completed(returncode, stdout, stderr)


def _not_found(program: str) -> str:
    if os.sep not in program:
        return f"The program {program} is not in this machine's PATH: install it, or give its path."
    if os.path.exists(os.path.expanduser(program)):
        return f"{program} is not a program that this user may run: check its mode and owner."
    return f"There is no program at {program}: check the path."
