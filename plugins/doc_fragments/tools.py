# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of modules that fetch tools from their publishers."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_tools.argspec.DOWNLOADS``."""

    DOCUMENTATION = r"""
options:
  ca_path:
    description:
      - Path of a PEM file with authorities to trust beside the machine's own, for a mirror inside a company.
    type: path
  timeout:
    description:
      - For how many seconds a silent server is waited for. Faults that may pass, such as a reset connection or a busy
        server, are waited out as long, anew each time the download has come further.
    type: int
    default: 30
notes:
  - Proxies are those of the environment, E(https_proxy), E(http_proxy) and E(no_proxy).
  - A download that is cut off goes on where it ended, if the server can do that.
  - An address may hold a login (C(https://user:password@host/)), which is never shown. So may E(NETRC), or C(~/.netrc).
"""
