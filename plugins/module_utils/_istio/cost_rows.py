# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a mesh costs, in rows to show: by part, namespace, node and sidecar, beside an earlier measurement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._kube.metrics import Usage, total
from .cost import Line, Measurement, Part

Row = dict[str, Any]
Figures = Mapping[str, int]
NOTHING: Figures = {"cpu_millicores": 0, "memory_mib": 0}


@dataclass(frozen=True)
class Earlier:
    """The figures of an earlier measurement.

    :param time: when it was. :param namespaces: the figures by name, as :param nodes: has them.
    """

    time: str
    namespaces: Mapping[str, Figures] = field(default_factory=dict)
    nodes: Mapping[str, Figures] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Earlier | None:
        """What a file holds that has the module's own result, None where there is no file.

        :raises MeshError: it cannot be read, or holds something else.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            tables = (document["namespaces"], document["nodes"])
            namespaces, nodes = ({row["name"]: _kept(row) for row in rows} for rows in tables)
            return cls(str(document["measured_at"]), namespaces, nodes)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MeshError(f"The file {path} holds no earlier measurement: remove it, or name another.") from error


def rows(measured: Measurement, earlier: Earlier | None) -> Row:
    """All tables of a measurement, with Ansible's plain types."""
    lines = measured.lines
    mesh = _of_mesh(lines)
    return {
        "measured_at": measured.time,
        "before_measured_at": earlier.time if earlier else None,
        "mesh": {"containers": len(mesh), **_figures(mesh)},
        "parts": [_part(part, lines) for part in Part],
        "namespaces": _namespaces(lines, earlier),
        "nodes": _nodes(measured, earlier),
        "sidecars": [_container(line) for line in lines if line.part is Part.SIDECAR],
        "containers": [_container(line) for line in lines],
        "missing": measured.missing,
    }


def _kept(row: Mapping[str, Any]) -> Figures:
    return {name: int(row[name]) for name in NOTHING}


def _printed(usage: Usage) -> dict[str, int]:
    return {"cpu_millicores": usage.millicores, "memory_mib": usage.mebibytes}


def _figures(lines: Iterable[Line]) -> dict[str, int]:
    """The sum is rounded, and not the summands, as ``kubectl top pod`` does for a pod's containers."""
    return _printed(total(line.usage for line in lines))


def _container(line: Line) -> Row:
    place = {"namespace": line.namespace, "pod": line.pod, "container": line.container, "node": line.node}
    return {**place, "part": str(line.part), **_printed(line.usage)}


def _part(part: Part, lines: list[Line]) -> Row:
    ours = [line for line in lines if line.part is part]
    return {"name": str(part), "containers": len(ours), **_figures(ours)}


def _of_mesh(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.part is not Part.APPLICATION]


def _namespaces(lines: list[Line], earlier: Earlier | None) -> list[Row]:
    names = {line.namespace for line in lines} | set(earlier.namespaces if earlier else ())
    found = []
    for name in sorted(names):
        ours = [line for line in lines if line.namespace == name]
        row = {
            "name": name,
            "pods": len({line.pod for line in ours}),
            "sidecars": sum(line.part is Part.SIDECAR for line in ours),
            **_figures(ours),
            "mesh": _figures(_of_mesh(ours)),
        }
        found.append({**row, **_beside(row, earlier.namespaces if earlier else None)})
    return found


def _nodes(measured: Measurement, earlier: Earlier | None) -> list[Row]:
    found = []
    for node in measured.nodes:
        cpu, memory = node.usage.percent_of(node.allocatable)
        row = {
            "name": node.name,
            **_printed(node.usage),
            "cpu_percent": cpu,
            "memory_percent": memory,
            "allocatable": _printed(node.allocatable),
            "mesh": _figures(line for line in _of_mesh(measured.lines) if line.node == node.name),
        }
        found.append({**row, **_beside(row, earlier.nodes if earlier else None)})
    return found


def _beside(row: Row, kept: Mapping[str, Figures] | None) -> Row:
    """What was there before, and what came to it; null where that was not measured."""
    if kept is None:
        return {"before": None, "added": None}
    before = kept.get(row["name"], NOTHING)
    return {"before": dict(before), "added": {name: row[name] - before[name] for name in NOTHING}}
