# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a user may ask of an apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .connection import Object
from .objects import Identity


@dataclass(frozen=True)
class Options:
    """How a batch is applied.

    :param set: the name under which the batch is remembered. :param set_namespace: where.
    :param field_manager: the server-side apply manager that owns our fields.
    :param on_conflict: ``fail`` or ``take``, see the ``set`` doc fragment.
    :param prune: delete what the set made and no longer lists.
    :param purge: kinds with users' data that may be deleted, of ``argspec.PURGE``.
    :param wait: wait for readiness. :param timeout: for how many seconds.
    :param recreate: replace an object whose change the server refuses as immutable.
    :param adopted: managers whose objects are taken over with their fields, not fought over.
    :param made_by_us: tells objects that another run of our renderer's own installer made from those of strangers.
    :param taken: says of a live object that the set made whom it serves now instead, empty where it is the set's still.
    :param inherited: live objects that such an installer made and that belong to the set though not rendered.
    """

    set: str
    set_namespace: str = "faas-mesh"
    field_manager: str = "faas.mesh"
    on_conflict: str = "fail"
    prune: bool = True
    purge: frozenset[str] = frozenset()
    wait: bool = True
    timeout: int = 300
    recreate: bool = False
    adopted: frozenset[str] = frozenset({"kubectl-client-side-apply"})
    made_by_us: Callable[[Object], bool] = lambda live: False
    taken: Callable[[Object], str] = lambda live: ""
    inherited: tuple[Object, ...] = ()

    @classmethod
    def from_params(cls, params: dict[str, Any], **more: Any) -> Options:
        """The options in a module's parameters (``argspec.SET`` and ``WAIT``), with ``more`` on top."""
        names = ("set_namespace", "on_conflict", "prune", "wait", "timeout")
        return cls(**{**{name: params[name] for name in names}, "purge": frozenset(params["purge"]), **more})


def purge_kind(identity: Identity, live: Object) -> str | None:
    """The value of ``purge`` that an object needs before it is deleted, or None."""
    if (identity.group, identity.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        return "crds"
    if (identity.group, identity.kind) == ("", "Namespace"):
        return "namespaces"
    if identity.group == "" and identity.kind in ("PersistentVolume", "PersistentVolumeClaim"):
        return "volumes"
    if (identity.group, identity.kind) == ("", "Service") and live.get("spec", {}).get("type") == "LoadBalancer":
        return "load_balancers"
    return None
