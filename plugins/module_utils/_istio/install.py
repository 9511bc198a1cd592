# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Installing and removing Istio: what is looked at before, what is rendered, and what the engine is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Protocol

from .. import _versions
from .._errors import MeshError
from .._kube import engine
from .._kube.connection import Cluster
from .._kube.objects import Identity
from .._kube.options import Options
from .._kube.sets import Receipt, Sets
from . import injectors, labels, precheck, proxies, revisions, takeover
from .installation import FIELD_MANAGER, Installation, check_version
from .tags import MANAGER as TAG_MANAGER
from .tags import SERVICE_PREFIX

Object = dict[str, Any]

SHOWN = 5


class Source(Protocol):
    """Where an installation's objects come from: an istioctl, or what one rendered elsewhere.

    :ivar program: what messages call it.
    """

    program: str

    def version(self) -> str:
        """The version that it installs."""

    def manifest(self, operator: Object) -> list[Object]:
        """The objects of an IstioOperator document."""


def install(
    cluster: Cluster,
    source: Source,
    wanted: Installation,
    version: str | None,
    options: Options,
    allow: Collection[str],
    check: bool,
) -> dict[str, Any]:
    """Bring the cluster to what ``wanted`` says, as ``istioctl install`` would.

    :param wanted: its ``version`` and, where they are None, its ``tags`` are filled in here, from istioctl and from
        the cluster.
    :param version: the version that istioctl has to have, None for any.
    :param options: its set, field manager and what concerns a takeover are filled in here.
    :param allow: of ``revisions.ALLOWED``.
    :return: the engine's result with ``version``, ``profile``, ``revision``, ``tags`` and ``taken_over``.
    :raises MeshError: istioctl is of another version or does not take the values; Helm or another Istio is there; the
        version is too far from what is there; the cluster is not fit for it; a gateway that serves traffic would go.
    """
    found = source.version()
    check_version(found, version, source.program)
    kubernetes = cluster.request("GET", "/version")["gitVersion"]
    view = engine.View.read(cluster, options.set_namespace)
    receipt = view.sets.receipt(wanted.set)
    configurations = list(cluster.items(injectors.PATH))
    view = replace(view, lists={injectors.PATH: configurations})
    live = injectors.injectors(configurations)
    # After a removal the set may hold definitions still, and the namespace: then it is installed as if anew.
    is_new = all(identity.kind != "MutatingWebhookConfiguration" for identity in receipt.members)
    if is_new:
        injectors.refuse_helm(live)
    _refuse_move(receipt, wanted)
    installed = revisions.versions(live)
    _refuse_version(cluster, found, wanted.name, installed, allow)
    if wanted.tags is None:
        kept = revisions.kept_tags(_held_tags(receipt), revisions.pointed(live), wanted.revision, is_new=is_new)
        wanted = replace(wanted, tags=kept)
    wanted = replace(wanted, version=found)
    rendered = source.manifest(wanted.operator(kubernetes))
    if any(revisions.number(other) > revisions.number(found) for other in installed.values()):
        # The definitions serve all revisions: a newer one's hold what an older one asks for, not the reverse.
        rendered = [obj for obj in rendered if obj["kind"] != "CustomResourceDefinition"]
    stages = wanted.stages(rendered)
    everything = [obj for stage in stages for obj in stage]
    injectors.refuse_second(everything, live)
    warnings = []
    # Also where one was begun and has not ended: its injector is of the new version already.
    if installed and set(installed.values()) != {found} and "precheck" not in allow:
        warnings = precheck.refuse_unfit(cluster, view.discovery, found, kubernetes, everything)

    inherited: tuple[Object, ...] = ()
    if is_new and takeover.is_installed(live, wanted.revision):
        inherited = tuple(takeover.owned(cluster, wanted.namespace, wanted.revision))
    if options.prune and "load_balancers" not in options.purge:
        held = [*receipt.members, *map(Identity.of, inherited)]
        listed = set(map(Identity.of, everything))
        _refuse_lost_gateways(view.sets, wanted, held, listed)
    options = replace(
        options,
        set=wanted.set,
        field_manager=FIELD_MANAGER,
        adopted=options.adopted | {TAG_MANAGER},
        made_by_us=takeover.made_by_istioctl,
        inherited=inherited,
        taken=takeover.by_other_revision(wanted.revision),
    )
    result = engine.converge(cluster, stages, options, check, view=view).as_result()
    untested = _versions.untested_istio(found, kubernetes)
    warnings += [untested] if untested else []
    if warnings:
        result["warnings"] = [*warnings, *result.get("warnings", [])]
    return {
        **result,
        "version": found,
        "profile": wanted.profile,
        "revision": wanted.revision,
        "tags": list(wanted.tags or ()),
        "taken_over": bool(inherited),
    }


def uninstall(cluster: Cluster, revision: str, options: Options, allow: Collection[str], check: bool) -> dict[str, Any]:
    """Remove what the set of ``revision`` holds. What needs ``purge`` and is not named there is kept.

    :raises MeshError: proxies of other workloads still use the revision; in check mode that is a warning, since
        another task may remove them before.
    """
    view = engine.View.read(cluster, options.set_namespace)
    receipt = view.sets.receipt(Installation(revision=revision).set)
    warnings = []
    if receipt.parts and "in_use" not in allow:
        in_use = _in_use(cluster, receipt, revision or labels.DEFAULT)
        if in_use and not check:
            raise MeshError(in_use)
        warnings = [in_use] if in_use else []
    options = replace(
        options, set=receipt.name, field_manager=FIELD_MANAGER, taken=takeover.by_other_revision(revision)
    )
    result = engine.remove(cluster, options, check).as_result()
    if warnings:
        result["warnings"] = [*warnings, *result.get("warnings", [])]
    return {**result, "revision": revision}


def _held_tags(receipt: Receipt) -> dict[str, bool]:
    """The tags that a set remembers, each with whether it was written."""
    return {
        identity.name.removeprefix(SERVICE_PREFIX): bool(member.uid)
        for identity, member in receipt.members.items()
        if identity.kind == "Service" and identity.name.startswith(SERVICE_PREFIX)
    }


def _refuse_version(cluster: Cluster, found: str, name: str, installed: dict[str, str], allow: Collection[str]) -> None:
    revisions.refuse_leap(found, name, installed, allow)
    if installed.get(name, found) != found:
        served = ((proxy.pod, proxy.version) for proxy in proxies.proxies(cluster) if proxy.revision == name)
        revisions.refuse_stragglers(found, served, allow)


def _in_use(cluster: Cluster, receipt: Receipt, name: str) -> str:
    """Why a revision cannot go yet: the proxies that use it, but for those that go with it; empty where none do."""
    own = {(identity.namespace, identity.kind, identity.name) for identity in receipt.members}
    pods = sorted(proxy.pod for proxy in proxies.proxies(cluster) if proxy.revision == name and proxy.owner not in own)
    if not pods:
        return ""
    more = f" and {len(pods) - SHOWN} more" if len(pods) > SHOWN else ""
    return (
        f"Revision {name} still serves the proxies of {', '.join(pods[:SHOWN])}{more}: move their namespaces to "
        "another revision and restart them, or remove it all the same with allow: [in_use]."
    )


def _refuse_move(receipt: Receipt, wanted: Installation) -> None:
    """Refuse to put a control plane into another namespace: the mesh would be without one in between."""
    for identity in receipt.members:
        moved = identity.namespace != wanted.namespace
        if moved and identity.kind == "Deployment" and identity.name.startswith("istiod"):
            raise MeshError(
                f"Set {receipt.name} holds {identity}, and its control plane cannot move to namespace "
                f"{wanted.namespace}: keep the namespace, or remove that one first (state: absent)."
            )


def _refuse_lost_gateways(
    sets: Sets, wanted: Installation, held: Iterable[Identity], rendered: Collection[Identity]
) -> None:
    """Refuse to prune gateways by the way: a narrower profile has cut off people's traffic (istio#21232, #36982)."""
    for identity in held:
        is_gateway = identity.kind == "Deployment" and not identity.name.startswith("istiod")
        if is_gateway and identity not in rendered and not sets.other_holder(identity, wanted.set):
            raise MeshError(
                f"{identity} is installed, and {wanted.source} no longer has it: its traffic would be cut off. Keep it "
                "in there, or let it go with purge: [load_balancers]."
            )
