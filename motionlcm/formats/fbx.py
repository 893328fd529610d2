"""FBX by way of ufbx: the nodes of a scene and one of its animations, baked to even frames.

The reader is the package ``pufbx`` (``pip install motionlcm[fbx]``), which binds the library ufbx;
without it the error says how to export GLB or BVH. FBX is not written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.formats.raw import RawMotion, scales_above, told_from_rest, usual_rate
from motionlcm.motion.rotations import normalize

_FPS = 30.0  # of what is held still
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
    return ValueError(f"{path}: cannot be read as FBX ({str(error)[:100]}); {_REMEDY}")


def _read(pufbx: Any, scene: Any, path: Path, choice: str | None) -> RawMotion:
    notes: list[str] = []
    nodes = sorted(scene.nodes, key=lambda node: node.node_depth)  # parents first
    place = {node.typed_id: index for index, node in enumerate(nodes)}
    parents = [-1 if node.parent is None else place[node.parent.typed_id] for node in nodes]

    # What no curve moves keeps its rest.
    rest = np.array([node_transform_of(node.local_transform) for node in nodes])  # [J 10]
    number = _stack(pufbx, scene, path, choice, notes)
    data, times, _ = pufbx.anim_to_array(str(path), anim_index=number)
    baked = pufbx.bake_anim(scene, scene.anim_stacks[number].anim)
    moved = [place[node.typed_id] for node in baked.modified_nodes]
    if len(moved) != len(data) or not len(times):
        raise ValueError(f"{path}: its animation moves no node; {_REMEDY}")
    if len(times) * len(nodes) > _MOST_VALUES:
        raise ValueError(f"{path}: {len(times)} frames of {len(nodes)} nodes are too many")

    values = np.repeat(rest[None], len(times), axis=0)  # [T J 10]
    values[:, moved] = data.transpose(1, 0, 2)
    scales = scales_above(rest[:, 7:].mean(axis=1), parents)
    raw = RawMotion(
        names=tuple(node.name or f"node{node.typed_id}" for node in nodes),
        parents=tuple(parents),
        offsets=rest[:, :3] * scales[:, None],
        translations=values[..., :3] * scales[:, None],
        rotations=normalize(values[..., [6, 3, 4, 5]]),
        fps=usual_rate((len(times) - 1) / (times[-1] - times[0])) if len(times) > 1 else _FPS,
        is_end_site=np.zeros(len(nodes), dtype=bool),
        source=path.name,
        notes=tuple(notes),
    )
    if not (np.isfinite(raw.translations).all() and np.isfinite(raw.rotations).all()):
        raise ValueError(f"{path}: its animation holds values that are not finite")
    return told_from_rest(raw, normalize(rest[:, [6, 3, 4, 5]]))


def node_transform_of(transform: Any) -> list[float]:
    """Translation, rotation xyzw and scale of a node as ten numbers."""
    parts = (transform.translation, transform.rotation, transform.scale)
    return [float(value) for part in parts for value in part]


def _stack(pufbx: Any, scene: Any, path: Path, choice: str | None, notes: list[str]) -> int:
    """The number of the animation that is asked for, or of the first that moves something."""
    names = [str(stack.name) for stack in scene.anim_stacks]
    if not names:
        raise ValueError(f"{path}: holds no animation; export it with its animation")

    if choice is not None:
        lower = [name.lower() for name in names]
        if choice.lower() in lower:
            return lower.index(choice.lower())
        if choice.isdecimal() and int(choice) < len(names):
            return int(choice)
        raise ValueError(f"{path}: no animation {choice!r}; the file has {', '.join(names)}")

    number = 0
    for index in range(len(names) if len(names) > 1 else 0):
        data = pufbx.anim_to_array(str(path), anim_index=index)[0]
        if data.size and np.ptp(data, axis=1).max() > 1e-3:
            number = index
            break
    others = [name for index, name in enumerate(names) if index != number]
    if others:
        notes.append(
            f"{len(names)} animations: {names[number]!r} is read, {', '.join(others[:20])} left "
            "out; --animation NAME chooses"
        )
    return number
