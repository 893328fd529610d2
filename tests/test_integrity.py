"""What is opened is what was shipped: one flipped byte of any packaged file is named."""

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import files

import numpy as np
import pytest

from motionlcm import Motion, MotionPipeline, integrity
from motionlcm.cli import demo
from motionlcm.data.sayings import FILE as SAYINGS
from motionlcm.integrity import (
    MANIFEST,
    check_file,
    check_installed,
    packaged_text,
    read_manifest,
    sha256_of,
    write_manifest,
)
from motionlcm.models import minilm
from motionlcm.models.folder import PIPELINE_CONFIG, PRETRAINED, STATISTICS, ModelFolder
from motionlcm.models.minilm import SMALL_FILES, check_minilm, minilm_folder
from motionlcm.models.saving import WEIGHTS_NAME
from motionlcm.render import page
from motionlcm.render.report import write_report_pages
from motionlcm.runtime import text
from motionlcm.runtime.text import TEXT_GRAPH, OnnxTextEncoder
from motionlcm.web import server
from motionlcm.web.pages import STATIC
from motionlcm.web.server import MotionServer
from tests.model_files import open_file

MODELS = sorted(path.parent for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
PACKAGE = PRETRAINED.parent
FOLDERS = [*MODELS, TEXT_GRAPH.parent, STATIC, PACKAGE / "render", SAYINGS.parent]
PACKAGED = [
    pytest.param(model, name, id=f"{model.name}/{name}")
    for model in MODELS
    for name in (*read_manifest(model), MANIFEST)
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_manifest_lists_every_file_as_it_is(folder):
    """If this fails after a change of packaged files: python demo/write_manifests.py."""
    listed = read_manifest(folder)
    others = (".py", ".pyc")
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in others]
    assert set(listed) == {path.relative_to(folder).as_posix() for path in files} - {MANIFEST}
    for name, expected in listed.items():
        assert sha256_of(folder / name) == expected, name


def test_every_packaged_file_other_than_code_is_in_a_manifest():
    setup = ConfigParser()
    setup.read(PACKAGE.parent / "setup.cfg")
    patterns = setup["options.package_data"]["motionlcm"].split()
    files = {path for pattern in patterns for path in PACKAGE.glob(pattern) if path.is_file()}

    listed = {folder / name for folder in FOLDERS for name in (*read_manifest(folder), MANIFEST)}
    assert {path for path in files - listed if path.suffix not in (".py", ".pyc")} == {
        PACKAGE / "py.typed"
    }
    assert listed <= files, "a listed file is not packaged"
    assert (PACKAGE / "py.typed").read_bytes() == b""


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline.from_pretrained("small")


@pytest.fixture(scope="module")
def page_files(tmp_path_factory):
    """A copy of the page's files, to flip bytes in."""
    return shutil.copytree(STATIC, tmp_path_factory.mktemp("web") / "static")


@pytest.mark.parametrize("name", [*read_manifest(STATIC), MANIFEST])
def test_the_server_does_not_open_with_a_flipped_byte_in_the_page(
    page_files, name, pipeline, monkeypatch
):
    monkeypatch.setattr(server, "STATIC", page_files)
    path = page_files / name
    content = path.read_bytes()
    try:
        path.write_bytes(flipped(content))
        with pytest.raises(ValueError, match="is damaged") as raised:
            MotionServer(pipeline)
        assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    finally:
        path.write_bytes(content)


def test_the_command_of_the_page_names_the_file_and_listens_nowhere(
    page_files, monkeypatch, capsys
):
    monkeypatch.setattr(server, "STATIC", page_files)
    path = page_files / "vendor" / "three.js"
    path.rename(path.with_suffix(".away"))
    try:
        assert demo.main(["--port", "0", "--no-browser", "--model", "small"]) == 2
    finally:
        path.with_suffix(".away").rename(path)
    said = capsys.readouterr()
    assert f"{path} is missing; install motionlcm again" in said.err and not said.out
    MotionServer(MotionPipeline.from_pretrained("small")).close()  # whole again


def test_a_server_without_a_page_needs_none_of_its_files(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(server, "STATIC", tmp_path)
    MotionServer(pipeline, with_page=False).close()
    with pytest.raises(ValueError, match=f"no {MANIFEST}; install motionlcm again"):
        MotionServer(pipeline)


@pytest.mark.parametrize(
    "name",
    [f"render/{name}" for name in (*read_manifest(PACKAGE / "render"), MANIFEST)]
    + [f"web/static/core/{name}.js" for name in page._MODULES],
)
def test_a_flipped_byte_in_a_page_to_save_is_refused_by_name(name, tmp_path, monkeypatch):
    for part in ("render", "web/static"):
        shutil.copytree(PACKAGE / part, tmp_path / part)
    monkeypatch.setattr(integrity, "_PACKAGE", tmp_path)
    for cached in (packaged_text, page.player_script):
        cached.cache_clear()
    (tmp_path / name).write_bytes(flipped((tmp_path / name).read_bytes()))
    (tmp_path / "reports").mkdir()
    motion = Motion(np.zeros((4, 22, 3)))
    try:
        with pytest.raises(ValueError, match="is damaged") as raised:
            motion.save(tmp_path / "saved.html")
            write_report_pages(tmp_path / "reports", [], title="motions")
    finally:
        for cached in (packaged_text, page.player_script):
            cached.cache_clear()
    assert str(tmp_path / name) in str(raised.value)
    assert not (tmp_path / "reports" / "report.html").exists()


def flipped(content: bytes) -> bytes:
    """Content with one bit of the byte in its middle flipped."""
    spoilt = bytearray(content)
    spoilt[len(spoilt) // 2] ^= 4
    return bytes(spoilt)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Copies of the packaged models, to flip bytes in."""
    folder = tmp_path_factory.mktemp("pretrained")
    for model in MODELS:
        shutil.copytree(model, folder / model.name)
    return folder


@pytest.mark.parametrize(("model", "name"), PACKAGED)
def test_a_flipped_byte_anywhere_is_refused_by_name(copies, model, name):
    path = copies / model.name / name
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    places = [0, len(content) // 2, len(content) - 1, int(rng.integers(len(content)))]
    try:
        for place in places:
            spoilt = bytearray(content)
            spoilt[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(spoilt)
            with pytest.raises(ValueError, match="is damaged") as raised:
                open_file(path)
            assert str(path) in str(raised.value) and "\n" not in str(raised.value)
        if path.with_name("graph.onnx").is_file() and path.name == WEIGHTS_NAME:
            with pytest.raises(ValueError, match=f"{WEIGHTS_NAME} is damaged"):
                open_file(path.with_name("graph.onnx"))
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("model", MODELS, ids=lambda folder: folder.name)
def test_what_is_whole_opens(copies, model):
    for name in read_manifest(copies / model.name):
        open_file(copies / model.name / name)


@pytest.mark.parametrize("name", ["minilm.onnx", "minilm.json", MANIFEST])
def test_a_flipped_byte_in_the_text_encoders_graph_is_refused(name, tmp_path, monkeypatch):
    for file in ("minilm.onnx", "minilm.json", MANIFEST):
        shutil.copy(TEXT_GRAPH.parent / file, tmp_path)
    monkeypatch.setattr(text, "TEXT_GRAPH", tmp_path / TEXT_GRAPH.name)

    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 4
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        OnnxTextEncoder()


@pytest.mark.parametrize("name", [*SMALL_FILES, "model.safetensors"])
def test_a_flipped_byte_in_the_text_encoder_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "model"
    for file in SMALL_FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(minilm_folder() / file, folder / file)
    weights = folder / "model.safetensors"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(minilm, "MINILM_SHA256", sha256_of(weights))
    check_minilm(folder)

    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 4
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is not the official file"):
        check_minilm(folder)

    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"lacks {name}"):
        check_minilm(folder)


def test_a_folder_without_a_manifest_opens_as_before(tmp_path):
    folder = shutil.copytree(MODELS[0], tmp_path / "model")
    (folder / MANIFEST).unlink()
    card = (folder / PIPELINE_CONFIG).read_text()
    (folder / PIPELINE_CONFIG).write_text(card.replace("open", "own"))
    assert ModelFolder.find(folder).statistics.latents.mean.ndim == 1


def test_a_users_folder_is_told_how_to_keep_a_change(tmp_path):
    (tmp_path / STATISTICS).write_bytes(b"first")
    write_manifest(tmp_path)
    check_file(tmp_path / STATISTICS)
    (tmp_path / STATISTICS).write_bytes(b"second")
    with pytest.raises(ValueError, match=f"or delete .*{MANIFEST} if the change was meant"):
        check_file(tmp_path / STATISTICS)

    (tmp_path / "added.json").write_text("{}")
    check_file(tmp_path / "added.json")  # not listed, and not the package's


def test_the_package_must_have_its_manifest_and_list_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr("motionlcm.integrity._PACKAGE", tmp_path)
    (tmp_path / "model").mkdir()
    path = tmp_path / "model" / PIPELINE_CONFIG
    path.write_text("{}")
    with pytest.raises(ValueError, match=f"no {MANIFEST}; install motionlcm again"):
        check_file(path)
    write_manifest(tmp_path / "model")
    check_file(path)
    (tmp_path / "model" / "added.json").write_text("{}")
    with pytest.raises(ValueError, match="is not the package's"):
        check_file(tmp_path / "model" / "added.json")


@pytest.fixture
def other_dictionary(tmp_path):
    """A folder of packages with the speller alone, and its dictionary's path."""
    entries = files("pyspellchecker")
    for entry in entries:
        if entry.suffix != ".pyc" and (entry.name == "en.json.gz" or entry.suffix != ".gz"):
            (tmp_path / entry).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(entry.locate(), tmp_path / entry)
    (dictionary,) = tmp_path.rglob("en.json.gz")
    return tmp_path, dictionary


@pytest.mark.parametrize("place", ["head", "middle", "end", None])
def test_a_flipped_byte_of_the_dictionary_is_named_and_nothing_is_written(other_dictionary, place):
    packages, dictionary = other_dictionary
    if place:
        content = bytearray(dictionary.read_bytes())
        content[{"head": 4, "middle": len(content) // 2, "end": -1}[place]] ^= 4
        dictionary.write_bytes(content)

    environment = os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{PACKAGE.parent}"}
    command = [sys.executable, "-m", "motionlcm.cli.generate", "a person frobnicates"]
    done = subprocess.run(
        [*command, "--output", packages / "x.npz"], env=environment, capture_output=True, text=True
    )
    if place is None:
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode in (1, 2) and not (packages / "x.npz").exists()
    (line,) = done.stderr.splitlines()
    assert f"{dictionary} is damaged" in line and "install pyspellchecker again" in line


def test_a_missing_dictionary_is_named_and_one_without_a_note_is_taken(
    other_dictionary, monkeypatch
):
    packages, dictionary = other_dictionary
    monkeypatch.syspath_prepend(packages)
    check_installed("pyspellchecker", "en.json.gz")
    dictionary.unlink()
    with pytest.raises(ValueError, match="en.json.gz of pyspellchecker is missing; install"):
        check_installed("pyspellchecker", "en.json.gz")

    (record,) = packages.rglob("RECORD")
    record.unlink()
    check_installed("pyspellchecker", "en.json.gz")
    check_installed("no-such-package", "en.json.gz")
