"""What is read of a glTF file that holds more than one motion: the animation, and VRM's bone names.

Source: Khronos, glTF 2.0 specification, section 3.11; VRM Consortium, VRM 1.0 and VRM 0.x
(``humanoid``), VRMC_vrm_animation 1.0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motionlcm.damage import shown, shown_names
from motionlcm.formats.gltf_document import GltfDocument

_STILL = 1e-3  # a track whose numbers all vary less does not move its joint
_ENOUGH = 0.5  # of the tracks of the liveliest animation move in one that is a motion, too
_OF_BODY = 10  # tracks of a body at least
_KINDS = ("translation", "rotation")
_VRM = ("VRMC_vrm_animation", "VRMC_vrm", "VRM")


def choose_animation(
    document: GltfDocument, choice: str | None, notes: list[str]
) -> dict[str, Any]:
    """The animation of a name or number, or else the first that moves a body.

    Args:
        document: a file with animations.
        choice: a name in any case, or a number from 0.
        notes: is told of those that were left out.
    Raises:
        ValueError: no such animation; names those that there are.
    """
    animations = document.json["animations"]
    names = [str(item.get("name") or f"number {index}") for index, item in enumerate(animations)]
    if choice is not None:
        number = _number(choice, names)
        if number is None:
            raise ValueError(
                f"{document.path}: no animation {shown(choice)}; the file has {shown_names(names)}"
            )
        return animations[number]
    if len(animations) == 1:
        return animations[0]

    moving = [_count_moving(document, animation) for animation in animations]
    if (parts := _one_take(animations)) is not None:
        notes.append(f"{len(animations)} animations, each of other joints, are read as one")
        return parts
    number = next(index for index, count in enumerate(moving) if count >= _ENOUGH * max(moving))
    others = [name for index, name in enumerate(names) if index != number]
    notes.append(
        f"{len(animations)} animations: {shown(names[number])} is read, {shown_names(others)} left "
        "out; --animation NAME chooses"
    )
    return animations[number]


def _one_take(animations: list[dict[str, Any]]) -> dict[str, Any] | None:
    """One animation of many that are each of a few joints, none of the same ones; else None."""
    channels: list[dict[str, Any]] = []
    samplers: list[dict[str, Any]] = []
    try:
        counts = [len(item["channels"]) for item in animations]
        for item in animations:
            shift = len(samplers)
            channels += [{**one, "sampler": one["sampler"] + shift} for one in item["channels"]]
            samplers += item["samplers"]
        targets = {(one["target"].get("node"), one["target"].get("path")) for one in channels}
    except (KeyError, TypeError, AttributeError):
        return None  # damaged: what is read of it tells

    is_apart = max(counts) < _OF_BODY <= sum(counts) and len(targets) == len(channels)
    return {"name": "all", "channels": channels, "samplers": samplers} if is_apart else None


def _number(choice: str, names: list[str]) -> int | None:
    """The place of a name among others: as written, else in any case, else a number."""
    if choice in names:
        return names.index(choice)
    lower = [name.lower() for name in names]
    if choice.lower() in lower:
        return lower.index(choice.lower())
    return int(choice) if choice.isdecimal() and int(choice) < len(names) else None


def _count_moving(document: GltfDocument, animation: dict[str, Any]) -> int:
    """The number of tracks that move a node; 0 for what cannot be read."""
    count = 0
    try:
        for channel in animation["channels"]:
            if channel["target"].get("path") not in _KINDS:
                continue
            values = document.array(animation["samplers"][channel["sampler"]]["output"])
            count += bool(len(values) > 1 and np.ptp(values, axis=0).max() > _STILL)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return 0
    return count


def node_names(document: GltfDocument) -> list[str]:
    """A name for each node: VRM's where the file says which bone it is, else its own."""
    nodes = document.json["nodes"]
    bones = vrm_bones(document, len(nodes))
    taken = {name.lower() for name in bones.values()}

    names = []
    for index, node in enumerate(nodes):
        name = bones.get(index) or str(node.get("name") or f"node{index}")
        is_rival = index not in bones and name.lower() in taken
        names.append(f"{name} (no bone)" if is_rival else name)
    return names


def vrm_bones(document: GltfDocument, num_nodes: int) -> dict[int, str]:
    """VRM's name of each node that is a bone of its humanoid (a dict, or a list in VRM 0)."""
    extensions = document.json.get("extensions") or {}
    for key in _VRM:
        bones = extensions.get(key, {}).get("humanoid", {}).get("humanBones")
        if isinstance(bones, dict):
            pairs = [(name, bone.get("node")) for name, bone in bones.items()]
        elif isinstance(bones, list):
            pairs = [(bone.get("bone"), bone.get("node")) for bone in bones]
        else:
            continue
        return {
            node: str(name)
            for name, node in pairs
            if isinstance(node, int) and 0 <= node < num_nodes
        }
    return {}
