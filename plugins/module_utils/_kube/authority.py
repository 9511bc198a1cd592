# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The authority behind a certificate in a cluster, as a file of this machine."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from .._errors import MeshError
from .._files import put
from .connection import Cluster

KEY = "ca.crt"


def authority_of(cluster: Cluster, namespace: str, name: str, *, may_come: bool) -> str:
    """The authority's certificates in a Secret, as PEM.

    :param may_come: in check mode it may still be made: then the answer is a line that no file has.
    :raises MeshError: there is no such Secret, or no authority in it.
    """
    secret = cluster.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    encoded = ((secret or {}).get("data") or {}).get(KEY)
    if encoded:
        return base64.b64decode(encoded).decode()
    if may_come:
        return "(to be issued)\n"
    raise MeshError(
        f"Secret {namespace}/{name} has no {KEY}, so there is no authority to trust: look at its Certificate, or name "
        "another Secret."
    )


def read_file(path: Path) -> str:
    """What is in the file; empty where there is none.

    :raises MeshError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise MeshError(f"The file {path} cannot be read ({error}): name another.") from error


def keep(path: Path, text: str, move: Callable[[str, str], None], *, check: bool) -> bool:
    """Have the file with its folder, see ``put``; give whether that changes it.

    :raises MeshError: it cannot be written; it is then as it was.
    """
    if not check:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MeshError(f"The folder {path.parent} cannot be made ({error.strerror}): name another.") from error
    return put("The authority", path, text.encode(), move, check=check)
