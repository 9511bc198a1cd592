# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What crane and skopeo say when something fails, as one sentence of ours."""

from __future__ import annotations

import re

MISSING = "missing"
CERTIFICATE = "certificate"
CREDENTIALS = "credentials"
UNREACHABLE = "unreachable"
OTHER = "other"

# The first that is found decides: a registry that is tried over TLS and then without says both at once.
_SIGNS = (
    (CERTIFICATE, r"x509:|tls: failed to verify|server gave HTTP response to HTTPS client"),
    (
        CREDENTIALS,
        r"UNAUTHORIZED|DENIED|: unauthorized|: denied|authentication required|status code 40[13]|invalid username",
    ),
    (MISSING, r"MANIFEST_UNKNOWN|NAME_UNKNOWN|manifest unknown|name unknown|status code 404"),
    (
        UNREACHABLE,
        r"connection refused|connection reset|no such host|no route to host|network is unreachable|i/o timeout"
        r"|deadline exceeded|Client\.Timeout|server misbehaving",
    ),
)
# crane's own word, and skopeo's with the name that the sentence has already.
_PREFACE = re.compile(r'^(Error: |time=\S+ level=\S+ msg="?(Error parsing image name \\"[^"\\]*\\": )?)')
_SENTENCES = {
    MISSING: "{image} is not in its registry ({said}): check name and tag, or copy it there first.",
    CERTIFICATE: (
        "The certificate of {registry} cannot be verified ({said}): give its authority in ca_path, or set "
        "validate_certs to false where nobody can come between."
    ),
    CREDENTIALS: (
        "{registry} does not let this login at {image} ({said}): log in with crane auth login or skopeo login, or give "
        "the file with the login in auth_file; some registries answer so for a repository that is not there."
    ),
    UNREACHABLE: "{registry} cannot be reached ({said}): check its address, and that it runs.",
    OTHER: "{program} cannot handle {image}: {said}.",
}


def kind_of(complaint: str) -> str:
    """Which of the failures a program's last line tells of."""
    return next((kind for kind, signs in _SIGNS if re.search(signs, complaint)), OTHER)


def sentence(program: str, image: str, complaint: str) -> str:
    """The failure in words. :param image: the one that was asked for. :param complaint: the program's last line."""
    said = _PREFACE.sub("", complaint).replace('\\"', '"').strip('". ')
    registry = image.partition("/")[0]
    return _SENTENCES[kind_of(complaint)].format(program=program, image=image, registry=registry, said=said)
