# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user's file for an installation: Helm values, or an IstioOperator document as istioctl takes it with ``-f``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._libraries import required

Object = dict[str, Any]

KIND = "IstioOperator"


def read(path: str) -> Object:
    """The ``spec`` that a file asks for; of Helm values it is one with these values.

    :raises MeshError: with the line where it is no YAML; the file cannot be read, or is another kind of document.
    """
    yaml = required("yaml", "PyYAML")
    try:
        document = yaml.safe_load(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MeshError(f"The file {path} cannot be read: {error}.") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise MeshError(f"{path}{line} is not valid YAML: check the line.") from error
    if not isinstance(document, dict):
        raise MeshError(f"{path} is neither a mapping of Helm values nor an {KIND} document.")
    if "apiVersion" not in document and "kind" not in document:
        return {"values": document}
    if document.get("kind") != KIND:
        raise MeshError(f"{path} is of kind {document.get('kind')}: give an {KIND} document, or only its values.")
    spec: Object = document.get("spec") or {}
    return spec


def merged(below: Object, above: Object) -> Object:
    """Values with others on top, as Helm merges them; a null on top is kept, since it takes a chart's default away."""
    result = dict(below)
    for name, value in above.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result
