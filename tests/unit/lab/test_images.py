"""The OCI archives that the lab writes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.lab.cache import Cache
from tests.lab.images import Content, FilesLayer, Image, write_archive


def layer(tmp_path: Path, name: str, text: str) -> FilesLayer:
    """A layer with one file ``/opt/NAME``."""
    source = tmp_path / "sources" / name
    source.mkdir(parents=True, exist_ok=True)
    (source / "file").write_text(text)
    (source / "__pycache__").mkdir(exist_ok=True)
    (source / "__pycache__" / "file.pyc").write_text("compiled")
    return FilesLayer(name, (Content(source, "", f"/opt/{name}"),))


def archive(images: list[Image], cache: Cache, present: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """The files of the archive that is written of the images."""
    stream = io.BytesIO()
    write_archive(images, cache, stream, present)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        return {entry.name: reader.read() for entry in tar if (reader := tar.extractfile(entry))}


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    """A blob by its descriptor, whose digest and size have to be right."""
    content = files[f"blobs/{descriptor['digest'].replace(':', '/')}"]
    assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert descriptor["size"] == len(content)
    return content


def test_an_archive_holds_every_image_with_its_names_program_and_files(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    base = layer(tmp_path, "base", "base")
    images = [
        Image(
            ("example.org/a:1", "example.org/a:2"), (base, layer(tmp_path, "a", "A")), ("/a", "-x"), {"K": "v"}, "7:8"
        ),
        Image(("example.org/b:1",), (base,), ("/b",)),
    ]
    files = archive(images, cache)

    index = json.loads(files["index.json"])["manifests"]
    names = [entry["annotations"]["io.containerd.image.name"] for entry in index]
    assert names == ["example.org/a:1", "example.org/a:2", "example.org/b:1"]
    manifest = json.loads(blob(files, index[0]))
    config = json.loads(blob(files, manifest["config"]))
    assert config["config"]["Entrypoint"] == ["/a", "-x"]
    assert config["config"]["User"] == "7:8"
    assert "K=v" in config["config"]["Env"]
    assert config["rootfs"]["diff_ids"] == [entry["digest"] for entry in manifest["layers"]]
    with tarfile.open(fileobj=io.BytesIO(blob(files, manifest["layers"][1]))) as tar:
        entries = {entry.name: entry for entry in tar}
    assert sorted(entries) == ["opt/a", "opt/a/file"]
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries.values()} == {(0, 0, 0)}


def test_layers_that_the_reader_has_are_left_out(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    image = Image(("example.org/a:1",), (layer(tmp_path, "base", "base"), layer(tmp_path, "a", "A")), ("/a",))
    whole = archive([image], cache)
    manifest = json.loads(blob(whole, json.loads(whole["index.json"])["manifests"][0]))
    base = manifest["layers"][0]["digest"]
    assert set(whole) - set(archive([image], cache, frozenset({base}))) == {f"blobs/{base.replace(':', '/')}"}


def test_the_digest_follows_the_files_of_the_project(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")

    def digest(text: str) -> str:
        return Image(("example.org/a:1",), (layer(tmp_path, "a", text),), ("/a",)).digest(cache)

    first = digest("one")
    assert digest("two") != first
    assert digest("one") == first
