# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a run is: a module cannot speak while it works, but it can write a line for whoever started it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

Tell = Callable[[str], None]

# Names the file, if anybody wants to read it: the action plugins of this collection do.
VARIABLE = "FAAS_MESH_PROGRESS"


def teller(environment: Mapping[str, str] | None = None) -> Tell:
    """What writes each line to the file that ``environment`` names, and nothing where it names none.

    :param environment: this process's own by default.
    """
    path = (os.environ if environment is None else environment).get(VARIABLE)

    def tell(line: str) -> None:
        if path:
            try:
                with open(path, "a", encoding="utf-8") as file:
                    file.write(line.replace("\n", " ") + "\n")
            except OSError:
                # Another user's file, with become: the work does not depend on being watched.
                return

    return tell
