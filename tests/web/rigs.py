"""Skeletons of other programs, as clients of MMCP send them."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Mixamo's joints: parent, and metres from it in a T-pose.
_BODY = {
    "Hips": (None, (0.0, 1.02, 0.01)),
    "Spine": ("Hips", (0.0, 0.10, -0.01)),
    "Spine1": ("Spine", (0.0, 0.12, 0.0)),
    "Spine2": ("Spine1", (0.0, 0.13, 0.0)),
    "Neck": ("Spine2", (0.0, 0.15, 0.0)),
    "Head": ("Neck", (0.0, 0.10, 0.03)),
    "HeadTop_End": ("Head", (0.0, 0.20, 0.02)),
}
_SIDE = {
    "Shoulder": ("Spine2", (0.06, 0.11, 0.0)),
    "Arm": ("Shoulder", (0.13, 0.0, 0.0)),
    "ForeArm": ("Arm", (0.28, 0.0, 0.0)),
    "Hand": ("ForeArm", (0.26, 0.0, 0.0)),
    "HandMiddle1": ("Hand", (0.10, 0.0, 0.0)),
    "UpLeg": ("Hips", (0.09, -0.06, 0.0)),
    "Leg": ("UpLeg", (0.0, -0.45, 0.0)),
    "Foot": ("Leg", (0.0, -0.42, -0.02)),
    "ToeBase": ("Foot", (0.0, -0.07, 0.13)),
    "Toe_End": ("ToeBase", (0.0, -0.01, 0.07)),
}


def mixamo_skeleton(*, is_a_pose: bool = False, turned: float = 0.0) -> dict[str, Any]:
    """Mixamo's joints as MMCP has them.

    Args:
        is_a_pose: arms hang by 45 degrees.
        turned: radians from +Z towards +X that the rest pose faces.
    """
    rows = dict(_BODY)
    for side, sign in (("Left", 1), ("Right", -1)):
        for name, (parent, offset) in _SIDE.items():
            place = np.array(offset) * (sign, 1, 1)
            if is_a_pose and name in ("ForeArm", "Hand", "HandMiddle1"):
                place = np.array([place[0], -abs(place[0]), 0]) / np.sqrt(2)
            rows[side + name] = (side + parent if parent in _SIDE else parent, tuple(place))

    cos, sin = np.cos(turned), np.sin(turned)
    joints = []
    for name, (parent, (x, y, z)) in rows.items():
        place = [x * cos + z * sin, y, z * cos - x * sin]
        joints.append(
            {
                "name": f"mixamorig:{name}",
                "parent": parent and f"mixamorig:{parent}",
                "rest_translation": [round(float(value), 5) for value in place],
                "rest_rotation": [0.0, 0.0, 0.0, 1.0],
            }
        )
    return {"joints": joints, "coordinate_system": "right_handed_y_up", "units": "meters"}


def with_root(skeleton: dict[str, Any]) -> dict[str, Any]:
    """A skeleton under a root that stands on the floor, as game engines have it."""
    (hips, *others) = skeleton["joints"]
    root = {**hips, "name": "Root", "rest_translation": [0.0, 0.0, 0.0]}
    return {**skeleton, "joints": [root, {**hips, "parent": "Root"}, *others]}


def joint_positions(skeleton: dict[str, Any], motion: dict[str, Any]) -> dict[str, np.ndarray]:
    """Places ``[T 3]`` of a skeleton's joints in a motion that the SDK's client has read."""
    places: dict[str, np.ndarray] = {}
    turns: dict[str, np.ndarray] = {}
    assert motion["joint_names"] == [joint["name"] for joint in skeleton["joints"]]
    for number, joint in enumerate(skeleton["joints"]):
        local = motion["local_rot_mats"][:, number].astype(float)
        name, parent = joint["name"], joint["parent"]
        if parent is None:
            places[name], turns[name] = motion["posed_joints"][:, number], local
            continue
        turns[name] = turns[parent] @ local
        places[name] = places[parent] + turns[parent] @ np.array(joint["rest_translation"])
    return places
