# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stack files: the functions that faas-cli's ``stack.yaml`` describes, as options of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._libraries import required
from .located import Located, Source, compose, nearest
from .substitution import substitute

# https://docs.openfaas.com/reference/yaml/
_TOP = ("version", "provider", "functions", "configuration")
_TEXTS = {"image": "image", "fprocess": "fprocess", "namespace": "namespace"}
_LISTS = ("secrets", "constraints")
_MAPPINGS = {"environment": "env", "labels": "labels", "annotations": "annotations"}
_RESOURCES = ("limits", "requests")
_DEPLOYED = (*_TEXTS, *_LISTS, *_MAPPINGS, *_RESOURCES, "environment_file", "readonly_root_filesystem")
# What faas-cli builds and publishes images with.
_BUILD = (
    *("lang", "handler", "skip_build", "build_args", "build_options", "build_secrets", "platforms", "registry_auth"),
    *("publish", "copy"),
)


@dataclass
class Stack:
    """A stack file.

    :param functions: the options of each, as an element of the option ``functions`` has them.
    :param gateway: the URL that it names. :param warnings: what it says and nobody understands.
    """

    functions: list[dict[str, Any]] = field(default_factory=list)
    gateway: str | None = None
    warnings: list[str] = field(default_factory=list)


def of_file(path: Path, variables: Mapping[str, str]) -> Stack:
    """The stack in a file. :param variables: for ``substitute``. :raises MeshError: it cannot be read or understood."""
    return _Reader(Source(str(path)), path.parent).stack(substitute(_text(path), variables, Source(str(path)).at))


def of_content(content: Any, variables: Mapping[str, str]) -> Stack:
    """The stack in a text or a mapping. :raises MeshError: it cannot be understood, or names a file to read."""
    numbered = isinstance(content, str)
    source = Source("stack_content", numbered)
    # One way for both: a mapping is written down first, on lines that no user has seen.
    text = content if numbered else required("yaml", "PyYAML").safe_dump(content, sort_keys=False, width=1 << 20)
    return _Reader(source, None).stack(substitute(text, variables, source.at))


class _Reader:
    """Reads one stack. :param folder: where its environment files are, None where it is in no folder."""

    def __init__(self, source: Source, folder: Path | None) -> None:
        self._source = source
        self._folder = folder
        self._warnings: list[str] = []

    def stack(self, text: str) -> Stack:
        document = compose(text, self._source)
        if document is None:
            raise MeshError(f"{self._source.name} is empty: list the functions under the key functions.")
        top = document.fields()
        self._refuse_unknown(top, _TOP, "a stack")
        functions = top["functions"].fields() if "functions" in top else {}
        return Stack([self._function(name, value) for name, value in functions.items()], _gateway(top), self._warnings)

    def _function(self, name: str, value: Located) -> dict[str, Any]:
        given = value.fields()
        self._refuse_unknown(given, (*_DEPLOYED, *_BUILD), "a function")
        options: dict[str, Any] = {"name": name}
        options |= {option: given[key].text() for key, option in _TEXTS.items() if key in given}
        options |= {key: [item.text() for item in given[key].items()] for key in _LISTS if key in given}
        options |= {option: given[key].texts() for key, option in _MAPPINGS.items() if key in given}
        options |= {key: self._resources(given[key]) for key in _RESOURCES if key in given}
        if "readonly_root_filesystem" in given:
            options["readonly_root_filesystem"] = given["readonly_root_filesystem"].flag()
        for file in given["environment_file"].items() if "environment_file" in given else ():
            options["env"] = {**options.get("env", {}), **self._environment(file)}
        return options

    def _resources(self, value: Located) -> dict[str, str]:
        given = value.fields()
        self._refuse_unknown(given, ("memory", "cpu"), value.path)
        return {key: given[key].text() for key in ("memory", "cpu") if key in given}

    def _environment(self, file: Located) -> dict[str, str]:
        if self._folder is None:
            raise file.error(
                "names a file, which a stack given inline has no folder for: use stack_file or environment"
            )
        path = self._folder / file.text()
        document = compose(_text(path), Source(str(path)))
        environment = document.fields().get("environment") if document else None
        return environment.texts() if environment else {}

    def _refuse_unknown(self, given: Mapping[str, Located], known: tuple[str, ...], what: str) -> None:
        """A key that is nearly a known one is a slip that would cost a setting; others may be of a later faas-cli."""
        for key, value in given.items():
            if key in known or key.startswith("x-"):
                continue
            if meant := nearest(key, known, 1):
                raise value.error(f"is no key of {what}: write {meant[0]}")
            self._warnings.append(str(value.error("is not known and has no effect")))


def _gateway(top: Mapping[str, Located]) -> str | None:
    provider = top["provider"].fields() if "provider" in top else {}
    name = provider.get("name")
    if name is not None and name.text() not in ("openfaas", "faas"):
        raise name.error(f"must be openfaas, not '{name.text()}'")
    return (provider["gateway"].text() or None) if "gateway" in provider else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise MeshError(f"The file {path} cannot be read ({said}).") from error
