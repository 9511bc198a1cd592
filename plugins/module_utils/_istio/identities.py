# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The identities that two sidecars proved to each other, as the header X-Forwarded-Client-Cert tells them.

The header is a list with one element for each hop (Envoy's HTTP header documentation). Only the last was written by
the sidecar of the pod that got the request; a client may have sent those before.
"""

from __future__ import annotations

import re

HEADER = "X-Forwarded-Client-Cert"
# What a watchdog that hands request headers over as environment variables calls it.
VARIABLE = "Http_X_Forwarded_Client_Cert"
FORGED = "By=spiffe://forged.invalid/ns/openfaas-fn/sa/forged;URI=spiffe://forged.invalid/ns/openfaas/sa/forged"

_SPIFFE = re.compile(r"spiffe://[^/]+/ns/([^/]+)/sa/([^/]+)")


def header_in(reply: str) -> str | None:
    """The header's value in the reply of a function that prints its environment, None where there is none."""
    for line in reply.splitlines():
        name, __, value = line.partition("=")
        if name == VARIABLE:
            return value.strip()
    return None


def last_element(header: str) -> dict[str, str]:
    """The pairs of the header's last element, without their quotes; the last of several of a name."""
    element = _split(header, ",")[-1]
    pairs = (pair.partition("=") for pair in _split(element, ";"))
    return {name.strip(): value.strip().strip('"') for name, __, value in pairs}


def service_account(spiffe: str) -> str:
    """``namespace/service-account`` of a SPIFFE identity, empty where it is none."""
    found = _SPIFFE.fullmatch(spiffe)
    return f"{found[1]}/{found[2]}" if found else ""


def _split(text: str, separator: str) -> list[str]:
    """The parts of ``text`` between separators that are not within double quotes."""
    parts = [""]
    quoted = False
    previous = ""
    for character in text:
        if character == '"' and previous != "\\":
            quoted = not quoted
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
        previous = character
    return parts
