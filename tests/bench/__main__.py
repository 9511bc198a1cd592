"""`python -m tests.bench`: tables of what functions cost, ours beside others, in one run and in turns.

Requests are counted by the gateway and do not depend on the machine. Times do, so compare them only within a table.
`median s` and `least s` are those of the whole command, where Ansible's own start outweighs a few requests; `within s`
and the `least` of it go from the first request to the last answer, by the gateway's clock. faas-cli logs in within it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from tests.bench.arms import Arm, faas_cli, one_task, one_task_in_series, task_loop, uri_loop
from tests.bench.measure import HEADINGS, ArmFailed, Load, Trial
from tests.stages.workspace import Workspace

OURS = Arm("one task", one_task)
LATENCY = 0.02
MANY = 100


def main() -> int:
    """Print the tables; gives 0 when every arm did its work, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each arm (default: 5)")
    parser.add_argument("--sizes", default="1,15,100,1000", help="numbers of functions (default: 1,15,100,1000)")
    parser.add_argument("--most-in-loops", type=int, default=100, help="leave loops out for more functions than this")
    parser.add_argument("--faas-cli", metavar="PATH", help="compare with this faas-cli too")
    given = parser.parse_args()
    loops = [
        Arm("loop of our module", task_loop, given.most_in_loops),
        Arm("loop of uri", uri_loop, given.most_in_loops),
    ]
    rival = [Arm("faas-cli", faas_cli(given.faas_cli))] if given.faas_cli else []
    serial = Arm("one task, in series", one_task_in_series)
    sizes = [int(size) for size in given.sizes.split(",")]
    environment = Workspace().environment(ANSIBLE_NOCOLOR="1")

    def table(title: str, arms: Sequence[Arm], load: Load) -> None:
        _table(title, arms, load, given.rounds, environment)

    try:
        for size in sizes:
            arms = [arm for arm in (OURS, *loops, *rival) if arm.most is None or size <= arm.most]
            table(f"{size} functions, none changed", arms, Load(size))
        for size in sizes:
            table(f"{size} functions, 1 changed", [OURS, *rival], Load(size, changes=1))
        for changes in (0, 1, 10, 100):
            title = f"{MANY} functions, {changes} changed, {LATENCY * 1000:.0f} ms a request"
            table(title, [OURS, serial, *rival], Load(MANY, changes, LATENCY))
    except ArmFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _table(title: str, arms: Sequence[Arm], load: Load, rounds: int, environment: Mapping[str, str]) -> None:
    """Run the arms in turns and print a line for each."""
    with ExitStack() as stack:
        trials = [stack.enter_context(Trial(arm, load, environment, primer=OURS)) for arm in arms]
        for _ in range(rounds):
            for trial in trials:
                trial.run()
    print(f"\n{title}")
    print(_line("", HEADINGS))
    for trial in trials:
        print(_line(trial.arm.name, trial.row.cells()), flush=True)


def _line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:<22}" + "".join(f"{cell:>10}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
