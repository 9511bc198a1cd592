# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helm as a renderer: a chart and values become objects; Helm itself never touches the cluster."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._command import Completed, Runner
from .._errors import MeshError
from .._kube.objects import Identity, parsed

Object = dict[str, Any]

SECONDS = 120.0
# Shorter values are common words: hiding them would blank half of the output.
SHORTEST_SECRET = 8
HOOK = "helm.sh/hook"
# How a path is written. Without one of these in front a chart is a name, unless it is there and has no repository.
PATH = re.compile(r"[.~]{0,2}/")
OCI = "oci://"
LOOKUP = re.compile(rb"\{\{[^}]*\(?\s*lookup\s")


@dataclass(frozen=True)
class Chart:
    """A chart as the user names it.

    :param ref: a folder, an archive, an ``oci://`` reference, or a name in ``repository`` (a URL).
    :param repository: looked at for a name only. :param version: required unless the chart is a path.
    :param sha256: of the archive, checked before it is used.
    :param release_name: what templates see as .Release.Name. :param namespace: as .Release.Namespace.
    :param hooks: ``skip`` leaves hook objects out, ``apply`` treats them as plain objects.
    """

    ref: str
    release_name: str
    namespace: str
    repository: str | None = None
    version: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    sha256: str | None = None
    hooks: str = "skip"

    def is_local(self) -> bool:
        """Whether the chart is a folder or an archive on this machine."""
        is_name = self.repository or self.ref.startswith(OCI)
        return bool(PATH.match(self.ref)) or (not is_name and Path(self.ref).expanduser().exists())


@dataclass(frozen=True)
class Rendered:
    """What a chart became: objects, the hooks that were left out, and what the user should know."""

    objects: list[Object]
    skipped_hooks: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class Helm:
    """The helm program.

    :param program: its path or name. :param runner: starts it.
    """

    program: str
    runner: Runner

    def rendered(self, chart: Chart, kube_version: str, api_versions: list[str], is_upgrade: bool) -> Rendered:
        """The objects of a chart, as they are for this cluster.

        :param kube_version: of the cluster, such as ``v1.36.3``. :param api_versions: what it serves.
        :param is_upgrade: whether the release is there already, for templates that ask.
        :raises MeshError: with helm's own line when the chart does not render; with the path when two renders of the
            same input differ, since then every run would change the cluster.
        """
        with self._at_hand(chart) as path:
            argv = [
                self.program, "template", chart.release_name, str(path), "--namespace", chart.namespace,
                "--kube-version", kube_version, "--include-crds", "--skip-tests", "--values", "-",
            ]  # fmt: skip
            if is_upgrade:
                argv.append("--is-upgrade")
            for version in api_versions:
                argv += ["--api-versions", version]
            values = json.dumps(chart.values).encode()
            first, second = (
                self._run(argv, f"Chart {chart.ref} does not render", stdin=values, unseen=texts(chart.values))
                for _render in range(2)
            )
            warnings = _warnings(chart, path)
        objects = parsed(first.decode(), f"The render of chart {chart.ref}")
        if first != second:
            _refuse_random(chart, objects, parsed(second.decode(), chart.ref))
        hooks = [obj for obj in objects if HOOK in (obj["metadata"].get("annotations") or {})]
        if chart.hooks == "apply":
            return Rendered(objects, [], warnings)
        return Rendered(
            [obj for obj in objects if obj not in hooks], [str(Identity.of(obj)) for obj in hooks], warnings
        )

    @contextmanager
    def _at_hand(self, chart: Chart) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="faas-mesh-chart-") as folder:
            path = Path(chart.ref).expanduser() if chart.is_local() else self._pulled(chart, Path(folder))
            if not path.exists():
                raise _nowhere(chart)
            _check_sum(chart, path)
            yield path

    def _pulled(self, chart: Chart, folder: Path) -> Path:
        is_oci = chart.ref.startswith(OCI)
        if not is_oci and not chart.repository:
            raise _nowhere(chart)
        if not chart.version:
            raise MeshError(
                f"Chart {chart.ref} needs a version: without one, the newest would be taken, which changes by itself."
            )
        argv = [self.program, "pull", chart.ref, "--version", chart.version, "--destination", str(folder)]
        if chart.repository and not is_oci:
            argv += ["--repo", chart.repository]
        self._run(argv, f"Chart {chart.ref} {chart.version} cannot be fetched")
        return next(folder.glob("*.tgz"))

    def _run(self, argv: list[str], failure: str, *, stdin: bytes | None = None, unseen: Iterable[str] = ()) -> bytes:
        done = self.runner.run(argv, stdin=stdin, timeout=SECONDS)
        if done.returncode:
            complaint = _complaint(done)
            # A chart may quote a value when it fails, and values hold passwords.
            for text in unseen:
                complaint = complaint.replace(text, "(hidden)")
            raise MeshError(f"{failure}: {complaint}")
        return done.stdout


def _nowhere(chart: Chart) -> MeshError:
    return MeshError(
        f"There is no chart at {chart.ref}: give a path that exists, an oci:// reference, or its repository."
    )


def _complaint(done: Completed) -> str:
    """Helm's line about what went wrong, which is not always its last."""
    lines = [line.strip() for line in done.stderr.decode(errors="replace").splitlines()]
    return next((line for line in lines if line.startswith("Error:")), done.complaint())


def texts(values: Any) -> Iterator[str]:
    """The texts among values that are long enough to be secrets, the longest first."""
    yield from sorted((text for text in _leaves(values) if len(text) >= SHORTEST_SECRET), key=len, reverse=True)


def _leaves(values: Any) -> Iterator[str]:
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list):
        for value in values:
            yield from _leaves(value)
    elif isinstance(values, (str, int, float)) and not isinstance(values, bool):
        yield str(values)


def _check_sum(chart: Chart, path: Path) -> None:
    if not chart.sha256:
        return
    if path.is_dir():
        raise MeshError(f"Chart {chart.ref} is a folder: sha256 is of an archive, leave it out.")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != chart.sha256.lower():
        raise MeshError(f"Chart {chart.ref} has sha256 {found}, asked for is {chart.sha256}: nothing of it was used.")


def _warnings(chart: Chart, path: Path) -> list[str]:
    asking = sorted(name for name, text in _templates(path) if LOOKUP.search(text))
    if not asking:
        return []
    return [
        f"Chart {chart.ref} asks the cluster while it renders (lookup in {', '.join(asking)}); here it gets no answer, "
        "as in helm template."
    ]


def _templates(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in path.glob("**/templates/**/*"):
            if file.is_file():
                yield str(file.relative_to(path)), file.read_bytes()
        return
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() and "/templates/" in member.name else None
            if content is not None:
                yield member.name, content.read()


def _refuse_random(chart: Chart, first: list[Object], second: list[Object]) -> None:
    others = {Identity.of(obj): obj for obj in second}
    for obj in first:
        path = _first_difference(obj, others.get(Identity.of(obj)), "")
        if path is not None:
            raise MeshError(
                f"Chart {chart.ref} renders {path.lstrip('.') or 'an object'} of {Identity.of(obj)} differently each "
                "time (a random value or the time): set the value that decides it, or every run would change the "
                "cluster."
            )


def _first_difference(one: Any, other: Any, path: str) -> str | None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            found = _first_difference(one.get(key), other.get(key), f"{path}.{key}")
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            found = _first_difference(left, right, f"{path}[{number}]")
            if found is not None:
                return found
        return None
    return None if one == other else path
