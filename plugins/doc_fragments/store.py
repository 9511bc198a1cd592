# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that name a function store."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_faas.argspec.STORE``."""

    DOCUMENTATION = r"""
options:
  store_url:
    description:
      - URL of the function store's list, read when it is needed. C(http_proxy) and C(https_proxy) count.
      - Falls back to the environment variable E(OPENFAAS_STORE).
    type: str
    default: https://raw.githubusercontent.com/openfaas/store/master/functions.json
  store_file:
    description: Path of a copy of that list. Where given, nothing is read over the network.
    type: path
"""
