"""The module kube_objects through its real main(), on a cluster."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import io
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args

from tests.cluster.trial import Object, Trial, config_map

CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  release: {{ .Release.Namespace }}
  upgrade: {{ .Release.IsUpgrade | quote }}
  greeting: {{ .Values.greeting | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  has: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
"""
HOOK = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: before
  annotations:
    helm.sh/hook: pre-install
"""
TEST = """
apiVersion: v1
kind: Pod
metadata:
  name: test
  annotations:
    helm.sh/hook: test
spec: {containers: [{name: main, image: none}]}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata:
  name: credentials
stringData:
  password: {{ .Values.password | quote }}
"""
RANDOM = """
apiVersion: v1
kind: Secret
metadata:
  name: random
stringData:
  password: {{ randAlphaNum 20 }}
"""
LOOKUP = """
{{- if not (lookup "v1" "Namespace" "" "nowhere") }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: asked
{{- end }}
"""
FAILS = """
{{ fail (printf "the password %s is too weak" .Values.password) }}
"""


class Module:
    """The module with a test's own set, and helm from the machine."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def __call__(self, *, check: bool = False, **options: Any) -> Object:
        """The result of one run, failed or not."""
        trial = self._trial
        given = {
            "kubeconfig": str(trial.state / "admin.kubeconfig"),
            "set": trial.name,
            "set_namespace": trial.sets,
            "namespace": trial.namespace,
            "timeout": 30,
            "helm": str(helm(trial)),
            **options,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
        }
        module = importlib.import_module("ansible_collections.faas.mesh.plugins.modules.kube_objects")
        output = io.StringIO()
        with patch_module_args(given), contextlib.redirect_stdout(output), pytest.raises(SystemExit):
            module.main()
        result: Object = json.loads(output.getvalue())
        return result


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server on loopback with a folder's files; gives its URL."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def helm(trial: Trial) -> Path:
    """The lab's helm, or the machine's for an instance that has none."""
    of_lab = trial.state / "bin" / "helm"
    found = of_lab if of_lab.exists() else shutil.which("helm")
    if not found:
        pytest.fail("There is no helm, neither in the lab nor in PATH.", pytrace=False)
    return Path(found)


@pytest.fixture
def module(trial: Trial) -> Module:
    """kube_objects on the lab."""
    return Module(trial)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with one ConfigMap; tests add templates."""
    folder = tmp_path / "tiny"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: tiny\nversion: 1.2.3\n")
    (folder / "values.yaml").write_text("greeting: hello\npassword: ''\n")
    (folder / "templates" / "settings.yaml").write_text(CONFIG_MAP)
    return folder


def changes(result: Object) -> dict[str, str]:
    """What a result says of each object."""
    assert not result.get("failed"), result
    return {f"{entry['kind']}/{entry['name']}": entry["verb"] for entry in result["objects"]}


def test_definitions_and_files(trial: Trial, module: Module, tmp_path: Path) -> None:
    """Mappings, texts of several documents, lists and files make one batch."""
    file = tmp_path / "more.yaml"
    file.write_text(yaml.safe_dump_all([config_map("from-file"), None, config_map("from-file-too")]))
    batch: Object = {
        "definitions": [
            config_map("mapping"),
            "---\n" + yaml.safe_dump_all([config_map("text-1"), config_map("text-2")]),
            {"apiVersion": "v1", "kind": "List", "items": [config_map("in-list")]},
        ],
        "files": [str(file)],
    }
    names = ("mapping", "text-1", "text-2", "in-list", "from-file", "from-file-too")
    check = module(check=True, **batch)
    result = module(**batch)
    assert changes(check) == changes(result)
    assert changes(result) | {f"ConfigMap/{name}": "created" for name in names} == changes(result)
    again = module(**batch)
    assert not again["changed"]
    assert again["requests"].keys() == {"read"}
    removed = module(state="absent")
    assert changes(removed) | {f"ConfigMap/{name}": "deleted" for name in names} == changes(removed)
    assert module(state="absent") | {"changed": False, "objects": []} == module(state="absent")


def test_yaml_is_read_as_kubernetes_reads_it(trial: Trial, module: Module) -> None:
    """Dates and times of day are texts, exponents are numbers."""
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\n"
        "data: {date: 2026-11-22, time: 10:30, sign: =, mac: 12:34:56, version: 1.2.3}\n"
    )
    result = module(definitions=[text])
    assert result["changed"]
    assert trial.live("configmap", "texts")["data"] == {
        "date": "2026-11-22", "time": "10:30", "sign": "=", "mac": "12:34:56", "version": "1.2.3",
    }  # fmt: skip
    assert trial.kubectl("apply", "--dry-run=server", "-n", trial.namespace, "-f", "-", stdin=text)


BAD: dict[str, tuple[Object, str]] = {
    "no YAML": ({"definitions": ["a: [1\nb: 2"]}, "definitions[1]:2 is not valid YAML"),
    "no object": ({"definitions": ["just text"]}, "definitions[1], document 1 is not a Kubernetes object"),
    "no kind": (
        {"definitions": [{"apiVersion": "v1", "metadata": {"name": "x"}}]},
        "definitions[1], document 1 has no kind (kind None, name 'x'): add it.",
    ),
    "generateName": (
        {"definitions": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x"}}]},
        "has no metadata.name",
    ),
    "no file": ({"files": ["/nowhere/at-all.yaml"]}, "The file /nowhere/at-all.yaml cannot be read"),
    "nothing": ({}, "would be empty"),
    "a name": ({"set": "Not_allowed", "definitions": [config_map("a")]}, "The set's name 'Not_allowed' is not allowed"),
    "an overlay for nothing": (
        {"definitions": [config_map("a")], "overlays": [{"kind": "ConfigMap", "name": "b", "patch": {}}]},
        "An overlay is for ConfigMap b, which is not among the objects",
    ),
    "a chart without version": (
        {"chart": {"ref": "oci://registry.invalid/chart"}},
        "Chart oci://registry.invalid/chart needs a version",
    ),
    "a chart that is nowhere": ({"chart": {"ref": "./nowhere"}}, "There is no chart at ./nowhere"),
    "no helm": (
        {"chart": {"ref": "."}, "helm": "/nowhere/helm"},
        "There is no program at /nowhere/helm: check the path.",
    ),
    "no cluster": (
        {"definitions": [config_map("a")], "kubeconfig": "/nowhere/kubeconfig"},
        "The kubeconfig /nowhere/kubeconfig cannot be used",
    ),
    "no such context": (
        {"definitions": [config_map("a")], "context": "nowhere"},
        "cannot be used",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_sentence(trial: Trial, module: Module, case: str) -> None:
    """What, where and what to do; never a traceback, and nothing is written."""
    options, told = BAD[case]
    result = module(**options)
    assert result["failed"]
    assert told in result["msg"]
    assert "Traceback" not in json.dumps(result)
    assert not trial.live("configmap", "a")


def test_an_unreachable_cluster_is_named(trial: Trial, module: Module, tmp_path: Path) -> None:
    """With its address."""
    config = yaml.safe_load((trial.state / "admin.kubeconfig").read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    result = module(definitions=[config_map("a")], kubeconfig=str(tmp_path / "kubeconfig"), timeout=1)
    assert result["msg"].startswith("https://127.0.0.1:9 cannot be reached: ")


def test_a_chart(trial: Trial, module: Module, chart: Path) -> None:
    """Rendered for this cluster, in the release's namespace, hooks left out and listed."""
    (chart / "templates" / "hook.yaml").write_text(HOOK)
    (chart / "templates" / "test.yaml").write_text(TEST)
    options: Object = {"chart": {"ref": str(chart), "values": {"greeting": "good day"}, "release_name": "web"}}
    check = module(check=True, **options)
    result = module(**options)
    assert changes(check) == changes(result)
    assert result["skipped_hooks"] == ["ConfigMap before"]
    assert trial.live("configmap", "web-settings")["data"] == {
        "release": trial.namespace,
        "upgrade": "false",
        "greeting": "good day",
        "kubernetes": json.loads(trial.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"],
        "has": "true",
    }
    assert not trial.live("configmap", "before")
    again = module(**options)
    assert trial.live("configmap", "web-settings")["data"]["upgrade"] == "true"
    assert changes(again)["ConfigMap/web-settings"] == "updated"
    assert not module(**options)["changed"]
    options["chart"]["hooks"] = "apply"
    applied = module(**options)
    assert applied["skipped_hooks"] == []
    assert changes(applied)["ConfigMap/before"] == "created"


def test_overlays_change_what_a_chart_has_no_value_for(trial: Trial, module: Module, chart: Path) -> None:
    """By a merge patch: a null removes."""
    overlay = {
        "kind": "ConfigMap",
        "name": f"{trial.name}-settings",
        "patch": {"metadata": {"labels": {"over": "laid"}}, "data": {"release": None, "upgrade": None}},
    }
    module(chart={"ref": str(chart)}, overlays=[overlay])
    live = trial.live("configmap", f"{trial.name}-settings")
    assert live["metadata"]["labels"] == {"over": "laid"}
    assert live["data"].keys() == {"greeting", "kubernetes", "has"}


def test_a_chart_that_renders_differently_each_time_is_refused_with_the_path(
    trial: Trial, module: Module, chart: Path
) -> None:
    """Every run would change the cluster."""
    (chart / "templates" / "random.yaml").write_text(RANDOM)
    result = module(chart={"ref": str(chart)})
    assert "renders stringData.password of Secret random differently each time" in result["msg"]
    assert not trial.live("namespace", trial.sets)


def test_a_chart_that_asks_the_cluster_is_warned_of(trial: Trial, module: Module, chart: Path) -> None:
    """The templates are named."""
    (chart / "templates" / "asks.yaml").write_text(LOOKUP)
    assert "lookup in templates/asks.yaml" in json.dumps(module(chart={"ref": str(chart)})["warnings"])


def test_a_charts_checksum_is_checked(trial: Trial, module: Module, chart: Path, tmp_path: Path) -> None:
    """Both sums are shown, and nothing of a wrong one is used."""
    subprocess.run([str(helm(trial)), "package", str(chart), "-d", str(tmp_path)], check=True, capture_output=True)
    archive = tmp_path / "tiny-1.2.3.tgz"
    right = hashlib.sha256(archive.read_bytes()).hexdigest()
    wrong = "0" * 64
    result = module(chart={"ref": str(archive), "sha256": wrong})
    assert right in result["msg"]
    assert wrong in result["msg"]
    assert not trial.live("configmap", f"{trial.name}-settings")
    assert module(chart={"ref": str(archive), "sha256": right})["changed"]


def test_a_chart_by_its_name_or_as_a_path(trial: Trial, module: Module, chart: Path, tmp_path: Path) -> None:
    """A repository and a version are for a name: beside a path they do nothing."""
    (tmp_path / "served").mkdir()
    options: Object = {"repository": "http://127.0.0.1:9", "version": "1.2.3", "release_name": "web"}
    assert module(chart={"ref": str(chart), **options})["changed"]
    assert "There is no chart at ./nowhere" in module(chart={"ref": "./nowhere", **options})["msg"]

    with served(tmp_path / "served") as url:
        for step in (["package", str(chart), "-d"], ["repo", "index", "--url", url]):
            subprocess.run([str(helm(trial)), *step, str(tmp_path / "served")], check=True, capture_output=True)
        named = module(chart={**options, "ref": "tiny", "repository": url, "values": {"greeting": "from afar"}})
    assert trial.live("configmap", "web-settings")["data"]["greeting"] == "from afar", named
    failed = module(chart={**options, "ref": "tiny"})
    assert failed["msg"].startswith("Chart tiny 1.2.3 cannot be fetched: ")


def test_a_chart_that_does_not_render_is_told_in_helms_own_line(trial: Trial, module: Module, chart: Path) -> None:
    """Without the values that it quotes."""
    (chart / "templates" / "fails.yaml").write_text(FAILS)
    result = module(chart={"ref": str(chart), "values": {"password": "marker-in-a-value"}})
    assert result["msg"].startswith(f"Chart {chart} does not render: ")
    assert "is too weak" in result["msg"]
    assert "marker" not in json.dumps(result)


def test_rendered_manifests_for_a_repository(trial: Trial, module: Module, chart: Path) -> None:
    """Whole documents without the values of Secrets; the cluster is only asked what it serves."""
    (chart / "templates" / "secret.yaml").write_text(SECRET)
    result = module(chart={"ref": str(chart), "values": {"password": "marker-in-a-value"}}, state="rendered")
    assert not result["changed"]
    documents = {doc["metadata"]["name"]: doc for doc in yaml.safe_load_all(result["manifests"])}
    assert documents["credentials"]["stringData"] == {"password": "(hidden)"}
    assert documents[f"{trial.name}-settings"]["data"]["greeting"] == "hello"
    assert not trial.live("configmap", f"{trial.name}-settings")


def test_a_release_of_helm_is_refused_unless_it_is_adopted(trial: Trial, module: Module, chart: Path) -> None:
    """Adopted, its objects are ours, with the fields that the new render lacks gone."""
    program = [str(helm(trial)), "--kubeconfig", str(trial.state / "admin.kubeconfig"), "-n", trial.namespace]
    subprocess.run([*program, "install", "web", str(chart)], check=True, capture_output=True)
    settings = chart / "templates" / "settings.yaml"
    settings.write_text(CONFIG_MAP.replace("  greeting: {{ .Values.greeting | quote }}\n", ""))
    options: Object = {"chart": {"ref": str(chart), "release_name": "web"}}
    refused = module(**options)
    assert "ConfigMap" in refused["msg"]
    assert "belongs to release web, which Helm installed" in refused["msg"]
    assert "adopt_release: true" in refused["msg"]
    options["chart"]["adopt_release"] = True
    check = module(check=True, **options)
    result = module(**options)
    assert changes(check) == changes(result)
    assert changes(result)["ConfigMap/web-settings"] == "updated"
    live = trial.live("configmap", "web-settings")
    assert "greeting" not in live["data"]
    assert "helm.sh" not in json.dumps(live["metadata"].get("annotations") or {})
    module(**options)
    assert not module(**options)["changed"]
