"""Files of real motions in a random unit, axis, rate, order and naming, and how they are judged.

The writers here are not the package's: what is written wrongly and read wrongly in the same manner
would pass unseen.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.formats.pose import local_motion
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import (
    from_axis_angle,
    multiply,
    rotate,
    to_axis_angle,
    to_euler,
)
from motionlcm.motion.skeleton import (
    JOINT_NAMES,
    PARENTS,
    Skeleton,
    bone_lengths,
    forward_kinematics,
)

UNITS = {"m": 1.0, "cm": 100.0, "mm": 1000.0, "inch": 1 / 0.0254}
#: Unit quaternions that turn Y up to another direction.
_HALF = np.sqrt(0.5)
UPS = {
    "Y": np.array([1.0, 0, 0, 0]),
    "Z": np.array([_HALF, _HALF, 0, 0]),
    "X": np.array([_HALF, 0, 0, -_HALF]),
    "-Z": np.array([_HALF, -_HALF, 0, 0]),
}
RATES = (20.0, 24.0, 25.0, 30.0, 50.0, 60.0, 100.0, 120.0)
_SIDED = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
_MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
#: Namings as (pattern of a sided name, words of the eight sided joints, words of the middle).
NAMINGS = {
    "smpl": ("{side}_{word}", _SIDED, _MIDDLE),
    "mixamo": (
        "mixamorig:{Side}{word}",
        ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand"),
        ("mixamorig:Hips", "mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2",
         "mixamorig:Neck", "mixamorig:Head"),
    ),
    "biped": (
        "Bip01 {S} {word}",
        ("Thigh", "Calf", "Foot", "Toe0", "Clavicle", "UpperArm", "Forearm", "Hand"),
        ("Bip01 Pelvis", "Bip01 Spine", "Bip01 Spine1", "Bip01 Spine2", "Bip01 Neck", "Bip01 Head"),
    ),
    "unreal": (
        "{word}_{s}",
        ("thigh", "calf", "foot", "ball", "clavicle", "upperarm", "lowerarm", "hand"),
        ("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
    ),
    "vrm": (
        "{side}{word}",
        ("UpperLeg", "LowerLeg", "Foot", "Toes", "Shoulder", "UpperArm", "LowerArm", "Hand"),
        ("hips", "spine", "chest", "upperChest", "neck", "head"),
    ),
    "blender": (
        "{word}.{S}",
        ("thigh", "shin", "foot", "toe", "shoulder", "upper_arm", "forearm", "hand"),
        ("hips", "spine", "chest", "upper_chest", "neck", "head"),
    ),
    "daz": (
        "{s}{word}",
        ("Thigh", "Shin", "Foot", "Toe", "Collar", "Shldr", "ForeArm", "Hand"),
        ("hip", "abdomen", "abdomen2", "chest", "neck", "head"),
    ),
}  # fmt: skip
FORMATS = ("bvh", "glb", "npy", "npz", "amass.npz")


@dataclass(frozen=True)
class Case:
    """How one file is written; see the writers for what counts in which format."""

    format: str
    unit: str
    up: str
    rate: float
    naming: str
    affix: str
    is_rest_turned: bool
    is_told: bool
    is_shuffled: bool
    layout: str
    seed: int

    @classmethod
    def random(cls, seed: int) -> Case:
        """The case of a seed."""
        generator = np.random.default_rng(seed)

        def choose(options):
            return list(options)[generator.integers(len(options))]

        return cls(
            format=choose(FORMATS),
            unit=choose(UNITS),
            up=choose(("Y", "Y", "Z", "Z", "X", "-Z")),
            rate=choose(RATES),
            naming=choose(NAMINGS),
            affix=choose(("{}", "{}", "{}", "Man:{}", "{}_01", "{}.001", "rig_{}")),
            is_rest_turned=bool(generator.integers(2)),
            is_told=bool(generator.integers(2)),
            is_shuffled=generator.random() < 0.2,
            layout=choose(("22", "22", "22", "24", "52", "flat", "transposed", "batch")),
            seed=seed,
        )


def joint_names(case: Case) -> list[str]:
    """The names of the 22 joints of a case."""
    pattern, words, middle = NAMINGS[case.naming]
    places = {"pelvis": 0, "spine1": 3, "spine2": 6, "spine3": 9, "neck": 12, "head": 15}
    pairs = ((1, 2), (4, 5), (7, 8), (10, 11), (13, 14), (16, 17), (18, 19), (20, 21))
    names = [""] * 22
    for name, word in zip(places, middle, strict=True):
        names[places[name]] = word
    for pair, word in zip(pairs, words, strict=True):
        for joint, side in zip(pair, ("left", "right"), strict=True):
            names[joint] = pattern.format(
                side=side, Side=side.title(), s=side[0], S=side[0].upper(), word=word
            )
    return [case.affix.format(name) for name in names]


def write_case(case: Case, truth: np.ndarray, folder: Path) -> Path:
    """Write a motion ``[T 22 3]`` (20 fps, metres, Y up) as a case has it; return the path."""
    path = folder / f"case.{case.format}"
    if case.format in ("npy", "npz"):
        _write_array(case, truth, path)
    elif case.format == "amass.npz":
        _write_amass(case, truth, path)
    else:
        raw = local_motion(Motion(truth))
        raw = raw.resampled(case.rate)
        scale, turn = UNITS[case.unit], UPS[case.up]
        offsets = raw.offsets * scale
        rotations, roots = raw.rotations.copy(), rotate(turn, raw.translations[:, 0] * scale)
        if case.is_rest_turned:  # all of the file is turned, its rest pose, too
            offsets = rotate(turn, offsets)
            back = turn * [1, -1, -1, -1]
            rotations = multiply(multiply(turn, rotations), back)
        else:
            rotations[:, 0] = multiply(turn, rotations[:, 0])
        writer = _write_bvh if case.format == "bvh" else _write_glb
        writer(case, path, offsets, rotations, roots)
    return path


def _children(case: Case) -> dict[int, list[int]]:
    """The children of each joint, siblings in the case's order."""
    generator = np.random.default_rng(case.seed)
    children: dict[int, list[int]] = {joint: [] for joint in range(22)}
    for joint in generator.permutation(np.arange(1, 22)).tolist():
        children[PARENTS[joint]].append(joint)
    return children


def _write_bvh(case: Case, path: Path, offsets, rotations, roots) -> None:
    generator = np.random.default_rng(case.seed)
    names, children = joint_names(case), _children(case)
    order = "".join(generator.permutation(list("XYZ")))
    places = "".join(generator.permutation(list("XYZ")))
    angles = np.degrees(to_euler(rotations, order))
    lines, columns = ["HIERARCHY"], []

    def number(values) -> str:
        return " ".join(f"{value:.6f}" for value in values)

    def visit(joint: int, depth: int) -> None:
        tab = "  " * depth
        turns = " ".join(f"{axis}rotation" for axis in order)
        lines.append(f"{tab}{'JOINT' if depth else 'ROOT'} {names[joint]}")
        lines.extend([f"{tab}{{", f"{tab}  OFFSET {number(offsets[joint])}"])
        if depth:
            lines.append(f"{tab}  CHANNELS 3 {turns}")
        else:
            positions = " ".join(f"{axis}position" for axis in places)
            lines.append(f"{tab}  CHANNELS 6 {positions} {turns}")
            columns.append(roots[:, ["XYZ".index(axis) for axis in places]])
        columns.append(angles[:, joint])
        for child in children[joint]:
            visit(child, depth + 1)
        if not children[joint]:
            end = number(0.6 * offsets[joint])
            lines.extend([f"{tab}  End Site", f"{tab}  {{", f"{tab}    OFFSET {end}", f"{tab}  }}"])
        lines.append(f"{tab}}}")

    visit(0, 0)
    rows = np.concatenate(columns, axis=1)
    lines += ["MOTION", f"Frames: {len(rows)}", f"Frame Time: {1 / case.rate:.6f}"]
    path.write_text("\n".join([*lines, *map(number, rows)]) + "\n")


def _write_glb(case: Case, path: Path, offsets, rotations, roots) -> None:
    """As glTF has it (metres, Y up, by an armature) if told, else in the file's own unit and axis."""
    generator = np.random.default_rng(case.seed)
    names, children = joint_names(case), _children(case)
    number = generator.permutation(22) + 1  # node of each joint, after the armature
    nodes = [{} for _ in range(23)]
    nodes[0] = {"name": "Armature", "children": [int(number[0])]}
    if case.is_told:
        back = UPS[case.up] * [1, -1, -1, -1]
        nodes[0]["rotation"] = back[[1, 2, 3, 0]].tolist()
        nodes[0]["scale"] = [1 / UNITS[case.unit]] * 3
    for joint in range(22):
        node = {"name": names[joint], "translation": offsets[joint].tolist()}
        if children[joint]:
            node["children"] = [int(number[child]) for child in children[joint]]
        nodes[number[joint]] = node

    binary, views, accessors = b"", [], []

    def add(values: np.ndarray) -> int:
        nonlocal binary
        values = np.asarray(values, "<f4")
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": values.nbytes})
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[values.size // len(values)]
        accessors.append({"bufferView": len(views) - 1, "componentType": 5126,
                          "count": len(values), "type": kind})  # fmt: skip
        binary += values.tobytes()
        return len(accessors) - 1

    times = add(np.arange(len(roots)) / case.rate)
    tracks = [(joint, "rotation", rotations[:, joint][:, [1, 2, 3, 0]]) for joint in range(22)]
    tracks.append((0, "translation", roots))
    samplers = [{"input": times, "output": add(values)} for _, _, values in tracks]
    channels = [
        {"sampler": i, "target": {"node": int(number[joint]), "path": kind}}
        for i, (joint, kind, _) in enumerate(tracks)
    ]
    document = {
        "asset": {"version": "2.0"}, "nodes": nodes, "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}], "skins": [{"joints": number.tolist()}],
        "animations": [{"channels": channels, "samplers": samplers}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    path.write_bytes(head + chunks + struct.pack("<I4s", len(binary), b"BIN\0") + binary)


def _at_rate(truth: np.ndarray, rate: float) -> np.ndarray:
    """The motion ``[T 22 3]`` at another rate than 20, interpolated."""
    times = np.arange(int((len(truth) - 1) * rate / 20) + 1) * 20 / rate
    first = np.minimum(times.astype(int), len(truth) - 2)
    share = (times - first)[:, None, None]
    return (1 - share) * truth[first] + share * truth[first + 1]


def _write_array(case: Case, truth: np.ndarray, path: Path) -> None:
    """Positions; an npz says its rate if told."""
    generator = np.random.default_rng(case.seed)
    joints = _at_rate(truth, case.rate)
    joints = rotate(UPS[case.up], joints * UNITS[case.unit])
    if case.is_shuffled:
        joints = joints[:, generator.permutation(22)]
    hands = joints[:, [20, 21]]
    if case.layout == "24":
        joints = np.concatenate([joints, hands + 0.4 * (hands - joints[:, [18, 19]])], axis=1)
    if case.layout == "52":
        joints = np.concatenate([joints, np.repeat(hands, 15, axis=1)], axis=1)
    if case.layout == "flat":
        joints = joints.reshape(len(joints), -1)
    if case.layout == "transposed":
        joints = joints.transpose(1, 2, 0)
    if case.layout == "batch":
        joints = joints[None]
    if case.format == "npy":
        np.save(path, joints.astype(np.float32))
    elif case.is_told:
        np.savez(path, positions=joints.astype(np.float32), fps=case.rate)
    else:
        np.savez(path, joints=joints)


def _write_amass(case: Case, truth: np.ndarray, path: Path) -> None:
    """SMPL's parameters, their world turned and their rate changed; the unit is always metres."""
    Motion(truth).save(path, format="amass", fps=case.rate)
    with np.load(path) as file:
        arrays = dict(file)
    # what is written is Z up, and turns about the pelvis of the rest pose
    turn = multiply(UPS[case.up], UPS["Z"] * [1, -1, -1, -1])
    pelvis = arrays["skeleton_offsets"].reshape(-1, 22, 3)[0, 0]
    poses = np.asarray(arrays["poses"], float)
    poses[:, :3] = to_axis_angle(multiply(turn, from_axis_angle(poses[:, :3])))
    trans = rotate(turn, np.asarray(arrays["trans"], float) + pelvis) - pelvis
    arrays["poses"], arrays["trans"] = poses, trans
    if not case.is_told:  # the body is that of SMPL's mean
        arrays = {name: arrays[name] for name in ("poses", "trans", "betas", "mocap_framerate")}
    np.savez(path, **arrays)


def read_clips(archive: Path, count: int, seed: int = 0) -> list[np.ndarray]:
    """Some clips of ``clips.npz.xz`` of the data folder, ``[T 22 3]`` with at most 60 frames."""
    with lzma.open(archive) as file:
        packed = np.load(io.BytesIO(file.read()))
    offsets, root, local = (packed[key] for key in ("offsets", "root", "local"))
    clips = []
    chosen = np.random.default_rng(seed).permutation(len(offsets) - 1)[:count]
    for start, end in zip(offsets[chosen], offsets[chosen + 1], strict=True):
        origin = np.cumsum(root[:, start:end].T, axis=0, dtype=np.int64)[:, None]
        others = np.cumsum(local[:, start:end].T, axis=0, dtype=np.int64).reshape(-1, 21, 3)
        clip = np.concatenate([origin, origin + others], axis=1)[:60] / 10_000
        if len(clip) >= 20:
            clips.append(rigid(clip))
    return clips


def rigid(positions: np.ndarray) -> np.ndarray:
    """The motion ``[T 22 3]`` on a body whose bones keep their length."""
    raw = local_motion(Motion(positions))
    skeleton = Skeleton(JOINT_NAMES, PARENTS, raw.offsets)
    return forward_kinematics(raw.rotations, raw.translations[:, 0], skeleton)


@dataclass(frozen=True)
class Verdict:
    """What of a motion that was read is not as it was written; ``noted`` are those told of."""

    faults: tuple[str, ...]
    silent: tuple[str, ...]


_WORDS = {
    "rate": r"fps|frame rate|speed",
    "unit": r"unit|scaled|mean body",
    "axis": r"[XYZ] (up|down)|the body lies",
    "mirror": r"handed",
    "floor": r"floor|mean body|the body lies",
    "path": r"the way|feet slide|in its place|scaled|fps|mean body|dropped",
    "pose": r"mean body|dropped",
}


def judge(truth: np.ndarray, motion: Motion, notes: list[str], rate: float) -> Verdict:
    """Compare a motion with the truth ``[T 22 3]`` at 20 fps; where it faces does not matter.

    ``rate`` is the file's: a motion that is read at another speed is compared frame by frame.
    """
    motion = motion.resampled(20)
    read = np.asarray(motion.positions, float)
    faults = []
    if any("dropped the first" in note for note in notes):
        truth = truth[-len(read) :]
    if abs(motion.duration - len(truth) / 20) > max(0.12, 0.02 * len(truth) / 20):
        faults.append("rate")
    expected = _at_rate(truth, rate) if "rate" in faults else truth
    count = min(len(read), len(expected))
    read, expected = read[:count], expected[:count]

    scale = _size(read) / _size(expected)
    if not 0.97 < scale < 1.03:
        faults.append("unit")
    read = read / scale
    local, other = (item - item[:, :1] for item in (read, expected))
    turn, is_mirrored = best_turn(local, other)
    if is_mirrored:
        faults.append("mirror")
    if turn[1, 1] < np.cos(np.radians(10)):
        faults.append("axis")
    off = np.linalg.norm(local @ turn.T - other, axis=-1).mean()
    limit = 0.07 if any("mean body" in note for note in notes) else 0.02
    if off > limit:
        faults.append("pose")
    if "axis" not in faults:
        lowest = [item[..., 1].min() for item in (read, expected)]
        if abs(lowest[0] - lowest[1]) > 0.06 + (limit > 0.05) * 0.06:
            faults.append("floor")
    ways = [np.linalg.norm(item[-1, 0] - item[0, 0]) for item in (read, expected)]
    if abs(ways[0] - ways[1]) > 0.05 + 0.15 * ways[1]:
        faults.append("path")

    told = " ".join(notes)
    silent = [fault for fault in faults if not re.search(_WORDS[fault], told)]
    if off > 2.5 * limit and "dropped the first" not in told:
        silent = list(dict.fromkeys([*silent, "pose"]))
    return Verdict(tuple(faults), tuple(silent))


def _size(positions: np.ndarray) -> float:
    return float(np.median(bone_lengths(positions)[:, 1:].sum(axis=1)))


def best_turn(local: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, bool]:
    """The rotation matrix that brings positions to others best, and whether a mirror does better."""
    u, size, v = np.linalg.svd(np.einsum("tji,tjk->ik", local, other))
    is_mirrored = bool(np.linalg.det(u @ v) < 0 and size[2] > 0.05 * size[0])
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    return (u @ sign @ v).T, is_mirrored
