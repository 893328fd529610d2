"""Small FBX files in the format's text form, written by plain code that the package does not use."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.motion.rotations import to_euler

_SECOND = 46186158000  # ticks of FBX


@dataclass
class Body:
    """Joints of one body and how they move.

    Attributes:
        names: of the joints; a parent before its children.
        parents: -1 for the root.
        offsets: ``[J 3]`` at rest.
        places: ``[T 3]`` of the root.
        rotations: ``[T J 4]`` local.
        keys: the frames that have keys.
        moved: joints that go, other than the root: number to places ``[T 3]``.
        scale: of every joint's own frame; those below the root do not inherit it, as Maya's.
        stand: ``[J 4]`` local rotations in which the file was saved; none by default.
        bind: ``[J 4 4]`` world matrices of the joints in the pose of a skin; none by default.
    """

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    places: np.ndarray
    rotations: np.ndarray
    keys: list[int] = field(default_factory=list)
    moved: dict[int, np.ndarray] = field(default_factory=dict)
    scale: float = 1.0
    stand: np.ndarray | None = None
    bind: np.ndarray | None = None


def write_fbx_text(
    path: Path, bodies: list[Body], *, fps: float, stop: float, takes: tuple[str, ...] = ("Take",)
) -> Path:
    """Write bodies that move in the last of the takes, held to ``stop`` seconds; return the path.

    The other takes hold one still pose.
    """
    objects, links = [], []
    identity = iter(range(1000, 100_000))
    layers = []
    for name in takes:
        stack, layer = next(identity), next(identity)
        layers.append(layer)
        objects.append(
            f'AnimationStack: {stack}, "AnimStack::{name}", "" {{ Properties70: {{\n'
            f'P: "LocalStart", "KTime", "Time", "",0\n'
            f'P: "LocalStop", "KTime", "Time", "",{round(stop * _SECOND)}\n}} }}\n'
            f'AnimationLayer: {layer}, "AnimLayer::Base", "" {{ }}'
        )
        links.append((layer, stack, ""))

    for body in bodies:
        _write_body(body, fps, layers, identity, objects, links)
    lines = [
        f'C: "{"OP" if prop else "OO"}",{a},{b}' + (f', "{prop}"' if prop else "")
        for a, b, prop in links
    ]
    path.write_text(
        "; FBX 7.4.0 project file\nFBXHeaderExtension: { FBXVersion: 7400 }\n"
        'GlobalSettings: { Version: 1000 Properties70: { P: "UnitScaleFactor", "double", '
        '"Number", "",1 } }\n'
        "Objects: {\n" + "\n".join(objects) + "\n}\nConnections: {\n" + "\n".join(lines) + "\n}\n"
    )
    return path


def _write_body(body, fps, layers, identity, objects, links):
    eulers = np.degrees(np.unwrap(to_euler(body.rotations, "ZYX"), axis=0))[..., ::-1]
    models = [next(identity) for _ in body.names]
    for joint, (name, parent) in enumerate(zip(body.names, body.parents)):
        inherited = body.scale if parent >= 0 else 1.0
        place = "".join(f",{value / inherited:.6f}" for value in body.offsets[joint])
        scaling = f",{body.scale},{body.scale},{body.scale}"
        angles = np.zeros(3)
        if body.stand is not None:
            angles = np.degrees(to_euler(body.stand[joint], "ZYX"))[::-1]
        turn = "".join(f",{angle:.6f}" for angle in angles)
        objects.append(
            f'Model: {models[joint]}, "Model::{name}", "LimbNode" {{ Version: 232 Properties70: {{\n'
            f'P: "Lcl Translation", "Lcl Translation", "", "A"{place}\n'
            f'P: "Lcl Rotation", "Lcl Rotation", "", "A"{turn}\n'
            f'P: "InheritType", "enum", "", "",{2 if parent >= 0 else 0}\n'
            f'P: "Lcl Scaling", "Lcl Scaling", "", "A"{scaling}\n}} }}'
        )
        links.append((models[joint], models[parent] if parent >= 0 else 0, ""))

        moves = [("R", "Lcl Rotation", eulers[:, joint])]
        places = body.places if parent < 0 else body.moved.get(joint)
        if places is not None:
            moves.append(("T", "Lcl Translation", places))
        for short, prop, values in moves:
            for layer in layers:
                keys = body.keys if layer == layers[-1] else body.keys[:1]
                _write_curves(
                    (short, prop, values),
                    keys,
                    fps,
                    (layer, models[joint]),
                    identity,
                    objects,
                    links,
                )

    if body.bind is not None:
        poses = [
            f"PoseNode: {{\nNode: {model}\nMatrix: *16 {{\na: "
            + ",".join(f"{value:.6f}" for value in matrix.T.reshape(-1))
            + "\n}\n}"
            for model, matrix in zip(models, body.bind)
        ]
        objects.append(
            f'Pose: {next(identity)}, "Pose::BIND_POSES", "BindPose" {{ Type: "BindPose"\n'
            f"NbPoseNodes: {len(poses)}\n" + "\n".join(poses) + "\n}"
        )


def _write_curves(move, keys, fps, ends, identity, objects, links):
    short, prop, values = move
    node = next(identity)
    objects.append(f'AnimationCurveNode: {node}, "AnimCurveNode::{short}", "" {{ }}')
    links += [(node, ends[0], ""), (node, ends[1], prop)]
    for axis, letter in enumerate("XYZ"):
        curve, count = next(identity), len(keys)
        times = ",".join(str(round(key / fps * _SECOND)) for key in keys)
        numbers = ",".join(f"{values[key, axis]:.6f}" for key in keys)
        objects.append(
            f'AnimationCurve: {curve}, "AnimCurve::", "" {{ Default: 0 KeyVer: 4008\n'
            f"KeyTime: *{count} {{ a: {times} }}\nKeyValueFloat: *{count} {{ a: {numbers} }}\n"
            "KeyAttrFlags: *1 { a: 4 }\nKeyAttrDataFloat: *4 { a: 0,0,0,0 }\n"
            f"KeyAttrRefCount: *1 {{ a: {count} }} }}"
        )
        links.append((curve, node, f"d|{letter}"))
