"""The soles of a character: points of its skin that reach lowest, whichever way a foot is turned.

They tell where the floor is under it. Vertices that mostly follow a foot's joints count, or meshes
that hang on them; where a file's vertices cannot be read (compressed ones), points below ankles and
toes stand in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.gltf_nodes import node_parents, node_transform
from motionlcm.formats.joint_words import ancestors
from motionlcm.motion.rotations import inverse, rotate
from motionlcm.motion.skeleton import SIDES

_DIRECTIONS = 128  # in which the outermost vertices of a foot are kept
_FLOOR = 0.3  # of a leg, that the lowest joint of a body may be above its floor
_SOLE = 0.04  # of a leg, from the lowest joint down to the floor, where no skin tells
_DEEPEST = 0.6  # of a leg, that a sole may be below its ankle; what is lower is a dress


def find_soles(character: Character) -> dict[int, np.ndarray]:
    """Points ``[K 3]`` of the soles, in the frames of the joints that they follow.

    Returns:
        For both feet: the joint's number to its points, in the joint's own frame and scale.
    """
    feet = foot_joints(character)
    soles: dict[int, np.ndarray] = {}
    for joints in feet:
        points = skin_around(character, joints)
        if not points:
            points = _placed_points(character, joints[0])
        soles |= {joint: outermost(cloud) for joint, cloud in points.items()}
    return soles


def foot_joints(character: Character) -> list[list[int]]:
    """Joints of each foot: the ankle, then all below it."""
    feet = []
    for side in SIDES:
        ankle = character.joints[f"{side}_ankle"]
        below = [
            joint
            for joint in range(len(character.nodes))
            if ankle in ancestors(character.rest, joint)
        ]
        feet.append([ankle, *below])
    return feet


def points_above(character: Character, points: np.ndarray, joint: int, above: int) -> np.ndarray:
    """Points ``[K 3]`` in a joint's own frame and scale, told in those of one above it."""
    while joint != above:
        transform = character.local[joint]
        points = transform.position + rotate(transform.rotation, points * transform.scale)
        joint = character.parents[joint]
    return points


def skin_around(character: Character, joints: list[int]) -> dict[int, np.ndarray]:
    """Points ``[V 3]`` of skins and meshes that follow some joints, in those joints' frames."""
    return {**_skin_points(character, joints), **_mesh_points(character, joints)}


def _skin_points(character: Character, joints: list[int]) -> dict[int, np.ndarray]:
    """Vertices that mostly follow some joints, in the frames of those joints."""
    document = character.document.json
    place = {node: joint for joint, node in enumerate(character.nodes)}
    clouds: dict[int, list[np.ndarray]] = {}
    for node in document["nodes"]:
        if "mesh" not in node or "skin" not in node:
            continue
        skin = document["skins"][node["skin"]]
        for vertices, strongest in _skinned_vertices(character, node["mesh"], len(skin["joints"])):
            for number in np.unique(strongest):
                joint = place.get(skin["joints"][number], -1)
                if joint in joints:
                    matrix = _inverse_bind(character, skin, int(number))
                    cloud = vertices[strongest == number] @ matrix[:3] + matrix[3]
                    clouds.setdefault(joint, []).append(cloud[:, :3])

    points = {joint: np.concatenate(parts) for joint, parts in clouds.items()}
    return {joint: _sound(character, cloud, joint) for joint, cloud in points.items() if len(cloud)}


def _sound(character: Character, cloud: np.ndarray, joint: int) -> np.ndarray:
    """A cloud without what is too far from its joint to be of a foot."""
    far = _DEEPEST * character.leg / character.scales[joint]
    is_near = np.linalg.norm(cloud, axis=-1) < far
    return cloud[is_near] if is_near.any() else np.zeros((1, 3))


def _skinned_vertices(
    character: Character, mesh: int, num_joints: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(vertices ``[V 3]``, the place ``[V]`` in the skin of the joint that each mostly follows)."""
    found = []
    for primitive in character.document.json["meshes"][mesh]["primitives"]:
        attributes = primitive["attributes"]
        names = ("POSITION", "JOINTS_0", "WEIGHTS_0")
        if "KHR_draco_mesh_compression" in primitive.get("extensions", {}):
            continue
        if not all(name in attributes for name in names):
            continue
        arrays = [_array(character, attributes[name]) for name in names]
        if any(array is None for array in arrays):
            continue
        vertices, joints, weights = (np.asarray(array) for array in arrays)
        strongest = joints[np.arange(len(joints)), weights.argmax(axis=1)].astype(int)
        if len(vertices) == len(strongest) and strongest.max() < num_joints:
            found.append((vertices, strongest))
    return found


def _array(character: Character, index: int) -> np.ndarray | None:
    """Numbers of an accessor; None where they are compressed or sparse."""
    try:
        return character.document.array(index)
    except ValueError:
        return None


def _inverse_bind(character: Character, skin: dict[str, Any], number: int) -> np.ndarray:
    """``[4 3]`` for rows: the rotation and scale that act from the right, then the shift."""
    if "inverseBindMatrices" not in skin:
        return np.eye(4)[:, :3]
    matrix = character.document.array(skin["inverseBindMatrices"])[number].reshape(4, 4)
    return matrix[:, :3]  # glTF writes column by column: its rows are the columns


def _mesh_points(character: Character, joints: list[int]) -> dict[int, np.ndarray]:
    """Vertices of meshes without a skin that hang on some joints."""
    document, path = character.document.json, character.document.path
    nodes = document["nodes"]
    parents = node_parents(nodes, path)
    place = {character.nodes[joint]: joint for joint in joints}

    clouds: dict[int, list[np.ndarray]] = {}
    for index, node in enumerate(nodes):
        if "mesh" not in node or "skin" in node:
            continue
        chain = [index]
        while chain[-1] >= 0 and chain[-1] not in place:
            chain.append(parents[chain[-1]])
        if chain[-1] < 0:
            continue

        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            vertices = _array(character, primitive["attributes"]["POSITION"])
            if vertices is None or "KHR_draco_mesh_compression" in primitive.get("extensions", {}):
                continue
            for above in chain[:-1]:
                transform = node_transform(nodes[above], path)
                vertices = rotate(transform.rotation, vertices * transform.scale)
                vertices = vertices + transform.position
            clouds.setdefault(place[chain[-1]], []).append(vertices)

    points = {joint: np.concatenate(parts) for joint, parts in clouds.items()}
    return {joint: _sound(character, cloud, joint) for joint, cloud in points.items()}


def _placed_points(character: Character, ankle: int) -> dict[int, np.ndarray]:
    """Points on the floor below an ankle, toes and their end, where the rest pose stands on it.

    Each turns with the joint that it is below, the end of toes with the toes.
    """
    places = character.rest.positions[0]
    side = next(side for side in SIDES if character.joints[f"{side}_ankle"] == ankle)
    toes = character.joints[f"{side}_foot"]
    up = character_up(character)
    heights = places @ up
    lowest = float(min(heights[ankle], heights[toes]))

    leg = character.leg
    floor = 0.0 if 0 <= lowest <= _FLOOR * leg else lowest - _SOLE * leg
    bears = {ankle: [ankle, toes]}
    if toes < character.count:
        ends = [joint for joint, above in enumerate(character.parents) if above == toes]
        bears = {ankle: [ankle, toes], toes: [toes, *ends]}
    points = {}
    for joint, below in bears.items():
        feet = [places[each] - up * (heights[each] - floor) for each in below]
        local = rotate(inverse(character.rest_rotations[joint]), np.array(feet) - places[joint])
        points[joint] = local / character.scales[joint]
    return points


def lowest_points(character: Character, world: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Height ``[T 2]`` of the lowest point of either sole.

    Args:
        character: whose soles they are.
        world, positions: ``[T N 4]`` and ``[T N 3]`` of all joints.
    """
    lowest = np.full((len(world), len(SIDES)), np.inf)
    feet = foot_joints(character)
    for joint, points in find_soles(character).items():
        places = rotate(world[:, joint, None], points[None] * character.scales[joint])
        heights = (places[..., 1] + positions[:, joint, None, 1]).min(axis=1)
        side = 0 if joint in feet[0] else 1
        lowest[:, side] = np.minimum(lowest[:, side], heights)
    return lowest


def rest_height(character: Character, joint: int) -> float:
    """How high a joint is above the soles in the rest pose, in the file's unit."""
    places, up = character.rest.positions[0], character_up(character)
    lowest = np.inf
    for foot, points in find_soles(character).items():
        cloud = rotate(character.rest_rotations[foot], points * character.scales[foot])
        lowest = min(lowest, float(((cloud + places[foot]) @ up).min()))
    return float(places[joint] @ up) - lowest


def character_up(character: Character) -> np.ndarray:
    """The direction ``[3]`` from a character's feet to its head in the rest pose, along an axis."""
    limbs = character.positions
    body = limbs[15] - (limbs[7] + limbs[8]) / 2  # head and ankles
    up = np.zeros(3)
    axis = int(np.abs(body).argmax())
    up[axis] = np.sign(body[axis])
    return up


def outermost(cloud: np.ndarray) -> np.ndarray:
    """The points ``[K 3]`` of a cloud ``[V 3]`` that are outermost in evenly spread directions."""
    number = np.arange(_DIRECTIONS) + 0.5
    height = 1 - 2 * number / _DIRECTIONS
    turn = np.pi * (1 + np.sqrt(5)) * number  # the golden spiral
    across = np.sqrt(1 - height**2)
    directions = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=-1)
    return cloud[np.unique((cloud @ directions.T).argmax(axis=0))]
