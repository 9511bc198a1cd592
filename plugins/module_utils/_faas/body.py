# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is sent to a function, and where its answer is put."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError


@dataclass(frozen=True)
class Body:
    """A request's body. :param kind: its content type, for a request that does not name another."""

    content: bytes = field(repr=False)
    kind: str

    @classmethod
    def of_options(cls, body: Any, encoded: str | None, src: str | None) -> Body | None:
        """The body that a module's options give, None for none.

        :param body: text goes as it is, anything else as JSON. :param encoded: bytes in base64. :param src: path of a
            file. At most one of the three is given.
        :raises MeshError: the base64 or the file cannot be read.
        """
        if src is not None:
            try:
                return cls(Path(src).read_bytes(), "application/octet-stream")
            except OSError as error:
                raise MeshError(f"The file {src} with the body cannot be read ({error.strerror}).") from error
        if encoded is not None:
            try:
                return cls(base64.b64decode("".join(encoded.split()), validate=True), "application/octet-stream")
            except (binascii.Error, ValueError):
                # The error's own text may show a part of the body.
                raise MeshError("body_base64 is no base64.") from None
        if body is None:
            return None
        if isinstance(body, str):
            return cls(body.encode(), "text/plain")
        return cls(json.dumps(body).encode(), "application/json")
