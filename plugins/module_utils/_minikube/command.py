# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""minikube as a program: one method for each of its commands, and what its answers mean."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence

from .._command import Completed, ModuleRunner
from .._errors import MeshError
from .events import Story
from .profile import Profiles, Status
from .stream import followed

# No pictures in messages, and no question whether there is a newer minikube.
PLAIN = {"MINIKUBE_IN_STYLE": "false", "MINIKUBE_WANTUPDATENOTIFICATION": "false"}
COMMAND_SECONDS = 300.0


class Minikube:
    """One profile of one minikube.

    :param program: its path, or its name in PATH. :param run_command: ``AnsibleModule.run_command``.
    :param environment: variables on top of the process's own, such as MINIKUBE_HOME and KUBECONFIG.
    :param tell: is told each step of a start.
    """

    def __init__(
        self,
        program: str,
        profile: str,
        run_command: Callable[..., object],
        environment: Mapping[str, str],
        tell: Callable[[str], None],
    ) -> None:
        self.program = program
        self.profile = profile
        self._environment = {**PLAIN, **environment}
        self._runner = ModuleRunner(run_command, self._environment)
        self._tell = tell

    def is_missing(self) -> bool:
        """Whether there is no such program."""
        return shutil.which(os.path.expanduser(self.program)) is None

    def profiles(self) -> Profiles:
        """What minikube knows, of all profiles. :raises MeshError: there is no minikube, or its answer is not known."""
        done = self._run("profile", "list", "--output", "json")
        self._verify(done, "list its profiles")
        return Profiles.from_json(done.stdout)

    def status(self) -> Status:
        """How the cluster is. The exit code says the same in other words, and does not count."""
        return Status.from_json(self._run("status", *self._chosen(), "--output", "json").stdout)

    def addons(self) -> dict[str, bool]:
        """The addons that there are, and whether each is enabled. Needs a cluster, which may be stopped."""
        done = self._run("addons", "list", *self._chosen(), "--output", "json")
        self._verify(done, "list the addons")
        try:
            return {name: entry["Status"] == "enabled" for name, entry in json.loads(done.stdout).items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MeshError(f"minikube lists its addons in a form that is not known here ({error!r}).") from error

    def enable(self, addon: str) -> None:
        """Enable an addon. :raises MeshError: with minikube's own reason."""
        self._verify(self._run("addons", "enable", addon, *self._chosen()), f"enable the addon {addon}")

    def config(self) -> dict[str, str]:
        """The values of ``minikube config``, which hold for all profiles."""
        done = self._run("config", "view")
        self._verify(done, "show its config")
        rows = (line.removeprefix("- ").partition(": ") for line in done.stdout.decode().splitlines())
        return {name: value for name, colon, value in rows if colon}

    def set_config(self, name: str, value: str | None) -> None:
        """Set a value of ``minikube config``, or unset it with None. :raises MeshError: minikube does not take it."""
        change = ("unset", name) if value is None else ("set", name, value)
        self._verify(self._run("config", *change), f"{change[0]} {name} in its config")

    def start(self, arguments: Sequence[str], seconds: float, *, check: bool) -> list[str]:
        """Make the cluster, or start it; its warnings.

        :param check: only check the arguments, the driver and the machine.
        :raises MeshError: with minikube's own reason.
        """
        story = Story(self._tell)
        argv = [self.program, "start", *self._chosen(), "--output", "json", *arguments]
        ended = followed([*argv, "--dry-run"] if check else argv, self._environment, seconds, story.hear)
        if not ended.in_time:
            where = f" in its step '{story.step}'" if story.step else ""
            raise MeshError(
                f"minikube did not start cluster {self.profile} within {seconds:g} seconds and was stopped{where}: "
                f"run it again with a longer timeout, or see '{self.program} logs -p {self.profile}'."
            )
        if ended.completed.returncode:
            reason = story.failure or ended.completed.complaint()
            raise MeshError(f"minikube cannot start cluster {self.profile}: {reason}")
        return story.warnings

    def stop(self) -> None:
        """Stop the cluster. :raises MeshError: with minikube's own reason."""
        self._verify(self._run("stop", *self._chosen()), f"stop cluster {self.profile}")

    def delete(self) -> None:
        """Delete the cluster and its profile. :raises MeshError: with minikube's own reason."""
        self._verify(self._run("delete", *self._chosen()), f"delete cluster {self.profile}")

    def update_context(self) -> None:
        """Write the cluster's context into the kubeconfig anew. :raises MeshError: with minikube's own reason."""
        self._verify(self._run("update-context", *self._chosen()), f"write the context {self.profile}")

    def _chosen(self) -> tuple[str, str]:
        return "--profile", self.profile

    def _run(self, *arguments: str) -> Completed:
        return self._runner.run([self.program, *arguments], timeout=COMMAND_SECONDS)

    def _verify(self, done: Completed, what: str) -> None:
        if done.returncode:
            raise MeshError(f"minikube cannot {what}: {_reason(done)}")


def _reason(done: Completed) -> str:
    """The line that says why minikube exits, else its last one."""
    lines = [line.strip() for text in (done.stderr, done.stdout) for line in text.decode(errors="replace").splitlines()]
    exiting = next((line for line in lines if "Exiting due to " in line), None)
    return exiting.partition("Exiting due to ")[2] if exiting else done.complaint().removeprefix("* ")
