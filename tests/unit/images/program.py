"""A stand-in for crane and skopeo: answers as they were recorded, keeps registries in a file, and logs its calls."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

CRANE = {
    "missing": "Error: GET http://{host}/v2/{path}/manifests/{tag}: NAME_UNKNOWN: Unknown name",
    "refused": 'Error: Get "http://{host}/v2/": dial tcp {host}: connect: connection refused',
    "unknown": 'Error: Get "https://{host}/v2/": dial tcp: lookup {host} on 192.0.2.53:53: no such host',
    "login": "Error: GET http://{host}/v2/{path}/manifests/{tag}: UNAUTHORIZED: authentication required",
    "certificate": 'Error: Get "https://{host}/v2/": tls: failed to verify certificate: x509: certificate signed by '
    'unknown authority; Get "http://{host}/v2/": read tcp 192.0.2.1:608->192.0.2.2:443: read: connection reset by peer',
    "full": "Error: PUT http://{host}/v2/{path}/manifests/{tag}: unexpected status code 507 Insufficient Storage",
}
SKOPEO = {
    "missing": "reading manifest {tag} in {host}/{path}: name unknown: Unknown name",
    "refused": r"pinging container registry {host}: Get \"http://{host}/v2/\": dial tcp {host}: connect: "
    "connection refused",
    "unknown": r"pinging container registry {host}: Get \"https://{host}/v2/\": dial tcp: lookup {host}: no such host",
    "login": "reading manifest {tag} in {host}/{path}: unauthorized",
    "certificate": r"pinging container registry {host}: Get \"https://{host}/v2/\": x509: "
    "certificate signed by unknown authority",
    "full": "writing manifest: uploading manifest {tag} to {host}/{path}: received unexpected HTTP status: 507",
}


def main(name: str, arguments: list[str]) -> None:
    """Answer one call."""
    folder = Path(os.environ["REGISTRIES"])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state: dict[str, Any] = json.loads((folder / "state.json").read_text())
        environment = {key: os.environ.get(key) for key in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "SSL_CERT_FILE")}
        with (folder / "calls").open("a") as calls:
            calls.write(json.dumps({"argv": arguments, "environment": environment}) + "\n")
        command, *rest = arguments
        named = [word.removeprefix("docker://") for word in rest if not word.startswith("-")]
        for image in named[:1] if command == "copy" else named:
            answered(name, state, image)
        manifest = state["images"][named[0]]
        if command == "copy":
            refused(name, state, named[1], "full")
            state["images"][named[1]] = state["arrives"] or manifest
            (folder / "state.json").write_text(json.dumps(state))
        elif name == "skopeo":
            sys.stdout.write(manifest)
        else:
            sys.stdout.write(f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}\n")


def answered(name: str, state: dict[str, Any], image: str) -> None:
    """End with what the programs say where an image cannot be had."""
    for trouble in ("refused", "unknown", "login", "certificate"):
        refused(name, state, image, trouble)
    if image not in state["images"]:
        fail(name, image, "missing")


def refused(name: str, state: dict[str, Any], image: str, trouble: str) -> None:
    """End where an image's registry has this trouble."""
    if state["troubles"].get(image.partition("/")[0]) == trouble:
        fail(name, image, trouble)


def fail(name: str, image: str, trouble: str) -> NoReturn:
    """Say it in the program's own words, to standard error."""
    host, _, rest = image.partition("/")
    path, _, tag = rest.rpartition(":")
    said = (SKOPEO if name == "skopeo" else CRANE)[trouble].format(host=host, path=path, tag=tag)
    if name == "skopeo":
        said = rf'time="2026-11-28T03:36:57Z" level=fatal msg="Error parsing image name \"docker://{image}\": {said}"'
    else:
        print("2026/11/28 03:26:41 HEAD request failed, falling back on GET: see below", file=sys.stderr)
    print(said, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
