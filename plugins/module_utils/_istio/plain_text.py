# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trying a pod without TLS: the API server's pod proxy calls it in plain text, from outside the mesh."""

from __future__ import annotations

from .._errors import PassingFault
from .._kube.connection import ApiError, Cluster, Object

PORT = 8080
# How a sidecar that insists on mutual TLS ends such a connection, in the words of the API server.
_CUT = ("connection reset by peer", "EOF")
_UNREACHED = "error trying to reach service"


def answer_to_plain_text(cluster: Cluster, pod: Object, port: int = PORT) -> str | None:
    """What a pod did with a plain-text request: None when it cut the connection, else what it did instead.

    :raises MeshError: the API server cannot be asked, or not for this for want of the right to ``get`` ``pods/proxy``.

    A pod that does not listen cuts nothing, and is told apart: only beside a call that works does a cut connection
    show that mutual TLS is asked for.
    """
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}:{port}/proxy/"
    try:
        cluster.text(path)
    except ApiError as error:
        if error.status == 403 and "pods/proxy" in str(error):
            raise
        return f"it answered with HTTP {error.status}"
    except PassingFault as error:
        said = str(error)
        if path not in said:
            # No answer of the API server at all, so nothing about the pod.
            raise
        if _UNREACHED in said:
            return None if any(word in said for word in _CUT) else f"it could not be reached ({said})"
        return f"it answered: {said}"
    return "it answered"
