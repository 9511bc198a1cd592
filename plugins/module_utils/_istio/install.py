# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Installing and removing Istio: what is looked at before, what is rendered, and what the engine is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import _versions
from .._kube import engine
from .._kube.connection import Cluster
from .._kube.options import Options
from .._render.istioctl import Istioctl
from . import injectors, takeover
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
    :raises MeshError: istioctl is of another version or does not take the values; Helm or another Istio is there.
    """
    found = istioctl.version()
    check_version(found, version, istioctl.program)
    kubernetes = cluster.request("GET", "/version")["gitVersion"]
    live = injectors.injectors(cluster.items(injectors.PATH))
    injectors.refuse_helm(live)
    wanted = replace(wanted, version=found, default_tag=injectors.default_tag_is_ours(live, wanted.revision))
    stages = wanted.stages(istioctl.manifest(wanted.operator(kubernetes)))
    injectors.refuse_second([obj for stage in stages for obj in stage], live)

    view = engine.View.read(cluster, options.set_namespace)
    inherited = _inherited(cluster, wanted, live, view)
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


def _inherited(cluster: Cluster, wanted: Installation, live: list[Object], view: engine.View) -> tuple[Object, ...]:
    """The objects of an installation that istioctl made and that no set of ours holds yet."""
    if not takeover.is_installed(live, wanted.revision) or view.sets.receipt(wanted.set).parts:
        return ()
    return tuple(takeover.owned(cluster, wanted.namespace, wanted.revision))
