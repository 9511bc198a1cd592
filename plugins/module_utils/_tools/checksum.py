# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SHA-256 sums: where one comes from, and whether a file has it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .._errors import MeshError

_SUM = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Checksum:
    """The sum that a file has to have.

    :param source: who says so, as it is shown: an option, or the address of the publisher's file.
    """

    sha256: str
    source: str

    @classmethod
    def parsed(cls, text: str, source: str) -> Checksum:
        """A sum by itself. :raises MeshError: the text is none."""
        if not _SUM.fullmatch(text.strip()):
            raise MeshError(f"{source} is no SHA-256 sum: it has 64 digits from 0 to f.")
        return cls(text.strip().lower(), source)

    @classmethod
    def listed(cls, text: str, file_name: str, source: str) -> Checksum:
        """The sum of one file in a publisher's checksum file.

        Such a file holds a sum alone, or lines as ``sha256sum`` prints them: a sum and a name, with or without folders.

        :raises MeshError: it holds none for this file.
        """
        rows = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
        for row in rows:
            name = PurePosixPath(row[1].strip().lstrip("*")).name if len(row) == 2 else file_name
            if _SUM.fullmatch(row[0]) and name == file_name and (len(row) == 2 or len(rows) == 1):
                return cls(row[0].lower(), source)
        raise MeshError(f"{source} holds no SHA-256 sum of {file_name}: check the address, or give the sum.")

    def verify(self, path: Path, what: str) -> None:
        """Compare a file with the sum.

        :param what: names the file to the user. :raises MeshError: it has another sum; the message has both.
        """
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.sha256:
            raise MeshError(
                f"{what} has the SHA-256 sum {found}, and {self.source} says {self.sha256}: it was changed on its way, "
                "cut off, or built for something else, so it was not run and nothing was replaced."
            )
