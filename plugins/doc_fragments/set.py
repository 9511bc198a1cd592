# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of modules that remember what they applied as a set."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_kube.argspec.SET``."""

    DOCUMENTATION = r"""
options:
  set_namespace:
    description:
      - Namespace of the ConfigMaps in which the sets are remembered. It is made with the first set and removed with
        the last.
    type: str
    default: faas-mesh
  on_conflict:
    description:
      - What to do when another field manager changed a field that we set (somebody ran C(kubectl edit), say).
      - V(fail) stops before anything is written and names the field, its manager, the time and both values.
      - V(take) puts our value back.
    type: str
    choices: [fail, take]
    default: fail
  prune:
    description:
      - Whether objects that the set held and that are no longer listed are deleted. Only objects that this set made
        are; what was there before is let go.
    type: bool
    default: true
  purge:
    description:
      - Kinds that hold data or addresses of users and are therefore kept, by prune and by O(state=absent), unless
        named here.
      - V(crds) are custom resource definitions, with every object of their kinds.
      - V(namespaces) are namespaces; when removing, only those that still hold objects of others need it.
      - V(volumes) are persistent volumes and claims.
      - V(load_balancers) are Services of type LoadBalancer; when removing, they need no mention.
    type: list
    elements: str
    choices: [crds, namespaces, volumes, load_balancers]
    default: []
attributes:
  check_mode:
    support: full
    description: The cluster's own dry run tells what would change; nothing is written.
  diff_mode:
    support: full
    description: One difference for each object, with the values of Secrets left out.
"""
