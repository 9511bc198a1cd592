# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of modules that lead the calls of functions."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of ``_istio.argspec.TRAFFIC``."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of OpenFaaS.
    type: str
    default: openfaas
  functions_namespace:
    description: Namespace of the functions. The routes are there too.
    type: str
    default: openfaas-fn
  ingress_api:
    description:
      - By which API the ingress is open, see the role P(faas.mesh.ingress#role).
      - With V(istio) routes at the ingress are VirtualServices.
      - With V(gateway) they are HTTPRoutes of the Gateway API, whose standard channel has no retries and no faults; a
        route with these is refused. Routes in the mesh are VirtualServices all the same.
    type: str
    choices: [istio, gateway]
    default: istio
  ingress_namespace:
    description: Namespace of the ingress gateway, and with O(ingress_api=gateway) of its Gateways.
    type: str
    default: istio-system
  api:
    description:
      - VirtualService in O(namespace), with O(ingress_api=gateway) HTTPRoute, that opens OpenFaaS at the ingress.
      - Routes at the ingress take its hosts and Gateways.
    type: str
    default: openfaas-api
  set_namespace:
    description: Namespace of the ConfigMaps that remember which routes are ours.
    type: str
    default: faas-mesh
  on_conflict:
    description:
      - What to do when another field manager changed a route of ours.
      - V(fail) stops before anything is written and names the field, its manager, the time and both values.
      - V(take) puts our value back.
    type: str
    choices: [fail, take]
    default: fail
  timeout:
    description: For how many seconds a fault of the cluster that may pass, or a workload's restart, is waited out.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: The cluster's own dry run tells what would change; nothing is written.
  diff_mode:
    support: full
    description: One difference for each object.
"""
