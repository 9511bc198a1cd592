# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of downloads, as far as they may be shown, and trusted."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from .._errors import MeshError


def shown(url: str) -> str:
    """The address without user, password and query, which may be secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def secrets_of(url: str) -> list[str]:
    """What of an address must not be shown: user and password, as written and apart, and the query."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return [text for text in (login, *login.split(":", 1), parts.query) if text]


def verify_address(url: str, option: str) -> None:
    """Make sure that an address can be asked. :param option: where it is from. :raises MeshError: it cannot."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise MeshError(
            f"The address in {option} is none that this module can ask: it begins with https:// and a host."
        )


def crosses_networks_readable(url: str) -> bool:
    """Whether anybody on the way could change what the address gives: plain HTTP from another machine."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
