"""A stand-in for minikube 1.39: the commands that the module calls, with the real one's words and exit codes.

It keeps its state in ``$MINIKUBE_HOME/.minikube/stand-in.json`` and appends each call to ``calls.log`` beside it. What
the tests make it do wrong is in the state too: ``cpus`` of its machine, ``docker`` not running, a start that ``hangs``,
sizes that it makes otherwise (``makes``), an addon that ``fails``, and profiles that are ``damaged``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

HOME = os.path.join(os.environ.get("MINIKUBE_HOME") or os.path.expanduser("~"), ".minikube")
STATE = os.path.join(HOME, "stand-in.json")
STEPS = 19
ADDONS = ("dashboard", "default-storageclass", "metrics-server", "storage-provisioner")


def load() -> dict[str, Any]:
    """The state."""
    if not os.path.exists(STATE):
        return {"profiles": {}, "config": {}}
    with open(STATE) as file:
        state: dict[str, Any] = json.load(file)
    return state


def save(state: dict[str, Any]) -> None:
    """Keep the state."""
    with open(STATE, "w") as file:
        json.dump(state, file)


def leave(code: int, message: str = "") -> NoReturn:
    """Say why, and exit."""
    if message:
        print(message, file=sys.stderr)
    sys.exit(code)


def event(kind: str, **data: Any) -> None:
    """A CloudEvents line."""
    print(
        json.dumps({"specversion": "1.0", "id": "1", "type": f"io.k8s.sigs.minikube.{kind}", "data": data}), flush=True
    )


def fail(code: int, name: str, message: str, advice: str = "") -> NoReturn:
    """An error event, and its exit code."""
    event("error", name=name, exitcode=str(code), message=message, advice=advice, issues="", url="")
    sys.exit(code)


def existing(state: dict[str, Any], name: str) -> dict[str, Any]:
    """A profile, or minikube's complaint that there is none."""
    profile = state["profiles"].get(name)
    if profile is None:
        leave(85, f'* Profile "{name}" not found. Run "minikube profile list" to view all profiles.')
    found: dict[str, Any] = profile
    return found


def version_numbers(version: str) -> list[int]:
    """A version as numbers."""
    return [int(number) for number in version.removeprefix("v").split(".")]


def start(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube start``."""
    # Imported here: every other command starts in half the time without it.
    import argparse

    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--profile", default="minikube")
    parser.add_argument("--output")
    parser.add_argument("--driver", default="docker")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--memory", default="3072mb")
    parser.add_argument("--disk-size", default="20000mb")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--kubernetes-version", default="v1.37.0")
    parser.add_argument("--container-runtime", default="containerd")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    options, _others = parser.parse_known_args(arguments)
    profile = state["profiles"].get(options.profile)
    event("step", currentstep="0", totalsteps=str(STEPS), name="Initial Minikube Setup", message="minikube v1.39.0")
    event("step", currentstep="1", totalsteps=str(STEPS), name="Selecting Driver", message=f"Using {options.driver}")
    if options.driver == "parallels" and sys.platform == "linux":
        fail(56, "DRV_UNSUPPORTED_OS", "The driver 'parallels' is not supported on linux/amd64")
    if not state.get("docker", True):
        fail(63, "PROVIDER_DOCKER_NOT_RUNNING", "deadline exceeded running docker version", "Start the Docker service")
    if options.cpus > state.get("cpus", 64):
        available = state["cpus"]
        said = f"Requested cpu count {options.cpus} is greater than the available cpus of {available}"
        fail(29, "RSRC_INSUFFICIENT_CORES", said)
    if version_numbers(options.kubernetes_version)[0] > 1:
        fail(106, "K8S_NEW_UNSUPPORTED", f"Kubernetes {options.kubernetes_version} is not supported by this release")
    if profile:
        kubernetes = profile["config"]["KubernetesConfig"]
        if version_numbers(options.kubernetes_version) < version_numbers(kubernetes["KubernetesVersion"])[:2]:
            fail(106, "K8S_DOWNGRADE_UNSUPPORTED", "Unable to safely downgrade existing Kubernetes cluster")
    if options.dry_run:
        event("info", message="dry-run validation complete!")
        return
    event(
        "step", currentstep="8", totalsteps=str(STEPS), name="Creating Container", message="Creating docker container"
    )
    if state.get("hangs"):
        time.sleep(600)
    event("warning", message="Restarting the docker service may improve performance.")
    version = options.kubernetes_version
    version = f"{version}.3" if version.count(".") == 1 else version
    if profile is None:
        nodes = [
            {"Name": "" if number == 0 else f"m{number + 1:02}", "IP": f"192.168.49.{number + 2}", "Port": 8443,
             "KubernetesVersion": version, "ControlPlane": number == 0, "Worker": True}
            for number in range(options.nodes)
        ]  # fmt: skip
        profile = {
            "config": {
                "Name": options.profile,
                "Driver": options.driver,
                "CPUs": options.cpus,
                "Memory": int(options.memory.removesuffix("mb")),
                "DiskSize": int(options.disk_size.removesuffix("mb")),
                "KubernetesConfig": {"ContainerRuntime": options.container_runtime},
                "Nodes": nodes,
                **state.get("makes", {}),
            },
            "addons": ["default-storageclass", "storage-provisioner"],
        }
        state["profiles"][options.profile] = profile
    # Of a cluster that is there, a start changes the version alone, and exits with 0 whatever else was asked for.
    profile["config"]["KubernetesConfig"]["KubernetesVersion"] = version
    profile["status"], profile["configured"] = "Running", True
    save(state)
    event("step", currentstep="19", totalsteps=str(STEPS), name="Done", message="Done! kubectl is now configured")


def version(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube version -o json``."""
    print(json.dumps({"commit": "0" * 40, "minikubeVersion": "v1.39.0"}))


def profile_list(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube profile list -o json``."""
    valid = [
        {"Name": name, "Status": {"Running": "OK"}.get(each["status"], each["status"]), "Config": each["config"]}
        for name, each in state["profiles"].items()
    ]
    print(json.dumps({"invalid": [{"Name": name} for name in state.get("damaged", [])], "valid": valid}))


def status(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube status -o json``."""
    name = chosen(arguments)
    profile = state["profiles"].get(name)
    if profile is None:
        event("info", message=f'Profile "{name}" not found. Run "minikube profile list" to view all profiles.')
        sys.exit(85)
    is_up, host = profile["status"] == "Running", profile["status"]
    kubeconfig = ("Configured" if profile["configured"] else "Misconfigured") if is_up else host
    rows = [
        {"Name": node["Name"] or name, "Host": host, "Kubelet": host,
         "APIServer": host if node["ControlPlane"] else "Irrelevant",
         "Kubeconfig": kubeconfig if node["ControlPlane"] else "Irrelevant", "Worker": not node["ControlPlane"]}
        for node in profile["config"]["Nodes"]
    ]  # fmt: skip
    print(json.dumps(rows if len(rows) > 1 else rows[0]))
    sys.exit(0 if is_up else 7)


def stop(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube stop``."""
    profile = existing(state, chosen(arguments))
    profile["status"] = "Stopped"
    save(state)
    print("* 1 node stopped.")


def delete(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube delete``."""
    name = chosen(arguments)
    if name not in state["profiles"]:
        print(f'* "{name}" profile does not exist, trying anyways.')
    state["profiles"].pop(name, None)
    state["damaged"] = [each for each in state.get("damaged", []) if each != name]
    save(state)
    print(f'* Removed all traces of the "{name}" cluster.')


def addons_list(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube addons list -o json``."""
    name = chosen(arguments)
    enabled = existing(state, name)["addons"]
    print(
        json.dumps({each: {"Profile": name, "Status": "enabled" if each in enabled else "disabled"} for each in ADDONS})
    )


def addons_enable(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube addons enable NAME``."""
    profile, addon = existing(state, chosen(arguments)), arguments[0]
    if addon not in ADDONS:
        leave(10, f"X Exiting due to MK_ADDON_ENABLE: enable failed: {addon} is not a valid addon")
    if addon == state.get("fails"):
        leave(10, f"X Exiting due to MK_ADDON_ENABLE: enable failed: run callbacks: running callbacks: {addon}")
    profile["addons"] = sorted({*profile["addons"], addon})
    save(state)
    print(f"* The '{addon}' addon is enabled")


def config_view(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube config view``."""
    for name, value in sorted(state["config"].items()):
        print(f"- {name}: {value}")


def config_set(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube config set NAME VALUE``."""
    name, value = arguments
    if name == "cpus" and not value.isdigit():
        leave(10, 'X Exiting due to MK_CONFIG_SET: Set failed: run validations for "cpus" with value of "zero"')
    state["config"][name] = value
    save(state)
    print("! These changes will take effect upon a minikube delete and then a minikube start", file=sys.stderr)


def config_unset(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube config unset NAME``."""
    state["config"].pop(arguments[0], None)
    save(state)


def update_context(state: dict[str, Any], arguments: list[str]) -> None:
    """``minikube update-context``."""
    name = chosen(arguments)
    existing(state, name)["configured"] = True
    save(state)
    print(f'* "{name}" context has been updated to point to 192.168.49.2:8443')


def chosen(arguments: list[str]) -> str:
    """The profile that the arguments name."""
    return arguments[arguments.index("--profile") + 1]


COMMANDS: dict[tuple[str, ...], Callable[[dict[str, Any], list[str]], None]] = {
    ("version",): version,
    ("start",): start,
    ("profile", "list"): profile_list,
    ("status",): status,
    ("stop",): stop,
    ("delete",): delete,
    ("addons", "list"): addons_list,
    ("addons", "enable"): addons_enable,
    ("config", "view"): config_view,
    ("config", "set"): config_set,
    ("config", "unset"): config_unset,
    ("update-context",): update_context,
}


def main() -> None:
    """Answer one call."""
    os.makedirs(HOME, exist_ok=True)
    arguments = sys.argv[1:]
    with open(os.path.join(HOME, "calls.log"), "a") as log:
        log.write(json.dumps(arguments) + "\n")
    for words, command in COMMANDS.items():
        if tuple(arguments[: len(words)]) == words:
            command(load(), arguments[len(words) :])
            return
    leave(64, f"X Exiting due to MK_USAGE: unknown command {arguments}")


if __name__ == "__main__":
    main()
