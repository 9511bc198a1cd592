# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The folder in which each forward has a file with its process, and one with its log."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .wanted import Forward

MODE = 0o700


@dataclass(frozen=True)
class Running:
    """A forward's process. :param seal: of its connection, see ``identity``."""

    pid: int
    forward: Forward
    seal: str


@dataclass(frozen=True)
class Place:
    """The files of one forward.

    A process holds a lock on its file for as long as it lives. The lock goes with the process, whatever ends it, so a
    locked file's process is alive and ours; its number alone would not tell that, for numbers are used again.
    """

    record: Path
    log: Path

    def running(self) -> Running | None:
        """The living process, None where there is none."""
        try:
            with open(self.record, encoding="utf-8") as file:
                if _is_free(file.fileno()):
                    return None
                data = json.load(file)
                return Running(data["pid"], Forward.from_data(data["forward"]), data["connection"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise MeshError(
                f"The process that holds {self.record} wrote nothing that can be read into it: end it, and try again."
            ) from error

    def is_there(self) -> bool:
        """Whether there is any of the files."""
        return self.record.exists() or self.log.exists()

    def clear(self) -> None:
        """Remove the files."""
        self.record.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)


def hold(record: Path, data: Mapping[str, Any]) -> int:
    """Lock a new file and write ``data`` into it; the descriptor, by which the lock is held until the process ends."""
    descriptor = os.open(record, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, json.dumps(data).encode())
    return descriptor


def _is_free(descriptor: int) -> bool:
    """Whether nobody holds the file; the lock by which this is found out goes as the file is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True)
class Folder:
    """The folder of a user's forwards."""

    path: Path

    @classmethod
    def of(cls, given: str | None, environ: Mapping[str, str]) -> Folder:
        """The one that is given, else the user's own: state that need not survive a restart of the machine, but has
        to be found again by a run from another session (XDG Base Directory Specification, ``XDG_STATE_HOME``)."""
        state = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
        return cls(Path(given or Path(state) / "faas-mesh" / "forwards").absolute())

    def place(self, name: str) -> Place:
        """The files of a forward."""
        return Place(self.path / f"{name}.json", self.path / f"{name}.log")

    @contextlib.contextmanager
    def kept(self, *, make: bool) -> Iterator[None]:
        """Keep other runs out of the folder, until the block ends; a folder that is empty then is removed.

        :param make: make it where it is missing, else nothing is done then.
        :raises MeshError: it cannot be made or read.
        """
        try:
            descriptor = self._opened(make)
        except OSError as error:
            raise MeshError(f"The folder {self.path} cannot be used ({error.strerror}): give another.") from error
        if descriptor is None:
            yield
            return
        try:
            yield
        finally:
            if make:
                with contextlib.suppress(OSError):  # others have forwards in it
                    self.path.rmdir()
            os.close(descriptor)

    def _opened(self, make: bool) -> int | None:
        """The folder's descriptor, locked. Whoever had it before may have removed the folder meanwhile."""
        while True:
            if make:
                self.path.mkdir(mode=MODE, parents=True, exist_ok=True)
            try:
                descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                if make:
                    continue
                return None
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                    return descriptor
            os.close(descriptor)
