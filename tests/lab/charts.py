"""Charts of our own that need files of the programs that they install."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.cache import Cache, Part, digest_of
from tests.lab.programs import MODULES, module_source

CHARTS = Path(__file__).parent / "charts"
ONLY_WHEN_ASKED = "{{{{- if .Values.crds.enabled }}}}\n{}{{{{- end }}}}\n"


@dataclass(frozen=True)
class Chart(Part):
    """A chart below ``charts/``, with the definitions that the program's own Go module holds as templates.

    :param family: the folder below ``go/`` whose go.mod pins the module.
    :param module: the module's path. :param definitions: the folder in it with a file a definition.
    """

    name: str
    chart: str
    family: str
    module: str
    definitions: str

    def recipe(self) -> Any:
        """The chart's files, the pins and where the definitions are."""
        pins = (MODULES / self.family / "go.sum").read_text()
        return [digest_of(CHARTS / self.chart), pins, self.module, self.definitions]

    def build(self, folder: Path, cache: Cache) -> None:
        """Copy the chart and put the definitions into its templates, for the value ``crds.enabled``."""
        target = folder / self.chart
        shutil.copytree(CHARTS / self.chart, target)
        definitions = module_source(cache, self.family, self.module) / self.definitions
        for source in sorted(definitions.glob("*.yaml")):
            (target / "templates" / source.name).write_text(ONLY_WHEN_ASKED.format(source.read_text()))
