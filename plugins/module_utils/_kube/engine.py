# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The apply engine: the one way in which anything of ours is written to a cluster.

A batch is planned as a whole (reads and dry runs only), then written step by step. Check mode is the same path
without the writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from .._errors import MeshError
from .._progress import Tell, teller
from . import live, objects, shared_fields
from .apply import Writer
from .change import DELETED, KEPT, Change
from .connection import Cluster, Object
from .discovery import Discovery
from .foreign import strangers
from .ledger import Ledger, kept_for
from .live import Live
from .objects import Identity
from .options import Options
from .plan import Coming, Planner
from .report import Report, difference
from .sets import Member, Members, Sets

__all__ = ["Options", "Report", "View", "converge", "remove"]


@dataclass(frozen=True)
class View:
    """What a run knows of a cluster before it looks at single objects: kinds and sets, in three requests.

    :param lists: whole lists that the caller has read already, by their paths; their objects are not read again.
    """

    discovery: Discovery
    sets: Sets
    lists: Mapping[str, Sequence[Object]] = field(default_factory=dict)

    @classmethod
    def read(cls, cluster: Cluster, set_namespace: str) -> View:
        """The cluster's kinds, and the sets remembered in ``set_namespace``."""
        return cls(Discovery(cluster), Sets.read(cluster, set_namespace))


def converge(
    cluster: Cluster,
    stages: Sequence[Sequence[Object]],
    options: Options,
    check: bool,
    default_namespace: str = "default",
    view: View | None = None,
    tell: Tell | None = None,
) -> Report:
    """Make the cluster hold the objects of all stages, and nothing else that the set made before.

    :param stages: batches of documents; each is applied in the order of its kinds and waited for before the next.
    :param check: plan only, write nothing.
    :param default_namespace: of namespaced objects that name none.
    :param view: what was already read of the cluster.
    :param tell: is told each step as it begins, and what is waited for; by default whoever watches this module.
    :raises MeshError: before any write where the plan can foresee it; afterwards it carries what was done.
    """
    if not any(stages):
        raise MeshError(
            f"Set {options.set} would be empty: that is taken for a mistake. Use state: absent to remove it."
        )
    view = view or View.read(cluster, options.set_namespace)
    sets, before = view.sets, view.sets.receipt(options.set)
    batch = _placed(stages, view.discovery, default_namespace)
    everything = [obj for stage in batch for obj in stage]
    listed = _identities(everything)
    known = _with_inherited(before.members, options)
    writer = Writer(cluster, options, Coming(), _read(cluster, view, everything, known), tell or teller())
    warnings = _outlive(writer, view.discovery, listed, check)
    writer.coming = Coming.of(everything, writer.found)
    scaled = shared_fields.scale_targets(everything)
    planner = Planner(cluster, view.discovery, options, sets, check, scaled, writer.coming, warnings)

    changes = _planned(planner, everything, writer.found, known)
    given_up = _given_up(planner, known, listed, writer.found, absent=False) if options.prune else []
    kept = {change.identity for change in given_up if change.verb == KEPT}
    left = {i: member for i, member in known.items() if i in kept or not (options.prune or i in listed)}
    report = Report([*changes, *given_up], warnings=planner.warnings)
    _refuse_drift(changes, options)
    ledger = Ledger.of_apply(sets, before, known, changes, left, writes=report.changed)
    report.bookkeeping = ledger.as_results()
    if not check:
        by_identity = {change.identity: change for change in changes}
        try:
            ledger.open(writer.waiter())
            writer.apply([[by_identity[Identity.of(obj)] for obj in stage] for stage in batch])
            writer.delete([change for change in given_up if change.verb == DELETED])
        except MeshError as error:
            raise _with_what_was_done(error, writer) from error
        ledger.close(changes, options.field_manager, writer.waiter())
    report.requests = dict(cluster.requests)
    return report


def remove(
    cluster: Cluster,
    options: Options,
    check: bool,
    followed_by: Sequence[str] = (),
    gone_by_then: Iterable[Identity] = (),
    tell: Tell | None = None,
) -> Report:
    """Delete what a set made, in reverse order, and forget the set. What was there before it is let go.

    Kinds that need ``purge`` and are not named there are kept, and the set with them, so that a later run may still
    remove them. A namespace that holds objects of others is kept, and the warning names them.

    :param followed_by: further sets to remove, in this order; each is planned as if those before it were gone.
    :param gone_by_then: what others will have removed before a real run; in check mode it keeps no namespace.
    :param tell: see ``converge``.
    """
    view = View.read(cluster, options.set_namespace)
    report = Report()
    removals: list[tuple[Writer, list[Change], Ledger]] = []
    going = set(gone_by_then) if check else set()
    for name in (options.set, *followed_by):
        before = view.sets.receipt(name)
        writer = Writer(cluster, options, Coming(), _read(cluster, view, [], before.members), tell or teller())
        planner = Planner(
            cluster, view.discovery, replace(options, set=name), view.sets, check, warnings=report.warnings
        )
        left = {identity: member for identity, member in before.members.items() if identity not in going}
        changes = _given_up(planner, left, set(), writer.found, absent=True)
        going |= {change.identity for change in changes if change.verb == DELETED} | set(view.sets.identities(name))
        _keep_shared_namespaces(planner, changes, going)
        kept = {change.identity: change.member for change in changes if change.verb == KEPT and change.member}
        ledger = Ledger.of_removal(view.sets, before, kept, going, view.discovery, report.warnings)
        if not kept:
            view.sets.receipts.pop(name, None)
        removals.append((writer, [change for change in changes if change.verb == DELETED], ledger))
        report.changes += changes
        report.bookkeeping += ledger.as_results()
    for writer, changes, ledger in [] if check else removals:
        try:
            writer.delete(changes)
            ledger.close([], options.field_manager, writer.waiter())
        except MeshError as error:
            raise _with_what_was_done(error, *(writer for writer, _changes, _ledger in removals)) from error
    report.requests = dict(cluster.requests)
    return report


def _placed(stages: Sequence[Sequence[Object]], discovery: Discovery, default_namespace: str) -> list[list[Object]]:
    """The documents as they are sent, each in its namespace.

    :raises MeshError: one is not as it should be, or is there twice.
    """
    batch = [[objects.prepared(obj) for obj in stage] for stage in stages]
    everything = [obj for stage in batch for obj in stage]
    discovery.bring(obj for obj in everything if obj["kind"] == "CustomResourceDefinition")
    for obj in everything:
        resource = discovery.resource(obj["apiVersion"], obj["kind"])
        # Of a kind that nobody serves yet nothing is known; most live in namespaces.
        if resource is None or resource.namespaced:
            obj["metadata"]["namespace"] = obj["metadata"].get("namespace") or default_namespace
        else:
            obj["metadata"].pop("namespace", None)
    seen: set[Identity] = set()
    for identity in map(Identity.of, everything):
        if identity in seen:
            raise MeshError(f"{identity} is defined twice in this batch: remove one of the two.")
        seen.add(identity)
    return batch


def _identities(everything: list[Object]) -> set[Identity]:
    return {Identity.of(obj) for obj in everything}


def _with_inherited(members: Members, options: Options) -> Members:
    inherited = {
        Identity.of(obj): Member(obj["apiVersion"], obj["metadata"]["uid"], made=options.made_by_us(obj))
        for obj in options.inherited
    }
    return {**inherited, **members}


def _read(cluster: Cluster, view: View, everything: list[Object], members: Members) -> Live:
    discovery = view.discovery
    versions = {identity: member.api_version for identity, member in members.items()}
    versions.update({Identity.of(obj): obj["apiVersion"] for obj in everything})
    wanted = []
    for identity, version in versions.items():
        for resource in (discovery.resource(version, identity.kind), discovery.of(identity)):
            if resource is not None and discovery.is_served(resource):
                wanted.append((identity, resource))
                break
    return live.read(cluster, wanted, view.lists)


def _outlive(writer: Writer, discovery: Discovery, listed: set[Identity], check: bool) -> list[str]:
    """Wait for objects of the batch that are being deleted, and forget them with all that goes with a namespace.

    :return: in check mode, what would be waited for.
    """
    found = writer.found
    dying = {i for i in listed if i in found and "deletionTimestamp" in found[i]["metadata"]}
    spaces = {identity.name for identity in dying if identity.kind == "Namespace"}
    if not check and dying:
        writer.tell(f"waiting until {', '.join(map(str, sorted(dying)))} is gone")
        targets = [(i, discovery.of(i), found[i]["metadata"]["uid"]) for i in sorted(dying)]
        writer.waiter().until_gone((i, resource, uid) for i, resource, uid in targets if resource)
    writer.found = {i: obj for i, obj in found.items() if i not in dying and i.namespace not in spaces}
    return [f"{i} is being deleted: it is waited for and made anew." for i in sorted(dying)] if check else []


def _planned(planner: Planner, everything: list[Object], found: Live, known: Members) -> list[Change]:
    def one(obj: Object) -> Change:
        identity = Identity.of(obj)
        return planner.apply(obj, found.get(identity), known.get(identity))

    with ThreadPoolExecutor(live.WORKERS) as pool:
        return list(pool.map(one, everything))


def _given_up(planner: Planner, members: Members, listed: set[Identity], found: Live, *, absent: bool) -> list[Change]:
    changes = (
        planner.prune(identity, member, found.get(identity), absent=absent)
        for identity, member in sorted(members.items())
        if identity not in listed
    )
    return [change for change in changes if change is not None]


def _keep_shared_namespaces(planner: Planner, changes: list[Change], going: set[Identity]) -> None:
    for change in changes:
        name = change.identity.name
        if change.verb == DELETED and change.identity.kind == "Namespace" and "namespaces" not in planner.options.purge:
            others = strangers(planner.cluster, planner.discovery, name, frozenset(going))
            if others:
                change.verb, change.note = KEPT, "it holds objects of others"
                planner.warnings.append(kept_for(name, others))


def _refuse_drift(changes: list[Change], options: Options) -> None:
    drifted = [change for change in changes if change.drift]
    if drifted and options.on_conflict == "fail":
        told = "; ".join(f"{change.identity}: {drift}" for change in drifted for drift in change.drift)
        raise MeshError(
            f"Somebody else changed what set {options.set} owns: {told}. Nothing was written. Put our values back with "
            "on_conflict: take, or give up these fields.",
            diff=[difference(change) for change in drifted],
            objects=[change.as_result() for change in drifted],
        )


def _with_what_was_done(error: MeshError, *writers: Writer) -> MeshError:
    done = [change for writer in writers for change in writer.done]
    error.result.setdefault("objects", [change.as_result() for change in done])
    error.result.setdefault("changed", bool(done))
    return error
