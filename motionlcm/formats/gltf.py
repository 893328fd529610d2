"""GLB and glTF 2.0: the joints of all skins that move, and the animation that moves them.

Which of several animations is read is told by ``gltf_choice.py``. Meshes and materials are not
looked at. What would be silently wrong is refused with one line: squashed joints, links in circles,
and what ``gltf_document.py`` cannot read. Writing lives in ``gltf_writer.py``.

Source: Khronos, glTF 2.0 specification, sections 3.5.3 (transformations) and 3.11 (animations).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.gltf_choice import choose_animation, node_names
from motionlcm.formats.gltf_document import GltfDocument, valid_gltf
from motionlcm.formats.gltf_nodes import (
    NodeTransform,
    body_nodes,
    end_sites,
    node_parents,
    node_transform,
)
from motionlcm.formats.gltf_sampling import Track, frame_times, sample
from motionlcm.formats.gltf_writer import write_glb
from motionlcm.formats.raw import RawMotion, scales_above, told_from_rest
from motionlcm.motion.rotations import normalize

__all__ = ["read_glb", "write_glb"]

_MOST_VALUES = 20_000_000  # nodes times frames
_TRACK_WIDTHS = {"translation": 3, "rotation": 4}
_Tracks = dict[tuple[int, str], Track]  # by (node, "translation" or "rotation")


def read_glb(path: str | Path, *, animation: str | None = None) -> RawMotion:
    """Read the animated joints of a GLB or glTF file.

    Args:
        path: ``.glb``, ``.gltf`` (with its ``.bin`` beside it), ``.vrm`` or ``.vrma``.
        animation: the name or number of one of several; the default is the first that moves.
    Returns:
        The motion in metres, Y up; its frame rate is that of the closest key frames. A leaf called
        ``..._end`` is an end site.
    Raises:
        ValueError: anything wrong with the file, with its name, what was found and what is
            expected.
    """
    path = Path(path)
    with valid_gltf(path):
        return _read(GltfDocument(path), animation)


def _read(document: GltfDocument, choice: str | None) -> RawMotion:
    path, notes = document.path, list[str]()
    nodes = _nodes(document)
    animation = choose_animation(document, choice, notes)

    # The nodes to read, which become joints 0 to J - 1, and the times to read them at.
    parents = node_parents(nodes, path)
    moving = _moving_nodes(animation, len(nodes), path)
    order = body_nodes(document, parents, moving, notes)
    tracks = _tracks(document, animation, set(order))
    joint_of = {node: joint for joint, node in enumerate(order)}
    joint_parents = (-1, *(joint_of[parents[node]] for node in order[1:]))
    times_of_joints = [track.times for (node, _), track in tracks.items() if node in joint_of]
    times, fps = frame_times(times_of_joints, str(path))

    # Scales are multiplied into the positions: a RawMotion has none.
    rest = [node_transform(nodes[node], path) for node in order]
    scales = scales_above(np.array([transform.scale for transform in rest]), joint_parents)
    offsets = np.array([transform.position for transform in rest]) * scales[:, None]
    translations, rotations = _sample_joints(tracks, order, rest, times, path)
    translations *= scales[:, None]
    _check_poses(translations, rotations, path)

    all_names = node_names(document)
    names = tuple(all_names[node] for node in order)
    raw = RawMotion(
        names=names,
        parents=joint_parents,
        offsets=offsets,
        translations=translations,
        rotations=normalize(rotations),
        fps=fps,
        is_end_site=end_sites(names, joint_parents) & [node not in moving for node in order],
        metres_per_unit=1.0,
        source=path.name,
        is_y_up=True,
        is_own=document.is_own,
        notes=tuple(notes),
    )
    return told_from_rest(raw, normalize(np.array([transform.rotation for transform in rest])))


def _nodes(document: GltfDocument) -> list[dict[str, Any]]:
    """Nodes of a file that has an animation too."""
    nodes = document.json.get("nodes", [])

    if not nodes or not document.json.get("animations"):
        missing = "nodes" if not nodes else "animation"
        hint = " (of VRM, animations are .vrma files)" if document.path.suffix == ".vrm" else ""
        raise ValueError(
            f"{document.path}: holds no {missing}, so there is no motion; "
            f"export it with its animation{hint}"
        )
    return nodes


def _moving_nodes(animation: dict[str, Any], num_nodes: int, path: Path) -> set[int]:
    """The nodes that the animation moves or turns."""
    moving = set()
    for channel in animation["channels"]:
        node, kind = channel["target"].get("node"), channel["target"].get("path")
        if kind not in _TRACK_WIDTHS or not isinstance(node, int):
            continue
        if not 0 <= node < num_nodes:
            raise ValueError(f"{path}: the animation moves node {node}, which does not exist")
        moving.add(node)

    if not moving:
        raise ValueError(f"{path}: its animation moves no joint")
    return moving


def _tracks(document: GltfDocument, animation: dict[str, Any], wanted: set[int]) -> _Tracks:
    """Key frames of the wanted nodes; those of scales and of mesh weights are left out."""
    path = document.path

    tracks = {}
    for channel in animation["channels"]:
        node, kind = channel["target"].get("node"), channel["target"].get("path")
        width = _TRACK_WIDTHS.get(kind)
        if width is None or node not in wanted:
            continue

        sampler = animation["samplers"][channel["sampler"]]
        times = document.array(sampler["input"])[:, 0]
        values = document.array(sampler["output"])
        interpolation = sampler.get("interpolation", "LINEAR")
        tracks[node, kind] = Track.checked(times, values, interpolation, str(path))
        if values.shape[1] != width:
            raise ValueError(
                f"{path}: a {kind} track has {values.shape[1]} numbers a key frame, "
                f"expected {width}"
            )
    return tracks


def _sample_joints(
    tracks: _Tracks, order: list[int], rest: list[NodeTransform], times: np.ndarray, path: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Local positions ``[T J 3]`` and rotations ``[T J 4]``; what has no track keeps its rest."""
    # The size is checked before there is memory for it: a file may claim any.
    if len(times) * len(order) > _MOST_VALUES:
        raise ValueError(
            f"{path}: {len(times)} frames of {len(order)} nodes, "
            f"expected at most {_MOST_VALUES} in all"
        )

    positions = np.empty((len(times), len(order), 3))
    rotations = np.empty((len(times), len(order), 4))
    for joint, node in enumerate(order):
        positions[:, joint] = rest[joint].position
        rotations[:, joint] = rest[joint].rotation
        if (node, "translation") in tracks:
            positions[:, joint] = sample(tracks[node, "translation"], times)
        if (node, "rotation") in tracks:
            rotations[:, joint] = sample(tracks[node, "rotation"], times, is_rotation=True)
    return positions, rotations


def _check_poses(translations: np.ndarray, rotations: np.ndarray, path: Path) -> None:
    if not (np.isfinite(translations).all() and np.isfinite(rotations).all()):
        raise ValueError(f"{path}: key frames or nodes hold values that are not finite")
    if (np.linalg.norm(rotations, axis=-1) < 0.5).any():
        raise ValueError(f"{path}: a rotation has no length, expected unit quaternions")
