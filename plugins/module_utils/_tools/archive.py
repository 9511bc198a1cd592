# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A ``.tar.gz`` from which one file is taken, and nothing else ever written."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path

from .._errors import MeshError


def extract(archive: Path, member: str, target: Path, what: str) -> None:
    """Write one regular file of the archive to ``target``; names, links and modes in the archive do not count.

    :param member: its path inside, as the publisher packs it. :param what: names the archive to the user.
    :raises MeshError: the file is not in it, or it is no such archive.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for entry in tar:
                wanted = entry.name.removeprefix("./") == member and entry.isfile()
                source = tar.extractfile(entry) if wanted else None
                if source:
                    with target.open("wb") as file:
                        shutil.copyfileobj(source, file)
                    return
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise MeshError(f"{what} is no .tar.gz archive, or a damaged one ({error}).") from error
    raise MeshError(f"{what} holds no file {member}: check that it is the tool's own archive.")
