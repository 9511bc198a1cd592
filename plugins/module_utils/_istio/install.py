# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Installing and removing Istio: what is looked at before, what is rendered, and what the engine is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from .. import _versions
from .._errors import MeshError
from .._kube import engine
from .._kube.connection import Cluster
from .._kube.objects import Identity
from .._kube.options import Options
from .._kube.sets import Receipt
from .._render.istioctl import Istioctl
from . import injectors, takeover
from .default_tag import INJECTOR as TAG_INJECTOR
from .installation import FIELD_MANAGER, Installation, check_version

Object = dict[str, Any]


def install(
    cluster: Cluster, istioctl: Istioctl, wanted: Installation, version: str | None, options: Options, check: bool
) -> dict[str, Any]:
    """Bring the cluster to what ``wanted`` says, as ``istioctl install`` would.

    :param wanted: its ``version`` and ``default_tag`` are filled in here, from istioctl and from the cluster.
    :param version: the version that istioctl has to have, None for any.
    :param options: its set, field manager and what concerns a takeover are filled in here.
    :return: the engine's result with ``version``, ``profile``, ``revision`` and ``taken_over``.
    :raises MeshError: istioctl is of another version or does not take the values; Helm or another Istio is there; a
        gateway that serves traffic would go.
    """
    found = istioctl.version()
    check_version(found, version, istioctl.program)
    kubernetes = cluster.request("GET", "/version")["gitVersion"]
    view = engine.View.read(cluster, options.set_namespace)
    receipt = view.sets.receipt(wanted.set)
    # What is there besides matters where nothing is ours yet; afterwards the set says what is.
    live = [] if receipt.parts else injectors.injectors(cluster.items(injectors.PATH))
    injectors.refuse_helm(live)
    _refuse_move(receipt, wanted)
    is_default = _holds_tag(receipt) if receipt.parts else injectors.becomes_default(live, wanted.revision)
    wanted = replace(wanted, version=found, default_tag=is_default or not wanted.revision)
    stages = wanted.stages(istioctl.manifest(wanted.operator(kubernetes)))
    injectors.refuse_second([obj for stage in stages for obj in stage], live)

    inherited: tuple[Object, ...] = ()
    if takeover.is_installed(live, wanted.revision):
        inherited = tuple(takeover.owned(cluster, wanted.namespace, wanted.revision))
    if options.prune and "load_balancers" not in options.purge:
        held = [*receipt.members, *map(Identity.of, inherited)]
        _refuse_lost_gateways(held, {Identity.of(obj) for stage in stages for obj in stage}, wanted.profile)
    options = replace(
        options,
        set=wanted.set,
        field_manager=FIELD_MANAGER,
        made_by_us=takeover.made_by_istioctl,
        inherited=inherited,
    )
    result = engine.converge(cluster, stages, options, check, view=view).as_result()
    untested = _versions.untested_istio(found, kubernetes)
    if untested:
        result["warnings"] = [untested, *result.get("warnings", [])]
    return {
        **result,
        "version": found,
        "profile": wanted.profile,
        "revision": wanted.revision,
        "taken_over": bool(inherited),
    }


def uninstall(cluster: Cluster, revision: str, options: Options, check: bool) -> dict[str, Any]:
    """Remove what the set of ``revision`` holds. What needs ``purge`` and is not named there is kept."""
    options = replace(options, set=Installation(revision=revision).set, field_manager=FIELD_MANAGER)
    return {**engine.remove(cluster, options, check).as_result(), "revision": revision}


def _holds_tag(receipt: Receipt) -> bool:
    return any(identity.name.startswith(TAG_INJECTOR) for identity in receipt.members)


def _refuse_move(receipt: Receipt, wanted: Installation) -> None:
    """Refuse to put a control plane into another namespace: the mesh would be without one in between."""
    for identity in receipt.members:
        moved = identity.namespace != wanted.namespace
        if moved and identity.kind == "Deployment" and identity.name.startswith("istiod"):
            raise MeshError(
                f"Set {receipt.name} holds {identity}, and its control plane cannot move to namespace "
                f"{wanted.namespace}: keep the namespace, or remove that one first (state: absent)."
            )


def _refuse_lost_gateways(held: Iterable[Identity], rendered: Collection[Identity], profile: str) -> None:
    """Refuse to prune gateways by the way: a narrower profile has cut off people's traffic (istio#21232, #36982)."""
    for identity in held:
        is_gateway = identity.kind == "Deployment" and not identity.name.startswith("istiod")
        if is_gateway and identity not in rendered:
            raise MeshError(
                f"{identity} is installed, and profile {profile} with these values no longer has it: its traffic would "
                "be cut off. Keep it in profile or values, or let it go with purge: [load_balancers]."
            )
