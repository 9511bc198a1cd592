# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that a module writes on the host that it runs on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ._errors import MeshError


def put(what: str, path: Path, content: bytes, move: Callable[[str, str], None], *, check: bool) -> bool:
    """Put something into a file in one step, so that nobody ever reads half of it, and say whether that changes it.

    :param what: names it in the failure, such as ``The answer``. :param path: in a folder that exists.
    :param move: puts the first path in the place of the second, as ``AnsibleModule.atomic_move`` does.
    :param check: only say so.
    :raises MeshError: the file cannot be read or written; it is then as it was.
    """
    try:
        if path.exists() and path.read_bytes() == content:
            return False
        if not check:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                move(name, str(path))
            finally:
                Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise MeshError(f"{what} cannot be put into {path} ({error.strerror}).") from error
    return True
