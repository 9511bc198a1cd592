# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The programs that copy images: crane, and skopeo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .._command import Completed, Runner
from .._errors import MeshError
from . import trouble

PROGRAMS = ("crane", "skopeo")
DIGEST_SECONDS = 60.0


class Copier(Protocol):
    """One of the programs. :ivar program: its path or name."""

    program: str

    def digest(self, image: str) -> str | None:
        """The digest of an image's manifest or index at its registry, None when it is not there.

        :raises MeshError: the registry cannot be asked.
        """

    def copy(self, source: str, target: str) -> None:
        """Copy an image with all its platforms, so that its digest stays.

        :raises MeshError: with what the program said.
        """


class _Program:
    """What both have in common.

    :param validate_certs: whether the registries' certificates are verified. :param seconds: for one copy.
    """

    def __init__(self, program: str, runner: Runner, validate_certs: bool, seconds: float) -> None:
        self.program = program
        self._runner = runner
        self._validate_certs = validate_certs
        self._seconds = seconds

    def _asked(self, image: str, *arguments: str) -> bytes | None:
        done = self._runner.run([self.program, *arguments], timeout=DIGEST_SECONDS)
        if not done.returncode:
            return done.stdout
        if trouble.kind_of(done.complaint()) == trouble.MISSING:
            return None
        raise self._failure(image, done)

    def _copied(self, source: str, target: str, *arguments: str) -> None:
        done = self._runner.run([self.program, *arguments], timeout=self._seconds)
        if done.returncode:
            complaint = done.complaint()
            registry = source.partition("/")[0]
            raise self._failure(source if f"//{registry}/" in complaint or f'"{source}"' in complaint else target, done)

    def _failure(self, image: str, done: Completed) -> MeshError:
        return MeshError(trouble.sentence(self.program, image, done.complaint()))


class Crane(_Program):
    """crane of go-containerregistry, see its cmd/crane/doc."""

    def digest(self, image: str) -> str | None:
        """See ``Copier``."""
        told = self._asked(image, "digest", image, *self._flags)
        return None if told is None else told.decode().strip()

    def copy(self, source: str, target: str) -> None:
        """See ``Copier``."""
        self._copied(source, target, "copy", source, target, *self._flags)

    @property
    def _flags(self) -> list[str]:
        return [] if self._validate_certs else ["--insecure"]


class Skopeo(_Program):
    """skopeo of containers, see its docs/skopeo-copy.1.md."""

    def digest(self, image: str) -> str | None:
        """See ``Copier``: the digest is that of the manifest's bytes, whichever kind it is."""
        told = self._asked(image, "inspect", "--raw", *self._verify(""), _remote(image))
        return None if told is None else f"sha256:{hashlib.sha256(told).hexdigest()}"

    def copy(self, source: str, target: str) -> None:
        """See ``Copier``."""
        flags = [*self._verify("src-"), *self._verify("dest-")]
        self._copied(source, target, "copy", "--all", "--preserve-digests", *flags, _remote(source), _remote(target))

    def _verify(self, which: str) -> list[str]:
        return [] if self._validate_certs else [f"--{which}tls-verify=false"]


def _remote(image: str) -> str:
    return f"docker://{image}"


def copier(
    path: str | None, found: Callable[[str], str | None], runner: Runner, validate_certs: bool, seconds: float
) -> Copier:
    """The program to copy with.

    :param path: its path or name, which ends in ``skopeo`` for that one; None for whichever is found, crane first.
    :param found: finds a program in PATH, as ``shutil.which`` does.
    :raises MeshError: there is none.
    """
    name = path or next((program for program in PROGRAMS if found(program)), None)
    if name is None:
        raise MeshError(
            "Neither crane nor skopeo is in this machine's PATH, and one of them copies the images: install it, or "
            "give its path in program."
        )
    kind = Skopeo if Path(name).name.startswith("skopeo") else Crane
    return kind(name, runner, validate_certs, seconds)


def login(auth_file: str | None, folder: str) -> dict[str, str]:
    """The variables by which both programs find the file with the logins.

    :param auth_file: in the form of Docker's ``config.json``; None for the programs' own places.
    :param folder: of this run, for the link that crane wants.
    :raises MeshError: there is no such file.
    """
    if auth_file is None:
        return {}
    path = Path(auth_file).expanduser().absolute()
    if not path.is_file():
        raise MeshError(f"There is no file {auth_file}: give the file with the logins of the registries in auth_file.")
    link = Path(folder) / "config.json"
    link.unlink(missing_ok=True)
    link.symlink_to(path)
    return {"DOCKER_CONFIG": folder, "REGISTRY_AUTH_FILE": str(path)}
