"""The lab's command line."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from tests.lab import additions, catalogue, cgroups, control, debian
from tests.lab.cache import Cache, Part
from tests.lab.errors import LabError
from tests.lab.instance import Instance, instances
from tests.lab.lifecycle import Lab

LAST_LINES = 40


def main() -> NoReturn:
    """Do what the command line asks for and end the process: 0 done, 1 failed or not up, 2 bad usage."""
    arguments = _parser().parse_args()
    try:
        sys.exit(0 if arguments.command(arguments) else 1)
    except LabError as fault:
        sys.exit(f"lab: {fault}")
    except KeyboardInterrupt:
        sys.exit("lab: stopped; the same command goes on where it was.")
    except BrokenPipeError:
        # Whoever read the output has had enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def build(arguments: argparse.Namespace) -> bool:
    """Build every part that the cache lacks, a line for each."""
    debian.provide(_say)
    parts = catalogue.API_PARTS if arguments.parts == "api" else catalogue.PARTS
    begin = time.monotonic()

    def started(number: int, total: int, part: Part) -> None:
        _say(f"step {number} of {total}: {part.name} ...")

    for step in Cache.default().make(parts, started):
        took = "cached" if step.seconds is None else f"{step.seconds:.0f} s"
        _say(f"step {step.number} of {step.total}: {step.part.name}: {took}")
    _say(f"built in {time.monotonic() - begin:.0f} s")
    return True


def up(arguments: argparse.Namespace) -> bool:
    """Bring an instance up."""
    begin = time.monotonic()
    build(arguments)

    def tell(text: str) -> None:
        _say(f"{time.monotonic() - begin:5.1f} s  {text}")

    instance = Instance(arguments.name)
    Lab(Cache.default(), tell).up(instance, with_node=arguments.parts == "all")
    tell(f"export KUBECONFIG={instance.admin_kubeconfig} PATH={instance.binaries}:$PATH")
    return True


def add_certificates(arguments: argparse.Namespace) -> bool:
    """Give an instance that is up the images and the chart of cert-manager, and those of an ACME server."""
    for name in additions.provide_certificates(Instance(arguments.name), Cache.default()):
        _say(f"imported {name}")
    return True


def add_load(arguments: argparse.Namespace) -> bool:
    """Give an instance that is up the image of fortio, which sends calls and measures them."""
    for name in additions.provide_load(Instance(arguments.name), Cache.default()):
        _say(f"imported {name}")
    return True


def down(arguments: argparse.Namespace) -> bool:
    """Remove an instance."""
    removed = Lab(Cache.default(), _say).down(Instance(arguments.name))
    _say(f"{arguments.name} is gone" if removed else f"there is no instance {arguments.name}")
    return True


def status(arguments: argparse.Namespace) -> bool:
    """Show instances with their components; with a name, fail when that one is not up."""
    shown = [Instance(arguments.name)] if arguments.name else instances()
    up_all = True
    for instance in shown:
        running = control.units(instance)
        up_all = up_all and bool(running)
        _say(f"{instance.name}: " + (f"up, {cgroups.memory(instance) / 2**20:.0f} MiB" if running else "not up"))
        for unit in running:
            state = f"pid {unit.pid}" if unit.pid else "starting"
            _say(f"  {unit.name:24} {state:12}" + (f" started {unit.starts} times" if unit.starts > 1 else ""))
    return up_all


def logs(arguments: argparse.Namespace) -> bool:
    """Print the end of the components' logs, or of one."""
    instance = Instance(arguments.name)
    found = sorted(instance.logs.glob(f"{arguments.component or '*'}.log"))
    if not found:
        raise LabError(f"{instance.name} has no log of {arguments.component or 'any component'} in {instance.logs}.")
    for path in found:
        lines = path.read_text(errors="replace").splitlines()
        _say(f"==> {path} <==")
        for line in lines if arguments.component else lines[-LAST_LINES:]:
            _say(line)
    return True


def kubeconfig(arguments: argparse.Namespace) -> bool:
    """Print the path of an instance's kubeconfig."""
    instance = Instance(arguments.name)
    path = instance.site_kubeconfig if arguments.user == "site" else instance.admin_kubeconfig
    if not path.exists():
        raise LabError(f"{instance.name} is not up: python3 -m tests.lab up --name {instance.name}")
    _say(str(path))
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description="A real cluster on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function: Callable[[argparse.Namespace], bool], name: str | None = "lab") -> argparse.ArgumentParser:
        named = function.__name__.replace("_", "-")
        added = commands.add_parser(named, help=function.__doc__, description=function.__doc__)
        added.set_defaults(command=function)
        if function is not build:
            added.add_argument("--name", default=name, help="the instance (default: %(default)s)")
        return added

    for function in (build, up):
        command(function).add_argument(
            "--parts",
            choices=("all", "api"),
            default="all",
            help="api: only the API server, its store and the controllers (default: %(default)s)",
        )
    command(add_certificates)
    command(add_load)
    command(down)
    command(status, name=None)
    command(logs).add_argument("component", nargs="?", help="print all of this component's log")
    command(kubeconfig).add_argument(
        "--user", choices=("admin", "site"), default="admin", help="whose (default: %(default)s)"
    )
    return parser


def _say(line: str) -> None:
    print(line, flush=True)
