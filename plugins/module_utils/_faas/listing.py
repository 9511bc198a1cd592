# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The functions that a module's options list: one, a list, a stack file, and what the store adds to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._render.images import mirrored
from . import stack
from .function import Function, Key, refuse_repeated
from .selection import select
from .store import PLATFORMS, Entry, Store
from .texts import texts

Options = dict[str, Any]

# What stands for an image that only a run with a gateway or a cluster can choose.
UNDECIDED = "(the store's image for the architecture of the nodes)"
_MERGED = ("env", "labels", "annotations")


@dataclass(frozen=True)
class Listing:
    """The functions that a run is about, in the order listed.

    :param functions: the options of each, as an element of the option ``functions`` has them.
    :param keys: which function each of them is. :param gateway: the URL that a stack file names.
    """

    functions: Sequence[Options]
    keys: Sequence[Key]
    gateway: str | None = None
    warnings: Sequence[str] = ()

    @classmethod
    def of_params(cls, params: Mapping[str, Any], environment: Mapping[str, str]) -> Listing:
        """What the options of the module faas_function list.

        :param environment: the variables for a stack file beside ``stack_variables``.
        :raises MeshError: a stack file cannot be understood, a function is listed twice, or none is selected.
        """
        found = _stack(params, {**environment, **texts(params["stack_variables"], "stack_variables")})
        single = [dict(params)] if params["name"] is not None else []
        listed = [*single, *(params["functions"] or ()), *found.functions]
        chosen = select(listed, params["filter"], params["regex"])
        keys = [Key.checked(options["name"], options.get("namespace") or params["namespace"]) for options in chosen]
        refuse_repeated(keys)
        return cls(chosen, keys, found.gateway, found.warnings)

    def wanted(self, owner: str | None, store: Callable[[], Store]) -> Wanted:
        """The functions as they should be. :param store: called once, where a function is taken from it.

        :raises MeshError: the store has no such function, or a function has a value that no gateway would take.
        """
        opened = store() if any(options.get("store") for options in self.functions) else None
        wanted = Wanted()
        for key, options in zip(self.keys, self.functions, strict=True):
            entry = opened.find(options["store"]) if opened and options.get("store") else None
            settings = options if entry is None else _on_top(options, entry)
            function = Function.of_options(key, settings, owner)
            wanted.functions.append(function)
            if entry and function.settings["image"] == UNDECIDED:
                wanted.entries[key] = entry
        return wanted


@dataclass
class Wanted:
    """The functions as they should be. :param entries: what to choose an image from, where that is still to be done."""

    functions: list[Function] = field(default_factory=list)
    entries: dict[Key, Entry] = field(default_factory=dict)

    def decide(self, architectures: Callable[[], Collection[str]], registry: str | None = None) -> None:
        """Choose the images that depend on the nodes, and have all pulled from a mirror where one is given.

        :param architectures: of the nodes, as Go writes them; called once, where an image depends on them. Where they
            are none, nobody can tell yet.
        :param registry: see ``mirrored``.
        :raises MeshError: the store has no image for them, or a different one for each.
        """
        known = architectures() if self.entries else ()
        if known:
            self.functions = [
                function.with_image(_image(self.entries[function.key], known, function.key))
                if function.key in self.entries
                else function
                for function in self.functions
            ]
        if registry:
            self.functions = [
                function
                if (image := function.settings["image"]) == UNDECIDED
                else function.with_image(mirrored(image, registry))
                for function in self.functions
            ]


def refuse_partial_purge(params: Mapping[str, Any]) -> None:
    """Stop where ``purge`` would take functions for no longer listed. :raises MeshError: the list is a part only."""
    partial = [option for option in ("name", "filter", "regex") if params[option]]
    partial += ["state: absent"] if params["state"] == "absent" else []
    if params["purge"] and partial:
        raise MeshError(
            f"purge removes what is no longer listed, so it needs the whole list: leave {' and '.join(partial)} out."
        )


def _stack(params: Mapping[str, Any], variables: Mapping[str, str]) -> stack.Stack:
    if params["stack_file"]:
        return stack.of_file(Path(params["stack_file"]), variables)
    return stack.of_content(params["stack_content"], variables) if params["stack_content"] else stack.Stack()


def _on_top(options: Options, entry: Entry) -> Options:
    """The user's settings on top of the store's."""
    below = entry.options()
    merged = {**below, **{name: value for name, value in options.items() if value is not None}}
    for name in _MERGED:
        merged[name] = {**below[name], **(options.get(name) or {})}
    if "fprocess" in (options.get("env") or {}) and not options.get("fprocess"):
        # The other spelling of the same setting, by the user, wins over the store's.
        merged["fprocess"] = None
    if not merged.get("image"):
        images = entry.images_for(PLATFORMS)
        # Most are built for all architectures under one name, and then there is nothing to choose.
        merged["image"] = next(iter(images)) if len(images) == 1 and None not in images else UNDECIDED
    return merged


def _image(entry: Entry, architectures: Collection[str], key: Key) -> str:
    images = entry.images_for(architectures)
    several = " and ".join(sorted(architectures))
    if None in images:
        raise MeshError(
            f"Function '{key}': the store has no image of '{entry.name}' for {several}, but for "
            f"{', '.join(sorted(entry.images))}: give an image, or an architecture that the cluster has."
        )
    if len(images) > 1:
        raise MeshError(
            f"Function '{key}': the cluster has nodes of {several}, and the store a different image of '{entry.name}' "
            "for each: set architecture, and a constraint for such nodes."
        )
    return str(images.pop())
