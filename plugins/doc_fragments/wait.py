# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of modules that wait for what they made."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_kube.argspec.WAIT``."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until what was applied is ready. When it does not get ready, the failure tells the reason that
        the cluster gives, such as an image that cannot be pulled.
    type: bool
    default: true
  timeout:
    description:
      - How long to wait, in seconds, before giving up with that reason. A cluster that answers but cannot serve just
        now is waited for as long.
    type: int
    default: 300
"""
