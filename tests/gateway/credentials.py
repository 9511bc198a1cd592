"""HTTP Basic authentication."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

from .message import Request, Response, text
from .routes import Handler


@dataclass(frozen=True)
class Credentials:
    """One user and password."""

    user: str
    password: str = field(repr=False)

    @classmethod
    def mounted(cls, folder: Path) -> Credentials:
        """The pair in a mounted Secret: the files basic-auth-user and basic-auth-password; raises OSError."""
        user, password = ((folder / f"basic-auth-{part}").read_text().strip() for part in ("user", "password"))
        return cls(user, password)

    @property
    def header(self) -> str:
        """The Authorization header's value."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def guard(self, handler: Handler) -> Handler:
        """The same handler for those who know the pair, 401 for others."""

        def guarded(request: Request, match: re.Match[str]) -> Response:
            if self._known(request.headers.get("Authorization")):
                return handler(request, match)
            return text(401, "invalid credentials").having(WWW_Authenticate='Basic realm="Restricted"')

        return guarded

    def _known(self, header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(given, f"{self.user}:{self.password}".encode())
