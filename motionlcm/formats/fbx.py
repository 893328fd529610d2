"""FBX by way of ufbx: the nodes of a scene and one of its animations, sampled at even times.

The reader is the package ``pufbx`` (``pip install motionlcm[fbx]``), which binds the library ufbx;
without it the error says how to export GLB or BVH. FBX is not written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import shown, shown_names
from motionlcm.formats.gltf_sampling import Track, sample
from motionlcm.formats.raw import (
    USUAL_RATES,
    RawMotion,
    scales_above,
    told_from_rest,
    usual_rate,
)
from motionlcm.motion.rotations import normalize

_FPS = 30.0  # of what is held still
_FASTEST = 240.0
_OFF_FRAME = 0.02  # frames that a key may lie off its frame
_STILL = 1e-3  # of a quaternion or a unit: what changes less does not move
#: What pufbx raises for files that it cannot read.
_DAMAGE = (RuntimeError, OSError, IndexError, AttributeError, NotImplementedError)
_MOST_VALUES = 20_000_000  # nodes times frames
_REMEDY = (
    "or export GLB or BVH: in Blender, File > Import > FBX, then File > Export > glTF 2.0 (.glb)"
)


def read_fbx(path: str | Path, *, animation: str | None = None) -> RawMotion:
    """Read the nodes of an FBX file and how one of its animations moves them.

    Args:
        path: the file.
        animation: the name or number of one of several; the default is the first that moves.
    Returns:
        The motion in the file's own unit and axes.
    Raises:
        ValueError: no such file, damaged, without animation, or pufbx is not installed.
    """
    path = Path(path)
    scene = fbx_scene(path)
    import pufbx

    try:
        return _read(pufbx, scene, path, animation)
    except _DAMAGE as error:
        raise _unreadable(path, error) from None


def fbx_scene(path: Path) -> Any:
    """Open an FBX file as pufbx's scene.

    Raises:
        ValueError: no such file, damaged, or pufbx is not installed.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected an FBX file")
    try:
        import pufbx
    except ImportError:
        raise ValueError(
            f"{path}: FBX needs the package pufbx: pip install 'motionlcm[fbx]'; {_REMEDY}"
        ) from None

    try:
        return pufbx.load_fbx(str(path))
    except _DAMAGE as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> ValueError:
    reason = " ".join(str(error).split())[:100]  # ufbx ends its own with a new line
    return ValueError(f"{path}: cannot be read as FBX ({reason}); {_REMEDY}")


def _read(pufbx: Any, scene: Any, path: Path, choice: str | None) -> RawMotion:
    notes: list[str] = []
    nodes = sorted(scene.nodes, key=lambda node: node.node_depth)  # parents first
    place = {node.typed_id: index for index, node in enumerate(nodes)}
    parents = [-1 if node.parent is None else place[node.parent.typed_id] for node in nodes]

    # What no curve moves keeps its rest.
    rest = np.array([node_values(node) for node in nodes])  # [J 10]
    anim, baked = _animation(pufbx, scene, path, choice, notes)
    if not baked.modified_nodes:
        raise ValueError(f"{path}: its animation moves no node; {_REMEDY}")
    times, fps = _frame_times(anim, baked)
    if len(times) * len(nodes) > _MOST_VALUES:
        raise ValueError(f"{path}: {len(times)} frames of {len(nodes)} nodes are too many")

    values = np.repeat(rest[None, :, :3], len(times), axis=0)  # [T J 3]
    rotations = np.repeat(rest[None][..., [6, 3, 4, 5]], len(times), axis=0)  # [T J 4]
    for node in baked.modified_nodes:
        index = place[node.typed_id]
        values[:, index] = sample(_track(node.translation_keys, "xyz"), times)
        turns = _track(node.rotation_keys, "xyzw")
        rotations[:, index] = sample(turns, times, is_rotation=True)

    scales = scales_above(rest[:, 7:].mean(axis=1), parents)
    raw = RawMotion(
        names=tuple(node.name or f"node{node.typed_id}" for node in nodes),
        parents=tuple(parents),
        offsets=rest[:, :3] * scales[:, None],
        translations=values * scales[:, None],
        rotations=normalize(rotations),
        fps=fps,
        is_end_site=np.zeros(len(nodes), dtype=bool),
        source=path.name,
        notes=tuple(notes),
    )
    if not (np.isfinite(raw.translations).all() and np.isfinite(raw.rotations).all()):
        raise ValueError(f"{path}: its animation holds values that are not finite")
    return told_from_rest(raw, normalize(rest[:, [6, 3, 4, 5]]))


def _track(keys: np.ndarray, axes: str) -> Track:
    """The baked keys of a node, which lie as close as its curves bend, and lines between them."""
    values = np.stack([keys["value"][axis] for axis in axes], axis=-1)
    rises = np.concatenate([[True], np.diff(keys["time"]) > 0])
    return Track(keys["time"][rises], values[rises], "LINEAR")


def _frame_times(anim: Any, baked: Any) -> tuple[np.ndarray, float]:
    """Even times ``[T]`` from the animation's start to its end, and the rate it was recorded at."""
    start, stop = baked.playback_time_begin, baked.playback_time_end
    if not stop > start:
        start, stop = baked.key_time_min, baked.key_time_max
    fps = _recorded_rate(anim)

    count = (stop - start) * fps + 1
    if not count <= _MOST_VALUES:
        raise ValueError(f"spans {stop - start:.4g} s at {fps:g} fps")
    return start + np.arange(max(int(count + 1e-3), 1)) / fps, fps


def _recorded_rate(anim: Any) -> float:
    """The lowest usual rate that has a frame for every key of the curves.

    An exporter may leave keys out, so that their own distance is no rate. Where none of the usual
    rates fits, the keys' usual distance tells.
    """
    curves = [
        curve for layer in anim.layers for value in layer.anim_values for curve in value.curves
    ]
    keys = [curve.get_keyframes()["time"] for curve in curves if curve is not None]
    times = np.unique(np.concatenate(keys)) if keys else np.zeros(0)
    if len(times) < 2:
        return _FPS

    times = times - times[0]
    for rate in sorted(USUAL_RATES):
        if np.abs(times * rate - np.round(times * rate)).max() < _OFF_FRAME:
            return rate
    return float(np.clip(usual_rate(1 / np.median(np.diff(times))), _FPS, _FASTEST))


def node_values(node: Any) -> list[float]:
    """Translation, rotation xyzw and scale of a node at rest, as ten numbers.

    The scale is what its parent's has to be multiplied by: joints of Maya compensate for their
    parent's, so that each of them may be scaled to the file's unit.
    """
    transform = node.local_transform
    scale = np.array([float(value) for value in transform.scale])
    if node.parent is not None and node.inherit_mode.name != "NORMAL":
        own, above = _world_scale(node), _world_scale(node.parent)
        scale = np.divide(own, above, out=scale, where=above > 0)
    parts = (transform.translation, transform.rotation, scale)
    return [float(value) for part in parts for value in part]


def _world_scale(node: Any) -> np.ndarray:
    """How large ``[3]`` the axes of a node are in the scene."""
    columns = np.array(node.node_to_world["v"], dtype=np.float64).reshape(4, 3)
    return np.linalg.norm(columns[:3], axis=1)


def _animation(
    pufbx: Any, scene: Any, path: Path, choice: str | None, notes: list[str]
) -> tuple[Any, Any]:
    """The animation that is asked for, or the first that moves something, and its baked keys."""
    names = [str(stack.name) for stack in scene.anim_stacks]
    if not names:
        raise ValueError(f"{path}: holds no animation; export it with its animation")

    if choice is not None:
        anim = scene.anim_stacks[_number_of(choice, names, path)].anim
        return anim, pufbx.bake_anim(scene, anim)

    # No more of them are baked than it takes to find one that moves.
    found: list[tuple[int, Any, Any]] = []
    for index, stack in enumerate(scene.anim_stacks):
        found.append((index, stack.anim, pufbx.bake_anim(scene, stack.anim)))
        if _moves(found[-1][2]):
            break
    number, anim, baked = found[-1] if _moves(found[-1][2]) else found[0]

    others = [name for index, name in enumerate(names) if index != number]
    if others:
        notes.append(
            f"{len(names)} animations: {shown(names[number])} is read, {shown_names(others)} left "
            "out; --animation NAME chooses"
        )
    return anim, baked


def _number_of(choice: str, names: list[str], path: Path) -> int:
    """Which of the animations a name, the end of a name (``Walk`` of ``rig|Walk``) or a number is.

    Raises:
        ValueError: none of them.
    """
    lower = [name.lower() for name in names]
    for known in (lower, [name.rsplit("|", 1)[-1] for name in lower]):
        if known.count(choice.lower()) == 1:
            return known.index(choice.lower())
    if choice.isdecimal() and int(choice) < len(names):
        return int(choice)
    raise ValueError(f"{path}: no animation {shown(choice)}; the file has {shown_names(names)}")


def _moves(baked: Any) -> bool:
    """Whether any node of a baked animation turns or goes."""
    for node in baked.modified_nodes:
        for keys, axes in ((node.rotation_keys, "xyzw"), (node.translation_keys, "xyz")):
            if any(np.ptp(keys["value"][axis]) > _STILL for axis in axes if len(keys)):
                return True
    return False
