"""GLB: valid files with a body that moves, foreign files, and every bad file one clear line."""

import base64
import json
import shutil
import struct
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from motionlcm.formats.gltf import read_glb, write_glb
from motionlcm.formats.gltf_mesh import body_mesh
from motionlcm.formats.gltf_sampling import Track, sample
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_motion
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.rotations import from_axis_angle, from_matrix, to_matrix
from motionlcm.motion.skeleton import PARENTS
from tests.formats.bodies import degrees_between, millimetres_between, tumbling_motion

VALIDATOR = """
const validator = require('gltf-validator');
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[1]));
validator.validateBytes(bytes).then(report => console.log(JSON.stringify(report.issues)));
"""


def parts(path) -> tuple[dict, bytes]:
    content = path.read_bytes()
    size = struct.unpack_from("<I", content, 12)[0]
    return json.loads(content[20 : 20 + size]), content[28 + size :]


def packed(document, binary: bytes) -> bytes:
    text = (document if isinstance(document, bytes) else json.dumps(document).encode()).ljust(4)
    text += b" " * (-len(text) % 4)
    chunks = ((b"JSON", text), (b"BIN\0", binary))
    body = b"".join(struct.pack("<I4s", len(chunk), kind) + chunk for kind, chunk in chunks)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def numbers(document: dict, binary: bytes, index: int) -> np.ndarray:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {5126: np.float32, 5121: np.uint8, 5123: np.uint16}[accessor["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
    values = np.frombuffer(binary, kind, accessor["count"] * width, view["byteOffset"])
    return values.reshape(-1, width)


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_the_khronos_validator_has_nothing_to_say(seed, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("no node")
    probe = ["node", "-e", "require('gltf-validator')"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(
            "no gltf-validator; npm install gltf-validator and set NODE_PATH to its node_modules"
        )
    names = sorted(JOINT_NAMINGS)[seed % 3]
    path = write_glb(tmp_path / "x.glb", tumbling_motion(seed), names=names)
    command = ["node", "-e", VALIDATOR, str(path)]
    report = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    counts = [report[key] for key in ("numErrors", "numWarnings", "numInfos", "numHints")]
    assert counts == [0, 0, 0, 0], report


def test_the_file_says_how_familiar_the_prompt_was(tmp_path):
    motion = replace(tumbling_motion(1), caption="a person turns", familiarity=0.625)
    text = json.dumps(parts(write_glb(tmp_path / "x.glb", motion))[0])
    assert '"caption": "a person turns", "familiarity": 0.625' in text


def test_the_skin_follows_the_joints(tmp_path):
    """Joint matrix times inverse bind matrix leaves each vertex at its place from its joint."""
    document, binary = parts(write_glb(tmp_path / "x.glb", tumbling_motion(4)))
    primitive = document["meshes"][0]["primitives"][0]["attributes"]
    vertices = numbers(document, binary, primitive["POSITION"])
    joints = numbers(document, binary, primitive["JOINTS_0"])
    weights = numbers(document, binary, primitive["WEIGHTS_0"])
    skin = document["skins"][0]
    matrices = numbers(document, binary, skin["inverseBindMatrices"])
    matrices = matrices.reshape(-1, 4, 4).transpose(0, 2, 1)
    rest = np.zeros((22, 3))
    for joint in range(22):
        rest[joint] = document["nodes"][joint]["translation"]
        rest[joint] += rest[PARENTS[joint]] if joint else 0

    assert skin["joints"] == list(range(22))
    assert (weights[:, 0] == 255).all() and not weights[:, 1:].any()
    assert np.allclose(matrices[:, :3, :3], np.eye(3))
    assert np.allclose(matrices[:, :3, 3], -rest, atol=1e-6)
    assert abs(vertices[:, 1].min()) < 0.02
    assert set(joints[:, 0]) >= {0, 1, 2, 9, 12, 15, 16, 20, 21}
    distances = np.linalg.norm(vertices - rest[joints[:, 0]], axis=-1)
    assert distances.max() < 0.6


def test_triangles_face_outwards():
    mesh = body_mesh(local_motion(tumbling_motion(1)).rest_positions)
    corners = mesh.vertices[mesh.triangles].astype(float)
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    six_volumes = np.einsum("ni,ni->", np.cross(corners[:, 0], corners[:, 1]), corners[:, 2])
    assert six_volumes > 0.2
    agree = (faces * mesh.normals[mesh.triangles].mean(axis=1)).sum(axis=-1)
    assert (agree > 0).mean() > 0.99
    assert np.allclose(np.linalg.norm(mesh.normals, axis=-1), 1, atol=1e-5)


def foreign(path, body, *, as_matrix=False) -> None:
    """Write a file as other tools do: Mixamo names, fingers, bones that are turned at rest.

    The armature is turned and in centimetres.
    """
    local = local_motion(body)
    generator = np.random.default_rng(0)
    turns = from_axis_angle(generator.normal(0, 1, (22, 3)))  # world rotation of each bone at rest
    matrix = to_matrix(turns)
    above = [np.eye(3) if parent < 0 else matrix[parent] for parent in PARENTS]
    nodes = [
        {
            "name": "Armature",
            "children": [1],
            "rotation": [-np.sqrt(0.5), 0, 0, np.sqrt(0.5)],
            "scale": [0.01] * 3,
        }
    ]
    down = to_matrix(np.array([np.sqrt(0.5), -np.sqrt(0.5), 0, 0]))  # the armature's
    above[0] = down

    tracks, binary = [], b""
    for joint in range(22):
        place = 100 * above[joint].T @ (local.offsets[joint] if joint else [0, 1, 0])
        node = {
            "name": JOINT_NAMINGS["mixamo"][joint],
            "children": [],
            "translation": place.tolist(),
        }
        rest = from_matrix(above[joint].T @ matrix[joint])
        node["rotation"] = rest[[1, 2, 3, 0]].tolist()
        if as_matrix:
            whole = np.eye(4)
            whole[:3, :3], whole[:3, 3] = to_matrix(rest), place
            node = {"name": node["name"], "children": [], "matrix": whole.T.reshape(-1).tolist()}
        nodes.append(node)
        if joint:
            nodes[1 + PARENTS[joint]]["children"].append(1 + joint)
        moving = above[joint].T @ to_matrix(local.rotations[:, joint]) @ matrix[joint]
        tracks.append((1 + joint, "rotation", from_matrix(moving)[:, [1, 2, 3, 0]]))
    tracks.append((1, "translation", 100 * local.translations[:, 0] @ above[0]))
    nodes[21]["children"].append(23)
    nodes.append({"name": "mixamorig:LeftHandIndex1", "children": [24], "translation": [3, 2, 1]})
    nodes.append({"name": "mixamorig:LeftHandIndex1_end", "translation": [1, 0, 0]})

    times = (np.arange(body.num_frames) / body.fps).astype(np.float32)
    accessors, views = [], []
    channels, samplers = [], []
    for values in [times, *(values for _, _, values in tracks)]:
        values = np.asarray(values, np.float32)
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": values.nbytes})
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[values.size // len(values)]
        accessors.append(
            {
                "bufferView": len(views) - 1,
                "componentType": 5126,
                "count": len(values),
                "type": kind,
            }
        )
        binary += values.tobytes()
    for index, (node, kind, _) in enumerate(tracks):
        channels.append({"sampler": index, "target": {"node": node, "path": kind}})
        samplers.append({"input": 0, "output": index + 1})
    for node in nodes:
        if not node.get("children"):
            node.pop("children", None)

    document = {
        "asset": {"version": "2.0"},
        "nodes": nodes,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        "skins": [{"joints": list(range(1, 24))}],
        "animations": [{"channels": channels, "samplers": samplers}],
    }
    path.write_bytes(packed(document, binary))


@pytest.mark.parametrize("as_matrix", [False, True])
def test_a_foreign_skeleton_is_read_upright_and_in_metres(tmp_path, as_matrix):
    body = tumbling_motion(1)
    foreign(tmp_path / "x.glb", body, as_matrix=as_matrix)
    raw = read_glb(tmp_path / "x.glb")
    index = [raw.names.index(name) for name in JOINT_NAMINGS["mixamo"]]
    assert millimetres_between(raw.positions[:, index], body.positions) < 0.1
    again, notes = load_motion_file(tmp_path / "x.glb")
    shift = again.positions[0, 0] - body.positions[0, 0]  # the floor of foreign files is found
    shared = [4, 5, 7, 8, 18, 20, 15]  # joints that retargeting leaves where they are
    assert millimetres_between((again.positions - shift)[:, shared], body.positions[:, shared]) < 1
    assert again.fps == 20 and any("metres" in note for note in notes)


def test_names_that_nobody_knows_are_one_clear_line(tmp_path):
    document, binary = parts(write_glb(tmp_path / "x.glb", tumbling_motion(1)))
    for number, node in enumerate(document["nodes"]):
        node["name"] = f"Bone.{number:03d}"
    (tmp_path / "y.glb").write_bytes(packed(document, binary))
    message = "y.glb: unknown skeleton: no joint found for left_hip.*Rename its joints"
    with pytest.raises(ValueError, match=message):
        load_motion_file(tmp_path / "y.glb")


def test_a_gltf_with_its_buffer_inside_is_read_too(tmp_path):
    path = write_glb(tmp_path / "x.glb", tumbling_motion(1))
    document, binary = parts(path)
    content = base64.b64encode(binary).decode()
    document["buffers"][0]["uri"] = f"data:application/octet-stream;base64,{content}"
    (tmp_path / "x.gltf").write_text(json.dumps(document))
    assert np.allclose(read_glb(tmp_path / "x.gltf").positions, read_glb(path).positions)


def test_steps_lines_and_splines_between_key_frames():
    keys = np.array([0.0, 1.0, 3.0])
    times = np.array([-1.0, 0.0, 0.25, 1.0, 2.0, 3.0, 9.0])
    line = Track.checked(keys, keys[:, None] * 2, "LINEAR", "x")
    assert np.allclose(sample(line, times)[:, 0], 2 * np.clip(times, 0, 3))
    step = Track.checked(keys, np.array([[1.0], [2.0], [3.0]]), "STEP", "x")
    assert sample(step, times)[:, 0].tolist() == [1, 1, 1, 2, 2, 3, 3]
    value, slope = keys**3 - keys, 3 * keys**2 - 1  # a cubic is its own spline
    triples = np.stack([slope, value, slope], axis=-1).reshape(-1, 1)
    spline = Track.checked(keys, triples, "CUBICSPLINE", "x")
    inside = times[1:6]
    assert np.allclose(sample(spline, inside)[:, 0], inside**3 - inside)
    turns = from_axis_angle(np.array([[0.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0]]))
    arc = Track.checked(keys, turns[:, [1, 2, 3, 0]], "LINEAR", "x")
    expected = from_axis_angle(np.array([[0, 0.0, 0], [0, 0.25, 0], [0, 0.0, 0]]))
    assert degrees_between(sample(arc, np.array([0, 0.25, 2.0]), is_rotation=True), expected) < 1e-6


def changed(change):
    """A file whose JSON is changed in one place."""

    def build(document: dict, binary: bytes) -> bytes:
        change(document)
        return packed(document, binary)

    return build


def with_sparse(document, binary, *, base=True, first=0, step=1, more=0):
    """The same file with every second key frame's rotations told sparsely."""
    content = bytearray(binary)

    def add(array):
        view = {"buffer": 0, "byteOffset": len(content), "byteLength": array.nbytes}
        content.extend(array.tobytes() + b"\0" * (-array.nbytes % 4))
        document["bufferViews"].append(view)
        return len(document["bufferViews"]) - 1

    animation = document["animations"][0]
    outputs = {
        animation["samplers"][channel["sampler"]]["output"]
        for channel in animation["channels"]
        if channel["target"]["path"] == "rotation"
    }
    for accessor in (document["accessors"][index] for index in outputs):
        start = document["bufferViews"][accessor["bufferView"]]["byteOffset"]
        count = accessor["count"]
        values = np.frombuffer(binary, "<f4", 4 * count, start).reshape(count, 4)
        chosen = np.arange(0, count, 2 if base else 1)
        if base:  # what the sparse elements replace is wrong
            wrong = values.copy()
            wrong[chosen] = 7.0
            accessor["bufferView"] = add(wrong)
        else:
            accessor.pop("bufferView")
        numbers = (chosen[::step] + first).astype("<u4")
        accessor["sparse"] = {
            "count": len(chosen) + more,
            "indices": {"bufferView": add(numbers), "componentType": 5125},
            "values": {"bufferView": add(values[chosen])},
        }
    document["buffers"][0]["byteLength"] = len(content)
    return document, bytes(content)


@pytest.mark.parametrize("base", [True, False])
def test_sparse_key_frames_are_put_in_their_places(tmp_path, base):
    body = tumbling_motion(1)
    document, binary = parts(write_glb(tmp_path / "good.glb", body))
    (tmp_path / "x.glb").write_bytes(packed(*with_sparse(document, binary, base=base)))
    motion, _ = load_motion_file(tmp_path / "x.glb")
    assert millimetres_between(motion.positions, body.positions) < 1


def with_nan(document: dict, binary: bytes) -> bytes:
    index = document["animations"][0]["samplers"][0]["output"]
    at = document["bufferViews"][document["accessors"][index]["bufferView"]]["byteOffset"]
    return packed(document, binary[: at + 16] + b"\xff\xff\xff\x7f" + binary[at + 20 :])


BAD = {
    "empty": (lambda d, b: b"", "not a GLB file"),
    "another file": (lambda d, b: b"HIERARCHY\nROOT x\n", "not a GLB file"),
    "header only": (lambda d, b: packed(d, b)[:12], "cut short"),
    "half": (lambda d, b: packed(d, b)[: len(b) // 2], "cut short"),
    "last byte": (lambda d, b: packed(d, b)[:-1], "cut short"),
    "old version": (
        lambda d, b: packed(d, b)[:4] + b"\1\0\0\0" + packed(d, b)[8:],
        "glTF version 1",
    ),
    "no json": (lambda d, b: packed(b"{]", b), "JSON cannot be read"),
    "deep json": (lambda d, b: packed(b"[" * 200_000, b), "JSON"),
    "a list": (lambda d, b: packed(b"[1]", b), "no object"),
    "no version": (changed(lambda d: d.pop("asset")), "glTF version unknown"),
    "no animation": (changed(lambda d: d.pop("animations")), "holds no animation"),
    "no nodes": (changed(lambda d: d.update(nodes=[])), "holds no nodes"),
    "many nodes": (changed(lambda d: d.update(nodes=[{}] * 10_001)), "at most 10000"),
    "circle": (changed(lambda d: d["nodes"][21].update(children=[0])), "circle"),
    "two parents": (changed(lambda d: d["nodes"][3].update(children=[1])), "two parents"),
    "enormous count": (
        changed(lambda d: [a.update(count=10**15) for a in d["accessors"]]),
        "does not fit",
    ),
    "negative count": (
        changed(lambda d: [a.update(count=-4) for a in d["accessors"]]),
        "does not fit",
    ),
    "wrong type": (
        changed(lambda d: [a.update(type="MAT9") for a in d["accessors"]]),
        "not valid glTF",
    ),
    "renamed keys": (changed(lambda d: d.update(accessors={})), "not valid glTF"),
    "empty sparse": (
        changed(lambda d: [a.update(sparse={}) for a in d["accessors"]]),
        "not valid glTF",
    ),
    "sparse beyond the end": (lambda d, b: packed(*with_sparse(d, b, first=10**6)), "not in it"),
    "sparse in disorder": (lambda d, b: packed(*with_sparse(d, b, step=-1)), "not in order"),
    "more sparse than there is": (
        lambda d, b: packed(*with_sparse(d, b, more=10**6)),
        "does not fit",
    ),
    "compressed": (
        changed(
            lambda d: [
                v.update(extensions={"EXT_meshopt_compression": {}}) for v in d["bufferViews"]
            ]
        ),
        "packed by meshopt",
    ),
    "another place": (changed(lambda d: d["buffers"][0].update(uri="x.bin")), "in another file"),
    "squashed": (changed(lambda d: d["nodes"][1].update(scale=[1, 2, 1])), "apply the scale"),
    "crooked numbers": (
        changed(lambda d: d["nodes"][1].update(translation=[1, 2])),
        "not valid glTF",
    ),
    "words": (
        changed(lambda d: d["nodes"][1].update(translation=["a", "b", "c"])),
        "not valid glTF",
    ),
    "unknown path": (
        changed(
            lambda d: [c["target"].update(path="weights") for c in d["animations"][0]["channels"]]
        ),
        "moves no joint",
    ),
    "unknown curve": (
        changed(
            lambda d: [s.update(interpolation="BEZIER") for s in d["animations"][0]["samplers"]]
        ),
        "expected STEP, LINEAR or CUBICSPLINE",
    ),
    "not finite": (with_nan, "not finite"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_line(tmp_path, name):
    build, message = BAD[name]
    document, binary = parts(write_glb(tmp_path / "good.glb", tumbling_motion(1)))
    (tmp_path / "x.glb").write_bytes(build(document, binary))
    with pytest.raises(ValueError) as error:
        load_motion_file(tmp_path / "x.glb")
    assert (
        message in str(error.value) and "x.glb" in str(error.value) and "\n" not in str(error.value)
    )


def test_noise_in_a_file_is_a_value_error_or_harmless(tmp_path):
    good = write_glb(tmp_path / "good.glb", tumbling_motion(1, num_frames=3)).read_bytes()
    size = struct.unpack_from("<I", good, 12)[0]
    generator = np.random.default_rng(0)
    for _ in range(200):
        noisy = bytearray(good)
        for at in generator.integers(0, 20 + size, 3):
            noisy[at] = generator.integers(0, 256)
        (tmp_path / "x.glb").write_bytes(noisy)
        try:
            load_motion_file(tmp_path / "x.glb")
        except ValueError as error:
            assert "x.glb" in str(error)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="names must be one of"):
        write_glb(tmp_path / "x.glb", tumbling_motion(1), names="biped")
    with pytest.raises(ValueError, match="does not exist"):
        write_glb(tmp_path / "missing" / "x.glb", tumbling_motion(1))
    assert list(tmp_path.iterdir()) == []
