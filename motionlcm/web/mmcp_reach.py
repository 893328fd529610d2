"""Hands and feet of a client's body put where the client wants them, exactly if they reach so far.

A body of other proportions than the model's has its hands elsewhere, even if the model's hand was
where it should be. What is missing is made up for by the limb's two bones, in the frame and, dying
away, in those about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from motionlcm.motion.rotations import (
    between,
    inverse,
    make_continuous,
    multiply,
    normalize,
    rotate,
)
from motionlcm.motion.skeleton import SIDES
from motionlcm.web.mmcp_rig import Rig

_WINDOW = 0.4  #: seconds about a frame in which what it asks for dies away
_LIMBS = {
    f"{side}_{parts[-1]}": tuple(f"{side}_{part}" for part in parts)
    for side in SIDES
    for parts in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
}


@dataclass(frozen=True, eq=False)
class Posed:
    """A body over time.

    Attributes:
        local: ``[T N 4]`` rotations.
        world: ``[T N 4]`` rotations.
        positions: ``[T N 3]`` metres.
    """

    local: np.ndarray
    world: np.ndarray
    positions: np.ndarray

    @classmethod
    def of(cls, rig: Rig, local: np.ndarray, root: np.ndarray) -> Posed:
        """The body of a rig's own joints, from local rotations and places of the root."""
        world, positions = local.copy(), np.zeros((*local.shape[:2], 3))
        for joint, parent in enumerate(rig.rest.parents[: rig.count]):
            if parent < 0:
                positions[:, joint] = root
                continue
            offset = np.broadcast_to(rig.rest.offsets[joint], root.shape)
            world[:, joint] = multiply(world[:, parent], local[:, joint])
            positions[:, joint] = positions[:, parent] + rotate(world[:, parent], offset)
        return cls(local, world, positions)


def reach(
    rig: Rig, local: np.ndarray, root: np.ndarray, targets: list[Any], fps: float
) -> np.ndarray:
    """Local rotations ``[T N 4]`` of a body whose hands and feet are where targets say.

    Args:
        rig: the client's skeleton.
        local: ``[T N 4]`` rotations.
        root: ``[T 3]`` metres.
        targets: MMCP's effector targets; those of other joints are left to the motion.
        fps: frames per second.
    """
    ours = {name: joint for joint, name in rig.names.items()}
    wanted: dict[str, dict[int, Any]] = {}
    for target in targets:
        joint = ours.get(target.joint)
        if joint in _LIMBS:
            pairs = zip(target.frames, target.positions, strict=True)
            wanted.setdefault(joint, {}).update(dict(pairs))

    for joint, places in wanted.items():
        posed = Posed.of(rig, local, root)
        frames = np.array(sorted(places))
        targeted = np.array([places[frame] for frame in sorted(places)], float)
        upper, middle, end = (rig.joints[name] for name in _LIMBS[joint])
        missing = _missing(targeted - posed.positions[frames, end], frames, len(root), fps)
        local = _bent(rig, posed, (upper, middle, end), posed.positions[:, end] + missing)
    return local


def _missing(gaps: np.ndarray, frames: np.ndarray, count: int, fps: float) -> np.ndarray:
    """How far an end is to be moved ``[T 3]``: by gaps ``[K 3]`` in their frames ``[K]``."""
    times = np.arange(count)
    between_frames = np.stack([np.interp(times, frames, gaps[:, axis]) for axis in range(3)], -1)
    away = np.abs(times[:, None] - frames).min(axis=1) / (_WINDOW * fps)
    return between_frames * (np.cos(np.pi * np.minimum(away, 1)) + 1)[:, None] / 2


def _bent(rig: Rig, posed: Posed, limb: tuple[int, int, int], targets: np.ndarray) -> np.ndarray:
    """Local rotations with a limb's end at the targets ``[T 3]``; the end keeps its direction."""
    start, knee, end = (posed.positions[:, joint] for joint in limb)
    first, second = (np.linalg.norm(bone, axis=-1) for bone in (knee - start, end - knee))
    line = targets - start
    far = np.linalg.norm(line, axis=-1)
    length = np.clip(far, np.abs(first - second) + 1e-4, first + second - 1e-4)
    along = line / np.maximum(far, 1e-9)[:, None]

    # the knee stays on its side of the line from the limb's start to its end
    carried = rotate(between(end - start, line), knee - start)
    aside = normalize(carried - (carried * along).sum(-1, keepdims=True) * along)
    ahead = (first**2 + length**2 - second**2) / (2 * length)
    out = np.sqrt(np.maximum(first**2 - ahead**2, 0))
    new_knee = start + along * ahead[:, None] + aside * out[:, None]
    new_end = start + along * length[:, None]

    upper, middle, last = limb
    turned = posed.world.copy()
    turned[:, upper] = multiply(between(knee - start, new_knee - start), turned[:, upper])
    turned[:, middle] = multiply(between(end - knee, new_end - new_knee), turned[:, middle])
    local = posed.local.copy()
    local[:, upper] = multiply(inverse(posed.world[:, rig.rest.parents[upper]]), turned[:, upper])
    for joint, above in ((middle, upper), (last, middle)):
        # joints between the two, such as those of a twist, go with the upper one
        carrier = _carried(rig, local, turned[:, above], above, rig.rest.parents[joint])
        local[:, joint] = multiply(inverse(carrier), turned[:, joint])
    return make_continuous(normalize(local), axis=0)


def _carried(rig: Rig, local: np.ndarray, world: np.ndarray, above: int, joint: int) -> np.ndarray:
    """World rotation ``[T 4]`` of a joint below ``above``, whose own is ``world``."""
    if joint == above:
        return world
    return multiply(_carried(rig, local, world, above, rig.rest.parents[joint]), local[:, joint])
