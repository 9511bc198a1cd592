# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program whose output is read while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from .._command import Completed


@dataclass(frozen=True)
class Ended:
    """A program that ended. :param in_time: False when it was stopped because its time was over."""

    completed: Completed
    in_time: bool


def followed(argv: Sequence[str], environment: Mapping[str, str], seconds: float, hear: Callable[[str], None]) -> Ended:
    """Run a program without input, and give each line of its standard output to ``hear`` as it comes.

    :param environment: variables on top of the process's own. :param seconds: after which it is stopped, together with
        what it started.
    """
    late = threading.Event()
    with (
        tempfile.TemporaryFile() as errors,
        # AnsibleModule.run_command gives the output only when the program has ended.
        subprocess.Popen(  # pylint: disable=ansible-bad-function
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **environment},
            start_new_session=True,
        ) as process,
    ):

        def stop() -> None:
            late.set()
            _kill(process)

        timer = threading.Timer(seconds, stop)
        timer.start()
        lines = []
        try:
            for line in process.stdout or ():
                lines.append(line)
                hear(line.decode(errors="replace"))
            code = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                _kill(process)
        errors.seek(0)
        return Ended(Completed(code, b"".join(lines), errors.read()), not late.is_set())


def _kill(process: subprocess.Popen[bytes]) -> None:
    # It leads a group of its own, so nothing that it started stays behind. It may have ended just now.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
