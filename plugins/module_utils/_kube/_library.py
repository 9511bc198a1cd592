# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place that uses the kubernetes library: its configuration, authentication and connection pool."""

from __future__ import annotations

import os
import re
from http.client import HTTPConnection, HTTPException
from ssl import SSLError
from typing import Any

from .._errors import MeshError, PassingFault, Refused
from .._libraries import required
from .connection import Answer
from .stream import PodStream

# The sentence of a Status object within the library's text of a refused handshake.
_MESSAGE = re.compile(r'"message":"((?:[^"\\]|\\.)*)"')


def load_configuration(params: dict[str, Any]) -> Any:
    """The library's ``Configuration`` for a module's connection options.

    Without kubeconfig, context and host: the pod's service account inside a cluster, else what kubectl would take.
    :raises MeshError: the kubeconfig is missing, malformed, or has no such context.
    """
    configuration = required("kubernetes").client.Configuration()
    if not params.get("host"):
        _load_file(configuration, params)
    for option, attribute in _ATTRIBUTES.items():
        if params.get(option) is not None:
            setattr(configuration, attribute, params[option])
    if params.get("api_key"):
        configuration.api_key = {"authorization": f"Bearer {params['api_key']}"}
    return configuration


_ATTRIBUTES = {
    "host": "host",
    "validate_certs": "verify_ssl",
    "ca_cert": "ssl_ca_cert",
    "client_cert": "cert_file",
    "client_key": "key_file",
    "proxy": "proxy",
    "no_proxy": "no_proxy",
}


def _load_file(configuration: Any, params: dict[str, Any]) -> None:
    config = required("kubernetes").config
    path = params.get("kubeconfig")
    try:
        if not path and not params.get("context") and os.environ.get("KUBERNETES_SERVICE_HOST"):
            config.load_incluster_config(configuration)
        else:
            config.load_kube_config(path, params.get("context"), configuration, persist_config=False)
    except config.ConfigException as error:
        where = path or os.environ.get("KUBECONFIG") or "~/.kube/config"
        raise MeshError(f"The kubeconfig {where} cannot be used: {error}.") from error
    except (OSError, ValueError) as error:
        raise MeshError(f"The kubeconfig {path or '~/.kube/config'} cannot be read: {error}.") from error


class LibraryTransport:
    """Requests over the library's connection pool, with its certificates, tokens and proxies."""

    def __init__(self, configuration: Any, params: dict[str, Any]) -> None:
        self._configuration = configuration
        self._urllib3 = required("urllib3")
        try:
            self._pool = required("kubernetes.client.rest").RESTClientObject(configuration).pool_manager
        except OSError as error:
            raise MeshError(f"A certificate or key file for {configuration.host} cannot be read: {error}.") from error
        self._headers: list[tuple[str, str]] = []
        if params.get("impersonate_user"):
            self._headers.append(("Impersonate-User", params["impersonate_user"]))
        self._headers += [("Impersonate-Group", group) for group in params.get("impersonate_groups") or []]

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """See ``connection.Transport``."""
        server = self._configuration.host
        sent = self._urllib3.HTTPHeaderDict(headers)
        for name, value in self._headers:
            sent.add(name, value)
        # Asked for each request: the library renews tokens that are about to expire.
        settings: Any = self._configuration.auth_settings()
        for setting in settings.values():
            sent[setting["key"]] = setting["value"]
        try:
            answer = self._pool.request(
                method, server.rstrip("/") + target, body=body, headers=sent, timeout=seconds, retries=False
            )
        except self._urllib3.exceptions.SSLError as error:
            raise MeshError(f"The TLS connection to {server} failed: {error}.") from error
        except (self._urllib3.exceptions.HTTPError, OSError) as error:
            raise PassingFault(f"{server} cannot be reached: {_last_words(error)}.") from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def ask_pod(self, namespace: str, pod: str, port: int, path: str, seconds: float) -> Answer:
        """See ``connection.Forwarding``."""
        self._verify_forwards()
        library, where = required("kubernetes.client"), f"pod {namespace}/{pod}"
        api = library.CoreV1Api(library.ApiClient(self._configuration))
        portforward = required("kubernetes.stream").portforward
        try:
            forwarded = portforward(
                api.connect_get_namespaced_pod_portforward, pod, namespace, ports=str(port), _request_timeout=seconds
            )
        except library.ApiException as error:
            raise Refused(self._refusal(where, error)) from error
        connection = HTTPConnection("localhost", port, timeout=seconds)
        connection.sock = forwarded.socket(port)
        connection.sock.settimeout(seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (HTTPException, OSError) as error:
            raise PassingFault(f"Port {port} of {where} gave no answer: {forwarded.error(port) or error}.") from error
        finally:
            connection.close()
            forwarded.close()

    def open_port(self, namespace: str, pod: str, port: int, seconds: float) -> PodStream:
        """See ``connection.Streaming``."""
        self._verify_forwards()
        client, websocket = required("kubernetes.stream.ws_client"), required("websocket")
        where = f"pod {namespace}/{pod}"
        target = f"/api/v1/namespaces/{namespace}/pods/{pod}/portforward"
        url = client.get_websocket_url(self._configuration.host.rstrip("/") + target, [("ports", str(port))])
        settings: Any = self._configuration.auth_settings()
        headers = {setting["key"]: setting["value"] for setting in settings.values()}
        # The only way to give that function a limit, and for the whole process: nothing else here uses WebSockets so.
        websocket.setdefaulttimeout(seconds)
        try:
            opened = client.create_websocket(
                self._configuration, url, {**headers, "sec-websocket-protocol": "v4.channel.k8s.io"}
            )
        except websocket.WebSocketBadStatusException as error:
            fault = Refused if error.status_code in (401, 403) else PassingFault
            raise fault(self._refusal(where, error)) from error
        except SSLError as error:
            raise MeshError(f"The TLS connection to {self._configuration.host} failed: {error}.") from error
        except (websocket.WebSocketException, OSError) as error:
            raise PassingFault(f"{self._configuration.host} cannot be reached: {_last_words(error)}.") from error
        return PodStream(opened)

    def _verify_forwards(self) -> None:
        # The library passes no other header on than the token: the server would go by the user's own rights.
        if self._headers:
            raise Refused("A port-forward cannot impersonate: leave out impersonate_user and impersonate_groups.")

    def _refusal(self, where: str, error: BaseException) -> str:
        said = _MESSAGE.search(str(error))
        why = said[1].replace('\\"', '"') if said else _last_words(error)
        return f"The port-forward to {where} at {self._configuration.host} was refused: {why}."


def _last_words(error: BaseException) -> str:
    return str(error).rsplit(": ", 1)[-1].strip(" )\"'")
