# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One minikube cluster on its way to the state that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .command import Minikube
from .machine import Machine
from .profile import ABSENT, BROKEN, RUNNING, STOPPED, Profile, Status
from .wanted import Wanted

Result = dict[str, Any]
START = "start the cluster"


@dataclass(frozen=True)
class Host:
    """Whom and what a cluster is started on. :param root: whether this is user root."""

    machine: Machine
    root: bool


@dataclass(frozen=True)
class Choices:
    """How far the user lets a run go.

    :param recreate: delete a cluster that cannot become the one that is wanted. :param force: start as root.
    :param seconds: for a start.
    """

    recreate: bool
    force: bool
    seconds: float


@dataclass(frozen=True)
class Current:
    """A cluster as it was found. :param damaged: minikube has files of it that it cannot read."""

    profile: Profile | None
    status: Status
    damaged: bool = False

    @property
    def state(self) -> str:
        """``absent``, ``stopped``, ``running`` or ``broken``."""
        return BROKEN if self.damaged else self.status.state

    @classmethod
    def read(cls, minikube: Minikube) -> Current:
        """What minikube says."""
        profiles = minikube.profiles()
        profile = profiles.valid.get(minikube.profile)
        status = minikube.status() if profile else Status(ABSENT, False)
        return cls(profile, status, minikube.profile in profiles.invalid)


@dataclass
class Plan:
    """What has to be done, in this order; the names of the steps are shown to the user."""

    before: Result
    after: Result
    steps: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, name: str, step: Callable[[], None]) -> None:
        """Plan a step."""
        self.steps.append((name, step))


class ClusterRun:
    """One run of the module.

    :param minikube: of the profile. :param host: where this runs. :param choices: of the user.
    :param check: plan, and write nothing.
    """

    def __init__(self, minikube: Minikube, host: Host, choices: Choices, *, check: bool) -> None:
        self._minikube = minikube
        self._host = host
        self._choices = choices
        self._check = check

    def started(self, wanted: Wanted) -> Result:
        """Have the cluster run as wanted; the module's result. :raises MeshError: it cannot be had."""
        current = Current.read(self._minikube)
        config = self._minikube.config() if wanted.config else {}
        differences = wanted.differences(current.profile) if current.profile else []
        lasting = [str(difference) for difference in differences if not difference.in_place]
        self._verify_allowed(current, lasting)
        new = current.profile is None or bool(lasting)
        upgrade = bool(differences) and not new
        starts = new or upgrade or current.state != RUNNING
        if starts:
            self._verify_user(wanted.driver)
        if new:
            self._host.machine.verify(wanted, self._minikube.profile)
        enabled = {} if new else self._known_addons(wanted)
        missing = [addon for addon in wanted.addons if not enabled.get(addon)]

        changed_config = {name: value for name, value in wanted.config.items() if config.get(name) != value}
        has = _view(current, [addon for addon in wanted.addons if enabled.get(addon)])
        settings = wanted.settings() if new else {**has, **{each.name: each.asked for each in differences}}
        will = {**settings, "state": RUNNING, "addons": sorted(wanted.addons)}
        plan = Plan(
            {**has, "config": {name: config.get(name) for name in wanted.config}},
            {**will, "config": dict(wanted.config)},
        )
        for name, value in changed_config.items():
            plan.add(f"set {name} in the config", partial(self._minikube.set_config, name, value))
        if new and current.state != ABSENT:
            plan.add("delete the cluster", self._minikube.delete)
        if starts:
            plan.add(START, partial(self._start, wanted, new, plan))
        elif not current.status.configured:
            plan.add("write the context into the kubeconfig", self._minikube.update_context)
        for addon in missing:
            plan.add(f"enable the addon {addon}", partial(self._minikube.enable, addon))
        if self._check and new and current.state == ABSENT:
            # The one thing that only minikube knows: whether its driver works here.
            plan.warnings += self._minikube.start(self._arguments(wanted, new), self._choices.seconds, check=True)
        return self._done(plan, current)

    def stopped(self) -> Result:
        """Have the cluster not run; the module's result. One that does not exist does not run."""
        current = Current.read(self._minikube)
        plan = Plan(_view(current), _view(current))
        if current.damaged:
            self._verify_allowed(current, [])
        if current.state not in (ABSENT, STOPPED):
            plan.after = {**plan.before, "state": STOPPED}
            plan.add("stop the cluster", self._minikube.stop)
        return self._done(plan, current)

    def absent(self, files: Path) -> Result:
        """Have no such cluster; the module's result.

        :param files: the folder of the profile. Where neither it nor minikube is there, there is no cluster to delete.
        """
        gone = self._minikube.is_missing() and not files.exists()
        current = Current(None, Status(ABSENT, False)) if gone else Current.read(self._minikube)
        plan = Plan(_view(current), {"state": ABSENT})
        if current.state != ABSENT:
            plan.add("delete the cluster", self._minikube.delete)
        return self._done(plan, current)

    def _verify_allowed(self, current: Current, lasting: list[str]) -> None:
        if self._choices.recreate:
            return
        name = self._minikube.profile
        if current.damaged:
            raise MeshError(
                f"minikube cannot read its files of cluster {name}: set recreate to delete it and make it anew."
            )
        if lasting:
            raise MeshError(
                f"Cluster {name} has {', '.join(lasting)}, and only a new cluster changes that: set recreate to delete "
                "it, with all that runs in it, and make it anew; or ask for what it has."
            )

    def _verify_user(self, driver: str) -> None:
        if driver == "docker" and self._host.root and not self._choices.force:
            raise MeshError(
                "minikube's driver docker does not work as root: run this as a user who may use Docker, or set force "
                "if root is what you want."
            )

    def _known_addons(self, wanted: Wanted) -> dict[str, bool]:
        if not wanted.addons:
            return {}
        known = self._minikube.addons()
        unknown = [addon for addon in wanted.addons if addon not in known]
        if unknown:
            raise MeshError(
                f"minikube has no addon named {' or '.join(unknown)}: "
                f"'{self._minikube.program} addons list' shows those that it has."
            )
        return known

    def _arguments(self, wanted: Wanted, new: bool) -> list[str]:
        return wanted.arguments(new=new, force=self._choices.force)

    def _start(self, wanted: Wanted, new: bool, plan: Plan) -> None:
        """Start, and look whether the cluster is as wanted: minikube exits with 0 too when it changed nothing."""
        plan.warnings += self._minikube.start(self._arguments(wanted, new), self._choices.seconds, check=False)
        now = Current.read(self._minikube)
        kept = [str(difference) for difference in wanted.differences(now.profile)] if now.profile else []
        if kept or now.state != RUNNING:
            found = f"but it has {', '.join(kept)}" if kept else f"but it is {now.state}"
            raise MeshError(
                f"minikube says that it started cluster {self._minikube.profile}, {found}: "
                f"see '{self._minikube.program} logs -p {self._minikube.profile}'."
            )

    def _done(self, plan: Plan, current: Current) -> Result:
        done: list[str] = []
        for name, step in plan.steps:
            if not self._check:
                try:
                    step()
                except MeshError as error:
                    # A start that failed may have come far.
                    raise MeshError(str(error), changed=bool(done) or name == START, actions=done) from error
            done.append(name)
        profile = current.profile
        if plan.steps and not self._check:
            profile = self._minikube.profiles().valid.get(self._minikube.profile)
        state = plan.after["state"]
        return {
            "changed": bool(done),
            "profile": self._minikube.profile,
            "state": state,
            "actions": done,
            "cluster": asdict(profile) if profile and state != ABSENT else None,
            "diff": {"before": plan.before, "after": plan.after},
            "warnings": plan.warnings,
        }


def _view(current: Current, addons: list[str] | None = None) -> Result:
    """A cluster as the diff shows it. :param addons: those of the asked ones that are enabled."""
    if current.profile is None:
        return {"state": current.state}
    shown = {name: value for name, value in asdict(current.profile).items() if name != "ip"}
    return {**shown, "state": current.state, **({} if addons is None else {"addons": sorted(addons)})}
