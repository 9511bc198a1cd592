"""Asking an instance's API server, as its administrator."""

from __future__ import annotations

from tests.lab.commands import run
from tests.lab.errors import LabError
from tests.lab.instance import Instance

FIELD_MANAGER = "faas-mesh-lab"


def call(instance: Instance, *words: str, stdin: str | None = None) -> str:
    """What kubectl answers.

    :param words: its arguments.
    :param stdin: text for its standard input.
    :raises LabError: it failed.
    """
    kubectl = instance.programs / "kubectl"
    # A discovery cache of its own: addresses come back with other instances, and the cache is keyed by them.
    own = (f"--kubeconfig={instance.admin_kubeconfig}", f"--cache-dir={instance.state / 'kubectl-cache'}")
    return run([kubectl, *own, *words], stdin=stdin)


def apply(instance: Instance, manifest: str) -> str:
    """Apply a manifest on the server's side and give the objects as a JSON list or object."""
    return call(
        instance,
        *("apply", "--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}", "-o", "json", "-f", "-"),
        stdin=manifest,
    )


def is_ready(instance: Instance) -> bool:
    """Whether the API server says that it is ready and has made its own namespaces."""
    try:
        call(instance, "get", "--raw", "/readyz")
        call(instance, "get", "namespace", "kube-system")
    except LabError:
        return False
    return True
